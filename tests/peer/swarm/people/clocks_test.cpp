// Which epochs are believed: a column for each twelve hours after this machine's clock, '#'
// believed,
// '.' too far ahead.
#include "peer/swarm/people/clocks.hpp"

#include "messages/wire/limits.hpp"

#include <string>

#include <doctest/doctest.h>

using namespace fragcast;
using namespace std::chrono_literals;

namespace {

constexpr std::uint64_t kToday = 1'790'000'000;  // seconds since 1970
constexpr std::uint64_t kHalfDay = 12 * 3600;

struct Clocked {
    Clocks clocks;
    Time now{1h};
    Actions out;
    std::uint64_t requests = 0;

    bool refused(std::uint64_t epoch) {
        Turn turn{now, out, requests};
        const std::uint64_t before = clocks.count_refused();
        const bool far = clocks.too_far_ahead(Epoch{epoch}, turn);
        CHECK(clocks.count_refused() == before + (far ? 1 : 0));
        // What one epoch may, every lower one may.
        const std::uint64_t later = clocks.later(now);
        CHECK(far == (later != 0 && epoch > later + limits::kMaxEpochAhead));
        return far;
    }
    std::string believed() {
        std::string out_text;
        for (std::uint64_t i = 0; i < 8; ++i)
            out_text += refused(kToday + i * kHalfDay) ? '.' : '#';
        return out_text;
    }
    std::size_t reports() const { return out.size(); }
};

}  // namespace

TEST_CASE("clocks: an epoch is at most a day ahead, to the second") {
    Clocked here;
    here.clocks.read_own(kToday, here.now);
    CHECK(here.believed() == "###.....");
    CHECK_FALSE(here.refused(kToday + limits::kMaxEpochAhead));
    CHECK(here.refused(kToday + limits::kMaxEpochAhead + 1));
    CHECK_FALSE(here.refused(1));  // what is behind is no harm
}

TEST_CASE("clocks: where neither is known every epoch is believed") {
    Clocked here;
    CHECK(here.believed() == "########");
    here.clocks.read_own(0, here.now);
    here.clocks.hear_bus(Epoch{999}, here.now);  // less than a second after 1970: none was set
    here.now += 100h;
    CHECK(here.clocks.later(here.now) == 0);
    CHECK(here.believed() == "########");
    CHECK(here.out.empty());
}

TEST_CASE("clocks: the later of the two counts, and of several buses the one that began last") {
    Clocked here;
    here.clocks.hear_bus(Epoch{kToday * 1000}, here.now);
    CHECK(here.believed() == "###.....");
    here.clocks.read_own(1000, here.now);  // never set
    CHECK(here.believed() == "###.....");
    here.clocks.hear_bus(Epoch{1'000'000}, here.now);  // an older bus takes nothing back
    CHECK(here.believed() == "###.....");
    here.clocks.hear_bus(Epoch{(kToday + kHalfDay) * 1000}, here.now);
    CHECK(here.believed() == "####....");
    here.clocks.read_own(kToday + 2 * kHalfDay, here.now);
    CHECK(here.believed() == "#####...");
}

TEST_CASE("clocks: they go on from what they said") {
    Clocked here;
    here.clocks.hear_bus(Epoch{kToday * 1000}, here.now);
    here.now += 11h + 59min + 59s;
    CHECK(here.believed() == "###.....");
    here.now += 1s;
    CHECK(here.believed() == "####....");
    // The bus says no more than it said: it began then.
    here.clocks.hear_bus(Epoch{kToday * 1000}, here.now);
    CHECK(here.believed() == "####....");
    here.clocks.read_own(kToday, here.now);
    here.now += 12h;
    CHECK(here.believed() == "#####...");
}

TEST_CASE("clocks: this machine's is taken as it is, also when it is set back") {
    Clocked here;
    here.clocks.read_own(kToday + 2 * kHalfDay, here.now);
    CHECK(here.believed() == "#####...");
    here.clocks.read_own(kToday, here.now);
    CHECK(here.believed() == "###.....");
}

TEST_CASE("clocks: refusals are told once in a while, however many there are") {
    Clocked here;
    here.clocks.read_own(kToday, here.now);
    here.believed();
    here.believed();
    CHECK(here.reports() == 1);
    here.now += limits::kLogInterval - 1us;
    here.believed();
    CHECK(here.reports() == 1);
    here.now += 1us;
    here.believed();
    CHECK(here.reports() == 2);
    const auto* told = std::get_if<Report>(&here.out.back());
    REQUIRE(told != nullptr);
    CHECK(told->kind == "peer.epoch");
}
