list(APPEND FRAGCAST_UNIT_TESTS peer/swarm/copies/copies_test.cpp peer/swarm/copies/placement_test.cpp peer/swarm/copies/store_limit_test.cpp peer/swarm/rounds_test.cpp)
list(APPEND FRAGCAST_UNIT_LIBS peer_swarm)
