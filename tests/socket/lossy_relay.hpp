// One thread (the test's). A bus under another address of this machine, as one peer sees it: its
// directory and its way in as they are, and of what it announces some is lost.
#pragma once

#include "messages/wire/message.hpp"
#include "tests/socket/silent_relay.hpp"

#include <functional>
#include <map>

#include <zmq.hpp>

namespace fragcast::test {

class LossyRelay {
public:
    using Loss = std::function<bool(const Message& message)>;

    // `host`: 127.x.y.z. The ports are the bus's own.
    LossyRelay(Loop& loop, const std::string& host, const Endpoint& directory, const Endpoint& in,
               const Endpoint& out);
    ~LossyRelay();
    LossyRelay(const LossyRelay&) = delete;
    LossyRelay& operator=(const LossyRelay&) = delete;

    const Endpoint& directory() const { return directory_.endpoint(); }
    // From now on: what is lost; and when a beacon of each got through for the first time.
    void lose(Loss which);
    const std::map<PeerId, Time>& beacons() const { return beacons_; }
    std::uint64_t lost() const { return lost_; }

private:
    void pass_one();

    Loop& loop_;
    SilentRelay directory_;
    SilentRelay in_;
    zmq::context_t context_;
    zmq::socket_t from_;
    zmq::socket_t to_;
    Loop::Handle reading_ = 0;
    Loss lose_;
    std::map<PeerId, Time> beacons_;
    std::uint64_t lost_ = 0;
};

}  // namespace fragcast::test
