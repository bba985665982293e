// Where manifests and holders are looked for: neighbours, buses, friends.
#include "peer/swarm/swarm_state.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

namespace fragcast {

namespace {

constexpr std::int32_t kManifestNonsense = 20;
constexpr Duration kLookEvery{200'000};
constexpr std::uint32_t kPassedThenBus = 2;  // holders that do not answer, and then a bus is asked
constexpr std::size_t kLastResort = 4;       // peers dialled when nobody else is left to ask

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
        if (!asset.manifest) seek_manifest(asset, turn);
        seek_holders(asset, turn);
    }
    if (!hearing_.ask_for_records(turn)) return;
    for (const BusSession& bus : buses_)
        if (bus.joined()) asks_.list_all({bus.bus()}, around_, turn);
    if (any_bus_joined()) return;
    for (const auto& [link, n] : neighbours_)
        if (n.up() && !n.peer().guest) asks_.list_assets({{}, link}, around_, turn);
}

// --- manifests -----------------------------------------------------------------------------------

// The one to ask: who answers rather than who may. `any`: also one that was passed over.
Neighbour* Swarm::State::manifest_holder(AssetState& asset, bool any, Turn& turn) {
    Neighbour* best = nullptr;
    for (const auto& [peer, holding] : availability_.who(asset.id)) {
        Neighbour* n = link_of(peer);
        const auto failed = asset.coming.failed.find(peer);
        if (n == nullptr || barred(*n, turn.now)) continue;
        if (failed != asset.coming.failed.end() && failed->second > turn.now) {
            turn.wake_by(failed->second);
            continue;
        }
        if (!any && n->passed_over(turn.now)) continue;
        const auto rank = [](const Neighbour& one) {
            return std::make_tuple(!one.spoke(), one.passed_until());
        };
        if (best == nullptr || rank(*n) < rank(*best)) best = n;
    }
    return best;
}

const BusSession* Swarm::State::manifest_bus(AssetState& asset, Turn& turn) {
    for (const BusSession& bus : buses_) {
        const auto failed = asset.coming.bus_failed.find(bus.bus());
        if (!bus.joined()) continue;
        if (failed == asset.coming.bus_failed.end() || failed->second <= turn.now) return &bus;
        turn.wake_by(failed->second);
    }
    return nullptr;
}

// Of a holder, or of a bus: when holders do not answer, of a bus soon.
void Swarm::State::seek_manifest(AssetState& asset, Turn& turn) {
    ManifestFetch& coming = asset.coming;
    if (coming.state == ManifestFetch::State::storing || !room_) return;
    if (coming.state == ManifestFetch::State::asking) {
        if (turn.now < coming.due) return turn.wake_by(coming.due);
        ++counters_.timeouts;
        Neighbour* n = neighbour(coming.link);
        const bool passed = n != nullptr && coming.due < coming.sent + limits::kDirectoryAnswer;
        if (passed) {
            n->pass_over(turn.now);
            ++coming.passed;
        }
        manifest_failed(asset, passed ? Duration{} : Duration(limits::kRequestTimeout), turn);
    }
    coming.offset = coming.total = 0;
    const BusSession* bus = manifest_bus(asset, turn);
    Neighbour* n = manifest_holder(asset, false, turn);
    if (n != nullptr && bus != nullptr && !n->spoke() && coming.passed >= kPassedThenBus)
        n = nullptr;
    if (n == nullptr && bus == nullptr) n = manifest_holder(asset, true, turn);
    if (n == nullptr && bus == nullptr) return;
    coming.state = ManifestFetch::State::asking;
    coming.request = turn.next_request();
    coming.sent = turn.now;
    coming.due = turn.now + limits::kDirectoryAnswer;
    const AskManifest ask{coming.request, asset.id, 0};
    if (n != nullptr) {
        coming.link = n->link();
        n->use(turn.now);
        if (!n->spoke() && !n->passed_over(turn.now)) coming.due = turn.now + n->patience();
        turn.out.push_back(SendTo{n->link(), ask});
    } else {
        coming.link = {};
        coming.bus = bus->bus();
        turn.out.push_back(SendToBus{bus->bus(), ask});
    }
    turn.wake_by(coming.due);
}

// The source is left alone for a while; another is asked at once.
void Swarm::State::manifest_failed(AssetState& asset, Duration pause, Turn& turn) {
    ManifestFetch& coming = asset.coming;
    coming.state = ManifestFetch::State::idle;
    if (coming.link.value == 0)
        coming.bus_failed[coming.bus] = turn.now + std::min<Duration>(pause, limits::kLocateMin);
    else if (const Neighbour* n = neighbour(coming.link))
        coming.failed[n->peer().id] = turn.now + pause;
    if (!wants_.contains(asset.id)) heard_only(asset.id, turn.now);
    turn.wake_by(turn.now);
}

AssetState* Swarm::State::manifest_asked(LinkId link, const BusId* bus, RequestId request) {
    for (const AssetId& id : wants_.all()) {
        AssetState& asset = assets_.at(id);
        const ManifestFetch& coming = asset.coming;
        if (coming.state == ManifestFetch::State::asking && coming.request == request &&
            coming.link == link && (bus == nullptr || coming.bus == *bus))
            return &asset;
    }
    return nullptr;
}

void Swarm::State::got(LinkId from, BusId* bus, const ManifestPart& part, std::size_t bytes,
                       Turn& turn) {
    AssetState* asset = manifest_asked(from, bus, part.request);
    if (asset == nullptr || asset->id != part.asset) {
        ++counters_.duplicates;
        return;
    }
    ManifestFetch& coming = asset->coming;
    const bool sound =
        part.offset == coming.offset && part.total > coming.offset &&
        part.total <= limits::kMaxManifestBytes &&
        (coming.total == 0 || part.total == coming.total) &&
        bytes == std::min<std::uint64_t>(limits::kManifestPartBytes, part.total - part.offset);
    if (!sound) {
        ++counters_.refused_messages;
        manifest_failed(*asset, limits::kBar, turn);
        blame(from, kManifestNonsense, "its manifests are nonsense", turn);
        return;
    }
    turn.out.push_back(KeepManifestPart{part.asset, part.offset, part.total, from});
    coming.total = part.total;
    coming.offset += bytes;
    if (Neighbour* n = neighbour(from)) n->heard_answer();
    if (coming.offset == coming.total) {
        coming.passed = 0;
        coming.state = ManifestFetch::State::storing;
        return;
    }
    coming.request = turn.next_request();
    coming.sent = turn.now;
    coming.due = turn.now + limits::kDirectoryAnswer;
    const AskManifest next{coming.request, part.asset, coming.offset};
    if (bus != nullptr)
        turn.out.push_back(SendToBus{*bus, next});
    else
        turn.out.push_back(SendTo{from, next});
    turn.wake_by(coming.due);
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
            !dials_.may(there.record.exchange, now))
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
        const bool linked = std::any_of(neighbours_.begin(), neighbours_.end(), [&](const auto& n) {
            return n.second.endpoint() == endpoint ||
                   (n.second.up() && n.second.peer().exchange == endpoint);
        });
        if (linked || dial(endpoint, turn).value != 0) break;
    }
    if (!options_.friends.empty()) turn.wake_by(dials_.next(turn.now));
    look_around(turn);
    if (turn.now < friends_at_) {
        turn.wake_by(friends_at_);
        return;
    }
    friends_at_ = turn.now + limits::kFriendsEvery;
    turn.wake_by(friends_at_);
    std::vector<LinkId> up;
    for (const auto& [link, n] : neighbours_)
        if (n.up() && !n.peer().guest) up.push_back(link);
    for (const LinkId link : up)
        ask_around(link, turn);
}

// Something is wanted, and nobody within reach has it, or nobody is linked at all: those that we
// only know of are dialled, a few at a time. Each tells of more.
void Swarm::State::look_around(Turn& turn) {
    const bool alone = std::none_of(neighbours_.begin(), neighbours_.end(),
                                    [](const auto& n) { return n.second.up(); });
    const bool searching =
        std::any_of(wants_.all().begin(), wants_.all().end(),
                    [&](const AssetId& id) { return lacks_holders(assets_.at(id), turn.now); });
    if (wants_.empty() || !(alone || searching)) return;
    auto dialling = static_cast<std::size_t>(
        std::count_if(neighbours_.begin(), neighbours_.end(),
                      [](const auto& n) { return n.second.dialled() && !n.second.up(); }));
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
