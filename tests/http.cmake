list(APPEND FRAGCAST_UNIT_TESTS messages/http_text_test.cpp)
list(APPEND FRAGCAST_UNIT_LIBS messages_http)
list(APPEND FRAGCAST_SOCKET_TESTS
  messages/http_client.cpp messages/http_limits_test.cpp messages/http_server_test.cpp
  messages/http_stream_test.cpp messages/http_upload_test.cpp)
list(APPEND FRAGCAST_SOCKET_LIBS messages_http)
