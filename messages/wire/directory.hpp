// Any thread: value types.
//
// What a peer (DEALER) and a bus's directory (ROUTER) say to each other. Every question carries a
// request id, unique for its asker, that the answer repeats.
#pragma once

#include "messages/wire/records.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace fragcast {

enum class Found : std::uint8_t { ok = 1, unknown = 2, ambiguous = 3, settling = 4 };

// A peer registers with all that it holds; again = replaces everything of that peer. With
// `more`, Updates under the same epoch follow. Answered by Welcome, Duplicate or Refused.
struct Join {
    RequestId request;
    PeerRecord self;
    Bytes key;  // public CURVE key, 32 bytes
    StateDigest root;
    std::vector<EntryRecord> entries;
    bool more = false;

    template <class Self, class Visit>
    static void fields(Self& self, Visit& visit) {
        visit("request", self.request);
        visit("self", self.self);
        visit("key", self.key, limits::kKeyBytes);
        visit("root", self.root);
        visit("entries", self.entries, limits::kMaxEntries);
        visit("more", self.more);
    }
    bool operator==(const Join&) const = default;
};

// The peer is in. `out_port` and `in_port` are the forwarder's; its host is the one dialled.
// Lists are the first page; with `more`, ask ListPeers and ListAssets. While settling, absence
// means nothing.
struct Welcome {
    RequestId request;
    std::uint16_t in_port = 0;   // where peers PUB
    std::uint16_t out_port = 0;  // where peers SUB
    bool settling = false;
    std::uint32_t heartbeat_ms = 0;
    std::uint32_t lease_ms = 0;
    std::vector<PeerRecord> peers;
    std::vector<AssetRecord> assets;
    bool more = false;

    template <class Self, class Visit>
    static void fields(Self& self, Visit& visit) {
        visit("request", self.request);
        visit("in_port", self.in_port);
        visit("out_port", self.out_port);
        visit("settling", self.settling);
        visit("heartbeat_ms", self.heartbeat_ms);
        visit("lease_ms", self.lease_ms);
        visit("peers", self.peers, limits::kMaxEntries);
        visit("assets", self.assets, limits::kMaxEntries);
        visit("more", self.more);
    }
    bool operator==(const Welcome&) const = default;
};

// This id is alive at another endpoint: draw a new key, and so a new id, and join again.
struct Duplicate {
    RequestId request;
    std::string exchange;

    template <class Self, class Visit>
    static void fields(Self& self, Visit& visit) {
        visit("request", self.request);
        visit("exchange", self.exchange, limits::kMaxTextBytes);
    }
    bool operator==(const Duplicate&) const = default;
};

// For each asset named: all that the sender has of it now, as of the header's sequence. Answered
// by Ack.
struct Update {
    RequestId request;
    std::vector<EntryRecord> entries;

    template <class Self, class Visit>
    static void fields(Self& self, Visit& visit) {
        visit("request", self.request);
        visit("entries", self.entries, limits::kMaxEntries);
    }
    bool operator==(const Update&) const = default;
};

// Done. `manifests`: what the directory would like to have the manifest of, by ManifestPart.
struct Ack {
    RequestId request;
    std::vector<AssetId> manifests;

    template <class Self, class Visit>
    static void fields(Self& self, Visit& visit) {
        visit("request", self.request);
        visit("manifests", self.manifests, limits::kMaxEntries);
    }
    bool operator==(const Ack&) const = default;
};

// Prolongs the lease. Answered by HeartbeatAck.
struct Heartbeat {
    StateDigest root;

    template <class Self, class Visit>
    static void fields(Self& self, Visit& visit) {
        visit("root", self.root);
    }
    bool operator==(const Heartbeat&) const = default;
};

// `known` false: join again. `in_sync` false: tell Digests.
struct HeartbeatAck {
    bool known = false;
    bool in_sync = false;
    bool settling = false;

    template <class Self, class Visit>
    static void fields(Self& self, Visit& visit) {
        visit("known", self.known);
        visit("in_sync", self.in_sync);
        visit("settling", self.settling);
    }
    bool operator==(const HeartbeatAck&) const = default;
};

// The digest of every asset that the sender holds something of; with `more`, another follows.
// Answered by Tell after the last.
struct Digests {
    std::vector<DigestRecord> digests;
    bool more = false;

