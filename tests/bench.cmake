# Programs that only measure; tests/bench/*.sh use them.
add_executable(bare_transfer bench/bare_transfer.cpp)
target_link_libraries(bare_transfer PRIVATE messages messages_zmq)
add_executable(forwarder_bench bench/forwarder_bench.cpp)
target_link_libraries(forwarder_bench PRIVATE bus)
