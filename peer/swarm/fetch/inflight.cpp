#include "peer/swarm/fetch/inflight.hpp"

#include "messages/wire/limits.hpp"

#include <utility>

namespace fragcast {

void Inflight::add(Asked asked) {
    chunks_ += asked.open.count();
    Fragment& fragment = fragments_[asked.fragment];
    fragment.requests.insert(asked.request);
    fragment.open.add(asked.open);
    links_[asked.link].insert(asked.request);
    const RequestId request = asked.request;
    asked_.emplace(request, std::move(asked));
}

const Asked* Inflight::find(RequestId request) const {
    const auto found = asked_.find(request);
    return found == asked_.end() ? nullptr : &found->second;
}

// After `closed` left one request: what no other one has open is open no more.
void Inflight::refresh(const FragmentRef& ref, const RangeSet& closed) {
    const auto found = fragments_.find(ref);
    Fragment& fragment = found->second;
    RangeSet gone = closed;
    for (const RequestId other : fragment.requests)
        gone.remove(asked_.at(other).open);
    if (fragment.requests.empty())
        fragments_.erase(found);
    else
        fragment.open.remove(gone);
}

void Inflight::forget(std::map<RequestId, Asked>::iterator it) {
    const Asked asked = std::move(it->second);
    asked_.erase(it);
    fragments_.at(asked.fragment).requests.erase(asked.request);
    const auto link = links_.find(asked.link);
    link->second.erase(asked.request);
    if (link->second.empty()) links_.erase(link);
    refresh(asked.fragment, asked.open);
}

bool Inflight::close(RequestId request, ChunkIndex chunk) {
    const auto found = asked_.find(request);
    if (found == asked_.end() || !found->second.open.contains(chunk.value)) return false;
    found->second.open.remove(chunk.value);
    --chunks_;
    refresh(found->second.fragment, RangeSet{{chunk.value, chunk.value + 1}});
    if (found->second.open.empty()) forget(found);
    return true;
}

std::optional<Asked> Inflight::drop(RequestId request) {
    const auto found = asked_.find(request);
    if (found == asked_.end()) return std::nullopt;
    Asked asked = found->second;
    chunks_ -= asked.open.count();
    forget(found);
    dropped_.insert({asked.link, request});
    dropped_order_.push_back({asked.link, request});
    if (dropped_order_.size() > limits::kMaxDroppedRequests) {
        dropped_.erase(dropped_order_.front());
        dropped_order_.pop_front();
    }
    return asked;
}

void Inflight::narrow(RequestId request, const RangeSet& keep) {
    const auto found = asked_.find(request);
    if (found == asked_.end()) return;
    RangeSet gone = found->second.open;
    gone.remove(keep);
    if (gone.empty()) return;
    if (gone == found->second.open) {
        (void)drop(request);
        return;
    }
    chunks_ -= gone.count();
    found->second.open.remove(gone);
    refresh(found->second.fragment, gone);
}

std::vector<RequestId> Inflight::of_link(LinkId link) const {
    const auto found = links_.find(link);
    if (found == links_.end()) return {};
    return {found->second.begin(), found->second.end()};
}

std::vector<FragmentRef> Inflight::fragments() const {
    std::vector<FragmentRef> out;
    out.reserve(fragments_.size());
    for (const auto& [ref, fragment] : fragments_)
        out.push_back(ref);
    return out;
}

const std::set<RequestId>& Inflight::of_fragment(const FragmentRef& fragment) const {
    static const std::set<RequestId> none;
    const auto found = fragments_.find(fragment);
    return found == fragments_.end() ? none : found->second.requests;
}

const RangeSet& Inflight::open(const FragmentRef& fragment) const {
    static const RangeSet none;
    const auto found = fragments_.find(fragment);
    return found == fragments_.end() ? none : found->second.open;
}

std::uint32_t Inflight::count(const ChunkRef& chunk) const {
    std::uint32_t count = 0;
    for (const RequestId request : of_fragment(chunk.of()))
        if (asked_.at(request).open.contains(chunk.chunk.value)) ++count;
    return count;
}

bool Inflight::asked_of(LinkId link, const ChunkRef& chunk) const {
    for (const RequestId request : of_fragment(chunk.of())) {
        const Asked& asked = asked_.at(request);
        if (asked.link == link && asked.open.contains(chunk.chunk.value)) return true;
    }
    return false;
}

const char* Inflight::broken() const {
    std::uint64_t chunks = 0;
    std::map<FragmentRef, RangeSet> open;
    for (const auto& [request, asked] : asked_) {
        chunks += asked.open.count();
        open[asked.fragment].add(asked.open);
        if (!of_fragment(asked.fragment).contains(request)) return "a request is of no fragment";
        const auto link = links_.find(asked.link);
        if (link == links_.end() || !link->second.contains(request))
            return "a request is on no link";
    }
    std::size_t of_fragments = 0;
    for (const auto& [ref, fragment] : fragments_) {
        of_fragments += fragment.requests.size();
        if (fragment.open != open[ref]) return "what is open of a fragment is not what is asked";
    }
    std::size_t of_links = 0;
    for (const auto& [link, requests] : links_)
        of_links += requests.size();
    if (of_fragments != asked_.size() || of_links != asked_.size())
        return "a request that is gone is listed";
    if (dropped_order_.size() > limits::kMaxDroppedRequests)
        return "too many dropped ones are kept";
    return chunks == chunks_ ? nullptr : "the count of open chunks is wrong";
}

}  // namespace fragcast
