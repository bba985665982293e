// What is shown of peers: made of those who look otherwise than they did.
#include "peer/swarm/swarm_view_peers.hpp"

#include "peer/swarm/core.hpp"
#include "peer/swarm/swarm_links.hpp"

#include <algorithm>
#include <memory>
#include <optional>
#include <set>
#include <utility>

namespace fragcast {

static void touch(Core& core, const std::set<PeerId>& changed) {
    for (const PeerId& id : changed)
        if (core.peers.record(id) != nullptr)
            core.shown_peers.touch(id);
        else
            core.shown_peers.forget(id);
}

void touch_peers(Core& core) {
    touch(core, core.peers.take_changed());
    touch(core, core.availability.take_changed_peers());
}

// What of it moves by itself, over its links.
static void measure(const Core& core, const KnownPeer& peer, PeerView& out) {
    out.rtt_us = out.rate_in = 0;
    for (const LinkId link : peer.links) {
        const Neighbour* n = neighbour(core, link);
        out.rtt_us = static_cast<std::uint64_t>(n->rtt().count());
        out.rate_in = std::max(out.rate_in, n->rate());
    }
}

PeerView view(const Core& core, const KnownPeer& peer, Time now) {
    PeerView out;
    out.peer = peer.record;
    out.barred = core.bars.barred_id(peer.record.id, now);
    out.bytes_in = peer.bytes_in;
    out.bytes_out = peer.bytes_out;
    out.receipts = peer.receipts;
    out.fragments = static_cast<std::uint32_t>(core.availability.fragments(peer.record.id));
    out.linked = peer.linked();
    for (const LinkId link : peer.links)
        out.dialled = out.dialled || neighbour(core, link)->dialled();
    measure(core, peer, out);
    return out;
}

static PeerView view_of_us(const Core& core) {
    PeerView out;
    out.peer = core.self.record();
    out.self = true;
    out.bytes_in = core.requests.bytes_came();
    out.bytes_out = core.answers.bytes_sent();
    out.fragments = static_cast<std::uint32_t>(core.book.count());
    return out;
}

// Bars end with time alone, and links are measured all the time: of who is linked it is looked at
// whether they are as fast as they were shown, and of the others nothing.
static void touch_moved(Core& core, Time now) {
    touch(core, core.bars.take_turned(now));
    for (const Neighbour& n : core.neighbours.each()) {
        const KnownPeer* peer = n.up() ? core.peers.find(n.peer().id) : nullptr;
        const PeerPtr before = peer != nullptr ? core.shown_peers.find(n.peer().id) : nullptr;
        if (!before) continue;
        PeerView moved;
        measure(core, *peer, moved);
        if (moved.rtt_us != before->rtt_us || moved.rate_in != before->rate_in)
            core.shown_peers.touch(n.peer().id);
    }
}

static std::optional<PeerView> view(const Core& core, const PeerId& id, Time now) {
    if (id == core.self.record().id) return view_of_us(core);
    const KnownPeer* peer = core.peers.find(id);
    if (peer == nullptr || !peer->told()) return std::nullopt;
    return view(core, *peer, now);
}

void peers_news(Core& core, News& out, Time now) {
    touch_moved(core, now);
    core.shown_peers.touch(core.self.record().id);
    for (const PeerId& id : core.shown_peers.take()) {
        auto made = view(core, id, now);
        if (!made) {
            if (core.shown_peers.hide(id)) out.gone_peers.push_back(id);
            continue;
        }
        const PeerPtr before = core.shown_peers.find(id);
        if (before && *before == *made) continue;
        out.changed_peers.push_back(std::make_shared<PeerView>(std::move(*made)));
        core.shown_peers.show(out.changed_peers.back());
    }
}

}  // namespace fragcast
