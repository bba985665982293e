// Any thread: pure. Which peer `put` offers which fragment, and who takes the place of one that
// does not take its part.
#pragma once

#include "messages/wire/manifest.hpp"
#include "peer/swarm/swarm.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace fragcast::tools {

class Deal {
public:
    enum class How {
        // Each fragment to the R peers that rendezvous hashing names (PROTOCOL.md, "Copies"); to
        // all where there are fewer.
        copies,
        // R copies of each to those who have least, fewer where there are no more than R peers:
        // nobody gets all (two peers at least, and two fragments).
        spread,
        // All to every peer, as --to asks: nobody can take another's place.
        each
    };
    struct Passed {
        PeerRecord peer;
        std::string why;
    };

    Deal(const AssetId& asset, const Manifest& manifest, std::vector<PeerRecord> peers, How how);

    // What is to be offered now. Peers that get nothing are left out; empty: none holds copies.
    std::vector<Offering> offerings() const;
    // Who refused or did not answer in time, and was passed over.
    const std::vector<Passed>& passed() const { return passed_; }
    // How the offers fare. True: somebody is passed over; offer `offerings()` in place of those
    // before. Whoever is silent is waited for where too few would be left without it. Error
    // (refused): too few are left.
    Result<bool> look(const std::vector<OfferingView>& views, Time now);

private:
    using Reasons = std::map<PeerId, std::string>;
    struct Waiting {
        bool linked = false;
        Time since{};
    };
    bool in_time(const OfferingView& view, Time now);
    bool enough_without(const Reasons& gone) const;
    void deal();
    void spread(std::uint32_t fragment, std::size_t copies);

    AssetId asset_;
    std::uint32_t fragments_;
    std::uint32_t replicas_;
    How how_;
    std::vector<PeerRecord> peers_;  // who may get something
    std::map<PeerId, RangeSet> given_;
    std::map<PeerId, Waiting> waiting_;  // whom we wait for
    std::vector<Passed> passed_;
};

}  // namespace fragcast::tools
