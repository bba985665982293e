// Pure. One thread: its owner's.
//
// What libzmq took in of each connection and its reader has not taken from it yet, looked at every
// limits::kGuardEvery. Of bytes only those count that were there at the look before: a level, not a
// rate. Beside bytes there is memory: libzmq keeps 64 bytes of each message, so that small ones
// cost many times what they are on the wire. How much that is, is reckoned from what was taken of a
// connection before; whether it matters, from what the process has grown by.
#pragma once

#include "messages/wire/ids.hpp"
#include "messages/wire/limits.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <vector>

namespace fragcast {

class Backlog {
public:
    using Connection = std::uint64_t;
    struct Limits {
        std::size_t first = limits::kMaxUnpulledFirstBytes;  // until a message of it was whole
        std::size_t each = limits::kMaxUnpulledBytes;
        std::size_t all = limits::kMaxUnpulledTotalBytes;
        // Of what peers dial there: its first answer may be a whole page.
        static Limits of_buses() {
            return {limits::kMaxToldUnpulledBytes, limits::kMaxUnpulledBytes,
                    limits::kMaxUnpulledTotalBytes};
        }
        static Limits of_a_bus() {
            return {limits::kMaxToldUnpulledBytes, limits::kMaxToldUnpulledBytes,
                    limits::kMaxToldUnpulledTotalBytes};
        }
    };
    explicit Backlog(const Limits& limits) : limits_(limits) {}

    // Its reader took so much from libzmq: bytes of the wire, and of memory.
    void taken(Connection connection, std::size_t bytes, std::size_t memory);
    struct Seen {
        Connection connection = 0;
        std::uint64_t received = 0;  // by libzmq, since its beginning
        // 0: that of all.
        std::size_t each = 0;
        // Bytes that we asked of it and did not take yet. Who has most beyond that is the
        // greediest.
        std::uint64_t asked = 0;
    };
    // All connections that there are, and what the process has of memory [bytes]; `dry`: the reader
    // found nothing more since the last look. Who is to be cut.
    std::vector<Connection> look(Time now, const std::vector<Seen>& seen, std::uint64_t memory,
                                 bool dry);
    // The process has grown since its reader was last done with all.
    bool grown() const { return memory_ > calm_ + limits::kGrownBytes; }
    // Whether to look again soon.
    bool hurried() const { return hurried_ || grown(); }
    std::size_t size() const { return known_.size(); }

private:
    struct Known {
        std::uint64_t taken = 0;     // of received
        std::uint64_t received = 0;  // at the last look
        std::uint64_t bytes = 0;     // of what was taken lately …
        std::uint64_t memory = 0;    // … and what that was of memory
        bool seen = false;
        std::uint64_t owed() const { return received > taken ? received - taken : 0; }
        std::uint64_t costs() const;
    };
    struct Owing {
        Connection connection;
        std::uint64_t bytes;
        std::uint64_t memory;
        std::uint64_t greed;
    };
    void cut_for_memory(std::vector<Owing>& owing, std::vector<Connection>& over) const;
    void see(const Seen& one, std::uint64_t heartbeats, std::vector<Owing>& owing,
             std::vector<Connection>& over);

    Limits limits_;
    std::map<Connection, Known> known_;
    Time looked_{};
    std::uint64_t memory_ = 0;
    std::uint64_t calm_ = 0;
    bool hurried_ = false;
};

}  // namespace fragcast
