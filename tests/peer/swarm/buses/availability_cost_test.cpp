// All that others claim costs so much at most, whoever says it and however.
#include "messages/wire/limits.hpp"
#include "peer/swarm/buses/availability.hpp"
#include "tests/support/pictures.hpp"

#include <doctest/doctest.h>

using namespace fragcast;
namespace pic = fragcast::pictures;

namespace {

const PeerId kHonest = pic::peer('a');
const PeerId kGreedy = pic::peer('m');

RangeSet torn(std::uint32_t end = limits::kMaxFragments) {
    RangeSet out;
    for (std::uint32_t i = 0; i < end; i += 2)
        out.add(i);
    return out;
}

// As many claims as the limit holds, and half as many again.
template <class Claim>
void say_too_much(const Availability& who, std::uint64_t each, Claim claim) {
    for (std::uint32_t i = 0; i < limits::kMaxClaimBytes / each * 3 / 2; ++i) {
        claim(1000 + i);
        REQUIRE(who.account().all() <= limits::kMaxClaimBytes);
    }
    CHECK(who.broken() == nullptr);
}

}  // namespace

TEST_CASE(
    "claims: beyond kMaxClaimBytes who costs most keeps what he said before, and others all") {
    Availability who;
    CHECK(who.add(kHonest, pic::asset(), torn(100)));
    CHECK(who.take_cut().empty());
    const RangeSet spans = torn();
    const std::uint64_t each = spans.spans().size() * sizeof(Span);
    say_too_much(who, each, [&](std::uint32_t i) { who.add(kGreedy, pic::asset(i), spans); });
    CHECK(who.account().all() > limits::kMaxClaimBytes - 2 * each);
    CHECK(who.of(pic::asset(1000), kGreedy) != nullptr);
    CHECK(who.take_cut() == std::set{kGreedy});
    // A second one who says as much takes of the first.
    say_too_much(who, each,
                 [&](std::uint32_t i) { who.set_whole(pic::peer('n'), pic::asset(i), spans); });
    CHECK(who.account().of(kGreedy) > limits::kMaxClaimBytes / 5);
    CHECK(who.account().of(pic::peer('n')) > limits::kMaxClaimBytes / 5);
    CHECK(who.of(pic::asset(), kHonest)->fragments == torn(100));
    who.forget(kGreedy);
    who.forget(pic::peer('n'));
    CHECK(who.account().all() == ClaimAccount::cost(*who.of(pic::asset(), kHonest)));
    who.forget(kHonest);
    CHECK(who.account().all() == 0);
}

TEST_CASE("claims: chunks give way first, and no digest is the worse for it") {
    Availability who;
    CHECK(who.add(kGreedy, pic::asset(1), torn(100)));
    const StateDigest root = who.root(kGreedy);
    const RangeSet chunks = torn(limits::kMaxChunksPerFragment);
    const std::uint64_t each = chunks.spans().size() * sizeof(Span);
    std::uint32_t fragment = 200;
    say_too_much(who, each,
                 [&](std::uint32_t) { who.add(kGreedy, pic::fragment(fragment++, 1), chunks); });
    CHECK(who.root(kGreedy) == root);
    CHECK(who.take_cut().empty());
    // Of many assets, once another needs the room.
    say_too_much(who, each, [&](std::uint32_t i) {
        Holding holding;
        holding.partial[{0}] = chunks;
        who.set(kGreedy, pic::asset(i), holding);
    });
    CHECK(who.add(kHonest, pic::asset(), torn()));
    CHECK(who.add(kHonest, pic::asset(2), torn()));
    CHECK(who.of(pic::asset(2), kHonest)->fragments == torn());
    CHECK(who.root(kGreedy) == root);
    who.forget_partials(kGreedy);
    CHECK(who.account().of(kGreedy) == ClaimAccount::cost(*who.of(pic::asset(1), kGreedy)));
}

TEST_CASE("claims: 100,000 plain ones of each of ten peers are kept") {
    Availability who;
    for (char peer = 'a'; peer < 'k'; ++peer)
        for (std::uint32_t i = 0; i < limits::kMaxAssetsPerPeer / 10; ++i)
            who.set_whole(pic::peer(peer), pic::asset(i), RangeSet::up_to(10));
    CHECK(who.account().all() * 10 < limits::kMaxClaimBytes);
    CHECK(who.take_cut().empty());
}
