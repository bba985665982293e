// One HTTP/1.1 client connection in raw bytes, on the test's loop.
#pragma once

#include "messages/wire/endpoint.hpp"
#include "messages/zmq/loop.hpp"

#include <map>
#include <string>
#include <string_view>

namespace fragcast::test {

struct WebAnswer {
    int status = 0;  // 0: none came
    std::map<std::string, std::string> headers;
    std::string body;
    bool whole = false;
};

class WebClient {
public:
    // `from`: an address of ours to come from, or empty.
    WebClient(Loop& loop, const Endpoint& server, const std::string& from = "");
    ~WebClient() { leave(); }
    WebClient(const WebClient&) = delete;
    WebClient& operator=(const WebClient&) = delete;

    std::string host = "127.0.0.1";
    // Further header lines end with \r\n.
    void request(std::string_view target, std::string_view headers = "",
                 std::string_view method = "GET");
    void send(std::string_view bytes);  // as the server takes them
    void leave();
    // The answer so far; `whole` as soon as all is here that its length or its chunks promise.
    WebAnswer answer() const;
    // Waits for the whole answer, takes it off, and returns it.
    WebAnswer get(std::string_view target, std::string_view headers = "");
    bool ended() const { return ended_; }
    const std::string& received() const { return received_; }

private:
    void take();
    Loop& loop_;
    Loop::Handle reading_ = 0;
    int fd_ = -1;
    bool ended_ = false;
    std::string received_;
};

}  // namespace fragcast::test
