#include "peer/swarm/fetch/proofs.hpp"

#include <algorithm>
#include <set>

namespace fragcast {

void Proofs::ask(const FragmentRef& fragment, const Asked& asked) {
    asked_.emplace(fragment, asked);
}

const Proofs::Asked* Proofs::find(const FragmentRef& fragment) const {
    const auto found = asked_.find(fragment);
    return found == asked_.end() ? nullptr : &found->second;
}

std::size_t Proofs::size(LinkId of) const {
    return static_cast<std::size_t>(std::count_if(
        asked_.begin(), asked_.end(), [of](const auto& one) { return one.second.link == of; }));
}

Time Proofs::next() const {
    Time next = kNever;
    for (const auto& [fragment, asked] : asked_)
        next = std::min(next, asked.due);
    return next;
}

std::optional<Proofs::Asked> Proofs::answered(const FragmentRef& fragment, LinkId from,
                                              RequestId request) {
    const auto found = asked_.find(fragment);
    if (found == asked_.end() || found->second.link != from || found->second.request != request)
        return std::nullopt;
    const Asked asked = found->second;
    asked_.erase(found);
    return asked;
}

bool Proofs::came(const FragmentRef& fragment, LinkId from, RequestId request) {
    const bool waited_for = answered(fragment, from, request).has_value();
    if (!waited_for) ++spare_;
    return waited_for;
}

std::optional<FragmentRef> Proofs::answered(LinkId from, RequestId request) {
    for (const auto& [fragment, asked] : asked_) {
        if (asked.link != from || asked.request != request) continue;
        const FragmentRef ref = fragment;
        asked_.erase(ref);
        return ref;
    }
    return std::nullopt;
}

void Proofs::drop(const FragmentRef& fragment) {
    asked_.erase(fragment);
}

void Proofs::drop(const AssetId& asset) {
    std::erase_if(asked_, [&](const auto& one) { return one.first.asset == asset; });
}

void Proofs::drop(LinkId link) {
    std::erase_if(asked_, [link](const auto& one) { return one.second.link == link; });
}

std::vector<Proofs::Late> Proofs::take_late(Time now) {
    std::vector<Late> late;
    for (const auto& [fragment, asked] : asked_)
        if (asked.due <= now) late.push_back({fragment, asked.link, asked.others});
    for (const Late& one : late) {
        asked_.erase(one.fragment);
        if (!one.others) ++timed_out_;
    }
    return late;
}

const char* Proofs::broken() const {
    if (asked_.size() > limits::kMaxProofsAsked) return "too many proofs are asked for";
    std::set<RequestId> requests;
    for (const auto& [fragment, asked] : asked_) {
        if (asked.link.value == 0) return "a proof is asked of nobody";
        if (asked.due < asked.sent) return "a proof was late before it was asked for";
        if (!requests.insert(asked.request).second) return "two proofs under one number";
    }
    return nullptr;
}

}  // namespace fragcast
