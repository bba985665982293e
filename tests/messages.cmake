# The ground: ids to codec, PROTOCOL.md compared with the code, and the fuzzers' corpus.
list(APPEND FRAGCAST_UNIT_TESTS
  messages/wire/asset_folder_test.cpp messages/zmq/backlog_test.cpp messages/zmq/budget_test.cpp messages/zmq/calls_test.cpp messages/zmq/outbox_test.cpp messages/wire/codec_golden_test.cpp messages/options/command_line_test.cpp messages/options/toml_file_test.cpp messages/wire/codec_test.cpp
  messages/wire/describe_test.cpp messages/wire/endpoint_test.cpp messages/wire/event_page_test.cpp messages/wire/hash_test.cpp
  messages/wire/holding_test.cpp messages/log/log_test.cpp messages/wire/ids_test.cpp messages/wire/manifest_test.cpp
  messages/wire/name_or_id_test.cpp
  messages/wire/protocol_document_test.cpp
  messages/wire/protocol_limits_test.cpp messages/wire/result_test.cpp messages/wire/safe_text_test.cpp messages/wire/topic_test.cpp
  messages/wire/units_test.cpp messages/wire/utf8_test.cpp messages/wire/whole_number_test.cpp
  messages/wire/vicinity_test.cpp)
list(APPEND FRAGCAST_UNIT_LIBS messages messages_log messages_options nlohmann_json::nlohmann_json spdlog::spdlog)
