// Puts, while some of those who should take their part do not.
#include "tests/sim/scenarios.hpp"
#include "tools/deal.hpp"

#include <algorithm>
#include <chrono>

namespace fragcast::sim {

using namespace std::chrono_literals;

namespace {

constexpr std::uint32_t kPutFragments = 10;

// What `fragcast put` does, as a guest with an upload of 8 MiB a second.
class Putting {
public:
    Putting(World& world, const SimAsset& film, tools::Deal::How how)
        : world_(world), film_(film), how_(how) {
        NodeOptions options;
        options.name = "put";
        options.guest = true;
        options.max_upload = 8 * kMiB;
        guest_ = &world.add(options);
        guest_->disk().put(film, RangeSet::up_to(kPutFragments));
        guest_->start();
    }
    SimNode& guest() { return *guest_; }

    void begin() {
        std::vector<PeerRecord> peers;
        for (const PeerRecord& peer : guest_->swarm().known_peers())
            if (!peer.guest) peers.push_back(peer);
        deal_.emplace(film_.id, *film_.manifest, peers, how_);
        guest_->publish(film_.id, deal_->offerings());
    }
    bool done() {
        const auto anew = deal_->look(guest_->swarm().offerings(film_.id), world_.clock().now());
        require(world_, anew.ok(), anew.ok() ? "" : "refused: " + anew.error().text);
        if (*anew) guest_->publish(film_.id, deal_->offerings());
        const auto views = guest_->swarm().offerings(film_.id);
        return std::all_of(views.begin(), views.end(),
                           [](const OfferingView& view) { return view.held == view.offered; });
    }
    const tools::Deal& deal() const { return *deal_; }
    bool dealt(const SimNode& node) const {
        const auto offerings = deal_->offerings();
        return std::any_of(offerings.begin(), offerings.end(),
                           [&](const Offering& one) { return one.to.id == node.peer(); });
    }
    bool passed(const SimNode& node) const {
        return std::any_of(deal_->passed().begin(), deal_->passed().end(),
                           [&](const auto& one) { return one.peer.id == node.peer(); });
    }

private:
    World& world_;
    SimAsset film_;
    tools::Deal::How how_;
    SimNode* guest_ = nullptr;
    std::optional<tools::Deal> deal_;
};

std::vector<SimNode*> takers(World& world, std::uint32_t count) {
    NodeOptions options;
    options.capacity = 1;
    std::vector<SimNode*> peers;
    for (std::uint32_t i = 0; i < count; ++i) {
        peers.push_back(&world.add(options));
        peers.back()->start();
    }
    world.run(limits::kSettling + 1s);
    return peers;
}

// Those who were dealt it have it, on disk: so many copies of each fragment.
void require_dealt(World& world, const SimAsset& film, const Putting& putting,
                   std::uint32_t copies) {
    std::vector<std::uint32_t> have(kPutFragments);
    for (const Offering& offering : putting.deal().offerings())
        for (const SimNode& node : world.nodes())
            if (node.peer() == offering.to.id)
                for (std::uint32_t i = 0; i < kPutFragments; ++i)
                    have[i] += offering.fragments.contains(i) && node.disk().done({film.id, {i}});
    for (std::uint32_t i = 0; i < kPutFragments; ++i)
        require(world, have[i] == copies,
                "fragment " + std::to_string(i) + " has " + std::to_string(have[i]) +
                    " copies of " + std::to_string(copies));
}

}  // namespace

// One was killed, stands still or is cut off from the guest, and nobody has missed it yet; another
// is killed while it takes its part. The next in order get what was theirs.
static void put_passes_over(World& world, const Knobs& knobs, Story& story) {
    const std::uint32_t replicas = world.random().chance(50) ? 2 : 3;
    const auto peers = takers(world, knobs.peers ? knobs.peers : 6);
    const SimAsset film = make_file(
        "film", kPutFragments, (knobs.bytes ? knobs.bytes : 20 * kMiB) / kPutFragments, replicas);
    Putting putting(world, film, tools::Deal::How::copies);
    world.run(1s);
    SimNode& first = *peers[world.random().below(peers.size())];
    const std::uint64_t fate = world.random().below(3);
    if (fate == 0)
        world.crash(first);
    else if (fate == 1)
        first.pause();
    else {
        world.network().block(putting.guest().id(), first.id());
        world.network().block(first.id(), putting.guest().id());
    }
    putting.begin();
    const bool lacks = putting.dealt(first);
    const Duration began = world.since_start();
    SimNode* second = nullptr;
    if (world.random().chance(50)) {
        world.run_until([&] { return putting.done(); }, world.random().between(100ms, 3s));
        second = peers[world.random().below(peers.size())];
        if (second != &first) world.crash(*second);
    }
    require(world, world.run_until([&] { return putting.done(); }, 30s), "the put does not end");
    story.push_back("put in " + seconds(world.since_start() - began) + ", " +
                    std::to_string(putting.deal().passed().size()) + " passed over");
    require_dealt(world, film, putting, replicas);
    require(world, !lacks || putting.passed(first), first.name() + " was waited for");
    for (const SimNode* peer : peers)
        require(world, !putting.passed(*peer) || peer == &first || peer == second,
                peer->name() + " was passed over, and answers");
    putting.guest().leave();
    world.run(1s);
    if (first.paused()) first.resume();
    world.run(limits::kLease);
    for (std::uint32_t i = 0; i < kPutFragments; ++i) {
        const auto live = std::count_if(peers.begin(), peers.end(), [&](const SimNode* peer) {
            return peer->alive() && peer->disk().done({film.id, {i}});
        });
        require(world, live >= 1, "fragment " + std::to_string(i) + " is gone");
    }
}

// Only one of two is there for a put that must not give everything to one: it waits for the other.
static void put_waits(World& world, const Knobs&, Story& story) {
    const auto peers = takers(world, 2);
    const SimAsset film = make_file("film", kPutFragments, kMiB, 1);
    Putting putting(world, film, tools::Deal::How::spread);
    world.run(1s);
    world.crash(*peers[0]);
    putting.begin();
    require(world, !world.run_until([&] { return putting.done(); }, 10s),
            "it gave up the other half");
    peers[0]->start();
    require(world, world.run_until([&] { return putting.done(); }, 20s), "the put does not end");
    require_dealt(world, film, putting, 1);
    story.push_back("both have half of it");
}

// --- the list ------------------------------------------------------------------------------------

const Stories kPutStories{
    {"put", "some of those who should take their part of a put do not answer", put_passes_over},
    {"put-waits", "a put to two, one of which is away for a while", put_waits}};

}  // namespace fragcast::sim
