# The swarm core: single classes, and a few swarms that speak to each other by hand.
list(APPEND FRAGCAST_UNIT_TESTS
  peer/swarm/fetch/askers_test.cpp peer/swarm/heard_test.cpp peer/swarm/fetch/manifest_parts_test.cpp peer/swarm/people/neighbour_answers_test.cpp peer/swarm/fetch/proofs_test.cpp peer/swarm/fetch/requests_test.cpp peer/swarm/stamp_test.cpp peer/swarm/swarm_answers_test.cpp
  peer/swarm/swarm_copy_test.cpp peer/swarm/swarm_epoch_test.cpp peer/swarm/swarm_hear_test.cpp peer/swarm/swarm_heard_test.cpp peer/swarm/swarm_keep_test.cpp peer/swarm/swarm_put_test.cpp
  peer/swarm/swarm_read_test.cpp peer/swarm/swarm_remove_test.cpp peer/swarm/swarm_stock_test.cpp peer/swarm/swarm_trust_test.cpp peer/swarm/swarm_wants_test.cpp peer/swarm/swarm_word_test.cpp
  peer/swarm/town.cpp peer/swarm/people/neighbours_test.cpp peer/swarm/people/known_peers_test.cpp peer/swarm/people/known_peers_links_test.cpp peer/swarm/people/calls_test.cpp peer/swarm/people/namesake_test.cpp)
list(APPEND FRAGCAST_UNIT_LIBS peer_engine)
