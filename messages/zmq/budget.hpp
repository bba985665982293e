// Pure. One thread: its owner's.
//
// What was received of each connection and waits to be looked at. It is counted as a level, not as
// a rate: a quick neighbour and a loop that stood still are no fault, what piles up is what costs
// memory. Who has too much is over; while all together have too much, the greediest is. An entry
// lives as long as something of its connection waits.
#pragma once

#include "messages/wire/limits.hpp"

#include <cstddef>
#include <cstdint>
#include <map>

namespace fragcast {

class Budget {
public:
    using Connection = std::uint64_t;  // never reused
    struct Limits {
        std::size_t bytes = limits::kMaxWaitingBytes;
        std::size_t messages = limits::kMaxWaitingMessages;
        std::size_t bytes_of_all = limits::kMaxWaitingTotalBytes;
        static Limits of_a_bus() {
            return {limits::kMaxToldBytes, limits::kMaxToldMessages, limits::kMaxToldTotalBytes};
        }
    };

    Budget() : Budget(Limits{}) {}
    explicit Budget(const Limits& limits) : limits_(limits) {}

    Connection open() { return next_++; }
    // One message more. Each costs kWaitingMessageBytes besides its own.
    void add(Connection connection, std::size_t bytes);
    // One was looked at.
    void done(Connection connection, std::size_t bytes);
    void forget(Connection connection);
    // Whether it is to be cut, and what waits of it to be dropped: then forget().
    bool over(Connection connection) const;
    bool some_over() const { return over_ != 0; }

    std::size_t bytes() const { return bytes_; }  // of who is not over
    std::size_t size() const { return waiting_.size(); }

private:
    struct Waiting {
        std::size_t bytes = 0;
        std::size_t messages = 0;
        bool over = false;
    };
    void condemn(Waiting& waiting);
    void condemn_the_greediest();

    Limits limits_;
    std::map<Connection, Waiting> waiting_;
    std::size_t bytes_ = 0;
    std::size_t over_ = 0;
    Connection next_ = 1;
};

}  // namespace fragcast
