// Loop thread. Pure. The owners that a Swarm consists of; only swarm_*.cpp include this.
//
// Each owner knows one thing, and nobody else writes it. What concerns several of them is in
// swarm_*.cpp, by topic: functions that tell one owner what happened and hand on what it answers.
// Their headers say what other topics may call. Each fact ends in settle() (swarm.cpp), which draws
// the conclusions: whom to dial, what to send, what to ask.
#pragma once

#include "peer/swarm/buses/asks.hpp"
#include "peer/swarm/buses/availability.hpp"
#include "peer/swarm/buses/book.hpp"
#include "peer/swarm/buses/bus_self.hpp"
#include "peer/swarm/buses/bus_session.hpp"
#include "peer/swarm/buses/hearing.hpp"
#include "peer/swarm/chance.hpp"
#include "peer/swarm/copies/copies.hpp"
#include "peer/swarm/copies/eviction.hpp"
#include "peer/swarm/copies/farewell.hpp"
#include "peer/swarm/copies/givers.hpp"
#include "peer/swarm/copies/keeper.hpp"
#include "peer/swarm/copies/offers.hpp"
#include "peer/swarm/copies/room.hpp"
#include "peer/swarm/fetch/lanes.hpp"
#include "peer/swarm/fetch/manifests.hpp"
#include "peer/swarm/fetch/order.hpp"
#include "peer/swarm/fetch/origins.hpp"
#include "peer/swarm/fetch/picker.hpp"
#include "peer/swarm/fetch/proofs.hpp"
#include "peer/swarm/fetch/requests.hpp"
#include "peer/swarm/fetch/rescue.hpp"
#include "peer/swarm/fetch/search.hpp"
#include "peer/swarm/fetch/unfinished.hpp"
#include "peer/swarm/heard.hpp"
#include "peer/swarm/known_assets.hpp"
#include "peer/swarm/life.hpp"
#include "peer/swarm/people/bars.hpp"
#include "peer/swarm/people/calls.hpp"
#include "peer/swarm/people/clocks.hpp"
#include "peer/swarm/people/known_peers.hpp"
#include "peer/swarm/people/namesake.hpp"
#include "peer/swarm/people/neighbours.hpp"
#include "peer/swarm/serve/answers.hpp"
#include "peer/swarm/shown.hpp"
#include "peer/swarm/swarm.hpp"
#include "peer/swarm/tally.hpp"
#include "peer/swarm/turn.hpp"
#include "peer/swarm/viewers.hpp"
#include "peer/swarm/wants.hpp"

#include <vector>

namespace fragcast {

struct Core {
    // `seed`: of what is left to chance.
    Core(SwarmOptions given, std::uint64_t seed);

    const SwarmOptions options;  // as given: what changes is in its owner
    BusSelf self;
    Book book;  // what we hold whole
    Life life;
    Tally tally;

    // others
    Clocks clocks;
    Neighbours neighbours;
    KnownPeers peers;
    Bars bars;
    Availability availability;
    Calls calls;

    // buses
    std::vector<BusSession> buses;
    Hearing hearing;
    Namesake namesake;
    Asks asks;

    // assets
    KnownAssets assets;
    Heard heard;  // those of them that are not ours
    Shown shown;
    ShownPeers shown_peers;
    Wants wants;
    Offers offers;
    Viewers viewers;

    // fetching
    Requests requests;
    Order order;
    Manifests manifests;
    Proofs proofs;
    Unfinished unfinished;
    Origins origins;
    Search search;

    // keeping
    Keeper keeper;
    Givers givers;
    Room room;
    Eviction eviction;
    Farewell farewell;

    // serving
    Answers answers;
};

}  // namespace fragcast
