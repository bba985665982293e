# How messages move (messages_zmq), and the bus.
list(APPEND FRAGCAST_SOCKET_TESTS
  socket/actor_test.cpp socket/bus_http_test.cpp socket/bus_test.cpp socket/endings_test.cpp socket/forwarder_test.cpp socket/guard_test.cpp
  socket/link_limits_test.cpp socket/link_test.cpp socket/loop_test.cpp socket/monitor_test.cpp
  socket/pipe_test.cpp socket/poller_test.cpp socket/raw_zmtp.cpp socket/web_client.cpp)
list(APPEND FRAGCAST_SOCKET_LIBS bus nlohmann_json::nlohmann_json)
list(APPEND FRAGCAST_UNIT_TESTS
  bus/bus_options_test.cpp bus/directory_lives_test.cpp bus/directory_questions_test.cpp bus/directory_session_test.cpp bus/directory_text_test.cpp
  bus/events_test.cpp bus/holdings_test.cpp bus/leases_test.cpp bus/manifests_test.cpp bus/peer_crowd_test.cpp)
list(APPEND FRAGCAST_UNIT_LIBS bus bus_core)
