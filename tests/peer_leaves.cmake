# The single classes of the swarm core, in pictures (tests/support/pictures.hpp).
list(APPEND FRAGCAST_UNIT_TESTS
  support/pictures.cpp
  peer/assembly_test.cpp peer/availability_test.cpp peer/bars_test.cpp peer/book_test.cpp peer/bus_session_test.cpp
  peer/chance_test.cpp peer/dials_test.cpp
  peer/inflight_test.cpp peer/neighbour_test.cpp peer/picker_test.cpp peer/rate_meter_test.cpp
  peer/spread_test.cpp peer/swarm_rescue_test.cpp peer/swarm_serve_test.cpp
  peer/timeline_test.cpp peer/upload_slots_test.cpp)
list(APPEND FRAGCAST_UNIT_LIBS peer_core)
