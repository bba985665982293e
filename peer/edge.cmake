# The peer's edge: everything around the core that touches sockets, threads and people.
#   peer_edge  core + links + store on a loop; fragcast-peer and the tools' guests use it
#   peer_http  page, API, HLS and events in front of a node
add_library(peer_edge STATIC
  bus_links.cpp exchange_log.cpp neighbour_links.cpp node.cpp node_perform.cpp resolver.cpp watched_socket.cpp)
target_link_libraries(peer_edge PUBLIC messages messages_zmq peer_core peer_store)

add_library(peer_http STATIC
  commands.cpp event_streams.cpp http_actor.cpp http_bridge.cpp http_desk.cpp json.cpp media_extent.cpp
  media_stream.cpp questions.cpp peer_metrics.cpp upload_actor.cpp uploads.cpp routes_api.cpp routes_commands.cpp
  routes_events.cpp routes_health.cpp routes_lists.cpp routes_look.cpp routes_media.cpp routes_page.cpp
  routes_upload.cpp store_jobs.cpp)
target_link_libraries(peer_http PUBLIC peer_edge messages_http messages_json player player_page)

add_library(peer_program STATIC peer_log.cpp peer_options.cpp peer_program.cpp)
target_link_libraries(peer_program PUBLIC peer_http messages_options
                      PRIVATE spdlog::spdlog nlohmann_json::nlohmann_json)

add_executable(fragcast-peer peer_main.cpp)
target_link_libraries(fragcast-peer PRIVATE peer_program)
