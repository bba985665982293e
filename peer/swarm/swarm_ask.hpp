// Loop thread. Pure. Questions to buses and friends, our own and our users': whom they can be put
// to, and what is made of the answers.
#pragma once

#include "peer/swarm/core.hpp"

namespace fragcast {

void answered(Core& core, RequestId id, const Body& body, const Asks::Source& from, Turn& turn);
// A user's.
void on_question(Core& core, facts::QuestionAsked asked, Turn& turn);
void tick_asks(Core& core, Turn& turn);

}  // namespace fragcast
