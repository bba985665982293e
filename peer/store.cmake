# The peer's store: disk and hashing, in a thread of its own.
add_library(peer_store STATIC
  buffer_pool.cpp file_cache.cpp files.cpp files_real.cpp fragment_store.cpp held_file.cpp
  identity.cpp output_store.cpp store_actor.cpp store_again.cpp store_folders.cpp store_records.cpp
  stored_asset.cpp stored_asset_check.cpp stored_asset_prove.cpp store_checks.cpp)
target_link_libraries(peer_store PUBLIC messages messages_zmq)
