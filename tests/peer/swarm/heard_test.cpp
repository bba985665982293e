// What is forgotten of what others named. A row of letters is the table, in the order in which it
// would be emptied: the holder of each, "." where nobody is known to have it.
#include "peer/swarm/heard.hpp"

#include <string>

#include <doctest/doctest.h>

using namespace fragcast;

namespace {

AssetId heard_asset(std::uint32_t number) {
    AssetId id;
    id.bytes[0] = static_cast<std::uint8_t>(number >> 8);
    id.bytes[1] = static_cast<std::uint8_t>(number);
    return id;
}

PeerId heard_peer(char name) {
    PeerId id;
    if (name != '.') id.bytes[0] = static_cast<std::uint8_t>(name);
    return id;
}

struct HeardTable {
    Heard heard;
    Time now{};

    HeardTable& name(std::uint32_t number, char holder) {
        heard.name(heard_asset(number), heard_peer(holder), now);
        CHECK(heard.broken() == nullptr);
        return *this;
    }
    std::string order() const {
        Heard copy = heard;
        std::string out;
        while (const auto next = copy.least()) {
            const PeerId holder = copy.holder(*next);
            out += holder.is_zero() ? '.' : static_cast<char>(holder.bytes[0]);
            copy.remove(*next);
            CHECK(copy.broken() == nullptr);
        }
        CHECK(copy.size() == 0);
        return out;
    }
};

}  // namespace

TEST_CASE("heard: first goes what nobody is known to have, then of who has the most") {
    HeardTable table;
    table.name(1, 'a').name(2, 'b').name(3, '.').name(4, 'b').name(5, 'b').name(6, '.');
    CHECK(table.order() == "..bbba");
    CHECK(table.heard.size() == 6);
    CHECK(table.heard.size(heard_peer('b')) == 3);
    CHECK(*table.heard.least() == heard_asset(3));
}

TEST_CASE("heard: who names very many pushes out its own, and nobody else's") {
    HeardTable table;
    for (std::uint32_t i = 0; i < 10; ++i)
        table.name(i, 'a');
    for (std::uint32_t i = 100; i < 1100; ++i) {
        table.name(i, 'x');
        if (table.heard.size() <= 50) continue;
        const AssetId least = *table.heard.least();
        CHECK(table.heard.holder(least) == heard_peer('x'));
        table.heard.remove(least);
    }
    for (std::uint32_t i = 0; i < 10; ++i)
        CHECK(table.heard.contains(heard_asset(i)));
    CHECK(table.heard.contains(heard_asset(1099)));
    CHECK_FALSE(table.heard.contains(heard_asset(100)));
}

TEST_CASE("heard: it belongs to who had it first, until that one has it no more") {
    HeardTable table;
    table.name(1, '.');
    CHECK(table.heard.holder(heard_asset(1)).is_zero());
    table.name(1, 'a');
    CHECK(table.heard.holder(heard_asset(1)) == heard_peer('a'));
    table.name(1, 'b').name(1, '.');
    CHECK(table.heard.holder(heard_asset(1)) == heard_peer('a'));
    table.heard.pass(heard_asset(1), heard_peer('b'), table.now);
    CHECK(table.heard.holder(heard_asset(1)) == heard_peer('b'));
    CHECK(table.heard.size(heard_peer('a')) == 0);
    table.heard.remove(heard_asset(1));
    table.heard.remove(heard_asset(1));
    CHECK(table.heard.size() == 0);
    CHECK_FALSE(table.heard.least());
}

TEST_CASE("heard: what nobody has fades after its last mention, and only that") {
    HeardTable table;
    table.name(1, '.').name(2, 'a').name(3, '.');
    table.now += Duration(100);
    table.name(1, '.').name(4, '.');
    CHECK(table.heard.take_faded(Time(Duration(-1))).empty());
    CHECK(table.heard.take_faded(Time(Duration(50))) == std::vector{heard_asset(3)});
    CHECK(table.heard.take_faded(Time(Duration(99))).empty());
    CHECK(table.heard.take_faded(Time(Duration(100))) ==
          std::vector{heard_asset(1), heard_asset(4)});
    CHECK(table.heard.contains(heard_asset(2)));
    table.heard.pass(heard_asset(2), {}, table.now);
    CHECK(table.heard.take_faded(table.now) == std::vector{heard_asset(2)});
}
