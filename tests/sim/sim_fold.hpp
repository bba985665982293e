// Any thread: value types. A digest of what happened: 64 bits, the same on every machine, compiler
// and library, and a few instructions for each eight bytes, since all that is said goes through it.
#pragma once

#include "messages/wire/message.hpp"
#include "peer/swarm/chance.hpp"

#include <algorithm>
#include <concepts>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <unordered_map>
#include <vector>

#include <endian.h>

namespace fragcast::sim {

class Fold {
public:
    // Each step can be undone, so none loses what was there before.
    void add(std::uint64_t word) {
        state_ = (state_ ^ word) * 0x9e3779b97f4a7c15ULL;
        state_ ^= state_ >> 32;
    }
    void add(const void* data, std::size_t size) {
        add(size);
        const auto* from = static_cast<const char*>(data);
        for (std::size_t at = 0; at < size; at += sizeof(std::uint64_t)) {
            std::uint64_t word = 0;
            std::memcpy(&word, from + at, std::min(sizeof word, size - at));
            add(le64toh(word));
        }
    }
    void add(std::string_view text) { add(text.data(), text.size()); }
    std::uint64_t value() const { return scatter(state_); }

private:
    std::uint64_t state_ = 0xcbf29ce484222325ULL;
};

// Numbers that a counter gave out become 1, 2, 3 … in the order in which they are seen: where a
// counter begins, and who else draws from it, changes nothing. 0 says "none" and stays.
class Renumbered {
public:
    std::uint64_t of(std::uint64_t number) {
        if (number == 0) return 0;
        return seen_.try_emplace(number, seen_.size() + 1).first->second;
    }
    void forget() { seen_.clear(); }

private:
    std::unordered_map<std::uint64_t, std::uint64_t> seen_;
};

// A visitor of `fields` (records.hpp) that folds every field. Whoever derives from it may say what
// number stands for one that a counter gave out, Self::number(RequestId), and is told of every
// body's kind before its fields come, Self::body(kind).
template <class Self>
class FieldFold {
public:
    explicit FieldFold(Fold& fold) : fold_(fold) {}

    template <class T>
    void operator()(const char*, const T& value, std::uint64_t = 0) {
        put(value);
    }
    void put(const Body& body) {
        const Kind kind = kind_of(body);
        static_cast<Self*>(this)->body(kind);
        fold_.add(static_cast<std::uint64_t>(kind));
        std::visit([this](const auto& one) { this->put(one); }, static_cast<const AnyBody&>(body));
    }

protected:
    struct AnyVisitor {
        template <class T>
        void operator()(const char*, const T&, std::uint64_t = 0) {}
    };
    template <class T>
    requires requires(const T& record, AnyVisitor& visit) { T::fields(record, visit); }
    void put(const T& record) { T::fields(record, *this); }
    template <class T>
    requires(std::integral<T> || std::is_enum_v<T>) void put(T value) {
        fold_.add(static_cast<std::uint64_t>(value));
    }
    template <class Tag, class Rep>
    void put(Number<Tag, Rep> number) {
        if constexpr (requires(Self & self) { self.number(number); })
            fold_.add(static_cast<Self*>(this)->number(number));
        else
            fold_.add(number.value);
    }
    template <class Tag, std::size_t N>
    void put(const Id<Tag, N>& id) {
        for (std::size_t at = 0; at < N; at += sizeof(std::uint64_t)) {
            std::uint64_t word = 0;
            std::memcpy(&word, id.bytes.data() + at, sizeof word);
            fold_.add(le64toh(word));
        }
    }
    void put(const std::string& text) { fold_.add(text); }
    void put(const Bytes& bytes) { fold_.add(bytes.data(), bytes.size()); }
    void put(const Span& span) { fold_.add(std::uint64_t{span.begin} << 32 | span.end); }
    void put(const RangeSet& set) { list(set.spans()); }
    template <class T>
    void put(const std::vector<T>& items) {
        list(items);
    }
    template <class T>
    void put(const std::optional<T>& value) {
        fold_.add(value.has_value());
        if (value) put(*value);
    }
    void put(const Error& error) {
        put(error.kind);
        put(error.text);
    }

private:
    template <class Items>
    void list(const Items& items) {
        fold_.add(items.size());
        for (const auto& item : items)
            put(item);
    }

    Fold& fold_;
};

}  // namespace fragcast::sim
