// When an endpoint may be dialled: a column for each half second after it failed, '#' it may.
#include "peer/swarm/people/dials.hpp"

#include "tests/support/pictures.hpp"

#include <doctest/doctest.h>

using namespace fragcast;
using namespace std::chrono_literals;

namespace {

const Time kNoon{12h};

// Asked after each step whether all holds.
struct CheckedDials : Dials {
    void failed(const std::string& endpoint, Time now) {
        Dials::failed(endpoint, now);
        check();
    }
    void worked(const std::string& endpoint) {
        Dials::worked(endpoint);
        check();
    }
    void ourselves(const std::string& endpoint) {
        Dials::ourselves(endpoint);
        check();
    }
    void check() const {
        const char* wrong = broken();
        REQUIRE_MESSAGE(wrong == nullptr, wrong);
    }
};

std::string waits(const Dials& dials, const std::string& endpoint, Time from, int columns = 10) {
    std::string out;
    for (int i = 0; i < columns; ++i)
        out += dials.may(endpoint, from + i * 500ms) ? '#' : '.';
    return out;
}

std::string door(std::size_t number) {
    return "tcp://10.0.0.1:" + std::to_string(number);
}

}  // namespace

TEST_CASE("dials: each time it fails the next try comes later, until it works") {
    CheckedDials dials;
    CHECK(waits(dials, "a", kNoon) == "##########");
    CHECK_FALSE(dials.may("", kNoon));
    const char* const rows[] = {".#########", "..########", "....######", "........##"};
    for (const char* row : rows) {
        dials.failed("a", kNoon);
        CHECK(waits(dials, "a", kNoon) == row);
        CHECK(waits(dials, "b", kNoon) == "##########");
    }
    for (int i = 0; i < 100; ++i)
        dials.failed("a", kNoon);
    CHECK_FALSE(dials.may("a", kNoon + limits::kMaxDialWait - 1us));
    CHECK(dials.may("a", kNoon + limits::kMaxDialWait));
    dials.worked("a");
    CHECK(dials.size() == 0);
    dials.failed("a", kNoon);
    CHECK(waits(dials, "a", kNoon) == rows[0]);
}

TEST_CASE("dials: where we found ourselves is never dialled again") {
    CheckedDials dials;
    dials.ourselves("a");
    CHECK_FALSE(dials.may("a", kNoon + 10000h));
    CHECK(dials.next(kNoon) == kNever);
    // Another dial to it, begun before, ends as well.
    dials.failed("a", kNoon);
    CHECK_FALSE(dials.may("a", kNoon + 10000h));
    dials.leave("a", kNoon + 10min);
    CHECK_FALSE(dials.may("a", kNoon + 10000h));
}

TEST_CASE("dials: the next that may be dialled is the one that waits least") {
    CheckedDials dials;
    CHECK(dials.next(kNoon) == kNever);
    dials.failed("a", kNoon);
    dials.failed("a", kNoon);
    dials.failed("b", kNoon);
    CHECK(dials.next(kNoon) == kNoon + 500ms);
    CHECK(dials.next(kNoon + 500ms) == kNoon + 1s);
    CHECK(dials.next(kNoon + 1s) == kNever);
}

TEST_CASE("dials: no more are known than the limit says, the one that waits least is forgotten") {
    CheckedDials dials;
    dials.ourselves("we");
    dials.failed("long", kNoon);
    for (int i = 0; i < 5; ++i)
        dials.failed("long", kNoon);  // waits for 16 s
    for (std::size_t i = 0; i < 3 * limits::kMaxDialsKnown; ++i) {
        dials.Dials::failed(door(i), kNoon);  // looked through once, below
        REQUIRE(dials.size() <= limits::kMaxDialsKnown);
    }
    dials.check();
    CHECK_FALSE(dials.may("long", kNoon));  // who makes up doors does not open the others
    CHECK_FALSE(dials.may("we", kNoon));
    CHECK_FALSE(dials.may(door(3 * limits::kMaxDialsKnown - 1), kNoon));
}

TEST_CASE("dials: who says at many doors that he is us is remembered within the limit, too") {
    CheckedDials dials;
    for (std::size_t i = 0; i < 2 * limits::kMaxDialsKnown; ++i) {
        dials.Dials::ourselves(door(i));
        REQUIRE(dials.size() <= limits::kMaxDialsKnown);
    }
    dials.check();
    CHECK_FALSE(dials.may(door(2 * limits::kMaxDialsKnown - 1), kNoon));
    dials.failed("a", kNoon);
    CHECK_FALSE(dials.may("a", kNoon));
}

TEST_CASE("dials: what is of no use is left alone until then") {
    Dials dials;
    dials.leave("a", kNoon + 10min);
    CHECK_FALSE(dials.may("a", kNoon + 10min - 1us));
    CHECK(dials.may("a", kNoon + 10min));
    dials.leave("a", kNoon + 1min);  // that is sooner
    CHECK_FALSE(dials.may("a", kNoon + 10min - 1us));
    dials.worked("a");
    CHECK(dials.may("a", kNoon));
}
