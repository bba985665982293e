# The ground: ids to codec, PROTOCOL.md compared with the code, and the fuzzers' corpus.
list(APPEND FRAGCAST_UNIT_TESTS
  messages/asset_folder_test.cpp messages/budget_test.cpp messages/codec_golden_test.cpp messages/command_line_test.cpp messages/codec_test.cpp
  messages/describe_test.cpp messages/endpoint_test.cpp messages/hash_test.cpp
  messages/holding_test.cpp messages/ids_test.cpp messages/manifest_test.cpp
  messages/protocol_document_test.cpp
  messages/protocol_limits_test.cpp messages/result_test.cpp messages/topic_test.cpp
  messages/units_test.cpp messages/utf8_test.cpp)
list(APPEND FRAGCAST_UNIT_LIBS messages messages_options nlohmann_json::nlohmann_json)
