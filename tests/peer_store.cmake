# The store: on files in memory that crash, and on real ones.
list(APPEND FRAGCAST_UNIT_TESTS
  peer/fragment_store_test.cpp peer/store_crash_test.cpp
  support/memory_files.cpp support/store_asset.cpp)
list(APPEND FRAGCAST_UNIT_LIBS peer_store)
