# The swarm core: pure. It links the ground only, so it cannot reach a socket, a file or a clock.
add_library(peer_core STATIC
  askers.cpp assembly.cpp availability.cpp bars.cpp book.cpp bus_session.cpp copies.cpp heard.cpp inflight.cpp
  manifest_parts.cpp neighbour.cpp
  picker.cpp placement.cpp proofs.cpp spread.cpp stamp.cpp swarm.cpp swarm_ask.cpp swarm_bus.cpp swarm_check.cpp
  swarm_copies.cpp swarm_farewell.cpp swarm_fetch.cpp
  swarm_find.cpp swarm_heard.cpp swarm_links.cpp swarm_messages.cpp swarm_order.cpp swarm_outlook.cpp swarm_peers.cpp swarm_publish.cpp
  swarm_remove.cpp
  swarm_rescue.cpp swarm_room.cpp swarm_serve.cpp swarm_sizes.cpp swarm_store.cpp swarm_view.cpp swarm_wants.cpp
  timeline.cpp upload_slots.cpp)
target_link_libraries(peer_core PUBLIC messages)
