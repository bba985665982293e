// Where manifests and holders are looked for: neighbours, buses, friends.
#include "peer/swarm/swarm_state.hpp"

#include <algorithm>
#include <utility>

namespace fragcast {

namespace {

constexpr std::int32_t kManifestNonsense = 20;
constexpr Duration kLookEvery{200'000};
constexpr std::size_t kLastResort = 4;  // peers dialled when nobody else is left to ask

}  // namespace

bool Swarm::State::is_friend(const std::string& endpoint) const {
    return !endpoint.empty() && std::find(options_.friends.begin(), options_.friends.end(),
                                          endpoint) != options_.friends.end();
}

bool Swarm::State::any_bus_joined() const {
    return std::any_of(buses_.begin(), buses_.end(), [](const auto& bus) { return bus.joined(); });
}

// A first try that is still under way counts as an answer to come.
bool Swarm::State::no_bus_answers() const {
    return std::none_of(buses_.begin(), buses_.end(), [](const BusSession& bus) {
        return bus.joined() || (bus.state() == BusSession::State::joining && bus.tries() <= 1);
    });
}

void Swarm::State::seek(Turn& turn) {
    const std::set<AssetId> wanted = wants_.all();
    for (const AssetId& id : wanted) {
        AssetState& asset = assets_.at(id);
        if (!asset.manifest) seek_manifest(id, turn);
        seek_holders(asset, turn);
    }
    if (!hearing_.ask_for_records(turn)) return;
    for (const BusSession& bus : buses_)
        if (bus.joined()) asks_.list_all({bus.bus()}, around_, turn);
    if (any_bus_joined()) return;
    for (const LinkId link : neighbours_.members())
        asks_.list_assets({{}, link}, around_, turn);
}

// --- manifests -----------------------------------------------------------------------------------

std::vector<Manifests::Holder> Swarm::State::manifest_holders(const AssetId& id, Time now) {
    std::vector<Manifests::Holder> out;
    for (const auto& [peer, holding] : availability_.who(id))
        if (const Neighbour* n = link_of(peer); n != nullptr && !barred(*n, now))
            out.push_back({peer, n->link(), n->spoke(), n->passed_until(), n->patience()});
    return out;
}

void Swarm::State::seek_manifest(const AssetId& id, Turn& turn) {
    if (!room_.on_disk()) return;
    if (const auto late = manifests_.late(id, turn)) {
        ++counters_.timeouts;
        if (Neighbour* n = neighbour(late->link); n != nullptr && late->passed)
            n->pass_over(turn.now);
    }
    if (!manifests_.idle(id)) return;
    std::vector<BusId> joined;
    for (const BusSession& bus : buses_)
        if (bus.joined()) joined.push_back(bus.bus());
    const auto asked = manifests_.seek(id, manifest_holders(id, turn.now), joined, turn);
    if (!asked) return;
    if (Neighbour* n = neighbour(asked->link)) n->use(turn.now);
}

void Swarm::State::got(const Manifests::From& from, const ManifestPart& part, std::size_t bytes,
                       Turn& turn) {
    switch (manifests_.got(from, part, bytes, turn)) {
        case Manifests::Heard::unasked:
            ++counters_.duplicates;
            return;
        case Manifests::Heard::nonsense:
            ++counters_.refused_messages;
            return blame(from.link, kManifestNonsense, "its manifests are nonsense", turn);
        case Manifests::Heard::part:
            if (Neighbour* n = neighbour(from.link)) n->heard_answer();
    }
}

// --- holders -------------------------------------------------------------------------------------

// Something is wanted that nobody within reach is known to have whole.
bool Swarm::State::lacks_holders(const AssetState& asset, Time now) const {
    RangeSet lacking = wanted_fragments(asset);
    const auto& who = availability_.who(asset.id);
    if (who.empty()) return !asset.manifest || !lacking.empty();
    bool anybody = false;
    for (const auto& [peer, holding] : who) {
        const auto known = peers_.find(peer);
        if (known == peers_.end()) continue;
        const KnownPeer& there = known->second;
        if (there.links.empty() && there.dialling.value == 0 &&
            !neighbours_.may_dial(there.record.exchange, now))
            continue;
        anybody = true;
        lacking.remove(holding.fragments);
    }
    return asset.manifest ? !lacking.empty() : !anybody;
}

void Swarm::State::seek_holders(AssetState& asset, Turn& turn) {
    Search& search = asset.search;
    if (turn.now < search.next) {
        turn.wake_by(search.next);
        return;
    }
    const bool lacks = lacks_holders(asset, turn.now);
    if (search.asked && !lacks) {
        search.wait = Duration{};
        search.nobody = false;
        search.next = turn.now + kLookEvery;
        return;
    }
    const bool bus = any_bus_joined();
    if (!asks_.locating(asset.id) && (bus || no_bus_answers())) {
        if (bus && lacks && search.asked) {
            const RangeSet lacking = wanted_fragments(asset);
            turn.out.push_back(Publish{FragmentWanted{asset.id, lacking}});
        }
        search.asked = search.asked || bus;
        asks_.locate(asset.id, !bus, around_, turn);
    }
    search.wait = std::clamp<Duration>(search.wait * 2, limits::kLocateMin, limits::kLocateMax);
    search.next = turn.now + search.wait;
    turn.wake_by(search.next);
}

// --- friends -------------------------------------------------------------------------------------

// While no bus answers, one friend is kept: the first that can be reached, in their order.
// Everybody who is linked is asked whom and what it knows, so that we then have others to ask.
void Swarm::State::keep_friends(Turn& turn) {
    if (!no_bus_answers()) return;
    for (const std::string& endpoint : options_.friends) {
        const bool linked = neighbours_.at_end_of(endpoint) != nullptr;
        if (linked || dial(endpoint, turn).value != 0) break;
    }
    if (!options_.friends.empty()) turn.wake_by(neighbours_.next_dial(turn.now));
    look_around(turn);
    if (turn.now < friends_at_) {
        turn.wake_by(friends_at_);
        return;
    }
    friends_at_ = turn.now + limits::kFriendsEvery;
    turn.wake_by(friends_at_);
    for (const LinkId link : neighbours_.members())
        ask_around(link, turn);
}

// Something is wanted, and nobody within reach has it, or nobody is linked at all: those that we
// only know of are dialled, a few at a time. Each tells of more.
void Swarm::State::look_around(Turn& turn) {
    const bool searching =
        std::any_of(wants_.all().begin(), wants_.all().end(),
                    [&](const AssetId& id) { return lacks_holders(assets_.at(id), turn.now); });
    if (wants_.empty() || !(searching || !neighbours_.any_up())) return;
    std::size_t dialling = neighbours_.count_dialling();
    for (auto& [id, peer] : peers_) {
        if (dialling >= kLastResort) break;
        if (peer.record.guest || peer.dialling.value != 0 || !peer.links.empty()) continue;
        peer.dialling = dial(peer.record.exchange, turn);
        if (peer.dialling.value != 0) ++dialling;
    }
}

void Swarm::State::ask_around(LinkId link, Turn& turn) {
    asks_.list_all({{}, link}, around_, turn);
    ask_all(neighbour(link)->peer().id, turn);
}

}  // namespace fragcast
