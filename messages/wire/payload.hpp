// Any thread: move-only value.
//
// Immutable bytes with an owner of any kind: a pooled buffer, a zmq message, a vector. Travels from
// the store to a socket (and back) without a copy; the owner is released when the payload dies.
#pragma once

#include "messages/wire/ids.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <utility>

namespace fragcast {

class Payload {
public:
    Payload() = default;
    // `owner` keeps [data, data+size) alive; any shared_ptr will do.
    Payload(const std::uint8_t* data, std::size_t size, std::shared_ptr<const void> owner)
        : data_(data), size_(size), owner_(std::move(owner)) {}
    explicit Payload(Bytes bytes) {
        auto owner = std::make_shared<const Bytes>(std::move(bytes));
        data_ = owner->data();
        size_ = owner->size();
        owner_ = std::move(owner);
    }

    Payload(Payload&&) noexcept = default;
    Payload& operator=(Payload&&) noexcept = default;
    Payload(const Payload&) = delete;
    Payload& operator=(const Payload&) = delete;

    const std::uint8_t* data() const { return data_; }
    std::size_t size() const { return size_; }
    bool empty() const { return size_ == 0; }
    std::span<const std::uint8_t> view() const { return {data_, size_}; }
    // A second handle to the same bytes, on purpose and visible in the code.
    Payload share() const { return Payload(data_, size_, owner_); }

private:
    const std::uint8_t* data_ = nullptr;
    std::size_t size_ = 0;
    std::shared_ptr<const void> owner_;
};

}  // namespace fragcast
