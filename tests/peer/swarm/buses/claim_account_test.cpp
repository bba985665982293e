// What claims cost: by teller, in all, and who costs most.
#include "peer/swarm/buses/claim_account.hpp"

#include "peer/swarm/chance.hpp"
#include "tests/support/pictures.hpp"

#include <doctest/doctest.h>

using namespace fragcast;
namespace pic = fragcast::pictures;

TEST_CASE("claim account: spans and unfinished fragments cost, nothing costs nothing") {
    CHECK(ClaimAccount::cost(Holding{}) == 0);
    const Holding plain{pic::columns("####"), {}};
    const Holding torn{pic::columns("#.#.#.#."), {}};
    CHECK(ClaimAccount::cost(plain) > 0);
    CHECK(ClaimAccount::cost(torn) >= ClaimAccount::cost(plain) + 3 * sizeof(Span));
    const Holding begun{plain.fragments, {{{7}, pic::columns("#.")}}};
    CHECK(ClaimAccount::whole(begun) == ClaimAccount::whole(plain));
    CHECK(ClaimAccount::cost(begun) ==
          ClaimAccount::whole(begun) + ClaimAccount::cost(begun.partial.at({7})));
}

TEST_CASE("claim account: the sum is that of all tellers, and who costs most is known") {
    ClaimAccount account;
    CHECK(account.most().is_zero());
    std::map<PeerId, std::uint64_t> of;
    Chance chance(3);
    for (int i = 0; i < 500; ++i) {
        const PeerId peer = pic::peer(static_cast<char>('a' + chance.below(4)));
        const std::uint64_t now = chance.below(3) == 0 ? 0 : chance.below(1000);
        account.change(peer, of[peer], now);
        of[peer] = now;
        std::uint64_t all = 0;
        std::uint64_t most = 0;
        for (const auto& [teller, bytes] : of) {
            CHECK(account.of(teller) == bytes);
            all += bytes;
            most = std::max(most, bytes);
        }
        CHECK(account.broken() == nullptr);
        CHECK(account.all() == all);
        CHECK(account.most().is_zero() == (all == 0));
        CHECK(account.of(account.most()) == most);
    }
    CHECK_FALSE(account.over());
    account.change(pic::peer('e'), 0, limits::kMaxClaimBytes);
    CHECK(account.over() == (account.all() > limits::kMaxClaimBytes));
}
