// Buffers are taken by one thread (the store's) and come back from any (libzmq's I/O thread
// releases what was sent), so the free list has a lock of its own.
//
// Chunk-sized buffers that are used again: a peer that serves gigabytes stays small.
#pragma once

#include "messages/ids.hpp"
#include "messages/payload.hpp"

#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

namespace fragcast {

class BufferPool {
public:
    BufferPool();

    // A buffer of limits::kChunkBytes, and its owner, which gives it back.
    struct Buffer {
        std::uint8_t* data = nullptr;
        std::shared_ptr<const void> owner;
    };
    Buffer take();

private:
    // Outlives the pool as long as a buffer is out.
    struct Free {
        std::mutex mutex;
        std::vector<std::unique_ptr<std::uint8_t[]>> buffers;
    };
    std::shared_ptr<Free> free_;
};

}  // namespace fragcast
