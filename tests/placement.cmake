list(APPEND FRAGCAST_UNIT_TESTS peer/copies_test.cpp peer/placement_test.cpp peer/store_limit_test.cpp peer/rounds_test.cpp)
list(APPEND FRAGCAST_UNIT_LIBS peer_core)
