#include "messages/zmq/intake.hpp"

#include <algorithm>
#include <cstdlib>
#include <utility>

namespace fragcast {

namespace {

std::size_t bytes_of(const Frames& frames) {
    std::size_t bytes = 0;
    for (const zmq::message_t& frame : frames)
        bytes += frame.size();
    return bytes;
}

constexpr std::size_t kManyMessages = 64;

// A short message that libzmq received keeps all that was read with it, up to 18 KiB.
zmq::message_t compact(zmq::message_t frame) {
    constexpr std::size_t kOwn = 4096;
    if (frame.more() || frame.size() >= kOwn) return frame;
    return {frame.data(), frame.size()};
}

// What a frame was on the wire, and is in libzmq's hands.
std::size_t wire_bytes(const zmq::message_t& frame) {
    constexpr std::size_t kShort = 255;
    return frame.size() + (frame.size() <= kShort ? 2 : 9);
}
std::size_t memory_of(const zmq::message_t& frame) {
    constexpr std::size_t kWithin = 33;  // bytes that a message of libzmq holds within itself
    return sizeof(zmq_msg_t) + (frame.size() > kWithin ? frame.size() : 0);
}

}  // namespace

Intake::Intake(Loop& loop, zmq::socket_t& socket, std::shared_ptr<Budget> budget,
               std::shared_ptr<Guard::Post> post, Loop::Handler on_readable)
    : loop_(loop),
      socket_(socket),
      budget_(std::move(budget)),
      post_(std::move(post)),
      on_readable_(std::move(on_readable)),
      type_(socket.get(zmq::sockopt::type)),
      reading_(loop.add(socket, [this] { turn(); })) {}

Intake::~Intake() {
    silence();
    for (const auto& [whose, pile] : piles_)
        budget_->forget(pile->connection);
}

void Intake::silence() {
    if (reading_ != 0) loop_.remove(std::exchange(reading_, 0));
    if (again_ != 0) loop_.cancel(std::exchange(again_, 0));
}

void Intake::turn() {
    const bool flooded = pull();
    reads_ = 0;
    read_until_ = Loop::now() + (flooded ? limits::kFloodedReadTime : limits::kReadTime);
    on_readable_();
    // What is here already wakes nobody.
    if (reading_ == 0 || again_ != 0 || !waiting()) return;
    again_ = loop_.at(Time{}, [this] {
        again_ = 0;
        turn();
    });
}

// libzmq gives each connection a description that its messages share: where it lies tells one from
// another for as long as we hold one of its messages. (A ROUTER's routing id has none.)
Intake::Pile& Intake::pile_of(const Frames& frames) {
    const zmq::message_t& frame = frames[type_ == ZMQ_ROUTER && frames.size() > 1 ? 1 : 0];
    const char* whose = zmq_msg_gets(const_cast<zmq_msg_t*>(frame.handle()), "__fd");
    std::unique_ptr<Pile>& pile = piles_[whose];
    if (!pile) {
        pile = std::make_unique<Pile>();
        pile->whose = whose;
        pile->connection = budget_->open();
        if (whose != nullptr) {
            const int fd = std::atoi(whose);
            pile->wire = post_ ? post_->wire(fd) : wire_of(fd);
            if (post_)
                pile->asked = [post = post_, wire = pile->wire] { return post->asked(wire); };
        }
        pile->first.copy(const_cast<zmq::message_t&>(frame));
        turns_.push_back(pile.get());
    }
    return *pile;
}

void Intake::add(Frames& frames) {
    Pile& pile = pile_of(frames);
    const std::size_t bytes = bytes_of(frames);
    budget_->add(pile.connection, bytes, pile.asked);
    note_taken(pile.wire, frames);
    pile.sizes.push_back(static_cast<std::uint8_t>(frames.size()));
    const bool many = pile.sizes.size() > kManyMessages;
    for (zmq::message_t& frame : frames)
        pile.frames.push_back(many ? compact(std::move(frame)) : std::move(frame));
    if (budget_->over(pile.connection)) end(pile);
}

void Intake::note_taken(const Wire& wire, const Frames& frames) {
    if (!post_) return;
    if (taken_.empty() || taken_.back().wire != wire) taken_.push_back({wire});
    for (std::size_t i = type_ == ZMQ_ROUTER ? 1 : 0; i < frames.size(); ++i) {
        taken_.back().bytes += wire_bytes(frames[i]);
        taken_.back().memory += memory_of(frames[i]);
    }
}

bool Intake::pull() {
    if (type_ == ZMQ_PUB) return false;  // nothing is ever said to it, and asking is an error
    int pulled = 0;
    for (; pulled < limits::kPullMessages && receive_frames(socket_, frames_); ++pulled)
        add(frames_);
    const bool flooded = pulled == limits::kPullMessages;
    if (post_) post_->taken(taken_, !flooded);
    taken_.clear();
    drop_who_is_over();
    return flooded;
}

// Also those who became the greediest by what came in elsewhere.
void Intake::drop_who_is_over() {
    if (!budget_->some_over()) return;
    const std::deque<Pile*> turns = turns_;
    for (Pile* pile : turns)
        if (budget_->over(pile->connection)) end(*pile);
}

void Intake::end(Pile& pile) {
    if (budget_->over(pile.connection)) {
        ++cut_;
        (void)cut(pile.wire);
    }
    budget_->forget(pile.connection);
    std::erase(turns_, &pile);
    piles_.erase(pile.whose);
}

bool Intake::next_frames(Frames& out) {
    out.clear();
    if (turns_.empty()) return false;
    Pile& pile = *turns_.front();
    from_ = pile.wire;
    for (int left = pile.sizes.front(); left > 0; --left) {
        out.push_back(std::move(pile.frames.front()));
        pile.frames.pop_front();
    }
    pile.sizes.pop_front();
    budget_->done(pile.connection, bytes_of(out));
    turns_.pop_front();
    if (pile.sizes.empty())
        piles_.erase(pile.whose);
    else
        turns_.push_back(&pile);
    return true;
}

std::optional<Incoming> Intake::next() {
    if (++reads_ > kReadsPerTurn || Loop::now() > read_until_) return std::nullopt;
    if (!next_frames(frames_)) return std::nullopt;
    return read_frames(type_, frames_);
}

std::uint64_t Intake::take_cut() {
    return std::exchange(cut_, 0);
}

}  // namespace fragcast