    template <class Self, class Visit>
    static void fields(Self& self, Visit& visit) {
        visit("digests", self.digests, limits::kMaxDigests);
        visit("more", self.more);
    }
    bool operator==(const Digests&) const = default;
};

// Please send an Update for these; and for those it holds nothing of, an empty one.
struct Tell {
    std::vector<AssetId> assets;

    template <class Self, class Visit>
    static void fields(Self& self, Visit& visit) {
        visit("assets", self.assets, limits::kMaxDigests);
    }
    bool operator==(const Tell&) const = default;
};

// The sender goes. Voids its epoch: later messages of it are ignored. Answered by Ack.
struct Leave {
    RequestId request;

    template <class Self, class Visit>
    static void fields(Self& self, Visit& visit) {
        visit("request", self.request);
    }
    bool operator==(const Leave&) const = default;
};

// Who has this? By id, or by `name` where the id is zero: NAME|ID, as name_or_id.hpp says (several
// that fit: ambiguous). `fragment` -1: all. Also asked of friends.
struct Locate {
    RequestId request;
    AssetId asset;
    std::string name;
    std::int64_t fragment = -1;

    template <class Self, class Visit>
    static void fields(Self& self, Visit& visit) {
        visit("request", self.request);
        visit("asset", self.asset);
        visit("name", self.name, limits::kMaxNameBytes);
        visit("fragment", self.fragment);
    }
    bool operator==(const Locate&) const = default;
};

// ok: one asset and its holders. ambiguous: the assets that fit. unknown: none. settling: none
// yet, ask again.
struct Located {
    RequestId request;
    Found found = Found::unknown;
    std::vector<AssetRecord> assets;
    std::vector<HolderRecord> holders;

    template <class Self, class Visit>
    static void fields(Self& self, Visit& visit) {
        visit("request", self.request);
        visit("found", self.found);
        visit("assets", self.assets, limits::kMaxEntries);
        visit("holders", self.holders, limits::kMaxEntries);
    }
    bool operator==(const Located&) const = default;
};

// Peers with ids above `after`, in order. Also asked of friends.
struct ListPeers {
    RequestId request;
    PeerId after;

    template <class Self, class Visit>
    static void fields(Self& self, Visit& visit) {
        visit("request", self.request);
        visit("after", self.after);
    }
    bool operator==(const ListPeers&) const = default;
};

struct Peers {
    RequestId request;
    bool settling = false;
    std::vector<PeerRecord> peers;
    bool more = false;

    template <class Self, class Visit>
    static void fields(Self& self, Visit& visit) {
        visit("request", self.request);
        visit("settling", self.settling);
        visit("peers", self.peers, limits::kMaxEntries);
        visit("more", self.more);
    }
    bool operator==(const Peers&) const = default;
};

// Assets with ids above `after`, in order. Also asked of friends.
struct ListAssets {
    RequestId request;
    AssetId after;

    template <class Self, class Visit>
    static void fields(Self& self, Visit& visit) {
        visit("request", self.request);
        visit("after", self.after);
    }
    bool operator==(const ListAssets&) const = default;
};

struct Assets {
    RequestId request;
    bool settling = false;
    std::vector<AssetRecord> assets;
    bool more = false;

    template <class Self, class Visit>
    static void fields(Self& self, Visit& visit) {
        visit("request", self.request);
        visit("settling", self.settling);
        visit("assets", self.assets, limits::kMaxEntries);
        visit("more", self.more);
    }
    bool operator==(const Assets&) const = default;
};

// The part of the manifest's body from `offset` on. Answered by ManifestPart or Refused. Also
// asked of neighbours.
struct AskManifest {
    RequestId request;
    AssetId asset;
    std::uint64_t offset = 0;

    template <class Self, class Visit>
    static void fields(Self& self, Visit& visit) {
        visit("request", self.request);
        visit("asset", self.asset);
        visit("offset", self.offset);
    }
    bool operator==(const AskManifest&) const = default;
};

// Payload frame: bytes from `offset` of the body, kManifestPartBytes of them but for the last
// part.
struct ManifestPart {
    RequestId request;
    AssetId asset;
    std::uint64_t total = 0;
    std::uint64_t offset = 0;

