// One thread (the test's). What a stranger may send: to a TCP port as plain bytes, and over a
// ZeroMQ connection as frames. The same lists go to every socket that we have.
#pragma once

#include "messages/wire/endpoint.hpp"
#include "messages/wire/message.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace fragcast::test {

// Plain TCP: writes what it can, reads what comes and forgets it. Never waits.
class TcpStranger {
public:
    TcpStranger(const Endpoint& to, std::string bytes);
    ~TcpStranger();
    TcpStranger(TcpStranger&& other) noexcept;
    TcpStranger& operator=(TcpStranger&&) = delete;
    // Goes on with writing and reading; whether the other end has hung up.
    bool cut();

private:
    int fd_ = -1;
    std::string left_;
    bool cut_ = false;
};

// Greeting and READY of a ZMTP 3.0 socket of this type, "DEALER"; NULL mechanism.
std::string zmtp_hello(const std::string& socket_type);

struct Bytestream {
    std::string name;
    std::string bytes;
};
// What is no greeting, or breaks after one. Each must end with its connection being closed by us.
std::vector<Bytestream> broken_streams();

struct BadFrames {
    std::string name;
    std::vector<Bytes> frames;
    bool bad_header = true;  // seen without decoding the body
};
// `good` made wrong in every way that ends before the codec, in it, or in the number of frames.
std::vector<BadFrames> broken_messages(const Message& good);

}  // namespace fragcast::test
