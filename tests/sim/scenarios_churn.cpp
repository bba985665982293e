// Long stories: peers come, go and are killed, hosts are cut off, buses die, disks fill. Then
// peace.
#include "tests/sim/scenarios.hpp"

#include <algorithm>
#include <chrono>
#include <set>

namespace fragcast::sim {

using namespace std::chrono_literals;

namespace {

constexpr std::uint32_t kPeers = 24;
constexpr std::size_t kMostAssets = 40;
constexpr Duration kCalm = 60s;

// One storm over one world.
class Storm {
public:
    Storm(World& world, std::uint32_t peers) : world_(world) {
        for (std::uint32_t i = 0; i < peers; ++i) {
            NodeOptions options;
            options.host.up_rate = 4 * kMiB;
            options.capacity = 1;
            world_.add(options).start();
        }
        for (int i = 0; i < 5; ++i)
            publish();
    }

    // Something happens to each about once in twelve seconds.
    void rage(Duration time) {
        const Duration pace = Duration{12s} / static_cast<int>(world_.nodes().size());
        const Duration end = world_.since_start() + time;
        while (world_.since_start() < end) {
            world_.run(world_.random().between(pace / 2, pace + pace / 2));
            heal(false);
            strike();
        }
    }

    // No fault is left: everybody is there, and wants what it wanted.
    void calm() {
        heal(true);
        world_.run(1s);  // who leaves has left
        for (SimNode& node : world_.nodes())
            if (!node.alive()) start(node);
    }

    bool satisfied() const {
        return std::all_of(world_.nodes().begin(), world_.nodes().end(), [&](const SimNode& node) {
            const auto wants = wants_.find(node.id());
            return wants == wants_.end() ||
                   std::all_of(wants->second.begin(), wants->second.end(), [&](const AssetId& id) {
                       return node.disk().find(id) != nullptr && node.disk().whole(id);
                   });
        });
    }

    // Of each fragment there are R copies; or the first of which there are not.
    std::string uncopied() const {
        for (const SimAsset& asset : published_)
            for (std::uint32_t i = 0; i < asset.fragments(); ++i) {
                std::uint32_t copies = 0;
                for (const SimNode& node : world_.nodes())
                    copies += node.alive() && node.disk().done(asset.id).contains(i);
                if (copies < asset.manifest->replicas)
                    return asset.manifest->name + " " + std::to_string(i) + " has " +
                           std::to_string(copies) + " copies";
            }
        return "";
    }

    const std::vector<AssetId>& assets() const { return assets_; }
    std::string told() const {
        std::string text;
        for (const auto& [what, count] : counts_)
            text += (text.empty() ? "" : ", ") + std::to_string(count) + " " + what;
        return text;
    }

private:
    // A fault that has an end.
    struct Trouble {
        Duration until;
        std::function<void()> end;
    };

    void strike() {
        SimNode& node = world_.nodes()[world_.random().below(world_.nodes().size())];
        const std::uint64_t die = world_.random().below(100);
        if (!node.alive())
            start(node);
        else if (node.paused())
            return;
        else if (die < 45)
            want(node);
        else if (die < 60)
            crash(node);
        else if (die < 68)
            leave(node);
        else if (die < 76)
            publish();
        else if (die < 82)
            stop_process(node);
        else if (die < 88)
            fill(node);
        else if (die < 94)
            silence(node);
        else if (die < 97)
            cut();
        else
            kill_bus();
    }

