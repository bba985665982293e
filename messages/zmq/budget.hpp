// Pure. One thread: its owner's.
//
// What was received of each connection and waits to be looked at. It is counted as a level, not as
// a rate: a quick neighbour and a loop that stood still are no fault, what piles up is what costs
// memory. Who has too much is over; while all together have too much, the greediest is: who has
// most beyond what it was asked for, so that many who send a little cut nobody off who sends what
// we want. An entry lives as long as something of its connection waits.
#pragma once

#include "messages/wire/limits.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <utility>

namespace fragcast {

class Budget {
public:
    using Connection = std::uint64_t;  // never reused
    // How many bytes were asked of one and have not come. Called while the greediest is looked for.
    using Asked = std::function<std::size_t()>;
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
    // One message more. Each costs kWaitingMessageBytes besides its own. `asked`: of this
    // connection, kept from its first message that waits until none does; absent: nothing is.
    void add(Connection connection, std::size_t bytes, const Asked& asked = {});
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
        Asked asked;
        bool over = false;
        std::pair<std::size_t, std::size_t> greed() const;
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
