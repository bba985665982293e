# The peer's edge: pure parts as unit tests, sockets and threads on real ones.
list(APPEND FRAGCAST_UNIT_TESTS
  peer/engine/engine_test.cpp peer/engine/exchange_log_test.cpp peer/links/untaken_test.cpp peer/http/json_test.cpp peer/http/media_extent_test.cpp
  peer/peer_options_test.cpp peer/engine/throttle_test.cpp
  peer/swarm/token_bucket_test.cpp)
list(APPEND FRAGCAST_UNIT_LIBS peer_program nlohmann_json::nlohmann_json)
list(APPEND FRAGCAST_SOCKET_TESTS
  socket/bus_links_test.cpp socket/event_streams_test.cpp socket/http_actor_test.cpp socket/http_stage.cpp socket/http_strangers_test.cpp
  socket/asked_links_test.cpp socket/neighbour_links_full_test.cpp socket/neighbour_links_test.cpp
  socket/node_store_test.cpp socket/resolver_test.cpp socket/routes_test.cpp socket/slow_browsers_test.cpp socket/uploads_test.cpp
  socket/watched_socket_test.cpp
  socket/web_client.cpp)
list(APPEND FRAGCAST_SOCKET_LIBS peer_program nlohmann_json::nlohmann_json)
