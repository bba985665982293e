// Loop thread. Pure: what the swarm core remembers of peers, assets, viewers and questions; only
// swarm_*.cpp include this.
#pragma once

#include "peer/swarm/fetch/timeline.hpp"
#include "peer/swarm/swarm.hpp"

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace fragcast {

// Whose word on a peer its record is. A later one counts for more, and a lesser one never takes its
// place: anybody can repeat another's id and key.
enum class Word {
    nobody,
    other,  // another peer's: an address to try
    hello,  // of who answers to the id on a link: ends with it
    bus
};

// A peer that somebody told us of.
struct KnownPeer {
    PeerRecord record;
    Word word = Word::nobody;
    LinkId told_by{};         // hello: over which link
    bool told = false;        // the record is known, not only the id
    bool leaving = false;     // it said that it is about to stop
    std::set<LinkId> links;   // up; asked on the first, answered on any
    LinkId dialling{};        // 0: not
    std::set<BusId> live_at;  // buses that named it and did not say that it left
    bool gone = false;        // every bus that named it says so
    Time heard{};             // last named alive: by itself or a bus
    std::uint64_t bytes_in = 0;
    std::uint64_t bytes_out = 0;
    std::uint64_t receipts = 0;
};

struct AssetState {
    AssetId id;
    AssetRecord record;
    bool told = false;  // the record is known
    std::shared_ptr<const Manifest> manifest;
    std::unique_ptr<Timeline> timeline;  // with the manifest
    bool dropping = false;               // the store has not yet said that it is gone

    Header published;  // of the last word that it was; every bus carries it

    bool dirty = true;
    std::shared_ptr<const AssetView> view;
};

}  // namespace fragcast
