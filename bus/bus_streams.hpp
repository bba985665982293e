// bus. Loop thread.
//
// Listeners to the record of activity, as server-sent events (HTTP.md, "Event stream"): the last 50
// first, or what follows the browser's Last-Event-ID. Each reads the record at its own pace; one
// that falls behind by more than limits::kEventStreamBacklog is cut, and comes again.
#pragma once

#include "bus/event_ring.hpp"
#include "messages/http/http_server.hpp"
#include "messages/zmq/loop.hpp"

#include <cstdint>
#include <list>
#include <optional>
#include <string>

namespace fragcast {

class BusStreams {
public:
    BusStreams(Loop& loop, const EventRing& events);
    ~BusStreams();
    BusStreams(const BusStreams&) = delete;
    BusStreams& operator=(const BusStreams&) = delete;

    // One beyond limits::kMaxEventStreams ends the oldest of whoever has most.
    void open(const HttpRequest& request, HttpReply reply);
    // Events were added.
    void news();
    std::size_t size() const { return listeners_.size(); }

private:
    struct Listener {
        std::uint64_t number = 0;
        std::string client;
        HttpReply reply;
        std::uint64_t next = 0;  // event
        bool greeted = false;
        bool wanted = false;  // the server could send
        bool pumping = false;
        Time wrote_at;
    };
    using Listeners = std::list<Listener>;
    Listeners::iterator find(std::uint64_t number);
    void make_room(const std::string& newcomer);
    void wanted(std::uint64_t number);
    void pump(std::uint64_t number);
    std::string next_text(Listener& listener) const;
    void comments();

    Loop& loop_;
    const EventRing& events_;
    Listeners listeners_;
    std::uint64_t next_number_ = 1;
    Loop::Handle comment_timer_ = 0;
};

}  // namespace fragcast
