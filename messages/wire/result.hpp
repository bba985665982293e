// Any thread: value types.
//
// How the project reports failure: as a value with one of few kinds and one line for people.
// The text says what happened and, where a user can act, what to do. Exceptions of libraries end at
// the door of that library and become an Error there.
#pragma once

#include <cassert>
#include <string>
#include <utility>
#include <variant>

namespace fragcast {

enum class ErrorKind {
    not_found,    // it does not exist, or nobody has it
    invalid,      // what came in is malformed or out of its limits
    ambiguous,    // a name that fits several
    exists,       // would replace something without being told to
    refused,      // the other side, or a rule of ours, says no
    busy,         // in use, or no slot free: try later
    full,         // no room on disk or in a bounded queue
    io,           // the operating system failed us
    timeout,      // no progress within the time allowed
    unavailable,  // a service is away
    interrupted,  // asked to stop
};

// "not_found", "invalid", … as in logs and JSON.
const char* name_of(ErrorKind kind);

struct Error {
    ErrorKind kind = ErrorKind::invalid;
    std::string text;

    bool operator==(const Error&) const = default;
};

// A value, or the reason why there is none. Test with `if (!result)`; reading the wrong side is a
// programming error and asserts.
template <class T>
class [[nodiscard]] Result {
public:
    Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
    Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}

    bool ok() const { return state_.index() == 0; }
    explicit operator bool() const { return ok(); }

    T& value() & { return assert(ok()), *std::get_if<0>(&state_); }
    const T& value() const& { return assert(ok()), *std::get_if<0>(&state_); }
    T&& value() && { return assert(ok()), std::move(*std::get_if<0>(&state_)); }
    T& operator*() & { return value(); }
    const T& operator*() const& { return value(); }
    T&& operator*() && { return std::move(*this).value(); }
    T* operator->() { return &value(); }
    const T* operator->() const { return &value(); }

    // The analyzer forgets the index of a variant inside an optional.
    // NOLINTNEXTLINE(clang-analyzer-core.uninitialized.UndefReturn)
    const Error& error() const { return assert(!ok()), *std::get_if<1>(&state_); }

private:
    std::variant<T, Error> state_;
};

// Success without a value.
struct Done {
    bool operator==(const Done&) const = default;
};
using Status = Result<Done>;

inline Error fail(ErrorKind kind, std::string text) {
    return Error{kind, std::move(text)};
}

}  // namespace fragcast
