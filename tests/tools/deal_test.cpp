// A put deals fragments out, and deals those of a peer that does not take them anew.
#include "tools/deal.hpp"

#include "messages/wire/limits.hpp"
#include "peer/swarm/copies/placement.hpp"

#include <algorithm>

#include <doctest/doctest.h>

namespace fragcast::tools {
namespace {

using namespace std::chrono_literals;

constexpr std::uint32_t kParts = 10;

std::vector<PeerRecord> people(std::uint8_t count) {
    std::vector<PeerRecord> peers(count);
    for (std::uint8_t i = 0; i < count; ++i) {
        peers[i].id.bytes.fill(static_cast<std::uint8_t>(i + 1));
        peers[i].name = "p" + std::to_string(i + 1);
    }
    return peers;
}

// A deal, and what its peers say to it.
class Table {
public:
    Table(Deal::How how, std::vector<PeerRecord> peers, std::uint32_t replicas = 2,
          std::uint32_t parts = kParts)
        : asset(id_of(7)),
          deal(asset, manifest_of(replicas, parts), std::move(peers), how),
          parts_(parts) {
        offer();
    }
    // Time passes, and the deal is looked at: how often it was dealt anew; -1: given up.
    int look(Duration after = {}) {
        int anew = 0;
        const Time end = now + after;
        for (;; now += 100ms) {
            const auto looked = deal.look(views, now);
            if (!looked) return -1;
            if (*looked) {
                ++anew;
                offer();
            }
            if (now >= end) return anew;
        }
    }
    OfferingView& of(const std::string& name) {
        return *std::find_if(views.begin(), views.end(),
                             [&](const OfferingView& view) { return view.to.name == name; });
    }
    RangeSet given(const std::string& name) const {
        for (const Offering& offering : deal.offerings())
            if (offering.to.name == name) return offering.fragments;
        return {};
    }
    // Of each fragment the copies: "2222222222".
    std::string copies() const {
        std::string text(parts_, '0');
        for (const Offering& offering : deal.offerings())
            for (std::uint32_t i = 0; i < parts_; ++i)
                if (offering.fragments.contains(i)) ++text[i];
        return text;
    }
    void all_take() {
        for (OfferingView& view : views)
            view.linked = view.answered = true;
    }

