// Buffers that are used again, no more of them than the limit.
#include "peer/store/buffer_pool.hpp"

#include <thread>
#include <vector>

#include <doctest/doctest.h>

using namespace fragcast;

TEST_CASE("buffer pool: no more are out than the limit; what comes back is used again") {
    BufferPool pool(2);
    auto first = pool.take();
    auto second = pool.take();
    REQUIRE(first);
    REQUIRE(second);
    CHECK(first->data != second->data);
    CHECK_FALSE(pool.take());
    const std::uint8_t* data = second->data;
    second.reset();
    second = pool.take();
    REQUIRE(second);
    CHECK(second->data == data);
    CHECK_FALSE(pool.take());
}

TEST_CASE("buffer pool: a buffer is out until its last owner is gone") {
    BufferPool pool(1);
    auto buffer = pool.take();
    REQUIRE(buffer);
    std::shared_ptr<const void> sent = buffer->owner;
    buffer.reset();
    CHECK_FALSE(pool.take());
    sent.reset();
    CHECK(pool.take());
}

TEST_CASE("buffer pool: buffers may outlive it, and come back from any thread") {
    std::vector<BufferPool::Buffer> out;
    {
        BufferPool pool;
        for (std::size_t i = 0; i < limits::kReadBuffers; ++i)
            out.push_back(*pool.take());
        CHECK_FALSE(pool.take());
        std::thread([&out] { out.resize(out.size() - 1); }).join();
        CHECK(pool.take());
    }
    for (const auto& buffer : out)
        buffer.data[limits::kChunkBytes - 1] = 1;
    std::thread([&out] { out.clear(); }).join();
}
