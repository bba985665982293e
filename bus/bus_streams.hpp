// bus. Loop thread.
//
// Listeners to the record of activity, as server-sent events (HTTP.md, "Event stream"): the last 50
// first, or what follows the browser's Last-Event-ID. Each reads the record at its own pace.
#pragma once

#include "bus/event_ring.hpp"
#include "messages/http/http_events.hpp"
#include "messages/zmq/loop.hpp"

#include <cstdint>
#include <string>

namespace fragcast {

class BusStreams {
public:
    BusStreams(Loop& loop, const EventRing& events);
    ~BusStreams();
    BusStreams(const BusStreams&) = delete;
    BusStreams& operator=(const BusStreams&) = delete;

    void open(const HttpRequest& request, HttpReply reply);
    // Events were added.
    void news() { streams_.news(); }

private:
    std::string text_from(std::uint64_t& next) const;
    void keep_open();

    Loop& loop_;
    const EventRing& events_;
    HttpEvents streams_;
    Loop::Handle timer_ = 0;
};

}  // namespace fragcast
