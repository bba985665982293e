#include "peer/swarm/tally.hpp"

#include "peer/swarm/turn.hpp"

#include <set>
#include <string>

#include <doctest/doctest.h>

using namespace fragcast;

TEST_CASE("tally: each event counts once, and as nothing else") {
    Tally tally;
    Actions out;
    std::uint64_t requests = 0;
    for (std::uint64_t turns = 1; turns <= 3; ++turns) {
        Turn turn{Time{}, out, requests};
        turn.count("busy_in");
        turn.count("refused_messages");
        turn.count("refused_messages");
        tally.add(turn.counts);
        CHECK(tally.of("busy_in") == turns);
        CHECK(tally.of("refused_messages") == 2 * turns);
        CHECK(tally.of("absent_in") == 0);
        CHECK(tally.of("bad_chunks") == 0);
    }
}

TEST_CASE("tally: rows of one metric are told apart, and no two have one name") {
    std::set<std::string> names;
    std::set<std::pair<std::string, std::string>> series;
    for (const CountedRow& row : kCounted) {
        CAPTURE(row.name);
        CHECK(names.insert(row.name).second);
        CHECK(series.insert({row.metric, row.value ? row.value : ""}).second);
        CHECK((row.label == nullptr) == (row.value == nullptr));
    }
}
