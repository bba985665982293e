// One thread (the test's). ZMTP by hand over plain TCP, from either end: what no library would
// send, in an order that no library would send it in. Never waits.
#pragma once

#include "messages/wire/endpoint.hpp"

#include <cstddef>
#include <optional>
#include <string>

namespace fragcast::test {

// A frame of a message, at most 255 bytes; `more`: another follows.
std::string zmtp_frame(const std::string& body, bool more = false);
std::string zmtp_ping();

class RawZmtp {
public:
    RawZmtp(const Endpoint& to, const std::string& socket_type);  // connects
    RawZmtp(int accepted, const std::string& socket_type);
    ~RawZmtp();
    RawZmtp(RawZmtp&& other) noexcept;
    RawZmtp& operator=(RawZmtp&&) = delete;

    void say(const std::string& bytes) { left_ += bytes; }
    // Writes what it can of what was said, after both have shaken hands; until then it reads.
    // False: the connection is over.
    bool write();
    std::size_t unwritten() const { return left_.size(); }
    // Reads what has come; how many bytes so far.
    std::size_t read();
    // Whether the other end has closed it. Reads.
    bool over();
    void reset();  // RST
    void close();  // FIN, or RST where something was not read
    int fd() const { return fd_; }

private:
    int fd_ = -1;
    void write(std::string& bytes);

    std::string hello_;
    std::string left_;
    std::size_t heard_ = 0;
    bool over_ = false;
};

// Listens, for those who dial us.
class RawListener {
public:
    // At 127.0.0.1, or at ::1.
    explicit RawListener(bool version_6 = false);
    ~RawListener();
    RawListener(const RawListener&) = delete;
    RawListener& operator=(const RawListener&) = delete;
    const Endpoint& endpoint() const { return endpoint_; }
    std::optional<RawZmtp> accept(const std::string& socket_type);

private:
    int fd_ = -1;
    Endpoint endpoint_;
};

// Whether this machine has ::1. Where it has not, what needs it says so.
bool has_version_6();

// Nothing of this process turns for so long, except libzmq's threads and the kernel.
void stand_still(int milliseconds);

}  // namespace fragcast::test
