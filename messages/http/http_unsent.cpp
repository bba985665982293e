#include "messages/http/http_unsent.hpp"

#include <algorithm>

namespace fragcast {

void HttpUnsent::set(std::uint64_t exchange, std::uint64_t bytes) {
    if (bytes == 0) {
        const auto found = bytes_.find(exchange);
        if (found == bytes_.end()) return;
        total_ -= found->second;
        bytes_.erase(found);
        return;
    }
    std::uint64_t& has = bytes_[exchange];
    total_ = total_ - has + bytes;
    has = bytes;
}

std::optional<std::uint64_t> HttpUnsent::gives_way() const {
    if (total_ <= most_) return std::nullopt;
    return std::max_element(bytes_.begin(), bytes_.end(),
                            [](const auto& a, const auto& b) { return a.second < b.second; })
        ->first;
}

}  // namespace fragcast
