// Pure. How large the swarm's tables are.
#include "peer/swarm/core.hpp"

namespace fragcast {

// What is kept of each, together.
static void add_neighbours(const Neighbours& neighbours, std::map<std::string, std::size_t>& out) {
    for (const Neighbour& n : neighbours.each()) {
        out["deferred"] += n.count_deferred();
        out["interests"] += n.count_interests();
        out["refused"] += n.count_wrong();
    }
}

std::map<std::string, std::size_t> Swarm::sizes() const {
    const Core& s = *core_;
    std::map<std::string, std::size_t> out{
        // Gone when nothing happens.
        {"asks", s.asks.size()},
        {"ask_due", s.hearing.asks_due()},
        {"inflight", s.requests.open().all().size()},
        {"open", s.answers.requests()},
        {"order", s.order.size()},
        {"reads", s.viewers.count_readers()},
        {"small", s.answers.small()},
        {"storing", s.requests.count_storing()},
        {"untold", s.unfinished.count_untold()},
        {"uploads", s.answers.chunks()},
        {"waiting", s.viewers.count_awaited()},
        {"wanted", s.wants.all().size()},
        // With the swarm.
        {"neighbours", s.neighbours.size()},
        {"former", s.neighbours.count_former()},
        {"peers", s.peers.size()},
        {"peers_to_show", s.shown_peers.count_touched()},
        {"speakers", s.availability.speakers()},
        {"claimed", s.availability.assets()},
        {"claim_bytes", s.availability.account().all()},
        {"assets", s.assets.size()},
        {"dials", s.neighbours.count_endpoints()},
        {"spread", s.answers.sheets()},
        {"playheads", s.viewers.count_playheads()},
        {"publishing", s.offers.size()},
        {"manifest_failed", s.manifests.count_failed()},
        {"unfinished", s.unfinished.count()},
        {"origins", s.origins.size()},
        {"referred", s.search.count_referrals()},
    };
    add_neighbours(s.neighbours, out);
    return out;
}

}  // namespace fragcast
