#include "peer/swarm/fetch/assembly.hpp"

#include <algorithm>
#include <utility>

namespace fragcast {

void Assembly::proof_here(const RangeSet& proven) {
    proof_ = Proof::here;
    proven_ = proven;
    unwanted = 0;
}

bool Assembly::stored(ChunkIndex chunk, const PeerId& from, std::uint32_t bytes) {
    storing_.remove(chunk.value);
    unwanted = 0;
    if (proven_.contains(chunk.value)) return false;
    proven_.add(chunk.value);
    senders_[from] += bytes;
    return true;
}

void Assembly::doubt() {
    proof_ = Proof::missing;
    unwanted = 0;
}

std::uint64_t Assembly::bytes_here() const {
    return std::min(size_, (proven_.count() + storing_.count()) * limits::kChunkBytes);
}

RangeSet Assembly::lacking() const {
    RangeSet out = proven_.missing(chunks_);
    if (!storing_.empty()) out.remove(storing_);
    return out;
}

void Assembly::tell_later(ChunkIndex chunk, Time now) {
    if (untold_.empty()) untold_since_ = now;
    untold_.add(chunk.value);
}

RangeSet Assembly::take_untold() {
    return std::exchange(untold_, {});
}

}  // namespace fragcast
