// Whom we take nothing from, and until when: a column for each five minutes, '#' barred.
#include "peer/swarm/people/bars.hpp"

#include "tests/support/pictures.hpp"

#include <doctest/doctest.h>

using namespace fragcast;
using namespace std::chrono_literals;
namespace pic = fragcast::pictures;

namespace {

const Time kFirstDay{24h};
const PeerId kLiar = pic::peer('l');
const std::string kDoor = "tcp://10.0.0.1:4000";

std::string bars_from(const Bars& bars, Time from, const PeerId& peer, const std::string& endpoint,
                      int columns = 8) {
    CHECK(bars.broken() == nullptr);
    std::string out;
    for (int i = 0; i < columns; ++i)
        out += bars.barred(peer, endpoint, from + i * 5min) ? '#' : '.';
    return out;
}

PeerId made_up(std::uint32_t number) {
    PeerId id;
    for (std::size_t i = 0; i < 4; ++i)
        id.bytes[i] = static_cast<std::uint8_t>(number >> 8 * i);
    id.bytes[15] = 1;
    return id;
}

}  // namespace

TEST_CASE("bars: two wrong fragments that are not taken back in time are a bar, one is none") {
    Bars bars;
    CHECK_FALSE(bars.failed(kLiar, kDoor, pic::fragment(0), kFirstDay));
    CHECK_FALSE(bars.guilty(kLiar, kDoor, kFirstDay + 1h));
    CHECK_FALSE(bars.failed(kLiar, kDoor, pic::fragment(0), kFirstDay));  // the same one
    CHECK_FALSE(bars.guilty(kLiar, kDoor, kFirstDay + 1h));
    Bars twice;
    twice.failed(kLiar, kDoor, pic::fragment(0), kFirstDay);
    CHECK_FALSE(twice.failed(kLiar, kDoor, pic::fragment(1), kFirstDay));
    CHECK_FALSE(twice.guilty(kLiar, kDoor, kFirstDay + limits::kAmends - 1us));
    CHECK(bars_from(twice, kFirstDay, kLiar, kDoor) == "........");
    CHECK(twice.guilty(kLiar, kDoor, kFirstDay + limits::kAmends));
    CHECK(bars_from(twice, kFirstDay + limits::kAmends, kLiar, kDoor) == "##......");
}

TEST_CASE("bars: who takes a fragment back is not to blame for it") {
    Bars bars;
    bars.failed(kLiar, kDoor, pic::fragment(0), kFirstDay);
    bars.failed(kLiar, kDoor, pic::fragment(1), kFirstDay);
    bars.forgive(kLiar, kDoor, pic::fragment(1));
    CHECK_FALSE(bars.guilty(kLiar, kDoor, kFirstDay + 1h));
    bars.forgive(pic::peer('x'), "tcp://10.0.0.9:1", pic::fragment(1));  // nobody we know
    CHECK(bars.failed(kLiar, kDoor, pic::fragment(2),
                      kFirstDay + 1h));  // the first is long not amended
}

TEST_CASE(
    "bars: each bar is twice as long as the one before, a day at most, and one wrong is enough") {
    Bars bars;
    bars.bar(kLiar, kDoor, kFirstDay);
    CHECK(bars_from(bars, kFirstDay, kLiar, kDoor) == "##......");
    Time now = kFirstDay + 30min;
    CHECK_FALSE(bars.failed(kLiar, kDoor, pic::fragment(0), now));
    CHECK(bars.guilty(kLiar, kDoor, now + limits::kAmends));
    CHECK(bars_from(bars, now + limits::kAmends, kLiar, kDoor) == "####....");
    for (int i = 0; i < 20; ++i)
        bars.bar(kLiar, kDoor, now);
    CHECK(bars.broken() == nullptr);
    CHECK(bars.barred(kDoor, now + limits::kMaxBar - 1us));
    CHECK_FALSE(bars.barred(kDoor, now + limits::kMaxBar));
}

