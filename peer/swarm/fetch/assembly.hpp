// Loop thread. Pure.
//
// One unfinished fragment: its proof, which chunks are proven, which lie with the store, which
// nobody was told of yet, and who sent how much (PROTOCOL.md, "A fragment that is fetched").
#pragma once

#include "messages/wire/holding.hpp"
#include "messages/wire/limits.hpp"
#include "peer/swarm/actions.hpp"

#include <algorithm>
#include <cstdint>
#include <map>

namespace fragcast {

class Assembly {
public:
    enum class Proof {
        missing,  // asked for or not: proofs.hpp
        storing,  // it came, and the store checks it
        here
    };

    Assembly(std::uint64_t size, std::uint32_t chunks) : size_(size), chunks_(chunks) {}

    std::uint64_t size() const { return size_; }
    std::uint32_t chunks() const { return chunks_; }

    // --- proof
    Proof proof() const { return proof_; }
    // When its first message was sent: the proof is asked for before any chunk. kNever: not yet.
    Time began() const { return began_; }
    void proof_asked(Time now) { began_ = std::min(began_, now); }
    void proof_came() { proof_ = Proof::storing; }
    void proof_missing() { proof_ = Proof::missing; }
    // `proven`: what the store has of the fragment; replaces what we thought.
    void proof_here(const RangeSet& proven);

    // --- chunks. Chunks listed at a start: proven, though the proof must come first.
    void load(const RangeSet& proven) { proven_ = proven; }
    void storing(ChunkIndex chunk) { storing_.add(chunk.value); }
    // The store's answer; true when the chunk is new.
    bool stored(ChunkIndex chunk, const PeerId& from, std::uint32_t bytes);
    void not_stored(ChunkIndex chunk) { storing_.remove(chunk.value); }
    // The store did not want it. Again and again: it and we do not agree on what is there, and the
    // proof is asked for again, by which it says what it has.
    void declined();
    const RangeSet& proven() const { return proven_; }
    const RangeSet& in_store() const { return storing_; }
    bool has(ChunkIndex chunk) const { return proven_.contains(chunk.value); }
    bool complete() const { return proven_.count() == chunks_; }
    // Its answer is to come: it may find that all of the fragment is here.
    bool lies_with_store() const {
        return proof_ == Proof::storing || !storing_.empty() || complete();
    }
    // Nothing came of it yet.
    bool empty() const { return proven_.empty() && storing_.empty(); }
    std::uint64_t bytes_here() const;
    // Neither proven nor with the store.
    RangeSet lacking() const;

    // --- who sent it
    const std::map<PeerId, std::uint64_t>& senders() const { return senders_; }

    // --- what neighbours were not told yet
    const RangeSet& untold() const { return untold_; }
    Time untold_since() const { return untold_since_; }  // of the first of them
    void tell_later(const RangeSet& chunks, Time now);
    RangeSet take_untold();

    // --- the disk failed: nothing is asked for before
    Time rests_until() const { return rests_until_; }
    void rest(Time until) { rests_until_ = until; }

private:
    static constexpr std::uint32_t kDeclinedInARow = 3;

    std::uint64_t size_;
    std::uint32_t chunks_;
    Proof proof_ = Proof::missing;
    Time began_ = kNever;
    RangeSet proven_;
    RangeSet storing_;
    RangeSet untold_;
    Time untold_since_{};
    std::map<PeerId, std::uint64_t> senders_;
    Time rests_until_{};
    std::uint32_t declined_ = 0;  // chunks, in a row
};

}  // namespace fragcast
