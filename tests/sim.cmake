# The simulator: real swarms and directories on a virtual clock, network, bus and disk.
# Objects: stories list themselves, and an archive would leave out what nobody names.
add_library(sim OBJECT
  sim/scenarios.cpp sim/scenarios_bus.cpp sim/scenarios_churn.cpp sim/scenarios_copies.cpp sim/scenarios_faults.cpp
  sim/scenarios_limits.cpp sim/scenarios_put.cpp sim/scenarios_store.cpp sim/scenarios_viewer.cpp
  sim/action_fields.cpp sim/sim_asset.cpp sim/sim_bus.cpp sim/sim_checks.cpp sim/sim_clock.cpp sim/sim_disk.cpp
  sim/real_store.cpp sim/sim_network.cpp sim/sim_node.cpp sim/sim_outcome.cpp sim/sim_store.cpp sim/sim_trace.cpp sim/sim_viewer.cpp sim/sim_world.cpp
  support/memory_files.cpp support/memory_power_cut.cpp support/store_asset.cpp)
target_link_libraries(sim PUBLIC bus_core messages peer_engine peer_links tools_deal)
list(APPEND FRAGCAST_SIM_TESTS sim/sim_test.cpp sim/sim_trace_test.cpp)
list(APPEND FRAGCAST_SIM_LIBS sim)

add_executable(swarm_sim sim/swarm_sim.cpp)
target_link_libraries(swarm_sim PRIVATE sim messages_options)
