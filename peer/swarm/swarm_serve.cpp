// What others ask of us: chunks, proofs, manifests, and what we know.
#include "messages/wire/codec.hpp"
#include "peer/swarm/swarm_state.hpp"

#include <utility>

namespace fragcast {

namespace {

constexpr std::int32_t kRequestNonsense = 10;

}  // namespace

RangeSet Swarm::State::proven(const FragmentRef& fragment) const {
    const AssetState* asset = find_asset(fragment.asset);
    if (asset == nullptr || !asset->manifest ||
        fragment.index.value >= asset->manifest->fragments.size())
        return {};
    if (self_.book.fragments(fragment.asset).contains(fragment.index.value))
        return RangeSet::up_to(chunk_count(asset->manifest->fragments[fragment.index.value].size));
    const auto found = asset->unfinished.find(fragment.index);
    return found == asset->unfinished.end() ? RangeSet{} : found->second.proven();
}

// --- chunks, proofs, manifests -------------------------------------------------------------------

void Swarm::State::serve(Neighbour& n, const Request& request, Turn& turn) {
    const FragmentRef fragment{request.asset, request.fragment};
    FragmentHere here{proven(fragment), false, 0};
    if (!here.chunks.empty()) {
        here.whole = self_.book.fragments(fragment.asset).contains(fragment.index.value);
        here.size = assets_.at(fragment.asset).manifest->fragments[fragment.index.value].size;
    }
    const auto find = [this](const PeerId& peer) {
        const auto known = peers_.find(peer);
        return known == peers_.end() ? nullptr : &known->second.record;
    };
    switch (answers_.serve({n.link(), n.peer().id}, request, here, availability_, find, turn)) {
        case Answered::nonsense:
            ++counters_.refused_messages;
            blame(n.link(), kRequestNonsense, "it asks for what cannot be", turn);
            return;
        case Answered::busy:
            ++counters_.busy_sent;
            break;
        case Answered::all:
            break;
    }
    n.use(turn.now);
    n.interested(request.asset);
}

void Swarm::State::serve(Neighbour& n, const AskProof& ask, Turn& turn) {
    n.use(turn.now);
    const Assembly* unfinished = assembly({ask.asset, ask.fragment});
    const bool here = self_.book.fragments(ask.asset).contains(ask.fragment.value) ||
                      (unfinished != nullptr && unfinished->proof() == Assembly::Proof::here);
    if (answers_.serve({n.link(), n.peer().id}, ask, here, turn) == Answered::busy)
        ++counters_.busy_sent;
}

void Swarm::State::serve(Neighbour& n, const AskManifest& ask, Turn& turn) {
    n.use(turn.now);
    const AssetState* asset = find_asset(ask.asset);
    const bool here = asset != nullptr && asset->manifest;
    if (answers_.serve({n.link(), n.peer().id}, ask, here, turn) == Answered::busy)
        ++counters_.busy_sent;
}

void Swarm::State::on_sent(const facts::Sent& sent, Turn& turn) {
    Neighbour* n = neighbour(sent.link);
    const auto bytes = answers_.on_sent(sent, n == nullptr ? nullptr : &n->peer().id, turn);
    if (!bytes) return;
    n->use(turn.now);
    ++counters_.chunks_out;
    counters_.bytes_out += *bytes;
    peers_[n->peer().id].bytes_out += *bytes;
    offers_.sent(sent.chunk->asset, n->peer().id, *bytes);
}

// --- what we know --------------------------------------------------------------------------------

void Swarm::State::serve(Neighbour& n, const Locate& ask, Turn& turn) {
    Located answer;
    answer.request = ask.request;
    answer.assets = find(ask.asset.is_zero() ? ask.name : ask.asset.text());
    if (answer.assets.size() > limits::kMaxEntries) answer.assets.resize(limits::kMaxEntries);
    answer.found = answer.assets.empty()       ? Found::unknown
                   : answer.assets.size() == 1 ? Found::ok
                                               : Found::ambiguous;
    if (answer.found == Found::ok) {
        std::size_t bytes = packed_size(answer.assets.front());
        for (HolderRecord& holder : holders(answer.assets.front().id)) {
            if (ask.fragment >= 0 &&
                !holder.fragments.contains(static_cast<std::uint32_t>(ask.fragment)))
                continue;
            bytes += packed_size(holder);
            if (answer.holders.size() >= limits::kMaxEntries || bytes > limits::kMaxPageBytes)
                break;
            answer.holders.push_back(std::move(holder));
        }
    }
    turn.out.push_back(SendTo{n.link(), std::move(answer)});
}

void Swarm::State::serve(Neighbour& n, const ListPeers& ask, Turn& turn) {
    Peers answer;
    answer.request = ask.request;
    std::size_t bytes = 0;
    for (PeerRecord& peer : known_peers()) {
        if (peer.id <= ask.after) continue;
        bytes += packed_size(peer);
        if (answer.peers.size() >= limits::kMaxEntries || bytes > limits::kMaxPageBytes) {
            answer.more = true;
            break;
        }
        answer.peers.push_back(std::move(peer));
    }
    turn.out.push_back(SendTo{n.link(), std::move(answer)});
}

void Swarm::State::serve(Neighbour& n, const ListAssets& ask, Turn& turn) {
    Assets answer;
    answer.request = ask.request;
    std::size_t bytes = 0;
    for (auto it = assets_.upper_bound(ask.after); it != assets_.end(); ++it) {
        if (!it->second.told) continue;
        bytes += packed_size(it->second.record);
        if (answer.assets.size() >= limits::kMaxEntries || bytes > limits::kMaxPageBytes) {
            answer.more = true;
            break;
        }
        answer.assets.push_back(it->second.record);
    }
    turn.out.push_back(SendTo{n.link(), std::move(answer)});
}

}  // namespace fragcast
