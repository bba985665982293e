# The cutter. Pure parts and disk are unit tests; media_tests makes its inputs with the ffmpeg program.
list(APPEND FRAGCAST_UNIT_TESTS
  player/cut/codec_string_test.cpp player/cut/cut_disk_test.cpp player/cut/cut_notes_test.cpp player/cut/cut_plan_test.cpp player/play/file_name_test.cpp
  player/cut/join_test.cpp player/cut/key_frame_test.cpp player/cut/mime_test.cpp player/play/playlist_test.cpp)
list(APPEND FRAGCAST_UNIT_LIBS player_cut player_play)
add_executable(media_tests main.cpp
  player/cut/cut_exact_test.cpp player/cut/cut_file_test.cpp player/cut/cut_input_test.cpp
  player/cut/cut_memory_test.cpp player/cut/media.cpp)
target_link_libraries(media_tests PRIVATE player_cut player_play messages PkgConfig::LIBAV doctest::doctest)
add_test(NAME media COMMAND media_tests)
set_tests_properties(media PROPERTIES LABELS end_to_end TIMEOUT 300)
