// Loop thread. Pure. Neighbours come, speak and go; whom to dial.
#pragma once

#include "peer/swarm/core.hpp"

namespace fragcast {

Neighbour* neighbour(Core& core, LinkId link);
const Neighbour* neighbour(const Core& core, LinkId link);
// the one to ask on; nullptr: none up
Neighbour* link_of(Core& core, const PeerId& peer);
bool barred(const Core& core, const Neighbour& n, Time now);
// When that endpoint may be dialled; kNever: never.
Time open_at(const Core& core, const std::string& endpoint);
// 0: may not
LinkId dial(Core& core, const std::string& endpoint, Turn& turn);
// That peer; false: may not.
bool dial(Core& core, const PeerId& peer, const std::string& endpoint, Turn& turn);
// Somebody needs a link that we dialled to it, now: it is dialled, unless it is being dialled.
void reach(Core& core, const PeerId& peer, Turn& turn);
void on_link_up(Core& core, const facts::LinkUp& up, Turn& turn);
void on_dial_failed(Core& core, LinkId link, const Error& why, Turn& turn);
void on_link_down(Core& core, LinkId link, Turn& turn);
void hang_up(Core& core, LinkId link, bool bye, Turn& turn);
void say_hello(Core& core, Neighbour& n, bool reply, Turn& turn);
void on_hello(Core& core, Neighbour& n, const Hello& hello, const Header& header, Turn& turn);
void show_interest(Neighbour& n, const AssetId& asset, Turn& turn);
void show_interest(Core& core, const AssetId& asset, Turn& turn);
void ask_all(Core& core, const PeerId& peer, Turn& turn);
void told_all(Core& core, const PeerId& peer, bool news, Turn& turn);
void blame(Core& core, LinkId link, std::int32_t points, const char* why, Turn& turn);
void on_garbage(Core& core, LinkId from, bool malformed, Turn& turn);
void tick_links(Core& core, Turn& turn);
// dial whom we need
void connect(Core& core, Turn& turn);

}  // namespace fragcast
