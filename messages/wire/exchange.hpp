// Any thread: value types.
//
// What neighbours say to each other over one link, both ways: who dialled may also be asked.
// Besides these: AskManifest, ManifestPart, Locate, Located, ListPeers, Peers, ListAssets, Assets
// and Refused of directory.hpp.
#pragma once

#include "messages/wire/records.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace fragcast {

enum class OfferReason : std::uint8_t { publish = 1, handover = 2, repair = 3 };

// First on a new link, both ways; `reply` on the answer to the other's. Nothing else is heard
// before it.
struct Hello {
    PeerRecord self;
    Bytes key;
    StateDigest root;
    bool reply = false;

    template <class Self, class Visit>
    static void fields(Self& self, Visit& visit) {
        visit("self", self.self);
        visit("key", self.key, limits::kKeyBytes);
        visit("root", self.root);
        visit("reply", self.reply);
    }
    bool operator==(const Hello&) const = default;
};

// What do you have of `asset`; zero: of all. Answered by one Have for each asset, the last with
// `last`.
struct AskHave {
    RequestId request;
    AssetId asset;

    template <class Self, class Visit>
    static void fields(Self& self, Visit& visit) {
        visit("request", self.request);
        visit("asset", self.asset);
    }
    bool operator==(const AskHave&) const = default;
};

// Asked for (request not 0) or pushed (0). `whole`: replaces what is known of the asset, else
// adds to it. Chunks named in `partial` are proven and are served at once.
struct Have {
    RequestId request;
    AssetId asset;
    RangeSet fragments;
    std::vector<PartialRecord> partial;
    bool whole = false;
    bool last = false;

    template <class Self, class Visit>
    static void fields(Self& self, Visit& visit) {
        visit("request", self.request);
        visit("asset", self.asset);
        visit("fragments", self.fragments, limits::kMaxFragments);
        visit("partial", self.partial, limits::kMaxPartials);
        visit("whole", self.whole);
        visit("last", self.last);
    }
    bool operator==(const Have&) const = default;
};

// Answered by ProofPart or Absent.
struct AskProof {
    RequestId request;
    AssetId asset;
    FragmentIndex fragment;

    template <class Self, class Visit>
    static void fields(Self& self, Visit& visit) {
        visit("request", self.request);
        visit("asset", self.asset);
        visit("fragment", self.fragment, limits::kMaxFragments);
    }
    bool operator==(const AskProof&) const = default;
};

// Payload frame: the chunk hashes of the fragment, 32 bytes each.
struct ProofPart {
    RequestId request;
    AssetId asset;
    FragmentIndex fragment;

    template <class Self, class Visit>
    static void fields(Self& self, Visit& visit) {
        visit("request", self.request);
        visit("asset", self.asset);
        visit("fragment", self.fragment, limits::kMaxFragments);
    }
    bool operator==(const ProofPart&) const = default;
};

// Chunks [begin, end) of a fragment, wanted within `deadline_ms` (0: no viewer waits). `insist`:
// do not answer busy for another's sake. Answered by a Data for each chunk, or Absent or Busy
// for what is left.
struct Request {
    RequestId request;
    AssetId asset;
    FragmentIndex fragment;
    Span chunks;
    std::uint32_t deadline_ms = 0;
    bool insist = false;

    template <class Self, class Visit>
    static void fields(Self& self, Visit& visit) {
        visit("request", self.request);
        visit("asset", self.asset);
        visit("fragment", self.fragment, limits::kMaxFragments);
        visit("chunks", self.chunks, limits::kMaxChunksPerFragment);
        visit("deadline_ms", self.deadline_ms);
        visit("insist", self.insist);
    }
    bool operator==(const Request&) const = default;
};

// Payload frame: the chunk.
struct Data {
    RequestId request;
    AssetId asset;
    FragmentIndex fragment;
    ChunkIndex chunk;

    template <class Self, class Visit>
    static void fields(Self& self, Visit& visit) {
        visit("request", self.request);
        visit("asset", self.asset);
        visit("fragment", self.fragment, limits::kMaxFragments);
        visit("chunk", self.chunk, limits::kMaxChunksPerFragment);
    }
    bool operator==(const Data&) const = default;
};

// The sender does not have these (any more). `chunks` empty: the fragment or its proof.
struct Absent {
    RequestId request;
    AssetId asset;
    FragmentIndex fragment;
    Span chunks;

