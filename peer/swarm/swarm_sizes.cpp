// How large the swarm's tables are.
#include "peer/swarm/swarm_state.hpp"

namespace fragcast {

std::map<std::string, std::size_t> Swarm::sizes() const {
    const State& s = *state_;
    std::map<std::string, std::size_t> out{
        // Gone when nothing happens.
        {"asks", s.asks_.size()},
        {"ask_due", s.hearing_.asks_due()},
        {"inflight", s.requests_.open().all().size()},
        {"open", s.answers_.requests()},
        {"order", s.order_.size()},
        {"reads", s.viewers_.count_readers()},
        {"small", s.answers_.small()},
        {"storing", s.requests_.count_storing()},
        {"untold", s.untold_.size()},
        {"uploads", s.answers_.chunks()},
        {"waiting", s.viewers_.count_awaited()},
        {"wanted", s.wants_.all().size()},
        // With the swarm.
        {"neighbours", s.neighbours_.size()},
        {"former", s.neighbours_.count_former()},
        {"peers", s.peers_.size()},
        {"speakers", s.availability_.speakers()},
        {"claimed", s.availability_.assets()},
        {"assets", s.assets_.size()},
        {"dials", s.neighbours_.count_endpoints()},
        {"spread", s.answers_.sheets()},
        {"playheads", s.viewers_.count_playheads()},
        {"publishing", s.offers_.size()},
        {"manifest_failed", s.manifests_.count_failed()},
    };
    for (const auto& [id, asset] : s.assets_) {
        out["unfinished"] += asset.unfinished.size();
        out["origins"] += asset.origins.size();
        out["referred"] += asset.referred.size();
    }
    for (const Neighbour& n : s.neighbours_.each()) {
        out["deferred"] += n.count_deferred();
        out["interests"] += n.count_interests();
        out["refused"] += n.count_wrong();
    }
    return out;
}

}  // namespace fragcast
