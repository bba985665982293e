# The cutter. Pure parts and disk are unit tests; media_tests makes its inputs with the ffmpeg program.
list(APPEND FRAGCAST_UNIT_TESTS
  player/codec_string_test.cpp player/cut_notes_test.cpp player/cut_plan_test.cpp player/file_name_test.cpp
  player/join_test.cpp player/key_frame_test.cpp player/mime_test.cpp player/playlist_test.cpp)
list(APPEND FRAGCAST_UNIT_LIBS player)
add_executable(media_tests main.cpp
  player/cut_exact_test.cpp player/cut_file_test.cpp player/cut_input_test.cpp
  player/cut_memory_test.cpp player/media.cpp)
target_link_libraries(media_tests PRIVATE player messages PkgConfig::LIBAV doctest::doctest)
add_test(NAME media COMMAND media_tests)
set_tests_properties(media PROPERTIES LABELS end_to_end TIMEOUT 300)
