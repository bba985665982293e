# The store: on files in memory that crash, and on real ones.
list(APPEND FRAGCAST_UNIT_TESTS
  peer/buffer_pool_test.cpp peer/file_cache_test.cpp peer/files_real_test.cpp
  peer/fragment_store_test.cpp peer/identity_test.cpp peer/output_store_test.cpp
  peer/clock_test.cpp peer/store_again_test.cpp peer/store_crash_test.cpp peer/store_kill_test.cpp peer/store_loose_test.cpp peer/store_records_test.cpp peer/stored_asset_test.cpp
  support/memory_files.cpp support/store_asset.cpp)
list(APPEND FRAGCAST_UNIT_LIBS peer_store)
list(APPEND FRAGCAST_SOCKET_TESTS
  socket/store_actor_test.cpp support/memory_files.cpp support/store_asset.cpp)
list(APPEND FRAGCAST_SOCKET_LIBS peer_store)
