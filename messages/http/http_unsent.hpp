// messages_http, inside. One thread. Pure.
//
// What is made for clients and not sent yet, in bytes: whole answers and what streams have queued.
// All of it together has one limit (limits::kHttpUnsentBytes), whoever it is for. Said with every
// read of a client and asked for the most only beyond the limit: so no order is kept of it, unlike
// what claims cost (ClaimAccount), where one liar is beyond the limit with each claim.
#pragma once

#include <cstdint>
#include <map>
#include <optional>

namespace fragcast {

class HttpUnsent {
public:
    explicit HttpUnsent(std::uint64_t most) : most_(most) {}

    // Of the exchange of that number, now; zero: nothing.
    void set(std::uint64_t exchange, std::uint64_t bytes);
    std::uint64_t total() const { return total_; }
    // While all together is beyond the limit: whoever has most of it, and of several the one that
    // came first. Who is sent a piece at a time stays, however many have no end.
    std::optional<std::uint64_t> gives_way() const;

private:
    std::uint64_t most_;
    std::uint64_t total_ = 0;  // of bytes_
    std::map<std::uint64_t, std::uint64_t> bytes_;
};

}  // namespace fragcast
