# The single classes of the swarm core, in pictures (tests/support/pictures.hpp).
list(APPEND FRAGCAST_UNIT_TESTS
  support/pictures.cpp
  peer/swarm/buses/asks_pages_test.cpp peer/swarm/buses/asks_test.cpp peer/swarm/fetch/assembly_test.cpp peer/swarm/fetch/origins_test.cpp peer/swarm/fetch/lanes_test.cpp peer/swarm/fetch/rescue_test.cpp peer/swarm/fetch/search_test.cpp peer/swarm/fetch/unfinished_test.cpp peer/swarm/buses/availability_test.cpp peer/swarm/buses/availability_cost_test.cpp peer/swarm/buses/claim_account_test.cpp peer/swarm/people/bars_test.cpp peer/swarm/buses/book_test.cpp peer/swarm/buses/bus_self_test.cpp peer/swarm/buses/bus_session_test.cpp peer/swarm/buses/hearing_test.cpp peer/swarm/buses/question_test.cpp
  peer/swarm/chance_test.cpp peer/swarm/people/clocks_test.cpp peer/swarm/people/dials_test.cpp
  peer/swarm/fetch/inflight_test.cpp peer/swarm/fetch/manifests_again_test.cpp peer/swarm/fetch/manifests_test.cpp peer/swarm/people/neighbour_test.cpp peer/swarm/fetch/order_test.cpp peer/swarm/fetch/picker_test.cpp peer/swarm/people/rate_meter_test.cpp
  peer/swarm/copies/offers_answers_test.cpp peer/swarm/copies/offers_test.cpp peer/swarm/serve/answers_relay_test.cpp peer/swarm/serve/answers_test.cpp peer/swarm/serve/spread_test.cpp peer/swarm/swarm_outlook_test.cpp peer/swarm/swarm_rescue_test.cpp peer/swarm/swarm_serve_test.cpp peer/swarm/swarm_view_peers_test.cpp
  peer/swarm/fetch/timeline_test.cpp peer/swarm/serve/upload_slots_test.cpp
  peer/swarm/known_assets_test.cpp peer/swarm/life_test.cpp peer/swarm/shown_test.cpp peer/swarm/tally_test.cpp peer/swarm/viewers_end_test.cpp peer/swarm/viewers_test.cpp peer/swarm/wants_test.cpp
  peer/swarm/copies/eviction_test.cpp peer/swarm/copies/farewell_test.cpp peer/swarm/copies/givers_test.cpp peer/swarm/copies/keeper_test.cpp peer/swarm/copies/membership_test.cpp peer/swarm/copies/missing_test.cpp peer/swarm/copies/room_eviction_test.cpp peer/swarm/copies/room_test.cpp)
list(APPEND FRAGCAST_UNIT_LIBS peer_swarm)