    template <class Self, class Visit>
    static void fields(Self& self, Visit& visit) {
        visit("request", self.request);
        visit("asset", self.asset);
        visit("fragment", self.fragment, limits::kMaxFragments);
        visit("chunks", self.chunks, limits::kMaxChunksPerFragment);
    }
    bool operator==(const Absent&) const = default;
};

// Not now: ask again after `retry_ms`, or ask one of `others`, who have it.
struct Busy {
    RequestId request;
    std::uint32_t retry_ms = 0;
    std::vector<PeerRecord> others;

    template <class Self, class Visit>
    static void fields(Self& self, Visit& visit) {
        visit("request", self.request);
        visit("retry_ms", self.retry_ms);
        visit("others", self.others, limits::kMaxReferrals);
    }
    bool operator==(const Busy&) const = default;
};

// What is left of that request is not wanted any more. No answer.
struct Cancel {
    RequestId request;

    template <class Self, class Visit>
    static void fields(Self& self, Visit& visit) {
        visit("request", self.request);
    }
    bool operator==(const Cancel&) const = default;
};

// Your chunk failed its hash here: re-prove that fragment.
struct Bad {
    AssetId asset;
    FragmentIndex fragment;
    ChunkIndex chunk;

    template <class Self, class Visit>
    static void fields(Self& self, Visit& visit) {
        visit("asset", self.asset);
        visit("fragment", self.fragment, limits::kMaxFragments);
        visit("chunk", self.chunk, limits::kMaxChunksPerFragment);
    }
    bool operator==(const Bad&) const = default;
};

// The sender has these and asks the receiver to want them. Answered by OfferAnswer, then by the
// receiver's own requests.
struct Offer {
    RequestId request;
    OfferReason reason = OfferReason::publish;
    AssetRecord asset;
    RangeSet fragments;

    template <class Self, class Visit>
    static void fields(Self& self, Visit& visit) {
        visit("request", self.request);
        visit("reason", self.reason);
        visit("asset", self.asset);
        visit("fragments", self.fragments, limits::kMaxFragments);
    }
    bool operator==(const Offer&) const = default;
};

struct OfferAnswer {
    RequestId request;
    bool accepted = false;
    std::string text;  // why not

    template <class Self, class Visit>
    static void fields(Self& self, Visit& visit) {
        visit("request", self.request);
        visit("accepted", self.accepted);
        visit("text", self.text, limits::kMaxTextBytes);
    }
    bool operator==(const OfferAnswer&) const = default;
};

// The receiver of a whole fragment thanks each sender: so many bytes of it were yours.
struct Receipt {
    AssetId asset;
    FragmentIndex fragment;
    std::uint64_t bytes = 0;
    std::uint64_t duration_us = 0;

    template <class Self, class Visit>
    static void fields(Self& self, Visit& visit) {
        visit("asset", self.asset);
        visit("fragment", self.fragment, limits::kMaxFragments);
        visit("bytes", self.bytes);
        visit("duration_us", self.duration_us);
    }
    bool operator==(const Receipt&) const = default;
};

// Said into silence. Answered by Pong.
struct Ping {
    template <class Self, class Visit>
    static void fields(Self&, Visit&) {}
    bool operator==(const Ping&) const = default;
};

struct Pong {
    template <class Self, class Visit>
    static void fields(Self&, Visit&) {}
    bool operator==(const Pong&) const = default;
};

// The sender closes this link on purpose.
struct Bye {
    template <class Self, class Visit>
    static void fields(Self&, Visit&) {}
    bool operator==(const Bye&) const = default;
};

// Each message: its number on the wire, its name, its struct. By number; a number is never given
// twice.
// clang-format off
#define FRAGCAST_EXCHANGE_MESSAGES(X) \
    X(96, hello, Hello) \
    X(97, ask_have, AskHave) \
    X(98, have, Have) \
    X(99, ask_proof, AskProof) \
    X(100, proof_part, ProofPart) \
    X(101, request, Request) \
    X(102, data, Data) \
    X(103, absent, Absent) \
    X(104, busy, Busy) \
    X(105, cancel, Cancel) \
    X(106, bad, Bad) \
    X(107, offer, Offer) \
    X(108, offer_answer, OfferAnswer) \
    X(109, receipt, Receipt) \
    X(110, ping, Ping) \
    X(111, pong, Pong) \
    X(112, bye, Bye)
// clang-format on

}  // namespace fragcast
