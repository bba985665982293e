#include "peer/swarm/copies/eviction.hpp"

#include "messages/wire/limits.hpp"

#include <algorithm>
#include <utility>

namespace fragcast {

void Eviction::begin(const AssetId& asset, RangeSet fragments, std::uint32_t replicas,
                     const std::set<PeerId>& witnesses, Turn& turn) {
    running_ =
        Running{asset, std::move(fragments), replicas, turn.now + limits::kWitnessWait, {}, {}};
    changed_.insert(asset);
    turn.wake_by(running_->until);
    for (const PeerId& witness : witnesses)
        running_->asked[witness];
}

const RangeSet& Eviction::withdrawn(const AssetId& of) const {
    static const RangeSet kNothing;
    return runs(of) ? running_->fragments : kNothing;
}

std::vector<PeerId> Eviction::needed() const {
    std::vector<PeerId> out;
    for (const auto& [peer, question] : running_->asked)
        if (question.request.value == 0) out.push_back(peer);
    return out;
}

void Eviction::ask(const PeerId& witness, LinkId link, Turn& turn) {
    running_->asked.at(witness) = {link, turn.next_request()};
    turn.out.push_back(SendTo{link, AskHave{running_->asked.at(witness).request, running_->asset}});
}

// An answer over another link, or to another question, may be anybody's.
bool Eviction::hear(const PeerId& from, LinkId link, const Have& have) {
    if (!runs(have.asset) || have.request.value == 0) return false;
    const auto asked = running_->asked.find(from);
    if (asked == running_->asked.end() || asked->second.request != have.request ||
        asked->second.link != link)
        return false;
    running_->witnessed[from] = have.fragments.common(running_->fragments);
    return running_->witnessed.size() == running_->asked.size() ||
           witnessed() == running_->fragments;
}

bool Eviction::late(Turn& turn) const {
    if (turn.now >= running_->until) return true;
    turn.wake_by(running_->until);
    return false;
}

void Eviction::lost(const AssetId& asset, const RangeSet& fragments) {
    if (!runs(asset)) return;
    running_->fragments.remove(fragments);
    changed_.insert(asset);
}

RangeSet Eviction::witnessed() const {
    RangeSet out;
    for (const Span& span : running_->fragments.spans())
        for (std::uint32_t i = span.begin; i < span.end; ++i) {
            const auto count =
                std::count_if(running_->witnessed.begin(), running_->witnessed.end(),
                              [i](const auto& one) { return one.second.contains(i); });
            if (static_cast<std::uint64_t>(count) >= running_->replicas) out.add(i);
        }
    return out;
}

Eviction::Outcome Eviction::end() {
    Outcome out{running_->asset, witnessed(), running_->fragments};
    out.kept.remove(out.dropped);
    dropped_ += out.dropped.count();
    changed_.insert(out.asset);
    running_.reset();
    return out;
}

Eviction::Outcome Eviction::call_off() {
    Outcome out{running_->asset, {}, std::move(running_->fragments)};
    changed_.insert(out.asset);
    running_.reset();
    return out;
}

const char* Eviction::broken() const {
    if (!running_) return nullptr;
    std::set<RequestId> requests;
    for (const auto& [peer, question] : running_->asked) {
        const bool asked = question.request.value != 0;
        if (asked != (question.link.value != 0)) return "a witness is asked over no link";
        if (asked && !requests.insert(question.request).second)
            return "two witnesses are asked under one number";
        if (!asked && running_->witnessed.contains(peer)) return "who was not asked is a witness";
    }
    for (const auto& [peer, fragments] : running_->witnessed)
        if (!running_->asked.contains(peer)) return "who was not asked is a witness";
    return nullptr;
}

}  // namespace fragcast
