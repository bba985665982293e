// The same on every machine: seeds are written into tests and logs.
#include "peer/swarm/chance.hpp"

#include "tests/support/pictures.hpp"

#include <set>

#include <doctest/doctest.h>

using namespace fragcast;
namespace pic = fragcast::pictures;

TEST_CASE("chance: SplitMix64, as its authors print it") {
    Chance chance(1234567);
    for (const std::uint64_t number :
         {6457827717110365317ULL, 3203168211198807973ULL, 9817491932198370423ULL})
        CHECK(chance.next() == number);
}

TEST_CASE("chance: below its end, all of it, and 0 of nothing") {
    Chance chance(1);
    std::set<std::uint64_t> seen;
    for (int i = 0; i < 1000; ++i)
        seen.insert(chance.below(7));
    CHECK(seen == std::set<std::uint64_t>{0, 1, 2, 3, 4, 5, 6});
    CHECK(chance.below(0) == 0);
}

TEST_CASE("chance: a salt is the same in a run, and differs by seed, asset, fragment and peer") {
    std::set<std::uint64_t> salts;
    for (std::uint64_t seed = 0; seed < 10; ++seed) {
        for (std::uint32_t number = 0; number < 10; ++number)
            for (std::uint32_t of_asset = 0; of_asset < 10; ++of_asset) {
                const FragmentRef fragment = pic::fragment(number, of_asset);
                CHECK(salt_of(seed, fragment) == salt_of(seed, fragment));
                salts.insert(salt_of(seed, fragment));
            }
        for (const char letter : {'a', 'b', 'c'})
            salts.insert(salt_of(seed, pic::peer(letter)));
    }
    CHECK(salts.size() == 1000 + 30);
}
