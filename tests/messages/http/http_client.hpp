// A client in raw bytes that shares its thread with the server: every wait turns the server, and
// ends with the condition or with its deadline.
#pragma once

#include "messages/http/http_server.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>

namespace fragcast::test {

// The header that every change needs.
inline constexpr std::string_view kChange = "X-Fragcast: 1\r\n";

std::unique_ptr<HttpServer> start_http(HttpOptions options = {});

// Turns the server until `condition` holds; false when 5 s passed first. `client_fd` wakes it too.
bool turn_until(HttpServer& server, const std::function<bool()>& condition, int client_fd = -1);

struct Answer {
    int status = 0;  // 0: no whole head came
    std::map<std::string, std::string> headers;
    std::string body;    // without chunked framing
    bool whole = false;  // by its length, its last chunk, or the end of the connection
};

class Client {
public:
    // `receive_buffer`: of the socket, to make a client that is slow to take.
    // `from`: its address.
    explicit Client(HttpServer& server, int receive_buffer = 0, const char* from = "127.0.0.1");
    ~Client() { leave(); }
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;

    void send(std::string_view bytes);      // all of it, turning the server meanwhile
    bool try_send(std::string_view bytes);  // as much as goes at once; true: all of it
    void close_sending();
    void leave();  // closes
    // As Host 127.0.0.1. Further header lines end with \r\n.
    void request(std::string_view method, std::string_view target, std::string_view headers = "",
                 std::string_view body = "");
    // The next answer, or what came of it when the connection ended or time passed.
    Answer answer(bool to_head = false);
    Answer get(std::string_view target, std::string_view headers = "") {
        request("GET", target, headers);
        return answer();
    }

    // Takes what came; false when there was nothing.
    bool take();
    bool ended() const { return ended_; }
    bool wait(const std::function<bool()>& condition);
    std::string received;  // and not yet parsed as an answer

private:
    HttpServer& server_;
    int fd_ = -1;
    bool ended_ = false;
};

}  // namespace fragcast::test
