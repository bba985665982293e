# The page, embedded. hls.js comes from npm (deploy/setup.sh); without it the page plays natively.
set(hls_file ${CMAKE_CURRENT_SOURCE_DIR}/page/node_modules/hls.js/dist/hls.light.min.js)
if(NOT EXISTS ${hls_file})
  message(WARNING "hls.js is not installed (deploy/setup.sh does it): the page will play only where "
                  "the browser itself knows HLS")
  set(hls_file "")
endif()
set(page_sources index.html app.css app.js bar.js change.js play.js text.js icon.svg)
list(TRANSFORM page_sources PREPEND ${CMAKE_CURRENT_SOURCE_DIR}/page/)
add_custom_command(
  OUTPUT ${CMAKE_CURRENT_BINARY_DIR}/page_files.cpp
  COMMAND ${CMAKE_COMMAND} -DOUT=${CMAKE_CURRENT_BINARY_DIR}/page_files.cpp
          -DPAGE=${CMAKE_CURRENT_SOURCE_DIR}/page -DHLS=${hls_file}
          -P ${CMAKE_CURRENT_SOURCE_DIR}/embed.cmake
  DEPENDS ${page_sources} ${hls_file} embed.cmake
  VERBATIM)
target_sources(player_play PRIVATE ${CMAKE_CURRENT_BINARY_DIR}/page_files.cpp)
set_source_files_properties(${CMAKE_CURRENT_BINARY_DIR}/page_files.cpp PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
