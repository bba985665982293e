// HTTP thread.
//
// All media requests. What clients do not take stands in the store's buffers, which neighbours and
// other viewers need too. While limits::kUntakenChunks are asked for or untaken, nothing is asked
// for ahead, and whoever has taken nothing for limits::kUntakenFor is cut, the slowest first: it
// comes again with a Range when it goes on. That is looked at when a stream begins or goes on, and,
// for those that wait, again and again as long as there is no room.
#pragma once

#include "messages/wire/ids.hpp"
#include "messages/wire/result.hpp"
#include "messages/zmq/loop.hpp"

#include <chrono>
#include <cstddef>
#include <set>

namespace fragcast {

class MediaCrowd {
public:
    class Stream {
    public:
        virtual ~Stream() = default;
        // Chunks asked for or loaded for this client, and not handed to the kernel.
        virtual std::size_t untaken() const = 0;
        // For how long the client has taken nothing of them; zero: it waits for us.
        virtual std::chrono::milliseconds idle() const = 0;
        // It could send, and what is next is not here.
        virtual bool waits() const = 0;
        // It leaves, or has nothing untaken from now on.
        virtual void end(const Error& why) = 0;
    };

    explicit MediaCrowd(Loop& loop) : loop_(loop) {}
    ~MediaCrowd();
    MediaCrowd(const MediaCrowd&) = delete;
    MediaCrowd& operator=(const MediaCrowd&) = delete;

    void enter(Stream& stream) { streams_.insert(&stream); }
    void leave(Stream& stream) { streams_.erase(&stream); }
    bool has_room() const;
    // A stream begins, or goes on and waits. May end any that does not wait.
    void make_room();
    // A stream has asked for more.
    void asked();

private:
    Loop& loop_;
    std::set<Stream*> streams_;
    Loop::Handle looking_ = 0;  // whenever there is no room
};

}  // namespace fragcast