TEST_CASE(
    "bars: who dials us under another's id gets that id barred on links to us, not its door") {
    Bars bars;
    bars.bar(kLiar, "", kFirstDay);
    CHECK(bars_from(bars, kFirstDay, kLiar, "") == "##......");
    CHECK(bars_from(bars, kFirstDay, kLiar, kDoor) == "........");
    CHECK(bars.barred_id(kLiar, kFirstDay));
    CHECK_FALSE(bars.barred(kDoor, kFirstDay));
    bars.bar(pic::peer('x'), kDoor, kFirstDay);  // that door, whatever id is said behind it
    CHECK(bars_from(bars, kFirstDay, pic::peer('y'), kDoor) == "##......");
    bars.failed(pic::peer('z'), "", pic::fragment(0), kFirstDay);
    bars.failed(pic::peer('z'), "", pic::fragment(1), kFirstDay);
    CHECK(bars.guilty(pic::peer('z'), "", kFirstDay + limits::kAmends));
    CHECK(bars_from(bars, kFirstDay + limits::kAmends, pic::peer('z'), "") == "##......");
}

TEST_CASE("bars: whose bar began or ended is told once, of ids alone") {
    Bars bars;
    bars.failed(kLiar, kDoor, pic::fragment(), kFirstDay);
    CHECK(bars.take_turned(kFirstDay).empty());
    bars.bar(kLiar, kDoor, kFirstDay);
    bars.bar(kLiar, kDoor, kFirstDay);
    CHECK(bars.take_turned(kFirstDay) == std::set{kLiar});
    CHECK(bars.take_turned(kFirstDay + 1s).empty());
    CHECK(bars.take_turned(kFirstDay + limits::kMaxBar) == std::set{kLiar});
    CHECK(bars.take_turned(kFirstDay + limits::kMaxBar).empty());
    // One that is forgotten to make room is over as well.
    bars.bar(made_up(0), "", kFirstDay);
    CHECK(bars.take_turned(kFirstDay) == std::set{kLiar, made_up(0)});
    for (std::uint32_t i = 1; i <= limits::kMaxBars; ++i)
        bars.bar(made_up(i), "", kFirstDay + 1s);
    CHECK(bars.take_turned(kFirstDay + 1s).contains(made_up(0)));
}

TEST_CASE("bars: made-up names push out records of no bar, and no bar") {
    Bars bars;
    bars.bar(kLiar, kDoor, kFirstDay);
    for (std::uint32_t i = 0; i < 3 * limits::kMaxBars; ++i)
        bars.failed(made_up(i), "tcp://10.0.0.2:" + std::to_string(i), pic::fragment(), kFirstDay);
    CHECK(bars.broken() == nullptr);
    CHECK(bars.barred_id(kLiar, kFirstDay));
    CHECK(bars.barred(kDoor, kFirstDay));
}

TEST_CASE("bars: no more are kept than the limit says; the one that ends first is forgotten") {
    Bars bars;
    bars.bar(kLiar, kDoor, kFirstDay + 1s);
    bars.bar(made_up(0), "", kFirstDay);
    for (std::uint32_t i = 1; i < limits::kMaxBars - 1; ++i)
        bars.bar(made_up(i), "", kFirstDay + 1s);
    CHECK(bars.barred_id(made_up(0), kFirstDay));
    bars.bar(made_up(limits::kMaxBars), "", kFirstDay + 2s);
    CHECK_FALSE(bars.barred_id(made_up(0), kFirstDay));
    CHECK(bars.barred_id(kLiar, kFirstDay + 2s));
    std::uint32_t kept = 0;
    for (std::uint32_t i = 0; i <= limits::kMaxBars; ++i)
        kept += bars.barred_id(made_up(i), kFirstDay + 2s) ? 1 : 0;
    CHECK(kept == limits::kMaxBars - 1);  // and the liar
    CHECK(bars.broken() == nullptr);
    // Those that ended make room before any that holds.
    const Time later = kFirstDay + 2s + limits::kBar;
    bars.bar(pic::peer('n'), "", later - 1us);
    bars.bar(pic::peer('m'), "", later);
    CHECK(bars.barred_id(pic::peer('n'), later));
    CHECK(bars.barred_id(pic::peer('m'), later));
}
