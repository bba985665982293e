#include "peer/buffer_pool.hpp"

#include "messages/limits.hpp"

namespace fragcast {

BufferPool::BufferPool() : free_(std::make_shared<Free>()) {}

BufferPool::Buffer BufferPool::take() {
    std::unique_ptr<std::uint8_t[]> buffer;
    {
        const std::lock_guard lock(free_->mutex);
        if (!free_->buffers.empty()) {
            buffer = std::move(free_->buffers.back());
            free_->buffers.pop_back();
        }
    }
    if (!buffer) buffer.reset(new std::uint8_t[limits::kChunkBytes]);
    std::uint8_t* data = buffer.release();
    // More than the pool keeps is simply freed.
    std::shared_ptr<const void> owner(data, [free = free_](std::uint8_t* used) {
        std::unique_ptr<std::uint8_t[]> back(used);
        const std::lock_guard lock(free->mutex);
        if (free->buffers.size() < limits::kSpareReadBuffers)
            free->buffers.push_back(std::move(back));
    });
    return {data, std::move(owner)};
}

}  // namespace fragcast
