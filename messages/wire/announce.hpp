// Any thread: value types.
//
// What travels by PUB/SUB, under the topics of topic.hpp. Hints, never the truth: correctness never
// depends on one arriving. FragmentAvailable and FragmentGone tell a change, and carry the sender's
// sequence after it in their header; AssetPublished, AssetRemoved and PeerAlive carry the current
// one, the others 0.
#pragma once

#include "messages/wire/records.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace fragcast {

// The sender has these fragments now, besides what it had.
struct FragmentAvailable {
    AssetRecord asset;
    RangeSet fragments;

    template <class Self, class Visit>
    static void fields(Self& self, Visit& visit) {
        visit("asset", self.asset);
        visit("fragments", self.fragments, limits::kMaxFragments);
    }
    bool operator==(const FragmentAvailable&) const = default;
};

// The sender has these no longer.
struct FragmentGone {
    AssetId asset;
    RangeSet fragments;

    template <class Self, class Visit>
    static void fields(Self& self, Visit& visit) {
        visit("asset", self.asset);
        visit("fragments", self.fragments, limits::kMaxFragments);
    }
    bool operator==(const FragmentGone&) const = default;
};

// The sender looks for holders of these and knows none. Who has some may dial it, or announce.
struct FragmentWanted {
    AssetId asset;
    RangeSet fragments;

    template <class Self, class Visit>
    static void fields(Self& self, Visit& visit) {
        visit("asset", self.asset);
        visit("fragments", self.fragments, limits::kMaxFragments);
    }
    bool operator==(const FragmentWanted&) const = default;
};

// The sender got a whole fragment; `from` sent most of it. A receipt for all to see.
struct FragmentReceived {
    AssetId asset;
    FragmentIndex fragment;
    PeerId from;
    std::uint64_t bytes = 0;
    std::uint64_t duration_us = 0;

    template <class Self, class Visit>
    static void fields(Self& self, Visit& visit) {
        visit("asset", self.asset);
        visit("fragment", self.fragment, limits::kMaxFragments);
        visit("from", self.from);
        visit("bytes", self.bytes);
        visit("duration_us", self.duration_us);
    }
    bool operator==(const FragmentReceived&) const = default;
};

// An asset that the sender has the manifest of is new to the swarm.
struct AssetPublished {
    AssetRecord asset;

    template <class Self, class Visit>
    static void fields(Self& self, Visit& visit) {
        visit("asset", self.asset);
    }
    bool operator==(const AssetPublished&) const = default;
};

// The sender dropped its copy and declines it until asked again.
struct AssetRemoved {
    AssetId asset;

    template <class Self, class Visit>
    static void fields(Self& self, Visit& visit) {
        visit("asset", self.asset);
    }
    bool operator==(const AssetRemoved&) const = default;
};

// Said by a bus: a peer has joined (again).
struct PeerJoined {
    PeerRecord peer;

    template <class Self, class Visit>
    static void fields(Self& self, Visit& visit) {
        visit("peer", self.peer);
    }
    bool operator==(const PeerJoined&) const = default;
};

// The beacon, every heartbeat: the root over all that the sender has. With the epoch and
// sequence of the header it shows what was missed.
struct PeerAlive {
    StateDigest root;
    std::string exchange;  // where to ask
    bool guest = false;

    template <class Self, class Visit>
    static void fields(Self& self, Visit& visit) {
        visit("root", self.root);
        visit("exchange", self.exchange, limits::kMaxTextBytes);
        visit("guest", self.guest);
    }
    bool operator==(const PeerAlive&) const = default;
};

// The sender stops or drains: it wants nothing any more, and should be given nothing.
struct PeerLeaving {
    template <class Self, class Visit>
    static void fields(Self&, Visit&) {}
    bool operator==(const PeerLeaving&) const = default;
};

// Said by a bus: a peer left in order, or its lease lapsed.
struct PeerLeft {
    PeerId peer;
    bool lapsed = false;

    template <class Self, class Visit>
    static void fields(Self& self, Visit& visit) {
        visit("peer", self.peer);
        visit("lapsed", self.lapsed);
    }
    bool operator==(const PeerLeft&) const = default;
};

// Somebody opened the page of the sender. Never says what is watched.
struct ViewerEntered {
    template <class Self, class Visit>
    static void fields(Self&, Visit&) {}
    bool operator==(const ViewerEntered&) const = default;
};

// Said by a bus, every heartbeat: its counters.
struct BusStats {
    std::vector<CounterRecord> counters;

    template <class Self, class Visit>
    static void fields(Self& self, Visit& visit) {
        visit("counters", self.counters, limits::kMaxEntries);
    }
    bool operator==(const BusStats&) const = default;
};

// Each message: its number on the wire, its name, its struct. By number; a number is never given
// twice.
// clang-format off
#define FRAGCAST_ANNOUNCEMENTS(X) \
    X(1, fragment_available, FragmentAvailable) \
    X(2, fragment_gone, FragmentGone) \
    X(3, fragment_wanted, FragmentWanted) \
    X(4, fragment_received, FragmentReceived) \
    X(5, asset_published, AssetPublished) \
    X(6, asset_removed, AssetRemoved) \
    X(7, peer_joined, PeerJoined) \
    X(8, peer_alive, PeerAlive) \
    X(9, peer_leaving, PeerLeaving) \
    X(10, peer_left, PeerLeft) \
    X(11, viewer_entered, ViewerEntered) \
    X(12, bus_stats, BusStats)
// clang-format on

}  // namespace fragcast
