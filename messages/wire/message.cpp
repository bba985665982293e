#include "messages/wire/message.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace fragcast {

const char* name_of(Kind kind) {
    switch (kind) {
#define FRAGCAST_NAME(number, name, Struct) \
    case Kind::name:                        \
        return #name;
        FRAGCAST_MESSAGES(FRAGCAST_NAME)
#undef FRAGCAST_NAME
    }
    return nullptr;
}

// In the order of the variant, which is the order of the numbers.
#define FRAGCAST_ITEM(number, name, Struct) Kind::name,
static constexpr std::array kKinds = {FRAGCAST_MESSAGES(FRAGCAST_ITEM)};
#undef FRAGCAST_ITEM
static_assert(kKinds.size() == std::variant_size_v<AnyBody>);
// By number, and none twice.
static_assert(std::is_sorted(kKinds.begin(), kKinds.end(), std::less_equal<>()));

Body::Body() = default;
Body::Body(const Body& other) = default;
Body::Body(Body&& other) noexcept = default;
Body& Body::operator=(const Body& other) = default;
Body& Body::operator=(Body&& other) noexcept = default;
Body::~Body() = default;

bool Body::operator==(const Body& other) const {
    return static_cast<const AnyBody&>(*this) == static_cast<const AnyBody&>(other);
}

Kind kind_of(const Body& body) {
    return kKinds[body.index()];
}

std::span<const Kind> all_kinds() {
    return kKinds;
}

template <std::size_t I>
static Body empty_alternative() {
    return std::variant_alternative_t<I, AnyBody>();
}

template <std::size_t... I>
static constexpr auto empty_alternatives(std::index_sequence<I...>) {
    return std::array{&empty_alternative<I>...};
}

std::optional<Body> empty_body(Kind kind) {
    static constexpr auto kMakers = empty_alternatives(std::make_index_sequence<kKinds.size()>());
    const auto at = std::lower_bound(kKinds.begin(), kKinds.end(), kind);
    if (at == kKinds.end() || *at != kind) return std::nullopt;
    return kMakers[static_cast<std::size_t>(at - kKinds.begin())]();
}

}  // namespace fragcast
