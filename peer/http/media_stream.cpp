#include "peer/http/media_stream.hpp"

#include "messages/wire/limits.hpp"
#include "peer/http/routes.hpp"

#include <utility>

namespace fragcast {
namespace {

// The part of a chunk that a piece is.
Payload part_of(Payload chunk, const MediaPiece& piece) {
    auto owner = std::make_shared<const Payload>(std::move(chunk));
    const std::uint8_t* data = owner->data() + piece.begin;
    return Payload(data, piece.end - piece.begin, std::move(owner));
}

}  // namespace

void MediaStream::start(HttpDesk& desk, Playheads& playheads, MediaCrowd& crowd, Viewer viewer,
                        What what, HttpReply reply, Time held_since) {
    const std::shared_ptr<MediaStream> stream(new MediaStream(
        desk, playheads, crowd, viewer, std::move(what), std::move(reply), held_since));
    // The exchange keeps the stream: it ends when that does.
    stream->reply_.on_closed([stream] { stream->close(); });
    MediaCursor look = stream->cursor_;
    for (auto piece = look.next(); piece; piece = look.next()) {
        if (piece->init) continue;
        stream->move_playhead(*piece);
        break;
    }
    // Here, where it is asked for: without a free buffer nothing would come.
    crowd.make_room();
    stream->fill();
    stream->pump();
}

MediaStream::MediaStream(HttpDesk& desk, Playheads& playheads, MediaCrowd& crowd, Viewer viewer,
                         What what, HttpReply reply, Time held_since)
    : desk_(desk),
      playheads_(playheads),
      crowd_(crowd),
      viewer_(viewer),
      what_(std::move(what)),
      reply_(std::move(reply)),
      cursor_(what_.manifest, what_.extent, what_.span),
      request_(playheads.begin(viewer.id)),
      held_since_(held_since) {
    crowd_.enter(*this);
    desk_.tell(reader_command::Open{reader(), limits::kReaderCredit});
}

MediaStream::~MediaStream() {
    crowd_.leave(*this);
    forget_stall();
}

std::size_t MediaStream::untaken() const {
    if (closed_) return 0;
    std::size_t chunks = begun_ && !wanted_ ? 1 : 0;
    for (const auto& one : ahead_)
        chunks += one.piece.init ? 0 : 1;
    return chunks;
}

std::chrono::milliseconds MediaStream::idle() const {
    return begun_ && !wanted_ && !closed_ ? reply_.idle() : std::chrono::milliseconds(0);
}

// --- asking --------------------------------------------------------------------------------------

void MediaStream::fill() {
    const std::size_t most = crowd_.has_room() ? limits::kReadAhead : 0;
    while (ahead_.size() <= most) {
        const auto piece = cursor_.next();
        if (!piece) break;
        ahead_.push_back({*piece, {}, 0, std::nullopt});
        if (piece->init) {
            const Bytes& init = what_.manifest->media->init;
            ahead_.back().bytes =
                Payload(init.data() + piece->begin, piece->end - piece->begin, what_.manifest);
        } else {
            ask(front_number_ + ahead_.size() - 1);
        }
    }
    crowd_.asked();
}

void MediaStream::ask(std::uint64_t number) {
    Slot& asked = *slot(number);
    const ChunkRef chunk{what_.asset, asked.piece.fragment, asked.piece.chunk};
    asked.read = desk_.ask<ChunkQuestion>({viewer_.id, reader(), chunk}, until(),
                                          [weak = weak_from_this(), number](Result<Payload> got) {
                                              if (const auto self = weak.lock())
                                                  self->on_chunk(number, std::move(got));
                                          });
}

MediaStream::Slot* MediaStream::slot(std::uint64_t number) {
    if (number < front_number_ || number - front_number_ >= ahead_.size()) return nullptr;
    return &ahead_[number - front_number_];
}

void MediaStream::on_chunk(std::uint64_t number, Result<Payload> chunk) {
    Slot* asked = slot(number);
    if (asked == nullptr || closed_) return;
    if (chunk && chunk->size() < asked->piece.end) taken(1);
    asked->read = {};
    if (chunk && chunk->size() < asked->piece.end)
        chunk = fail(ErrorKind::io, "a chunk came short from the store");
    if (!chunk) return on_failure(number, chunk.error());
    asked->bytes = part_of(std::move(*chunk), asked->piece);
    pump();
}

// What may pass is asked for again: a chunk that the disk failed to give, one whose time was up
// though the stream goes on (watch_front() decides about that), one that a playhead of ours ended.
void MediaStream::on_failure(std::uint64_t number, const Error& error) {
    Slot* asked = slot(number);
    const bool newest = playheads_.is_newest(viewer_.id, request_);
    const bool late = error.kind == ErrorKind::timeout && begun_;
    const bool may_pass = error.kind == ErrorKind::io ||
                          (error.kind == ErrorKind::interrupted && newest) ||
                          (begun_ && error.kind != ErrorKind::interrupted);
    if (late || (may_pass && ++asked->retries <= limits::kReadRetries)) return ask(number);
    end(error);
}

// --- sending -------------------------------------------------------------------------------------

// The first chunk must be there, not only the init segment before it.
bool MediaStream::ready_to_begin() const {
    for (const auto& one : ahead_) {
        if (!one.bytes) return false;
        if (!one.piece.init) return true;
    }
    return true;
}

void MediaStream::pump() {
    if (pumping_ || closed_) return;
    pumping_ = true;
    const auto self = shared_from_this();
    if (!begun_ && ready_to_begin()) {
        begun_ = true;
        forget_stall();
        reply_.stream(
            std::move(what_.head), what_.span.size(),
            [weak = weak_from_this()] {
                const auto stream = weak.lock();
                if (!stream) return;
                stream->wanted_ = true;
                stream->taken(std::exchange(stream->writes_chunk_, false) ? 1 : 0);
                // Who pauses must not keep the room of who plays: the store loads no more.
                if (stream->waits()) stream->crowd_.make_room();
                stream->pump();
            },
            [self] { self->close(); });
    }
    while (!closed_ && begun_ && wanted_ && !ahead_.empty() && ahead_.front().bytes)
        write_front();
    pumping_ = false;
    watch_front();
}

void MediaStream::write_front() {
    wanted_ = false;
    forget_stall();
    Payload bytes = std::move(*ahead_.front().bytes);
    writes_chunk_ = !ahead_.front().piece.init;
    ahead_.pop_front();
    ++front_number_;
    fill();
    const bool last = ahead_.empty();
    if (!last && !ahead_.front().piece.init &&
        (ahead_.front().piece.fragment != playhead_ ||
         Loop::now() - playhead_at_ > limits::kPlayhead / 3))
        move_playhead(ahead_.front().piece);
    reply_.write(std::move(bytes));
    if (last && !closed_) reply_.finish();
}

void MediaStream::move_playhead(const MediaPiece& piece) {
    if (!playheads_.is_newest(viewer_.id, request_)) return;
    playhead_ = piece.fragment;
    playhead_at_ = Loop::now();
    desk_.tell(
        http_event::Playhead{viewer_.id, what_.asset, piece.fragment, piece.fragment_offset()});
}

Time MediaStream::until() const {
    return begun_ ? Loop::now() + what_.patience.stall : held_since_ + what_.patience.hold;
}

void MediaStream::watch_front() {
    if (!waits()) return forget_stall();
    if (stall_ != 0) return;
    stall_ = desk_.loop().at(until(), [this] {
        stall_ = 0;
        end(fail(ErrorKind::timeout, "not here yet; ask again"));
    });
}

void MediaStream::forget_stall() {
    if (stall_ != 0) desk_.loop().cancel(stall_);
    stall_ = 0;
}

void MediaStream::end(const Error& why) {
    if (closed_) return;
    const auto self = shared_from_this();
    close();
    if (begun_)
        reply_.fail();
    else
        reply_.send(media_problem(why));
}

void MediaStream::taken(std::uint32_t chunks) {
    if (chunks > 0) desk_.tell(reader_command::Taken{reader(), chunks});
}

void MediaStream::close() {
    if (closed_) return;
    closed_ = true;
    desk_.tell(reader_command::Close{reader()});
    forget_stall();
    for (const auto& one : ahead_)
        if (one.read.value != 0) desk_.cancel(one.read);
    ahead_.clear();
    if (viewer_.of_connection && playheads_.is_newest(viewer_.id, request_))
        desk_.tell(http_event::ViewerGone{viewer_.id});
    playheads_.end(viewer_.id, request_);
}

}  // namespace fragcast