    void start(SimNode& node) {
        node.start();
        for (const AssetId& id : wants_[node.id()])
            node.fetch(id);
    }
    void want(SimNode& node) {
        const AssetId& id = assets_[world_.random().below(assets_.size())];
        wants_[node.id()].insert(id);
        node.fetch(id);
        ++counts_["wants"];
    }
    void crash(SimNode& node) {
        world_.crash(node);
        ++counts_["kills"];
    }
    void leave(SimNode& node) {
        node.leave();
        ++counts_["leaves"];
    }
    void publish() {
        if (assets_.size() >= kMostAssets) return;
        SimNode& node = world_.nodes()[world_.random().below(world_.nodes().size())];
        if (!node.alive()) return;
        const auto fragments = static_cast<std::uint32_t>(1 + world_.random().below(5));
        const SimAsset asset =
            make_file("asset " + std::to_string(assets_.size()), fragments, 300'000);
        assets_.push_back(asset.id);
        published_.push_back(asset);
        node.add(asset, RangeSet::up_to(fragments));
        ++counts_["puts"];
    }
    void stop_process(SimNode& node) {
        node.pause();
        ++counts_["stops"];
        later(25s, [&node] {
            if (node.paused()) node.resume();
        });
    }
    void fill(SimNode& node) {
        node.disk().set_capacity(node.disk().used() + 1);
        ++counts_["full disks"];
        later(20s, [&node] { node.make_room(0); });
    }
    void silence(SimNode& node) {
        for (const SimNode& other : world_.nodes())
            world_.network().kill_silently(node.id(), other.id());
        ++counts_["silences"];
    }
    // A third of all, from the others and the buses; sometimes one way.
    void cut() {
        if (std::exchange(cut_, true)) return;
        const bool one_way = world_.random().chance(30);
        std::vector<NodeId> there;
        for (const SimNode& node : world_.nodes())
            if (world_.random().chance(33)) there.push_back(node.id());
        const auto each = [this, there](auto&& what) {
            for (const NodeId b : there)
                for (const SimNode& a : world_.nodes())
                    if (std::find(there.begin(), there.end(), a.id()) == there.end())
                        what(a.id(), b);
        };
        each([&](NodeId a, NodeId b) {
            world_.network().block(b, a);
            if (!one_way) world_.network().block(a, b);
        });
        for (const NodeId b : there)
            world_.bus().cut(b);
        ++counts_["partitions"];
        later(40s, [this, there, each] {
            each([&](NodeId a, NodeId b) {
                world_.network().unblock(b, a);
                world_.network().unblock(a, b);
            });
            for (const NodeId b : there)
                world_.bus().mend(b);
            cut_ = false;
        });
    }
    void kill_bus() {
        if (!world_.bus().alive()) return;
        world_.bus().kill();
        ++counts_["deaths of the bus"];
        later(30s, [this] { world_.bus().start(); });
    }

    void later(Duration most, std::function<void()> end) {
        troubles_.push_back(
            {world_.since_start() + world_.random().between(1s, most), std::move(end)});
    }
    void heal(bool all) {
        for (std::size_t i = 0; i < troubles_.size();) {
            if (!all && troubles_[i].until > world_.since_start()) {
                ++i;
                continue;
            }
            const auto end = std::move(troubles_[i].end);
            troubles_.erase(troubles_.begin() + static_cast<std::ptrdiff_t>(i));
            end();
        }
    }

    World& world_;
    std::vector<AssetId> assets_;
    std::vector<SimAsset> published_;
    std::map<NodeId, std::set<AssetId>> wants_;
    std::vector<Trouble> troubles_;
    std::map<std::string, int> counts_;
    bool cut_ = false;
};

// When nothing happens any more, nothing waits; and tables are as large as the swarm.
void sizes_are_sound(World& world, std::size_t assets, Story& story) {
    const std::size_t peers = world.nodes().size();
    const std::set<std::string> idle{"asks",    "ask_due", "inflight", "open",    "reads", "small",
                                     "storing", "untold",  "uploads",  "waiting", "wanted"};
    const std::map<std::string, std::size_t> most{
        {"neighbours", peers},
        {"peers", peers},
        {"speakers", peers},
        {"assets", assets},
        {"claimed", assets},
        {"dials", peers},
        {"former", limits::kMaxStoreQueue},
        {"spread", 5 * assets},
        {"unfinished", 5 * assets},  // copies that are not needed any more
        {"origins", 5 * assets},
        {"referred", 0},
        {"manifest_failed", 0},
        {"deferred", 5 * assets * peers},
        {"interests", 2 * assets * peers},
        {"refused", 0}};
    std::size_t largest = 0;
    for (SimNode& node : world.nodes())
        for (const auto& [name, size] : node.swarm().sizes()) {
            const auto limit = most.find(name);
            const bool sound =
                idle.contains(name) ? size == 0 : limit == most.end() || size <= limit->second;
            require(world, sound, node.name() + " keeps " + std::to_string(size) + " in " + name);
            largest = std::max(largest, size);
        }
    story.push_back("nothing waits anywhere; the largest table has " + std::to_string(largest));
}

}  // namespace

static void churn(World& world, const Knobs& knobs, Story& story) {
    Storm storm(world, knobs.peers ? knobs.peers : kPeers);
    storm.rage(knobs.time > Duration{} ? knobs.time : Duration{10min});
    story.push_back(storm.told());
    storm.calm();
    const Duration calm = world.since_start();
    const bool done =
        world.run_until([&] { return storm.satisfied() && storm.uncopied().empty(); }, kCalm);
    require(world, storm.satisfied(),
            "a minute after the last fault not everybody has what it wants");
    require(world, done, "a minute after the last fault " + storm.uncopied());
    story.push_back("everybody has what it wants, and all has its copies, " +
                    seconds(world.since_start() - calm) + " after the last fault");
    truth_within(world, storm.assets(), kCalm, story);
    // Links idle for a minute are closed, what was deferred is over.
    world.run(2 * limits::kIdleLink);
    require(world, world.untrue(storm.assets()).empty(), world.untrue(storm.assets()));
    sizes_are_sound(world, storm.assets().size(), story);
}

// --- the list ------------------------------------------------------------------------------------

const Stories kChurnStories{{"churn", "everything goes wrong for ten minutes", churn, 1, 3}};

}  // namespace fragcast::sim
