#include "tests/sim/sim_world.hpp"

#include "messages/wire/codec.hpp"
#include "tests/sim/action_fields.hpp"

#include <cstdio>
#include <stdexcept>
#include <utility>

namespace fragcast::sim {
namespace {

constexpr Duration kLookEvery{5'000};
constexpr Duration kCheckEvery{1'000'000};
constexpr std::size_t kFewNodes = 32;  // which are also looked at after each step of a story

std::string time_text(Duration time) {
    char text[32];
    std::snprintf(text, sizeof text, "%lld.%06lld s",
                  static_cast<long long>(time.count() / 1000000),
                  static_cast<long long>(time.count() % 1000000));
    return text;
}

}  // namespace

World::World(WorldOptions options)
    : options_(std::move(options)),
      random_(options_.seed),
      began_(clock_.now()),
      next_look_(clock_.now()),
      network_(clock_, *this, options_.notice),
      checks_(clock_) {
    for (std::uint32_t i = 0; i < options_.buses; ++i)
        buses_
            .emplace_back(clock_, static_cast<BusObserver&>(*this), options_.bus, options_.notice,
                          random_.next())
            .start();
}

SimNode& World::add(NodeOptions options, bool with_buses) {
    const std::size_t number = nodes_.size() + 1;
    if (options.name.empty()) options.name = "peer" + std::to_string(number);
    if (with_buses && options.buses.empty())
        for (SimBus& bus : buses_)
            options.buses.push_back(&bus);
    const std::string endpoint = "tcp://10.0." + std::to_string(number / 250) + "." +
                                 std::to_string(number % 250 + 1) + ":40000";
    return nodes_.emplace_back(clock_, network_, static_cast<NodeObserver&>(*this),
                               std::move(options), endpoint, random_.next());
}

void World::crash(SimNode& node) {
    node.crash();
    checks_.crashed(node.id());
}

void World::run(Duration time) {
    run_until([] { return false; }, time);
}

bool World::run_until(const std::function<bool()>& condition, Duration limit) {
    const Time end = clock_.now() + limit;
    for (;;) {
        if (clock_.now() >= next_look_) {
            next_look_ = clock_.now() + kLookEvery;
            if (condition()) return true;
        }
        if (clock_.now() - checked_ >= kCheckEvery) check_all();
        if (!clock_.step(end)) break;
    }
    if (nodes_.size() <= kFewNodes) check_all();
    return condition();
}

// --- what is so ----------------------------------------------------------------------------------

std::uint64_t World::sent() const {
    std::uint64_t bytes = 0;
    for (const auto& [pair, count] : outcome_.sent())
        bytes += count;
    return bytes;
}

std::uint64_t World::sent(const SimNode& from) const {
    std::uint64_t bytes = 0;
    for (const auto& [pair, count] : outcome_.sent())
        if (pair.first == from.id()) bytes += count;
    return bytes;
}

std::uint64_t World::sent(const SimNode& from, const SimNode& to) const {
    const auto found = outcome_.sent().find({from.id(), to.id()});
    return found == outcome_.sent().end() ? 0 : found->second;
}

bool World::complete(const AssetId& asset) const {
    for (const SimNode& node : nodes_)
        if (node.alive() && !node.disk().whole(asset)) return false;
    return true;
}

std::string World::untrue(const std::vector<AssetId>& assets) const {
    using Picture = std::map<PeerId, RangeSet>;
    for (const AssetId& asset : assets) {
        Picture truth;
        for (const SimNode& node : nodes_)
            if (node.alive() && !node.options().guest)
                if (const RangeSet done = node.disk().done(asset); !done.empty())
                    truth[node.peer()] = done;
        const auto differs = [&](const std::string& whose, const Picture& seen) -> std::string {
            for (const SimNode& node : nodes_) {
                const auto is = truth.find(node.peer());
                const auto told = seen.find(node.peer());
                const std::string now = is == truth.end() ? "-" : is->second.text();
                const std::string known = told == seen.end() ? "-" : told->second.text();
                if (now != known)
                    return whose + " thinks that " + node.name() + " has " + known + " of " +
                           asset.short_text() + ", which has " + now;
            }
            return "";
        };
        for (const SimNode& node : nodes_) {
            if (!node.alive()) continue;
            Picture seen;
            for (const auto& holder : const_cast<SimNode&>(node).swarm().holders(asset))
                if (!holder.peer.guest && !holder.fragments.empty())
                    seen[holder.peer.id] = holder.fragments;
            if (auto text = differs(node.name(), seen); !text.empty()) return text;
        }
        for (std::size_t i = 0; i < buses_.size(); ++i) {
            if (!buses_[i].alive()) continue;
            Picture seen;
            for (const SimNode& node : nodes_)
                if (const auto* lease = buses_[i].session().leases().find(node.peer()))
                    if (const auto* held = lease->holdings.find(asset);
                        held != nullptr && !lease->peer.guest)
                        seen[node.peer()] = held->fragments();
            if (auto text = differs("bus " + std::to_string(i + 1), seen); !text.empty())
                return text;
        }
    }
    return "";
}

bool World::knows(SimNode& who, const SimNode& whom, const std::vector<AssetId>& assets) const {
    for (const AssetId& asset : assets) {
        const RangeSet is = whom.alive() ? whom.disk().done(asset) : RangeSet{};
        RangeSet told;
        for (const auto& holder : who.swarm().holders(asset))
            if (holder.peer.id == whom.peer()) told = holder.fragments;
        if (is != told) return false;
    }
    return true;
}

std::map<std::string, std::uint64_t> World::counted() {
    std::map<std::string, std::uint64_t> sum;
    for (SimNode& node : nodes_) {
        if (!node.alive()) continue;
        const News now = node.swarm().news(clock_.now());
        for (const CounterView& row : now.overview->counters.rows)
            sum[row.name] += row.number;
    }
    return sum;
}

// Between events: what a swarm says that it holds lies on its disk, and it agrees with itself.
void World::check_all() {
    checked_ = clock_.now();
    for (SimNode& node : nodes_) {
        if (!node.alive()) continue;
        try {
            // Somebody looks: what was shown stays true by what changes.
            (void)node.swarm().news(clock_.now());
            node.swarm().check_invariants(clock_.now());
        } catch (const std::logic_error& breach) {
            fail(node.name(), breach.what());
        }
        for (const auto& [id, asset] : node.disk().assets()) {
            RangeSet held = node.swarm().holding(id).fragments;
            held.remove(node.disk().done(id));
            if (!held.empty()) fail(node.name(), "believes in fragments that it has not");
        }
        if (const auto breach = checks_.bounds(node); !breach.empty()) fail(node.name(), breach);
    }
}

void World::fail(const std::string& who, const std::string& what) const {
    throw std::logic_error("seed " + std::to_string(options_.seed) +
                           (options_.notice == LinkNotice::told ? "" : ", blind links") + ", at " +
                           time_text(since_start()) + ", " + who + ": " + what);
}

// --- what happens --------------------------------------------------------------------------------

std::string World::name(NodeId node) const {
    return node == kNobody ? "bus" : nodes_[node.value].name();
}

void World::show(const char* what, NodeId from, NodeId to, const Message& message, bool good) {
    ++messages_;
    if (options_.trace)
        options_.trace(time_text(since_start()) + "  " + name(from) + " " + what + " " + name(to) +
                       "  " + describe(message) + (good ? "" : "  (wrong bytes)"));
}

void World::on_sent(NodeId from, LinkId link, NodeId to, const Packet& packet) {
    trace_.sent(clock_.now(), from, link, to, packet);
    show("->", from, to, packet.message, packet.good);
    if (std::holds_alternative<Data>(packet.message.body))
        outcome_.sent(from, to, packet.payload_bytes);
    const auto breach = checks_.said(at(from), link, &at(to), packet.message);
    if (!breach.empty()) fail(name(from), breach);
}

void World::on_delivered(NodeId to, LinkId link, NodeId, const Packet& packet) {
    trace_.heard(to, link, packet.message);
    checks_.heard(at(to), link, packet.message);
}

void World::on_link_gone(NodeId node, LinkId link) {
    trace_.link_gone(node, link);
    checks_.link_gone(node, link);
}

void World::on_load(SimNode& node, const ChunkRef& chunk) {
    if (!node.disk().proven(chunk)) fail(node.name(), "serves a chunk that it has not proven");
}

void World::on_kept(SimNode& node, const ChunkRef& chunk, StoreVerdict verdict) {
    trace_.stored(node.id(), chunk, verdict);
    if (verdict != StoreVerdict::bad && verdict != StoreVerdict::unwanted) return;
    ++wasted_;
    const auto* asset = node.disk().find(chunk.asset);  // it may have been dropped meanwhile
    outcome_.wasted(node.id(), asset ? asset->asset.length(chunk) : limits::kChunkBytes);
}

void World::on_fragment_done(SimNode& node, const FragmentRef& fragment) {
    trace_.fragment_done(node.id(), fragment);
    if (node.disk().whole(fragment.asset)) outcome_.whole(since_start(), node.id(), fragment.asset);
}

void World::on_report(SimNode& node, const Report& report) {
    outcome_.reported(node.id(), report);
    if (options_.trace)
        options_.trace(time_text(since_start()) + "  " + node.name() + " reports " + report.kind +
                       ": " + report.text);
}

void World::on_started(SimNode& node) {
    trace_.started(clock_.now(), node.id(), node.swarm().self().epoch);
}

// What is said gets its line when it is sent, and a report when it is made.
void World::on_actions(SimNode& node, const Actions& actions) {
    trace_.acted(clock_.now(), node.id(), actions);
    outcome_.acted(node.id(), actions);
    if (!options_.trace) return;
    for (const Action& action : actions)
        if (!std::holds_alternative<SendTo>(action) && !std::holds_alternative<SendToBus>(action) &&
            !std::holds_alternative<Publish>(action) && !std::holds_alternative<Report>(action))
            options_.trace(time_text(since_start()) + "  " + node.name() + ": " + describe(action));
}

void World::on_wrong(SimNode& node, const std::string& what) {
    fail(node.name(), what);
}

void World::on_told_bus(NodeId from, BusId bus, const Packet& packet) {
    trace_.told_bus(clock_.now(), from, bus, packet);
    show("->", from, kNobody, packet.message, packet.good);
    const auto breach = checks_.said(at(from), LinkId{}, nullptr, packet.message);
    if (!breach.empty()) fail(name(from), breach);
}

void World::on_published(NodeId from, const Message& message) {
    trace_.published(clock_.now(), from, message);
    show("publishes at", from, kNobody, message, true);
    const auto breach = checks_.said(at(from), LinkId{}, nullptr, message);
    if (!breach.empty()) fail(name(from), breach);
}

void World::on_bus_answer(NodeId to, BusId bus, const Packet& packet) {
    trace_.bus_answered(clock_.now(), bus, to, packet);
    show("->", kNobody, to, packet.message, packet.good);
}

void World::on_announced(NodeId to, const Message& message) {
    if (watching_ && std::holds_alternative<PeerAlive>(message.body))
        beacons_.try_emplace({to, message.header.sender}, clock_.now());
    trace_.announced(to, message);
}

}  // namespace fragcast::sim
