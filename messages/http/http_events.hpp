// messages_http. The server's thread.
//
// Server-sent events (HTTP.md, "Event stream"), for bus and peer: who listens, that each is told at
// its own pace and hears of us when there is nothing, and how many there are at most. What is said
// is its owner's.
#pragma once

#include "messages/http/http_server.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <string>
#include <string_view>

namespace fragcast {

class HttpEvents {
public:
    // What one listener is told. Must outlive the server that answers it.
    struct Teller {
        // What to say next, whole events; empty: nothing for now. Asked when it can be sent.
        std::function<std::string()> next;
        // Events that wait for this listener. Beyond limits::kEventStreamBacklog it is cut, and
        // comes again.
        std::function<std::size_t()> behind;
        std::function<void()> left;  // once
    };

    // One beyond limits::kMaxEventStreams ends the oldest of whoever has most.
    void open(const HttpRequest& request, HttpReply reply, Teller teller);
    // There may be something to say.
    void news();
    // To be called every limits::kEventComment / 2: keeps streams open on which nothing was said,
    // and shows those who look at nothing but bytes that we are alive.
    void keep_open();
    std::size_t size() const { return listeners_.size(); }

private:
    struct Listener {
        std::uint64_t number = 0;
        std::string client;
        HttpReply reply;
        Teller teller;
        bool greeted = false;
        bool wanted = false;  // the server could send
        bool pumping = false;
        bool told = true;  // since keep_open() was last called
    };
    using Listeners = std::list<Listener>;
    Listeners::iterator find(std::uint64_t number);
    void make_room(const std::string& newcomer);
    void wanted(std::uint64_t number);
    void pump(std::uint64_t number);
    void closed(std::uint64_t number);

    Listeners listeners_;
    std::uint64_t next_number_ = 1;
};

// Whether a request for events asks for the stream, not for a page of the record.
bool wants_event_stream(const HttpRequest& request);
// Which page: `?from=N&limit=N`. invalid: neither is a number, or limit none of a page's.
struct EventsAsked {
    std::uint64_t from = 0;
    std::size_t limit = limits::kMaxEventsPerPage;
};
Result<EventsAsked> events_asked(const HttpRequest& request);
// The first event to tell who opens a stream, of events numbered up to `newest` whose ids are
// `mark` and the number: what follows the browser's Last-Event-ID, if that is one of ours and it
// was not away for long; else the last 50.
std::uint64_t first_event(const HttpRequest& request, std::string_view mark, std::uint64_t newest);
// One event of a stream; `id` may be empty.
std::string event_text(std::string_view name, std::string_view data, std::string_view id = "");

}  // namespace fragcast
