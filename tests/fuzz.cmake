# Fuzz targets are always compiled and replay their corpus in the unit program; with FRAGCAST_FUZZ
# each is a libFuzzer program too: bin/fuzz_decode -max_total_time=60 NEW_INPUTS tests/fuzz/corpus/decode
set(FRAGCAST_FUZZ_TARGETS decode envelope manifest text)
list(TRANSFORM FRAGCAST_FUZZ_TARGETS REPLACE "(.+)" "fuzz/fuzz_\\1.cpp"
  OUTPUT_VARIABLE FRAGCAST_FUZZ_SOURCES)
list(APPEND FRAGCAST_UNIT_TESTS fuzz/replay_test.cpp ${FRAGCAST_FUZZ_SOURCES})

if(FRAGCAST_FUZZ)
  # The code under test tells the fuzzer where it has been.
  target_compile_options(messages PRIVATE -fsanitize=fuzzer-no-link)
  foreach(target ${FRAGCAST_FUZZ_TARGETS})
    set(folder ${CMAKE_CURRENT_LIST_DIR}/fuzz)
    add_executable(fuzz_${target} ${folder}/fuzzer.cpp ${folder}/fuzz_${target}.cpp)
    target_link_libraries(fuzz_${target} PRIVATE messages)
    target_compile_definitions(fuzz_${target} PRIVATE FRAGCAST_FUZZ_TARGET=${target})
    target_compile_options(fuzz_${target} PRIVATE -fsanitize=fuzzer)
    target_link_options(fuzz_${target} PRIVATE -fsanitize=fuzzer)
  endforeach()
endif()
