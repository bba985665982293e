#include "peer/swarm/stamp.hpp"

#include <utility>

namespace fragcast {
namespace {

bool carries_sequence(Kind kind) {
    switch (kind) {
        case Kind::fragment_wanted:
        case Kind::fragment_received:
        case Kind::peer_joined:
        case Kind::peer_leaving:
        case Kind::peer_left:
        case Kind::viewer_entered:
        case Kind::bus_stats:
            return false;
        default:
            return true;
    }
}

}  // namespace

Message stamp(const Swarm& swarm, Body body, Sequence change) {
    Header header{swarm.self().id, swarm.self().epoch, change};
    if (change.value == 0 && carries_sequence(kind_of(body))) header.sequence = swarm.sequence();
    return {header, std::move(body)};
}

}  // namespace fragcast
