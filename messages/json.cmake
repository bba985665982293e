# Records as JSON: for bus, peer and tools.
add_library(messages_json STATIC records_json.cpp)
target_link_libraries(messages_json PUBLIC messages nlohmann_json::nlohmann_json)
