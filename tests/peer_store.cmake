# The store: on files in memory that crash, and on real ones.
list(APPEND FRAGCAST_UNIT_TESTS
  peer/store/buffer_pool_test.cpp peer/store/reader_loads_test.cpp peer/store/file_cache_test.cpp messages/files/files_real_test.cpp messages/files/manifest_file_test.cpp
  peer/store/fragment_store_test.cpp peer/store/identity_test.cpp peer/store/output_store_test.cpp
  peer/store/clock_test.cpp peer/store/store_again_test.cpp peer/store/store_checks_test.cpp peer/store/store_crash_test.cpp peer/store/store_kill_test.cpp peer/store/store_loose_test.cpp peer/store/store_records_test.cpp peer/store/store_unread_test.cpp peer/store/stored_asset_test.cpp
  support/memory_files.cpp support/memory_power_cut.cpp support/store_asset.cpp)
list(APPEND FRAGCAST_UNIT_LIBS peer_store)
list(APPEND FRAGCAST_SOCKET_TESTS
  socket/store_actor_care_test.cpp socket/store_actor_test.cpp socket/store_readers_test.cpp support/memory_files.cpp support/memory_power_cut.cpp support/store_asset.cpp)
list(APPEND FRAGCAST_SOCKET_LIBS peer_store)