    AssetId asset;
    Deal deal;
    std::vector<OfferingView> views;
    Time now{};

private:
    static AssetId id_of(std::uint8_t byte) {
        AssetId id;
        id.bytes.fill(byte);
        return id;
    }
    static Manifest manifest_of(std::uint32_t replicas, std::uint32_t parts) {
        Manifest manifest;
        manifest.replicas = replicas;
        manifest.fragments.resize(parts);
        return manifest;
    }
    // As the swarm does.
    void offer() {
        std::vector<OfferingView> next;
        for (const Offering& offering : deal.offerings()) {
            OfferingView view;
            const auto before =
                std::find_if(views.begin(), views.end(),
                             [&](const OfferingView& one) { return one.to.id == offering.to.id; });
            if (before != views.end()) view = *before;
            view.to = offering.to;
            if (view.offered != offering.fragments) view.answered = false;
            view.offered = offering.fragments;
            next.push_back(view);
        }
        views = std::move(next);
    }
    std::uint32_t parts_;
};

}  // namespace

TEST_SUITE_BEGIN("deal");

TEST_CASE("each fragment goes to the first R in order, and to the next when one is passed over") {
    Table table(Deal::How::copies, people(5));
    const auto peers = people(5);
    const auto first_two = [&](const std::vector<PeerRecord>& of) {
        for (std::uint32_t i = 0; i < kParts; ++i)
            for (const PeerId& id : responsible_for({table.asset, {i}}, 2, of))
                for (const PeerRecord& peer : of)
                    if (peer.id == id) CHECK(table.given(peer.name).contains(i));
        CHECK(table.copies() == std::string(kParts, '2'));
    };
    first_two(peers);
    table.all_take();
    const RangeSet before = table.given("p1");
    REQUIRE(table.views.size() == 5);
    table.of("p2").linked = false;
    table.of("p2").text = "refused";
    CHECK(table.look(1400ms) == 0);
    CHECK(table.look(100ms) == 1);
    CHECK(table.given("p2").empty());
    CHECK(table.given("p1").contains(before.spans().front()));
    first_two({peers[0], peers[2], peers[3], peers[4]});
    REQUIRE(table.deal.passed().size() == 1);
    CHECK(table.deal.passed()[0].peer.name == "p2");
    CHECK(table.deal.passed()[0].why == "refused");
}

TEST_CASE("who is silent has longer, on a link and without; who has all may be gone") {
    Table table(Deal::How::copies, people(3));
    table.all_take();
    SUBCASE("no link, and no word why") {
        table.of("p3").linked = false;
    }
    SUBCASE("an offer without an answer") {
        table.of("p3").answered = false;
    }
    CHECK(table.look(4900ms) == 0);
    CHECK(table.look(100ms) == 1);
    CHECK(table.deal.passed().at(0).why == "no answer");
    table.of("p1").held = table.of("p1").offered;
    table.of("p1").linked = false;
    table.of("p2").answered = true;
    CHECK(table.look(20s) == 0);
}

TEST_CASE("a link that comes begins the wait for the answer, and one that goes the wait for it") {
    Table table(Deal::How::copies, people(3));
    table.all_take();
    table.of("p3").linked = table.of("p3").answered = false;
    CHECK(table.look(4900ms) == 0);
    table.of("p3").linked = true;
    CHECK(table.look(4900ms) == 0);
    table.of("p3").linked = false;
    CHECK(table.look(4900ms) == 0);
    table.of("p3").linked = table.of("p3").answered = true;
    CHECK(table.look(20s) == 0);
}

TEST_CASE("who refuses is passed over at once; when all refuse, that is the end") {
    Table table(Deal::How::copies, people(2));
    table.all_take();
    table.of("p1").refused = true;
    table.of("p1").text = "no room";
    CHECK(table.look() == 1);
    CHECK(table.copies() == std::string(kParts, '1'));
    table.of("p2").refused = true;
    table.of("p2").text = "declined";
    const auto looked = table.deal.look(table.views, table.now);
    REQUIRE_FALSE(looked.ok());
    CHECK(looked.error().kind == ErrorKind::refused);
    CHECK(looked.error().text == "p2: declined");
}

TEST_CASE("where all are silent all are waited for; who answers takes everything") {
    Table table(Deal::How::copies, people(2));
    CHECK(table.look(20s) == 0);
    table.of("p2").linked = table.of("p2").answered = true;
    CHECK(table.look() == 1);
    CHECK(table.given("p2") == RangeSet::up_to(kParts));
}

TEST_CASE("a spread gives nobody all, also when it is dealt anew") {
    for (std::uint32_t replicas = 1; replicas <= 3; ++replicas)
        for (std::uint32_t parts : {2U, 3U, 10U}) {
            CAPTURE(replicas);
            CAPTURE(parts);
            Table table(Deal::How::spread, people(4), replicas, parts);
            table.all_take();
            for (const char* name : {"p3", "p1"}) {
                for (const OfferingView& view : table.views)
                    CHECK(view.offered.count() < parts);
                for (const char copies : table.copies())
                    CHECK(copies >= '1');
                if (table.given(name).empty()) continue;
                table.of(name).refused = true;
                CHECK(table.look() == 1);
                table.all_take();
            }
        }
    Table one(Deal::How::spread, people(3), 1, 1);
    CHECK(one.copies() == "1");
}

TEST_CASE("a spread over two waits for both, and ends when one refuses") {
    Table table(Deal::How::spread, people(2), 1);
    CHECK(table.given("p1").count() == 5);
    CHECK(table.given("p2").count() == 5);
    table.all_take();
    table.of("p1").linked = false;
    table.of("p1").text = "refused";
    CHECK(table.look(20s) == 0);
    table.of("p1").refused = true;
    CHECK(table.look() == -1);
}

TEST_CASE("named peers get all, and nobody takes the place of one") {
    Table table(Deal::How::each, people(2));
    CHECK(table.given("p1") == RangeSet::up_to(kParts));
    CHECK(table.given("p2") == RangeSet::up_to(kParts));
    CHECK(table.look(20s) == 0);
    table.of("p1").refused = true;
    CHECK(table.look() == -1);
}

TEST_CASE("where nobody holds copies there is nobody to deal to") {
    auto peers = people(2);
    peers[0].capacity = 0;
    peers[1].draining = true;
    CHECK(Table(Deal::How::copies, peers).deal.offerings().empty());
}

TEST_SUITE_END();

}  // namespace fragcast::tools
