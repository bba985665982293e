list(APPEND FRAGCAST_UNIT_TESTS
  messages/http/http_asker_test.cpp messages/http/http_docs_test.cpp messages/http/http_fair_test.cpp messages/http/http_page_test.cpp messages/http/http_pieces_test.cpp messages/http/http_text_test.cpp messages/http/http_unsent_test.cpp
  messages/http/metrics_test.cpp peer/http/shown_lists_test.cpp peer/http/list_telling_test.cpp peer/http/core_calls_test.cpp peer/http/media_crowd_test.cpp)
list(APPEND FRAGCAST_UNIT_LIBS bus messages_http peer_http nlohmann_json::nlohmann_json)
list(APPEND FRAGCAST_SOCKET_TESTS
  messages/http/http_client.cpp messages/http/http_crowd_test.cpp messages/http/http_events_test.cpp messages/http/http_limits_test.cpp
  messages/http/http_server_test.cpp
  messages/http/http_stream_test.cpp messages/http/http_upload_test.cpp socket/openapi_test.cpp)
list(APPEND FRAGCAST_SOCKET_LIBS bus messages_http peer_http nlohmann_json::nlohmann_json)
