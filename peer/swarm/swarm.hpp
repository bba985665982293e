// Loop thread. Pure: no clock, socket, file, thread or unseeded chance; results never depend on the
// order of a hash table or on an address. The simulator runs this same class.
//
// All knowledge of one peer: what it has and wants, who else has what, what is asked of whom, whom
// it serves, what its buses and viewers said. Facts go in, one after the other; what must be done
// next comes out, in order. `now` never goes backwards. Payload never enters.
#pragma once

#include "messages/wire/manifest.hpp"
#include "messages/wire/message.hpp"
#include "peer/swarm/actions.hpp"
#include "peer/swarm/facts.hpp"
#include "peer/swarm/options.hpp"
#include "peer/swarm/views.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace fragcast {

enum class Outlook {
    coming,  // it comes, or may come yet
    nobody,  // all were asked, nobody settles, and nobody has one of them
    failed   // who has one of them is barred or cannot be reached
};

// How far who goes through what is held has come.
struct HoldingsPlace {
    AssetId asset;
    PeerId peer;
};

struct Core;

class Swarm {
public:
    Swarm(SwarmOptions options, std::uint64_t seed);
    ~Swarm();
    Swarm(const Swarm&) = delete;
    Swarm& operator=(const Swarm&) = delete;

    // All that happens (facts.hpp), the first being Started. Appends to `out` what is to be done.
    void on(Fact fact, Time now, Actions& out);
    // Ticked is due then at the latest.
    Time next_tick() const;

    // --- what is so ---
    Sequence sequence() const;
    const PeerRecord& self() const;
    std::size_t buses_joined() const;
    Holding holding(const AssetId& asset) const;
    std::shared_ptr<const Manifest> manifest(const AssetId& asset) const;
    bool declined(const AssetId& asset) const;
    std::vector<OfferingView> offerings(const AssetId& asset) const;
    // Everything known by this name or id, from buses, neighbours and the store.
    std::vector<AssetRecord> find(const std::string& name_or_id) const;
    // Who has something whole of it, as far as known, ourselves included; by id.
    std::vector<HolderRecord> holders(const AssetId& asset) const;
    // Appends who holds what whole of assets that are shown, ourselves included, from `place` on,
    // which is moved on: `steps` assets and claims at most are looked at. False: that was all.
    bool holdings(HoldingsPlace& place, std::size_t steps, std::vector<HoldingRecord>& out) const;
    // All that are known and not gone, ourselves included; by id.
    std::vector<PeerRecord> known_peers() const;
    // For the one who shows them on: costs what changed since the last call.
    News news(Time now);
    // Manifests that were here and are no longer, so far.
    std::uint64_t removals() const;
    // What becomes of a want of these fragments (none: of the manifest).
    Outlook outlook(const AssetId& asset, const RangeSet& fragments, Time now) const;
    SpeedLimits speed_limits() const;
    FarewellView farewell() const;
    // What is here and at no other live peer; the overview has how many fragments that are.
    std::map<AssetId, RangeSet> at_risk() const;
    std::shared_ptr<const AssetView> asset_view(const AssetId& asset, Time now);
    // Throws std::logic_error where something that must always hold does not; for tests and the
    // simulator.
    void check_invariants(Time now) const;
    // How large every table and queue is, by name; for tests and the simulator, which see to it
    // that none grows without end.
    std::map<std::string, std::size_t> sizes() const;

private:
    std::unique_ptr<Core> core_;
};

}  // namespace fragcast
