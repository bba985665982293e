#include "tests/sim/sim_checks.hpp"

#include <algorithm>

namespace fragcast::sim {
namespace {

constexpr Duration kGivenUp{10'000'000};  // a request without an answer is open no longer
constexpr std::size_t kAtOnce = 2;        // neighbours that are asked for one chunk

std::string text_of(const ChunkRef& chunk) {
    return std::to_string(chunk.fragment.value) + "/" + std::to_string(chunk.chunk.value);
}

}  // namespace

std::string SimChecks::claim(const SimNode& from, const AssetId& asset, const RangeSet& fragments) {
    claims_[from.id()].whole[asset].add(fragments);
    RangeSet lacking = fragments;
    lacking.remove(from.disk().done(asset));
    return lacking.empty() || from.options().lies.claims
               ? ""
               : "claims fragments that it has not: " + lacking.text();
}

std::string SimChecks::claim(const SimNode& from, const FragmentRef& fragment,
                             const RangeSet& chunks) {
    claims_[from.id()].partial[fragment].add(chunks);
    RangeSet lacking = chunks;
    if (const auto* found = from.disk().find(fragment)) lacking.remove(found->proven);
    return lacking.empty() ? "" : "claims chunks that it has not: " + lacking.text();
}

std::string SimChecks::said(const SimNode& from, LinkId link, const SimNode* to,
                            const Message& message) {
    std::string breach;
    const auto first = [&](std::string text) {
        if (breach.empty()) breach = std::move(text);
    };
    if (const auto* have = std::get_if<Have>(&message.body)) {
        first(claim(from, have->asset, have->fragments));
        for (const auto& one : have->partial)
            first(claim(from, {have->asset, one.fragment}, one.chunks));
    } else if (const auto* offer = std::get_if<Offer>(&message.body)) {
        first(claim(from, offer->asset.id, offer->fragments));
    } else if (const auto* available = std::get_if<FragmentAvailable>(&message.body)) {
        first(claim(from, available->asset.id, available->fragments));
    } else if (const auto* join = std::get_if<Join>(&message.body)) {
        for (const auto& entry : join->entries)
            first(claim(from, entry.asset.id, entry.fragments));
    } else if (const auto* update = std::get_if<Update>(&message.body)) {
        for (const auto& entry : update->entries)
            first(claim(from, entry.asset.id, entry.fragments));
    } else if (const auto* request = std::get_if<Request>(&message.body)) {
        if (to != nullptr) first(ask(from, link, *to, *request));
    } else if (const auto* cancel = std::get_if<Cancel>(&message.body)) {
        close(from.id(), [&](const ChunkRef&, const Open& open) {
            return open.link == link && open.request == cancel->request;
        });
    }
    return breach;
}

std::string SimChecks::ask(const SimNode& from, LinkId link, const SimNode& to,
                           const Request& request) {
    const FragmentRef fragment{request.asset, request.fragment};
    const Claims& claims = claims_[to.id()];
    const auto whole = claims.whole.find(request.asset);
    const auto partial = claims.partial.find(fragment);
    const bool claimed =
        (whole != claims.whole.end() && whole->second.contains(request.fragment.value)) ||
        (partial != claims.partial.end() && partial->second.contains(request.chunks));
    if (!claimed)
        return "asks " + to.name() + " for " + std::to_string(request.fragment.value) +
               ", chunks " + RangeSet{request.chunks}.text() + ", which it never claimed";
    const auto* here = from.disk().find(fragment);
    Asked& asked = asked_[from.id()];
    for (std::uint32_t i = request.chunks.begin; i < request.chunks.end; ++i) {
        const ChunkRef chunk{request.asset, request.fragment, ChunkIndex{i}};
        if (here != nullptr && here->proven.contains(i))
            return "asks for " + text_of(chunk) + ", which it has";
        auto& open = asked.chunks[chunk];
        std::erase_if(open, [&](const Open& one) { return clock_.now() - one.since >= kGivenUp; });
        for (const Open& one : open)
            if (one.link == link)
                return "asks " + to.name() + " twice at once for " + text_of(chunk);
        open.push_back({link, request.request, clock_.now()});
        if (open.size() > kAtOnce)
            return "asks " + std::to_string(open.size()) + " at once for " + text_of(chunk);
    }
    return "";
}

template <class Which>
void SimChecks::close(NodeId node, Which&& which) {
    auto& chunks = asked_[node].chunks;
    for (auto it = chunks.begin(); it != chunks.end();) {
        std::erase_if(it->second, [&](const Open& open) { return which(it->first, open); });
        it = it->second.empty() ? chunks.erase(it) : std::next(it);
    }
}

void SimChecks::heard(const SimNode& by, LinkId link, const Message& message) {
    if (std::holds_alternative<Hello>(message.body)) {
        // Another process than before, at the end of a link that told nothing: it knows no request.
        link_gone(by.id(), link);
    } else if (const auto* data = std::get_if<Data>(&message.body)) {
        auto& chunks = asked_[by.id()].chunks;
        const auto it = chunks.find(ChunkRef{data->asset, data->fragment, data->chunk});
        if (it == chunks.end()) return;
        std::erase_if(it->second, [&](const Open& open) { return open.link == link; });
        if (it->second.empty()) chunks.erase(it);
    } else if (const auto* absent = std::get_if<Absent>(&message.body)) {
        close(by.id(), [&](const ChunkRef& chunk, const Open& open) {
            return open.link == link && chunk.asset == absent->asset &&
                   chunk.fragment == absent->fragment &&
                   absent->chunks.begin <= chunk.chunk.value &&
                   chunk.chunk.value < absent->chunks.end;
        });
    } else if (const auto* busy = std::get_if<Busy>(&message.body)) {
        close(by.id(), [&](const ChunkRef&, const Open& open) {
            return open.link == link && open.request == busy->request;
        });
    }
}

void SimChecks::link_gone(NodeId node, LinkId link) {
    close(node, [&](const ChunkRef&, const Open& open) { return open.link == link; });
}

void SimChecks::crashed(NodeId node) {
    asked_.erase(node);
}

std::string SimChecks::bounds(const SimNode& node) const {
    if (node.store().loads() > node.options().upload_slots)
        return "loads " + std::to_string(node.store().loads()) + " chunks at once for others";
    if (node.store().stores() > limits::kMaxStoreQueue)
        return "has " + std::to_string(node.store().stores()) + " chunks waiting for its store";
    const auto asked = asked_.find(node.id());
    if (asked == asked_.end()) return "";
    // A chunk is at most so long, so this is more than what is underway.
    std::map<LinkId, std::uint64_t> bytes;
    std::uint64_t total = 0;
    for (const auto& [chunk, open] : asked->second.chunks)
        for (const Open& one : open) {
            if (clock_.now() - one.since >= kGivenUp) continue;
            const auto* asset = node.disk().find(chunk.asset);
            const std::uint64_t length = asset ? asset->asset.length(chunk) : limits::kChunkBytes;
            bytes[one.link] += length;
            total += length;
        }
    for (const auto& [link, open] : bytes)
        if (open > limits::kMaxInFlightBytes)
            return "has " + std::to_string(open) + " bytes in flight from one neighbour";
    if (total > limits::kMaxInFlightTotalBytes)
        return "has " + std::to_string(total) + " bytes in flight";
    return "";
}

}  // namespace fragcast::sim
