// Whose turn it is, where more are due than fit into one look.
#include "peer/swarm/rounds.hpp"

#include <map>
#include <vector>

#include <doctest/doctest.h>

using namespace fragcast;

namespace {

using All = std::map<int, char>;

All up_to(int count) {
    All all;
    for (int i = 1; i <= count; ++i)
        all[i] = ' ';
    return all;
}

std::vector<int> take(Rounds<int>& rounds, const All& all, int most = 1000) {
    std::vector<int> out;
    for (int i = 0; i < most; ++i)
        if (const auto next = rounds.take(all))
            out.push_back(*next);
        else
            break;
    return out;
}

}  // namespace

TEST_CASE("rounds: each that is due has one turn, in order, and what is no more has none") {
    Rounds<int> rounds;
    CHECK(rounds.empty());
    for (const int id : {5, 2, 9, 2})
        rounds.add(id);
    CHECK(take(rounds, up_to(7)) == std::vector{2, 5});
    CHECK(rounds.empty());
    rounds.add(0);
    CHECK(take(rounds, up_to(7)).empty());
    CHECK(rounds.empty());
}

TEST_CASE("rounds: all are due once, from where the last turn was") {
    Rounds<int> rounds;
    rounds.add_all();
    CHECK(take(rounds, up_to(4)) == std::vector{1, 2, 3, 4});
    CHECK(rounds.empty());
    rounds.add(2);
    CHECK(take(rounds, up_to(4)) == std::vector{2});
    rounds.add_all();
    rounds.add(3);
    CHECK(take(rounds, up_to(4)) == std::vector{3, 4, 1, 2});
    CHECK(rounds.empty());
    rounds.add_all();
    CHECK(take(rounds, {}).empty());
    CHECK(rounds.empty());
}

TEST_CASE("rounds: all become due faster than they are looked at, and each has its turn") {
    const All all = up_to(100);
    Rounds<int> rounds;
    std::map<int, int> turns;
    for (int look = 0; look < 100; ++look) {
        rounds.add_all();
        rounds.add(1);  // and one again and again
        for (const int id : take(rounds, all, 10))
            ++turns[id];
    }
    REQUIRE(turns.size() == 100);
    for (const auto& [id, count] : turns)
        CHECK(count == 10);
    // Those of the last look had theirs.
    CHECK(take(rounds, all).size() == 90);
    CHECK(rounds.empty());
}

TEST_CASE("rounds: what comes while all are looked at is not left out") {
    All all = up_to(6);
    Rounds<int> rounds;
    rounds.add_all();
    CHECK(take(rounds, all, 3) == std::vector{1, 2, 3});
    all[7] = ' ';
    all.erase(5);
    rounds.add(2);
    CHECK(take(rounds, all) == std::vector{4, 6, 7, 2});
    CHECK(rounds.empty());
}
