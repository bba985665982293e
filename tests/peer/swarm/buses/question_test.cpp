// Which messages are questions, and what answers them.
#include "peer/swarm/buses/question.hpp"

#include "tests/support/pictures.hpp"

#include <string>
#include <vector>

#include <doctest/doctest.h>

using namespace fragcast;
namespace pic = fragcast::pictures;

TEST_CASE("question: a row for each, a column for each answer: of its kind, or a refusal") {
    std::vector<Body> questions{Locate{}, ListPeers{}, ListAssets{},
                                Dump{},   AskStats{},  AskEvents{}};
    const std::vector<Body> answered{Located{}, Peers{},  Assets{},  Dumped{},
                                     Stats{},   Events{}, Refused{}, Ack{}};
    std::string picture;
    for (Body& question : questions) {
        for (const Body& answer : answered)
            picture += answers(question, answer) ? '#' : '.';
        picture += '\n';
        CHECK(number_question(question, RequestId{7}));
    }
    CHECK(picture ==
          "#.....#.\n"
          ".#....#.\n"
          "..#...#.\n"
          "...#..#.\n"
          "....#.#.\n"
          ".....##.\n");
    CHECK(std::get<Locate>(questions[0]).request == RequestId{7});
    CHECK(std::get<AskEvents>(questions[5]).request == RequestId{7});
    Body no_question = Ping{};
    CHECK_FALSE(number_question(no_question, RequestId{7}));
}

TEST_CASE("question: who is asked for one asset tells of that one or of none") {
    const auto told = [](Found found, const std::vector<std::uint32_t>& numbers) {
        Located located;
        located.found = found;
        for (const std::uint32_t number : numbers) {
            located.assets.emplace_back();
            located.assets.back().id = pic::asset(number);
        }
        return is_of(pic::asset(1), located);
    };
    CHECK(told(Found::ok, {1}));
    CHECK_FALSE(told(Found::ok, {2}));
    CHECK_FALSE(told(Found::ok, {1, 2}));
    CHECK_FALSE(told(Found::ok, {}));
    CHECK(told(Found::unknown, {}));
    CHECK(told(Found::settling, {}));
    CHECK(is_of(pic::asset(1), Refused{}));
}
