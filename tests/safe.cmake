# Attacks on every socket, whole peers (core, links, store) on real ones, and zmq-watch.
list(APPEND FRAGCAST_UNIT_TESTS bus/subscriptions_test.cpp tools/deal_test.cpp tools/dry_run_test.cpp tools/get_watch_test.cpp tools/http_client_test.cpp tools/outlet_test.cpp tools/since_test.cpp tools/terminal_test.cpp
  tools/watch_format_test.cpp tools/watch_gaps_test.cpp)
list(APPEND FRAGCAST_UNIT_LIBS bus_core tools_common tools_deal nlohmann_json::nlohmann_json)
list(APPEND FRAGCAST_SOCKET_TESTS
  socket/attacks.cpp socket/attacks_on_bus_test.cpp socket/attacks_on_peer_test.cpp socket/directory_client_test.cpp socket/guest_test.cpp
  socket/http_answers_test.cpp
  socket/lossy_bus_test.cpp socket/lossy_relay.cpp socket/peers_test.cpp socket/questions_test.cpp socket/real_peer.cpp
  socket/silent_relay.cpp socket/store_jobs_test.cpp socket/floods_at_dialled_test.cpp socket/media_limits_test.cpp)
list(APPEND FRAGCAST_SOCKET_LIBS bus peer_program player_cut player_play tools_common tools_guest spdlog::spdlog)
