// Who is gone and expected back: a column for each fragment of an asset.
#include "peer/swarm/copies/missing.hpp"

#include "messages/wire/limits.hpp"
#include "tests/support/pictures.hpp"

#include <string>

#include <doctest/doctest.h>

using namespace fragcast;
using namespace std::chrono_literals;
namespace pic = fragcast::pictures;

namespace {

PeerId nobody(std::uint32_t number) {
    PeerId out;
    for (std::size_t i = 0; i < 4; ++i)
        out.bytes[i] = static_cast<std::uint8_t>(number >> (8 * i));
    out.bytes[15] = 1;
    return out;
}

// Of so many spans each.
Missing::Holds many(std::uint32_t assets, std::uint32_t spans) {
    RangeSet fragments;
    for (std::uint32_t i = 0; i < spans; ++i)
        fragments.add(2 * i);
    Missing::Holds out;
    for (std::uint32_t i = 0; i < assets; ++i)
        out[pic::asset(i)] = fragments;
    return out;
}

struct Gone {
    Missing missing;
    Time now{1h};
    Time wake = kNever;

    bool expect(const PeerId& peer, Missing::Holds holds, Duration time = 60s) {
        const bool all = missing.expect(peer, now + time, std::move(holds));
        REQUIRE(missing.broken() == nullptr);
        return all;
    }
    bool expect(char peer, const std::string& held, Duration time = 60s) {
        return expect(pic::peer(peer), {{pic::asset(), pic::columns(held)}}, time);
    }
    bool expire(const std::string& back = "") {
        Actions out;
        std::uint64_t requests = 0;
        Turn turn{now, out, requests};
        const bool any = missing.expire(
            [&](const PeerId& id) {
                return back.find(static_cast<char>(id.bytes[0])) != back.npos;
            },
            turn);
        wake = turn.wake;
        CHECK(missing.broken() == nullptr);
        return any;
    }
    // "a##.. b.#.."
    std::string of(std::uint32_t asset = 0) const {
        std::string text;
        for (const auto& [peer, held] : missing.of(pic::asset(asset)))
            text += (text.empty() ? "" : " ") + std::string(1, static_cast<char>(peer.bytes[0])) +
                    pic::picture(*held, 4);
        CHECK(text.empty() == !missing.held(pic::asset(asset)));
        return text;
    }
};

}  // namespace

TEST_CASE("missing: what somebody held is remembered until he is expected no more") {
    Gone gone;
    CHECK(gone.expect('b', ".#.."));
    CHECK(gone.expect('a', "##..", 90s));
    CHECK(gone.of() == "a##.. b.#..");
    CHECK(gone.expect('b', "..##"));  // he came, and is gone again
    CHECK(gone.of() == "a##.. b..##");
    CHECK_FALSE(gone.expire());
    CHECK(gone.wake == gone.now + 60s);
    gone.now += 60s;
    CHECK(gone.expire());
    CHECK(gone.of() == "a##..");
    CHECK(gone.wake == gone.now + 30s);
    gone.missing.forget(pic::peer('a'));
    gone.missing.forget(pic::peer('z'));
    CHECK(gone.of().empty());
    CHECK_FALSE(gone.expire());
    CHECK(gone.wake == kNever);
    CHECK(gone.expect(pic::peer('a'), {}));  // who held nothing is not missed
    CHECK(gone.missing.count() == 0);
    CHECK(gone.missing.bytes() == 0);
}

TEST_CASE("missing: who is back has a moment, and no longer than he was expected") {
    Gone gone;
    gone.expect('a', "##..");
    gone.expect('b', "##..", 1s);
    CHECK_FALSE(gone.expire("ab"));
    CHECK(gone.wake == gone.now + 1s);
    gone.now += 1s;
    CHECK(gone.expire("ab"));
    CHECK(gone.of() == "a##..");
    gone.now += 2 * limits::kHeartbeat - 1s;
    CHECK(gone.expire());
    CHECK(gone.of().empty());
}

TEST_CASE("missing: beyond kMaxMissedBytes whoever held most is expected no more") {
    Gone gone;
    CHECK(gone.expect('a', "##.."));
    const Missing::Holds large = many(60, 8192);
    std::uint32_t came = 0;
    while (gone.expect(nobody(++came), large))
        REQUIRE(came < 1000);
    CHECK(gone.missing.bytes() > limits::kMaxMissedBytes / 2);
    CHECK(gone.missing.count() == came);  // the honest one, and all but one of them
    for (int i = 0; i < 100; ++i)
        CHECK_FALSE(gone.expect(nobody(++came), large));
    CHECK(gone.missing.bytes() <= limits::kMaxMissedBytes);
    CHECK(gone.of().starts_with("a##..") == false);  // those of small numbers come before him
    CHECK(gone.of().find("a##..") != std::string::npos);
    // Alone he may be larger than all that is remembered.
    Gone one;
    CHECK_FALSE(one.expect(nobody(1), many(600, 8192)));
    CHECK(one.missing.count() == 0);
}

TEST_CASE("missing: of more than kMaxMissed whoever held least is expected no more") {
    Gone gone;
    CHECK(gone.expect(pic::peer('a'), many(3, 2)));
    for (std::uint32_t i = 1; i < limits::kMaxMissed; ++i)
        REQUIRE(gone.missing.expect(nobody(i), gone.now + 60s, many(1, 1)));
    CHECK(gone.missing.count() == limits::kMaxMissed);
    for (std::uint32_t i = 0; i < 5; ++i)
        CHECK_FALSE(gone.expect(nobody(5000 + i), many(1, 1)));
    CHECK(gone.missing.count() == limits::kMaxMissed);
    CHECK(gone.of(2) == "a#.#.");
}
