// Buffers are taken by one thread (the store's) and come back from any (libzmq's I/O thread
// releases what was sent), so the free list has a lock of its own.
//
// Chunk-sized buffers that are used again: a peer that serves gigabytes stays small.
#pragma once

#include "messages/wire/limits.hpp"
#include "messages/wire/payload.hpp"

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

namespace fragcast {

class BufferPool {
public:
    explicit BufferPool(std::size_t limit = limits::kReadBuffers);

    // A buffer of limits::kChunkBytes, and its owner, which gives it back.
    struct Buffer {
        std::uint8_t* data = nullptr;
        std::shared_ptr<const void> owner;
    };
    // Nothing while as many as the limit are out. They may outlive the pool.
    std::optional<Buffer> take();

private:
    struct Shared {
        std::mutex mutex;
        std::vector<std::unique_ptr<std::uint8_t[]>> spare;
        std::size_t out = 0;
    };
    std::size_t limit_;
    std::shared_ptr<Shared> shared_;
};

}  // namespace fragcast
