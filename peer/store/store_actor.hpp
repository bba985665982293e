// Loop thread (this class); the body runs in the store thread.
//
// Disk and hashing, away from the loop. Commands go in by the pipe. Each is answered by one event
// (DropFragment, Doubt, Mark and Decline by none, Verify by many): loads in their order, the others
// in theirs; of loads and others both waiting, limits::kLoadsPerWrite loads go before each other
// one. Stop drops loads and does the writes. FragmentDone, FragmentLost, FragmentRefused and Room
// come unasked. The store is moved into the thread and lives there. What is loaded for a reader
// goes over `readers`, where there is one, and only a failure comes as an event.
#pragma once

#include "messages/zmq/actor.hpp"
#include "peer/store/fragment_store.hpp"
#include "peer/store/store_talk.hpp"

#include <memory>
#include <optional>

namespace fragcast {

using StoreActor = Actor<StoreCommand, StoreEvent>;

// The thread's body is `serve_store`; the caller reads events from actor->pipe().
std::unique_ptr<StoreActor> start_store_actor(zmq::context_t& context,
                                              std::unique_ptr<ChunkStore> store,
                                              std::optional<LoadersEnd> readers = std::nullopt);

}  // namespace fragcast