    template <class Self, class Visit>
    static void fields(Self& self, Visit& visit) {
        visit("request", self.request);
        visit("asset", self.asset);
        visit("total", self.total);
        visit("offset", self.offset);
    }
    bool operator==(const ManifestPart&) const = default;
};

// Who holds what, above (after_peer, after_asset) in order; of one peer only where `peer` is not
// zero.
struct Dump {
    RequestId request;
    PeerId peer;
    PeerId after_peer;
    AssetId after_asset;

    template <class Self, class Visit>
    static void fields(Self& self, Visit& visit) {
        visit("request", self.request);
        visit("peer", self.peer);
        visit("after_peer", self.after_peer);
        visit("after_asset", self.after_asset);
    }
    bool operator==(const Dump&) const = default;
};

struct Dumped {
    RequestId request;
    bool settling = false;
    std::vector<HoldingRecord> holdings;
    bool more = false;

    template <class Self, class Visit>
    static void fields(Self& self, Visit& visit) {
        visit("request", self.request);
        visit("settling", self.settling);
        visit("holdings", self.holdings, limits::kMaxEntries);
        visit("more", self.more);
    }
    bool operator==(const Dumped&) const = default;
};

struct AskStats {
    RequestId request;

    template <class Self, class Visit>
    static void fields(Self& self, Visit& visit) {
        visit("request", self.request);
    }
    bool operator==(const AskStats&) const = default;
};

struct Stats {
    RequestId request;
    bool settling = false;
    std::uint64_t uptime_ms = 0;
    std::vector<CounterRecord> counters;

    template <class Self, class Visit>
    static void fields(Self& self, Visit& visit) {
        visit("request", self.request);
        visit("settling", self.settling);
        visit("uptime_ms", self.uptime_ms);
        visit("counters", self.counters, limits::kMaxEntries);
    }
    bool operator==(const Stats&) const = default;
};

// Events with numbers from `from` on.
struct AskEvents {
    RequestId request;
    std::uint64_t from = 0;
    std::uint32_t limit = 0;

    template <class Self, class Visit>
    static void fields(Self& self, Visit& visit) {
        visit("request", self.request);
        visit("from", self.from);
        visit("limit", self.limit);
    }
    bool operator==(const AskEvents&) const = default;
};

// `next`: what to ask from. `lost`: how many since `from` fell out of the ring.
struct Events {
    RequestId request;
    std::vector<EventRecord> events;
    std::uint64_t next = 0;
    std::uint64_t lost = 0;

    template <class Self, class Visit>
    static void fields(Self& self, Visit& visit) {
        visit("request", self.request);
        visit("events", self.events, limits::kMaxEventsPerPage);
        visit("next", self.next);
        visit("lost", self.lost);
    }
    bool operator==(const Events&) const = default;
};

// A question or command that is answered by no. `reason` is an ErrorKind by name.
struct Refused {
    RequestId request;
    std::string reason;
    std::string text;

    template <class Self, class Visit>
    static void fields(Self& self, Visit& visit) {
        visit("request", self.request);
        visit("reason", self.reason, limits::kMaxTextBytes);
        visit("text", self.text, limits::kMaxTextBytes);
    }
    bool operator==(const Refused&) const = default;
};

// Each message: its number on the wire, its name, its struct. By number; a number is never given
// twice.
// clang-format off
#define FRAGCAST_DIRECTORY_MESSAGES(X) \
    X(32, join, Join) \
    X(33, welcome, Welcome) \
    X(34, duplicate, Duplicate) \
    X(35, update, Update) \
    X(36, ack, Ack) \
    X(37, heartbeat, Heartbeat) \
    X(38, heartbeat_ack, HeartbeatAck) \
    X(39, digests, Digests) \
    X(40, tell, Tell) \
    X(41, leave, Leave) \
    X(42, locate, Locate) \
    X(43, located, Located) \
    X(44, list_peers, ListPeers) \
    X(45, peers, Peers) \
    X(46, list_assets, ListAssets) \
    X(47, assets, Assets) \
    X(48, ask_manifest, AskManifest) \
    X(49, manifest_part, ManifestPart) \
    X(50, dump, Dump) \
    X(51, dumped, Dumped) \
    X(52, ask_stats, AskStats) \
    X(53, stats, Stats) \
    X(54, ask_events, AskEvents) \
    X(55, events, Events) \
    X(56, refused, Refused)
// clang-format on

}  // namespace fragcast
