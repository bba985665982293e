// Loop thread. Pure. What buses say, and what is announced.
#pragma once

#include "peer/swarm/core.hpp"

namespace fragcast {

// Told on every bus that is joined; of a life that is over none is.
void publish(const Core& core, Publish said, Turn& turn);
void on_bus_message(Core& core, const facts::BusSaid& said, Turn& turn);
void on_bus_failed(Core& core, BusId bus, const Error& why, Turn& turn);
// our book
void changed(Core& core, const AssetId& asset, Turn& turn);
void tick_buses(Core& core, Turn& turn);
void heed(Core& core, Availability::News news, Hearing::Word word, const PeerId& peer, Turn& turn);
void conclude(Core& core, const Asks::Everybody& all, Turn& turn);
void on_announcement(Core& core, BusId bus, const Message& message, Turn& turn);

}  // namespace fragcast
