// Any thread: value types.
//
// All messages as one variant, with their numbers on the wire. PROTOCOL.md has the same table, and
// a test compares them.
#pragma once

#include "messages/wire/announce.hpp"
#include "messages/wire/directory.hpp"
#include "messages/wire/exchange.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <type_traits>
#include <utility>
#include <variant>

namespace fragcast {

inline constexpr std::uint8_t kProtocolVersion = 1;

// A message is a struct and a line in the table of its header: announce.hpp, directory.hpp,
// exchange.hpp.
#define FRAGCAST_MESSAGES(X)       \
    FRAGCAST_ANNOUNCEMENTS(X)      \
    FRAGCAST_DIRECTORY_MESSAGES(X) \
    FRAGCAST_EXCHANGE_MESSAGES(X)

enum class Kind : std::uint8_t {
#define FRAGCAST_KIND(number, name, Struct) name = (number),
    FRAGCAST_MESSAGES(FRAGCAST_KIND)
#undef FRAGCAST_KIND
};

// "fragment_available", …; nullptr for a number that is not ours.
const char* name_of(Kind kind);

namespace detail {
// The variant of the structs behind the first, which begins the list.
template <class Begin, class... Structs>
std::variant<Structs...> variant_of(void (*)(Begin, Structs...));
struct Begin {};
#define FRAGCAST_STRUCT(number, name, Struct) , Struct
using AnyBody =
    decltype(variant_of(static_cast<void (*)(Begin FRAGCAST_MESSAGES(FRAGCAST_STRUCT))>(nullptr)));
#undef FRAGCAST_STRUCT
}  // namespace detail
using AnyBody = detail::AnyBody;

template <class T, class Variant>
inline constexpr bool kIsAlternative = false;
template <class T, class... Ts>
inline constexpr bool kIsAlternative<T, std::variant<Ts...>> = (std::is_same_v<T, Ts> || ...);

// One of them. Its copies, moves and comparisons are made in one place, message.cpp: with so many
// alternatives they would be a tenth of what the compiler has to do everywhere.
class Body : public AnyBody {
public:
    template <class T>
    requires kIsAlternative<T, AnyBody> Body(T body)
        : AnyBody(std::in_place_type<T>, std::move(body)) {}
    Body();
    Body(const Body& other);
    Body(Body&& other) noexcept;
    Body& operator=(const Body& other);
    Body& operator=(Body&& other) noexcept;
    ~Body();
    bool operator==(const Body& other) const;
};

// The kind of the alternative that `body` holds.
Kind kind_of(const Body& body);
// A body of that kind with its fields at their defaults; nothing for a number that is not ours.
std::optional<Body> empty_body(Kind kind);
// Every kind, in order.
std::span<const Kind> all_kinds();

struct Header {
    PeerId sender;
    Epoch epoch;
    Sequence sequence;
    bool operator==(const Header&) const = default;
};

struct Message {
    Header header;
    Body body;
    bool operator==(const Message&) const = default;
};

}  // namespace fragcast
