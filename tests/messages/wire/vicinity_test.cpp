// Which addresses may be one owner's.
#include "messages/wire/vicinity.hpp"

#include <doctest/doctest.h>

using namespace fragcast;

TEST_CASE("vicinity: a household is an IPv4 address, or 64 bits of an IPv6 one") {
    CHECK(household_of("10.1.2.3") == "10.1.2.3");
    CHECK(household_of("::ffff:10.1.2.3") == "10.1.2.3");
    CHECK(household_of("2001:db8:1:2:3:4:5:6") == "2001:db8:1:2::/64");
    CHECK(household_of("::1") == "::/64");
    CHECK(household_of("nobody") == "nobody");
    CHECK(household_of("").empty());
}

TEST_CASE("vicinity: it widens twice, and what is no address stays what it is") {
    CHECK(vicinity_of("10.1.2.3") == "10.1.2.0/24");
    CHECK(vicinity_of("10.1.2.0/24") == "10.1.0.0/16");
    CHECK(vicinity_of("10.1.0.0/16") == "10.1.0.0/16");
    CHECK(vicinity_of("2001:db8:1:2::/64") == "2001:db8:1::/48");
    CHECK(vicinity_of("2001:db8:1::/48") == "2001:db8::/32");
    CHECK(vicinity_of("2001:db8::/32") == "2001:db8::/32");
    for (const char* other : {"", "/", "/64", "nobody", "nobody/24", "10.1.2.3/64", "::1"})
        CHECK(vicinity_of(other) == other);
}
