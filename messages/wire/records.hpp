// Any thread: value types.
//
// What several messages carry: who a peer is, what an asset is, who holds what. Every struct lists
// its fields once, in wire order, in `fields`: the codec, the describer (zmq-watch, logs) and the
// test that compares PROTOCOL.md with the code all read that list. The third argument is a limit:
// the longest text or list, what an index stays below, where a set or span of indices ends at most,
// the largest number. What breaks one is refused by the codec and never seen by anybody else.
#pragma once

#include "messages/wire/holding.hpp"
#include "messages/wire/ids.hpp"
#include "messages/wire/limits.hpp"
#include "messages/wire/manifest.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace fragcast {

struct PeerRecord {
    PeerId id;
    Epoch epoch;
    std::string name;            // a label, may repeat
    std::string exchange;        // "tcp://127.0.0.1:40001"; "" = cannot be dialled (a guest)
    std::string http;            // "http://127.0.0.1:8001" of its page, or ""
    std::uint32_t capacity = 1;  // weight in the copies' hashing; 0 = declares none
    bool guest = false;
    bool draining = false;
    std::uint64_t entered = 0;  // viewers that opened its page, as a bus counted; 0 of itself

    template <class Self, class Visit>
    static void fields(Self& self, Visit& visit) {
        visit("id", self.id);
        visit("epoch", self.epoch);
        visit("name", self.name, limits::kMaxNameBytes);
        visit("exchange", self.exchange, limits::kMaxTextBytes);
        visit("http", self.http, limits::kMaxTextBytes);
        visit("capacity", self.capacity);
        visit("guest", self.guest);
        visit("draining", self.draining);
        visit("entered", self.entered);
    }
    bool operator==(const PeerRecord&) const = default;
};

struct AssetRecord {
    AssetId id;
    std::string name;
    AssetKind kind = AssetKind::file;
    std::uint64_t size = 0;         // bytes
    std::uint64_t duration_us = 0;  // 0 for a file
    std::uint32_t fragments = 0;
    std::uint32_t replicas = 2;

    template <class Self, class Visit>
    static void fields(Self& self, Visit& visit) {
        visit("id", self.id);
        visit("name", self.name, limits::kMaxNameBytes);
        visit("kind", self.kind);
        visit("size", self.size, limits::kMaxAssetBytes);
        visit("duration_us", self.duration_us, limits::kMaxDurationUs);
        visit("fragments", self.fragments, limits::kMaxFragments);
        visit("replicas", self.replicas, limits::kMaxReplicas);
    }
    bool operator==(const AssetRecord&) const = default;
};

// From the asset's manifest.
AssetRecord record_of(const AssetId& id, const Manifest& manifest);

// All that a peer has whole of one asset; empty ranges: nothing (any more).
struct EntryRecord {
    AssetRecord asset;
    RangeSet fragments;

    template <class Self, class Visit>
    static void fields(Self& self, Visit& visit) {
        visit("asset", self.asset);
        visit("fragments", self.fragments, limits::kMaxFragments);
    }
    bool operator==(const EntryRecord&) const = default;
};

struct HolderRecord {
    PeerRecord peer;
    RangeSet fragments;

    template <class Self, class Visit>
    static void fields(Self& self, Visit& visit) {
        visit("peer", self.peer);
        visit("fragments", self.fragments, limits::kMaxFragments);
    }
    bool operator==(const HolderRecord&) const = default;
};

struct HoldingRecord {
    PeerId peer;
    AssetId asset;
    RangeSet fragments;

    template <class Self, class Visit>
    static void fields(Self& self, Visit& visit) {
        visit("peer", self.peer);
        visit("asset", self.asset);
        visit("fragments", self.fragments, limits::kMaxFragments);
    }
    bool operator==(const HoldingRecord&) const = default;
};

struct DigestRecord {
    AssetId asset;
    StateDigest digest;

    template <class Self, class Visit>
    static void fields(Self& self, Visit& visit) {
        visit("asset", self.asset);
        visit("digest", self.digest);
    }
    bool operator==(const DigestRecord&) const = default;
};

struct PartialRecord {
    FragmentIndex fragment;
    RangeSet chunks;

    template <class Self, class Visit>
    static void fields(Self& self, Visit& visit) {
        visit("fragment", self.fragment, limits::kMaxFragments);
        visit("chunks", self.chunks, limits::kMaxChunksPerFragment);
    }
    bool operator==(const PartialRecord&) const = default;
};

struct CounterRecord {
    std::string name;  // "messages_in", as in PROTOCOL.md
    std::uint64_t value = 0;

    template <class Self, class Visit>
    static void fields(Self& self, Visit& visit) {
        visit("name", self.name, limits::kMaxTextBytes);
        visit("value", self.value);
    }
    bool operator==(const CounterRecord&) const = default;
};

// One line of the bus's record of activity.
struct EventRecord {
    std::uint64_t number = 0;   // counts up from 1 for one bus epoch
    std::uint64_t unix_ms = 0;  // the bus's wall clock, for people only
    std::string kind;           // a topic without its ids: "fragment.available", "peer.left" …
    PeerId peer;
    AssetId asset;     // zero where none
    std::string text;  // "peer1 has film 0-3"

    template <class Self, class Visit>
    static void fields(Self& self, Visit& visit) {
        visit("number", self.number);
        visit("unix_ms", self.unix_ms);
        visit("kind", self.kind, limits::kMaxTextBytes);
        visit("peer", self.peer);
        visit("asset", self.asset);
        visit("text", self.text, limits::kMaxTextBytes);
    }
    bool operator==(const EventRecord&) const = default;
};

}  // namespace fragcast
