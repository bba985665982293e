#include "peer/store/buffer_pool.hpp"

#include <utility>

namespace fragcast {

BufferPool::BufferPool(std::size_t limit) : limit_(limit), shared_(std::make_shared<Shared>()) {}

std::optional<BufferPool::Buffer> BufferPool::take() {
    std::unique_ptr<std::uint8_t[]> buffer;
    {
        const std::lock_guard lock(shared_->mutex);
        if (shared_->out >= limit_) return std::nullopt;
        ++shared_->out;
        if (!shared_->spare.empty()) {
            buffer = std::move(shared_->spare.back());
            shared_->spare.pop_back();
        }
    }
    if (!buffer) buffer.reset(new std::uint8_t[limits::kChunkBytes]);
    std::uint8_t* data = buffer.release();
    std::shared_ptr<const void> owner(data, [shared = shared_](std::uint8_t* used) {
        std::unique_ptr<std::uint8_t[]> back(used);
        const std::lock_guard lock(shared->mutex);
        --shared->out;
        // More than that is freed: a burst must not stay resident.
        if (shared->spare.size() < limits::kSpareReadBuffers)
            shared->spare.push_back(std::move(back));
    });
    return Buffer{data, std::move(owner)};
}

}  // namespace fragcast
