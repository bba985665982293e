// What others ask of us: chunks, proofs, manifests, and what we know.
#include "peer/swarm/swarm_serve.hpp"

#include "messages/wire/codec.hpp"
#include "peer/swarm/core.hpp"
#include "peer/swarm/swarm_fetch.hpp"
#include "peer/swarm/swarm_links.hpp"
#include "peer/swarm/swarm_view.hpp"
#include "peer/swarm/swarm_wants.hpp"

#include <utility>

namespace fragcast {

namespace {

constexpr std::int32_t kRequestNonsense = 10;

}  // namespace

RangeSet proven(const Core& core, const FragmentRef& fragment) {
    const KnownAsset* asset = core.assets.find(fragment.asset);
    if (asset == nullptr || !asset->manifest || fragment.index.value >= asset->fragments())
        return {};
    if (core.book.fragments(fragment.asset).contains(fragment.index.value))
        return RangeSet::up_to(chunk_count(asset->size(fragment.index)));
    const Assembly* unfinished = core.unfinished.find(fragment);
    return unfinished == nullptr ? RangeSet{} : unfinished->proven();
}

// --- chunks, proofs, manifests -------------------------------------------------------------------

void serve(Core& core, Neighbour& n, const Request& request, Turn& turn) {
    const FragmentRef fragment{request.asset, request.fragment};
    FragmentHere here{proven(core, fragment), false, 0};
    if (!here.chunks.empty()) {
        here.whole = core.book.fragments(fragment.asset).contains(fragment.index.value);
        here.size = core.assets.at(fragment.asset).size(fragment.index);
    }
    const auto record_of = [&core](const PeerId& peer) {
        const KnownPeer* known = core.peers.find(peer);
        return known == nullptr ? nullptr : &known->record;
    };
    if (core.answers.serve({n.link(), n.peer().id}, request, here, core.availability, record_of,
                           turn) == Answered::nonsense)
        return blame(core, n.link(), kRequestNonsense, "it asks for what cannot be", turn);
    n.use(turn.now);
    n.interested(request.asset);
}

void serve(Core& core, Neighbour& n, const AskProof& ask, Turn& turn) {
    n.use(turn.now);
    const Assembly* unfinished = core.unfinished.find({ask.asset, ask.fragment});
    const bool here = core.book.fragments(ask.asset).contains(ask.fragment.value) ||
                      (unfinished != nullptr && unfinished->proof() == Assembly::Proof::here);
    core.answers.serve({n.link(), n.peer().id}, ask, here, turn);
}

void serve(Core& core, Neighbour& n, const AskManifest& ask, Turn& turn) {
    n.use(turn.now);
    const KnownAsset* asset = core.assets.find(ask.asset);
    const bool here = asset != nullptr && asset->manifest;
    core.answers.serve({n.link(), n.peer().id}, ask, here, turn);
}

void on_sent(Core& core, const facts::Sent& sent, Turn& turn) {
    Neighbour* n = neighbour(core, sent.link);
    const auto bytes = core.answers.on_sent(sent, n == nullptr ? nullptr : &n->peer().id, turn);
    if (!bytes) return;
    n->use(turn.now);
    core.peers.sent(n->peer().id, *bytes);
    core.offers.sent(sent.chunk->asset, n->peer().id, *bytes);
}

// --- what we know --------------------------------------------------------------------------------

void serve(Core& core, Neighbour& n, const Locate& ask, Turn& turn) {
    Located answer;
    answer.request = ask.request;
    answer.assets = find(core, ask.asset.is_zero() ? ask.name : ask.asset.text());
    answer.found = answer.assets.empty()       ? Found::unknown
                   : answer.assets.size() == 1 ? Found::ok
                                               : Found::ambiguous;
    if (answer.found == Found::ok) {
        std::size_t bytes = packed_size(answer.assets.front());
        each_holder(core, answer.assets.front().id,
                    [&](const PeerRecord& peer, const RangeSet& fragments) {
                        if (ask.fragment >= 0 &&
                            !fragments.contains(static_cast<std::uint32_t>(ask.fragment)))
                            return true;
                        HolderRecord holder{peer, fragments};
                        bytes += packed_size(holder);
                        if (bytes > limits::kMaxPageBytes) return false;
                        answer.holders.push_back(std::move(holder));
                        return answer.holders.size() < limits::kMaxEntries;
                    });
    }
    turn.out.push_back(SendTo{n.link(), std::move(answer)});
}

void serve(Core& core, Neighbour& n, const ListPeers& ask, Turn& turn) {
    Peers answer;
    answer.request = ask.request;
    std::size_t bytes = 0;
    each_peer(core, ask.after, [&](const PeerRecord& peer) {
        bytes += packed_size(peer);
        answer.more = answer.peers.size() >= limits::kMaxEntries || bytes > limits::kMaxPageBytes;
        if (!answer.more) answer.peers.push_back(peer);
        return !answer.more;
    });
    turn.out.push_back(SendTo{n.link(), std::move(answer)});
}

void serve(Core& core, Neighbour& n, const ListAssets& ask, Turn& turn) {
    Assets answer;
    answer.request = ask.request;
    std::size_t bytes = 0;
    for (auto it = core.assets.all().upper_bound(ask.after); it != core.assets.all().end(); ++it) {
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
