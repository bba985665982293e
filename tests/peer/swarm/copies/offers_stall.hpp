// What we offer to whom: a column for each fragment, letters are peers. An offer that goes out is
// "a:##.." to a, with the asset's number before it where it is not 0, and '!' behind it for a
// hand-over, '+' for what is passed on of our own accord.
#pragma once

#include "messages/wire/limits.hpp"
#include "peer/swarm/copies/offers.hpp"
#include "tests/support/pictures.hpp"

#include <algorithm>
#include <cstdint>
#include <string>

#include <doctest/doctest.h>

namespace fragcast::test {

namespace pic = fragcast::pictures;
using namespace std::chrono_literals;

inline constexpr auto kOfferPublish = OfferReason::publish;
inline constexpr auto kOfferHandover = OfferReason::handover;
inline constexpr auto kOfferRepair = OfferReason::repair;
inline constexpr std::uint32_t kOfferWidth = 4;

inline PeerRecord offer_record(char letter) {
    PeerRecord out;
    out.id = pic::peer(letter);
    out.name = letter;
    out.exchange = std::string("tcp://") + letter;
    return out;
}

struct OffersStall {
    Offers offers;
    Time now{100s};
    std::uint64_t requests = 0;
    Time wake = kNever;

    void add(char to, const char* picture, OfferReason reason = kOfferPublish,
             std::uint32_t asset = 0, const char* theirs = "") {
        const Holding holding{pic::columns(theirs), {}};
        offers.add(pic::asset(asset), {offer_record(to), pic::columns(picture)}, reason,
                   holding.fragments.empty() ? nullptr : &holding, now);
        check();
    }
    // All that is due to it goes out over its link.
    std::string reach(char who) {
        std::string text;
        for (const AssetId& id : offers.due(pic::peer(who))) {
            AssetRecord asset;
            asset.id = id;
            Actions out;
            Turn turn{now, out, requests};
            offers.make(asset, pic::peer(who), pic::link(who), turn);
            CHECK(turn.wake == now + limits::kOfferAnswer);
            CHECK_FALSE(out.empty());
            for (const Action& action : out)
                text += (text.empty() ? "" : " ") + name(std::get<SendTo>(action));
        }
        CHECK(offers.due(pic::peer(who)).empty());
        check();
        return text;
    }
    static std::string name(const SendTo& said) {
        const Offer& offer = std::get<Offer>(said.body);
        std::string asset;
        for (std::uint32_t i = 1; i < 9; ++i)
            if (offer.asset.id == pic::asset(i)) asset = std::to_string(i);
        return pic::letter(said.link) + asset + ":" + pic::picture(offer.fragments, kOfferWidth) +
               (offer.reason == kOfferHandover ? "!"
                : offer.reason == kOfferRepair ? "+"
                                               : "");
    }
    // Whose offers are late, in order.
    std::string late() {
        std::string out;
        Actions none;
        Turn turn{now, none, requests};
        while (const auto peer = offers.take_late(turn))
            out += static_cast<char>(peer->bytes[0]);
        wake = turn.wake;
        CHECK(none.empty());
        check();
        return out;
    }
    void end_repairs() {
        Actions none;
        Turn turn{now, none, requests};
        offers.end_repairs(turn);
        wake = turn.wake;
        CHECK(none.empty());
        check();
    }
    bool answer(char who, std::uint64_t request, bool accepted = true, const char* text = "") {
        const auto of = offers.hear(pic::link(who), {{request}, accepted, text});
        check();
        return of.has_value();
    }
    void told(char who, const char* picture, std::uint32_t asset = 0) {
        offers.told(pic::asset(asset), pic::peer(who), {pic::columns(picture), {}});
        check();
    }
    std::string unreached() const {
        std::string out;
        for (const PeerRecord& to : offers.unreached())
            out += to.name;
        return out;
    }
    // Offered, held; then L linked, A answered, R refused.
    std::string row(std::size_t at = 0, std::uint32_t asset = 0) const {
        const auto views = offers.views(pic::asset(asset));
        if (at >= views.size()) return "none";
        const OfferingView& view = views[at];
        return view.to.name + " " + pic::picture(view.offered, kOfferWidth) + " " +
               pic::picture(view.held, kOfferWidth) + " " + (view.linked ? "L" : "") +
               (view.answered ? "A" : "") + (view.refused ? "R" : "");
    }
    void check() const {
        CHECK(offers.broken() == nullptr);
        for (const AssetId& id : offers.assets()) {
            CHECK(offers.contains(id));
            for (const OfferingView& view : offers.views(id)) {
                CHECK(view.held.common(view.offered) == view.held);
                CHECK((!view.refused || view.answered));
                const auto due = offers.due(view.to.id);
                if (!view.linked && !view.refused)
                    CHECK(std::find(due.begin(), due.end(), id) != due.end());
            }
        }
        CHECK(offers.size() == offers.assets().size());
        CHECK(offers.empty() == (offers.size() == 0));
    }
};

}  // namespace fragcast::test
