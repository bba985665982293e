// messages_http, inside. The server's thread: clients' connections, and what the owner polls.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>

namespace fragcast {

class HttpExchange;

// libmicrohttpd without a thread of its own does not make its descriptor readable when a connection
// is resumed; so the bell does.
struct HttpWatch {
    int epoll_fd = -1;
    int bell_fd = -1;  // an eventfd in it
    bool rung = false;

    HttpWatch() = default;
    ~HttpWatch();
    HttpWatch(const HttpWatch&) = delete;
    HttpWatch& operator=(const HttpWatch&) = delete;

    bool open();  // false: see errno
    bool add(int fd);
    void ring();
    void silence();
};

// Over all requests of a connection.
struct HttpConnection {
    using Clock = std::chrono::steady_clock;

    std::uint64_t number = 0;
    int fd = -1;
    HttpWatch* watch = nullptr;
    std::string client;
    bool watched = false;              // for the client's end
    bool left = false;                 // the client closed its sending half, or all
    HttpExchange* exchange = nullptr;  // the one under way
    // From the first suspension or upload on; false: see errno.
    bool begin_watch();

    // Since when the client owes us the rest of a request; not while we owe it an answer, nor
    // during an upload, which takes as long as it takes.
    bool owes = true;
    Clock::time_point owes_since = Clock::now();
    void begin_to_owe();

    // When it last got on: opened, answered, bytes of its upload came or of its answer went. What
    // the kernel still has of an answer tells a client that takes slowly from one that does not.
    void move();
    Clock::time_point last_moved();
    // libmicrohttpd misses an end that came with the last bytes (0.9.75, epoll): where all is read
    // and the client has left, it is told again.
    void tell_of_end();
    bool suspended = false;  // it waits for us, not we for it
    bool cut = false;        // to make room, and about to be closed

private:
    int unsent() const;
    Clock::time_point moved_ = Clock::now();
    int unsent_ = 0;  // then
};

class HttpConnections {
public:
    HttpConnection& open(std::uint64_t number, int fd, HttpWatch& watch, std::string client);
    void close(const HttpConnection& connection) { open_.erase(connection.number); }
    std::size_t size() const { return open_.size(); }

    // Cuts those that owe for longer than `most`. libmicrohttpd ends silent ones; this is for who
    // sends a byte now and then. Looks once a second: who sends makes the server turn.
    void cut_slow(std::chrono::seconds most);
    // Makes room for `newest`: cuts whoever has kept us waiting for longest, among those that owe
    // a request or those that are sent to or from, whichever are more. So neither half requests
    // nor unread answers, however many, keep others out or end what goes well.
    void cut_laziest(const HttpConnection& newest);

private:
    std::map<std::uint64_t, HttpConnection> open_;
    HttpConnection::Clock::time_point looked_ = HttpConnection::Clock::now();
};

}  // namespace fragcast
