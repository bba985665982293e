// Loop thread. Pure. A question to buses and friends; only swarm_state.hpp includes this.
#pragma once

#include "messages/wire/message.hpp"
#include "peer/swarm/actions.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <set>

namespace fragcast {

// A question under way.
struct Ask {
    enum class Why { user, locate, dump, peers, assets };
    Why why = Why::user;
    ReadId read;
    Body body;
    bool friends = false;
    Time deadline{};        // then the best answer so far, or a failure
    Time patience{};        // of the ones asked now
    std::set<BusId> buses;  // asked, not answered
    LinkId link{};          // asked, not answered; 0: none
    std::optional<BusId> only_bus;
    LinkId only_link{};  // 0: any
    std::set<BusId> tried;
    std::size_t next_friend = 0;
    bool dialling = false;  // that friend
    Time friend_until{};    // and then the next
    std::uint32_t tries = 0;
    bool settling = false;                      // somebody was: unknown counts for nothing
    std::optional<Body> best;                   // unknown, said by somebody
    AssetId asset;                              // locate
    PeerId peer;                                // dump: of one
    std::map<PeerId, std::set<AssetId>> named;  // dump: so far
    bool news = false;                          // dump: something in it was not known
    Time began{};                               // peers: of a recount
    std::set<PeerId> listed;                    // peers: so far
};

}  // namespace fragcast
