#include "peer/swarm/buses/claim_account.hpp"

namespace fragcast {

namespace {

constexpr std::uint64_t kClaimBytes = 64;
constexpr std::uint64_t kUnfinishedBytes = 128;

// What is kept for them, used or not.
std::uint64_t kept(const RangeSet& ranges) {
    return ranges.spans().capacity() * sizeof(Span);
}

}  // namespace

std::uint64_t ClaimAccount::cost(const RangeSet& chunks) {
    return kUnfinishedBytes + kept(chunks);
}

std::uint64_t ClaimAccount::whole(const Holding& holding) {
    return holding.empty() ? 0 : kClaimBytes + kept(holding.fragments);
}

std::uint64_t ClaimAccount::cost(const Holding& holding) {
    std::uint64_t bytes = whole(holding);
    for (const auto& [fragment, chunks] : holding.partial)
        bytes += cost(chunks);
    return bytes;
}

void ClaimAccount::change(const PeerId& teller, std::uint64_t before, std::uint64_t now) {
    if (before == now) return;
    std::uint64_t& bytes = of_[teller];
    by_cost_.erase({bytes, teller});
    bytes = bytes - before + now;
    all_ = all_ - before + now;
    if (bytes == 0)
        of_.erase(teller);
    else
        by_cost_.insert({bytes, teller});
}

std::uint64_t ClaimAccount::of(const PeerId& teller) const {
    const auto found = of_.find(teller);
    return found == of_.end() ? 0 : found->second;
}

PeerId ClaimAccount::most() const {
    return by_cost_.empty() ? PeerId{} : by_cost_.rbegin()->second;
}

const char* ClaimAccount::broken() const {
    std::uint64_t all = 0;
    for (const auto& [teller, bytes] : of_) {
        all += bytes;
        if (bytes == 0) return "who claims nothing is in the account";
        if (!by_cost_.contains({bytes, teller})) return "a teller's place by cost is another";
    }
    if (by_cost_.size() != of_.size()) return "a teller has two places by cost";
    return all == all_ ? nullptr : "the sum of all claims' cost is wrong";
}

}  // namespace fragcast
