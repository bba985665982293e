# The API's documents, embedded: openapi.json, and Swagger UI, which comes from npm (deploy/setup.sh).
set(swagger_folder ${CMAKE_SOURCE_DIR}/messages/docs/node_modules/swagger-ui-dist)
if(NOT EXISTS ${swagger_folder}/swagger-ui-bundle.js)
  message(WARNING "swagger-ui-dist is not installed (deploy/setup.sh does it): /docs will only say so; "
                  "/openapi.json is there all the same")
  set(swagger_folder "")
endif()
set(docs_sources openapi.json docs/index.html docs/docs.js)
list(TRANSFORM docs_sources PREPEND ${CMAKE_SOURCE_DIR}/messages/)
if(swagger_folder)
  list(APPEND docs_sources ${swagger_folder}/swagger-ui-bundle.js ${swagger_folder}/swagger-ui.css)
endif()
add_custom_command(
  OUTPUT ${CMAKE_CURRENT_BINARY_DIR}/docs_files.cpp
  COMMAND ${CMAKE_COMMAND} -DOUT=${CMAKE_CURRENT_BINARY_DIR}/docs_files.cpp
          -DMESSAGES=${CMAKE_SOURCE_DIR}/messages -DSWAGGER=${swagger_folder}
          -P ${CMAKE_CURRENT_SOURCE_DIR}/docs_embed.cmake
  DEPENDS ${docs_sources} docs_embed.cmake
  VERBATIM)
target_sources(messages_http PRIVATE ${CMAKE_CURRENT_BINARY_DIR}/docs_files.cpp)
# A constant of half a megabyte belongs into no unity build.
set_source_files_properties(${CMAKE_CURRENT_BINARY_DIR}/docs_files.cpp
                            PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
