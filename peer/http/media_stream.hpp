// HTTP thread.
//
// One media request (HTTP.md, "Media"): held until its first chunk is proven, then streamed chunk
// by chunk as they are proven, with a few asked for ahead; cut when nothing comes for a time, so
// that no player takes a part for the whole. Lives as long as the request.
#pragma once

#include "messages/http/http_server.hpp"
#include "peer/http/http_desk.hpp"
#include "peer/http/media_crowd.hpp"
#include "peer/http/media_extent.hpp"
#include "peer/http/media_patience.hpp"

#include <chrono>
#include <deque>
#include <map>
#include <memory>
#include <optional>

namespace fragcast {

// Who watches: `?v=`, or the connection.
struct Viewer {
    ViewerId id;
    bool of_connection = false;  // gone with its request
};

// Which request is a viewer's newest: only that one moves the playhead.
class Playheads {
public:
    std::uint64_t begin(ViewerId viewer) { return newest_[viewer] = ++last_; }
    bool is_newest(ViewerId viewer, std::uint64_t request) const {
        const auto found = newest_.find(viewer);
        return found != newest_.end() && found->second == request;
    }
    void end(ViewerId viewer, std::uint64_t request) {
        if (is_newest(viewer, request)) newest_.erase(viewer);
    }

    // Viewers whose newest request is still being answered.
    std::size_t size() const { return newest_.size(); }

private:
    std::map<ViewerId, std::uint64_t> newest_;
    std::uint64_t last_ = 0;
};

class MediaStream : public std::enable_shared_from_this<MediaStream>, public MediaCrowd::Stream {
public:
    struct What {
        AssetId asset;
        std::shared_ptr<const Manifest> manifest;
        MediaExtent extent;
        ByteSpan span;      // of the extent; not empty
        HttpResponse head;  // of the answer
        MediaPatience patience;
    };
    // `held_since`: when the request came.
    static void start(HttpDesk& desk, Playheads& playheads, MediaCrowd& crowd, Viewer viewer,
                      What what, HttpReply reply, Time held_since);
    ~MediaStream() override;

    // --- MediaCrowd::Stream
    std::size_t untaken() const override;
    std::chrono::milliseconds idle() const override;
    bool waits() const override {
        return !closed_ && !ahead_.empty() && (!begun_ || (wanted_ && !ahead_.front().bytes));
    }
    void end(const Error& why) override;

private:
    struct Slot {  // a piece asked for, in the order of the bytes
        MediaPiece piece;
        CallId<ChunkQuestion> read;
        int retries = 0;
        std::optional<Payload> bytes;
    };
    MediaStream(HttpDesk& desk, Playheads& playheads, MediaCrowd& crowd, Viewer viewer, What what,
                HttpReply reply, Time held_since);
    ReaderId reader() const { return ReaderId{request_}; }
    void taken(std::uint32_t chunks);  // by the client
    void fill();
    void ask(std::uint64_t number);
    // The slot of that number, if it is still wanted.
    Slot* slot(std::uint64_t number);
    void on_chunk(std::uint64_t number, Result<Payload> chunk);
    void on_failure(std::uint64_t number, const Error& error);
    void pump();
    bool ready_to_begin() const;
    void write_front();
    void move_playhead(const MediaPiece& piece);
    // When it ends, if nothing comes from now on.
    Time until() const;
    void watch_front();
    void forget_stall();
    void close();

    HttpDesk& desk_;
    Playheads& playheads_;
    MediaCrowd& crowd_;
    Viewer viewer_;
    What what_;
    HttpReply reply_;
    MediaCursor cursor_;
    std::deque<Slot> ahead_;
    std::uint64_t front_number_ = 0;  // of ahead_.front(), counted from the stream's first
    std::uint64_t request_ = 0;
    Time held_since_;
    Time playhead_at_;
    FragmentIndex playhead_;
    Loop::Handle stall_ = 0;
    bool begun_ = false;         // the head is sent
    bool wanted_ = false;        // the server could send
    bool writes_chunk_ = false;  // what was written last is one
    bool pumping_ = false;
    bool closed_ = false;
};

}  // namespace fragcast
