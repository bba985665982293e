# The swarm core: single classes, and a few swarms that speak to each other by hand.
list(APPEND FRAGCAST_UNIT_TESTS
  peer/askers_test.cpp peer/heard_test.cpp peer/manifest_parts_test.cpp peer/neighbour_answers_test.cpp peer/proofs_test.cpp peer/stamp_test.cpp peer/swarm_answers_test.cpp
  peer/swarm_copy_test.cpp peer/swarm_hear_test.cpp peer/swarm_heard_test.cpp peer/swarm_keep_test.cpp peer/swarm_put_test.cpp
  peer/swarm_read_test.cpp peer/swarm_remove_test.cpp peer/swarm_stock_test.cpp peer/swarm_trust_test.cpp peer/swarm_wants_test.cpp peer/swarm_word_test.cpp
  peer/town.cpp)
list(APPEND FRAGCAST_UNIT_LIBS peer_core)
