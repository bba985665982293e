// Who gives way where a bus is full.
#include "bus/peer_crowd.hpp"

#include <cstdint>
#include <string>

#include <doctest/doctest.h>

using namespace fragcast;

namespace {

PeerId peer_of(std::uint32_t number) {
    PeerId id;
    for (std::size_t byte = 0; byte < 4; ++byte)
        id.bytes[byte] = static_cast<std::uint8_t>(number >> (8 * byte));
    return id;
}

// Peers 0, 1, … over so many connections of an address, so many each.
struct Guests : PeerCrowd {
    std::uint32_t next = 0;

    void come(const std::string& address, int connections, int each) {
        for (int i = 0; i < connections; ++i)
            for (int k = 0; k < each; ++k)
                add(peer_of(next++), address + ":" + std::to_string(i), address);
    }
};

}  // namespace

TEST_CASE("the address that has most gives way, by its connection that has most") {
    Guests crowd;
    CHECK_FALSE(crowd.gives_way("new", "c"));
    crowd.come("a", 2, 1);  // 0, 1
    crowd.come("b", 1, 4);  // 2 …
    crowd.come("b", 1, 1);  // … 6, over the same connection
    crowd.add(peer_of(7), "b:1", "b");
    CHECK(crowd.over("b:0") == 5);
    CHECK(crowd.gives_way("new", "c") == peer_of(2));
    CHECK(crowd.gives_way("a:0", "a") == peer_of(2));
    crowd.remove(peer_of(2), "b:0");
    CHECK(crowd.gives_way("new", "c") == peer_of(3));
    crowd.remove(peer_of(99), "b:9");  // nobody
    for (std::uint32_t number = 3; number < 8; ++number)
        crowd.remove(peer_of(number), number < 7 ? "b:0" : "b:1");
    CHECK(crowd.over("b:0") == 0);
    CHECK(crowd.gives_way("new", "c") == peer_of(1));
    crowd.remove(peer_of(0), "a:0");
    CHECK_FALSE(crowd.gives_way("new", "c"));  // one each
}

TEST_CASE("who has one peer at each address of a vicinity makes room for others") {
    Guests crowd;
    crowd.come("2001:db9:1:1::/64", 1, 1);  // 0
    for (int i = 0; i < 20; ++i)
        crowd.come("2001:db8:bad:" + std::to_string(i) + "::/64", 1, 1);
    const auto first = crowd.gives_way("new", "10.0.0.1");
    REQUIRE(first);
    CHECK(*first != peer_of(0));
    CHECK(crowd.gives_way("new", "2001:db8:2:1::/64") == first);
    CHECK(crowd.gives_way("new", "2001:db9:1:2::/64") == first);
    CHECK_FALSE(crowd.gives_way("new", "2001:db8:bad:99::/64"));  // his own are the most
    for (std::uint32_t number = 1; number < 20; ++number)
        crowd.remove(peer_of(number), "2001:db8:bad:" + std::to_string(number - 1) + "::/64:0");
    CHECK_FALSE(crowd.gives_way("new", "10.0.0.1"));  // one each
}

TEST_CASE("of one address, who has many over a connection gives way to who has fewer") {
    Guests crowd;
    crowd.come("a", 3, 1);
    CHECK_FALSE(crowd.gives_way("new", "a"));
    crowd.come("a", 1, 2);  // now 4 over the first
    crowd.add(peer_of(100), "a:7", "a");
    CHECK(crowd.gives_way("new", "a") == peer_of(0));
    CHECK_FALSE(crowd.gives_way("a:0", "a"));  // the connection itself has most
    crowd.come("b", 7, 1);
    CHECK_FALSE(crowd.gives_way("new", "a"));  // who has as many as that is no greedier
}
