#include "peer/http/media_crowd.hpp"

#include "messages/wire/limits.hpp"

#include <algorithm>

namespace fragcast {

MediaCrowd::~MediaCrowd() {
    if (looking_ != 0) loop_.cancel(looking_);
}

bool MediaCrowd::has_room() const {
    std::size_t untaken = 0;
    for (const Stream* stream : streams_)
        untaken += stream->untaken();
    return untaken < limits::kUntakenChunks;
}

void MediaCrowd::make_room() {
    while (!has_room()) {
        Stream* slowest = nullptr;
        std::chrono::milliseconds most = limits::kUntakenFor;
        for (Stream* stream : streams_) {
            if (stream->idle() <= most) continue;
            most = stream->idle();
            slowest = stream;
        }
        if (slowest == nullptr) return;
        slowest->end(fail(ErrorKind::busy, "others need the room; go on with a Range"));
    }
}

// Who waits hears of nothing: the store loads no more, and whom that is for takes nothing.
void MediaCrowd::asked() {
    if (looking_ != 0 || has_room()) return;
    looking_ = loop_.at(Loop::now() + limits::kUntakenFor, [this] {
        looking_ = 0;
        const bool needed = std::any_of(streams_.begin(), streams_.end(),
                                        [](const Stream* stream) { return stream->waits(); });
        if (needed) make_room();
        asked();
    });
}

}  // namespace fragcast
