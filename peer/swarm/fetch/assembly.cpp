#include "peer/swarm/fetch/assembly.hpp"

#include <algorithm>
#include <utility>

namespace fragcast {

void Assembly::proof_here(const RangeSet& proven) {
    proof_ = Proof::here;
    proven_ = proven;
    declined_ = 0;
}

bool Assembly::stored(ChunkIndex chunk, const PeerId& from, std::uint32_t bytes) {
    storing_.remove(chunk.value);
    declined_ = 0;
    if (proven_.contains(chunk.value)) return false;
    proven_.add(chunk.value);
    senders_[from] += bytes;
    return true;
}

void Assembly::declined() {
    if (++declined_ < kDeclinedInARow || proof_ != Proof::here) return;
    proof_ = Proof::missing;
    declined_ = 0;
}

std::uint64_t Assembly::bytes_here() const {
    return std::min(size_, (proven_.count() + storing_.count()) * limits::kChunkBytes);
}

RangeSet Assembly::lacking() const {
    RangeSet out = proven_.missing(chunks_);
    if (!storing_.empty()) out.remove(storing_);
    return out;
}

void Assembly::tell_later(const RangeSet& chunks, Time now) {
    if (untold_.empty()) untold_since_ = now;
    untold_.add(chunks);
}

RangeSet Assembly::take_untold() {
    return std::exchange(untold_, {});
}

}  // namespace fragcast
