#include "messages/zmq/intake.hpp"

#include <algorithm>
#include <cstdlib>
#include <utility>

#include <linux/sockios.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

namespace fragcast {

namespace {

std::size_t bytes_of(const Frames& frames) {
    std::size_t bytes = 0;
    for (const zmq::message_t& frame : frames)
        bytes += frame.size();
    return bytes;
}

constexpr std::size_t kFrameHeader = 2;  // of ZMTP, of a short one
constexpr std::size_t kManyMessages = 64;

// A short message that libzmq received keeps all that was read with it, up to 18 KiB.
zmq::message_t compact(zmq::message_t frame) {
    constexpr std::size_t kOwn = 4096;
    if (frame.more() || frame.size() >= kOwn) return frame;
    return {frame.data(), frame.size()};
}

// Bytes of the connection that libzmq has read from the kernel.
std::uint64_t received_of(const Wire& wire) {
    tcp_info info{};
    socklen_t size = sizeof info;
    int unread = 0;
    if (getsockopt(wire.fd, IPPROTO_TCP, TCP_INFO, &info, &size) != 0 ||
        ioctl(wire.fd, SIOCINQ, &unread) != 0)
        return 0;
    return info.tcpi_bytes_received - static_cast<std::uint64_t>(unread);
}

}  // namespace

Wire wire_of(int fd) {
    Wire wire{fd, 0};
    socklen_t size = sizeof wire.cookie;
    if (getsockopt(fd, SOL_SOCKET, SO_COOKIE, &wire.cookie, &size) != 0) wire.cookie = 0;
    return wire;
}

bool cut(const Wire& wire) {
    if (wire.cookie == 0 || wire_of(wire.fd) != wire) return false;
    // libzmq has no call for it, and takes it as any other end. Not shutdown(): libzmq would still
    // read what the kernel holds, which is megabytes.
    sockaddr nobody{};
    nobody.sa_family = AF_UNSPEC;
    return connect(wire.fd, &nobody, sizeof nobody) == 0;
}

DecodeError Intake::what() {
    return {DecodeError::Why::foreign,
            "a connection that sent more than can be looked at; it was closed"};
}

Intake::Intake(Loop& loop, zmq::socket_t& socket, std::shared_ptr<Budget> budget,
               Loop::Handler on_readable)
    : loop_(loop),
      socket_(socket),
      budget_(std::move(budget)),
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
        if (whose != nullptr) pile->wire = wire_of(std::atoi(whose));
        pile->first.copy(const_cast<zmq::message_t&>(frame));
        turns_.push_back(pile.get());
    }
    return *pile;
}

void Intake::add(Frames& frames) {
    Pile& pile = pile_of(frames);
    const std::size_t bytes = bytes_of(frames);
    budget_->add(pile.connection, bytes);
    if (const auto inflow = inflows_.find(pile.wire); inflow != inflows_.end())
        inflow->second.pulled += bytes + kFrameHeader * frames.size();
    pile.sizes.push_back(static_cast<std::uint8_t>(frames.size()));
    const bool many = pile.sizes.size() > kManyMessages;
    for (zmq::message_t& frame : frames)
        pile.frames.push_back(many ? compact(std::move(frame)) : std::move(frame));
    if (budget_->over(pile.connection)) end(pile);
}

bool Intake::pull() {
    if (type_ == ZMQ_PUB) return false;  // nothing is ever said to it, and asking is an error
    int pulled = 0;
    for (; pulled < limits::kPullMessages && receive_frames(socket_, frames_); ++pulled)
        add(frames_);
    const bool flooded = pulled == limits::kPullMessages;
    if (flooded)
        audit();
    else
        inflows_.clear();
    drop_who_is_over();
    return flooded;
}

// What is not pulled yet is not seen, but the kernel knows how much it was.
void Intake::audit() {
    std::vector<std::pair<Budget::Connection, std::size_t>> unpulled;
    for (const Pile* pile : turns_) {
        if (pile->wire.cookie == 0) continue;
        const std::uint64_t received = received_of(pile->wire);
        const auto [at, fresh] = inflows_.try_emplace(pile->wire, Inflow{received, 0});
        const std::uint64_t pulled = at->second.received + at->second.pulled;
        unpulled.emplace_back(pile->connection, received > pulled ? received - pulled : 0);
    }
    budget_->see_unpulled(std::move(unpulled));
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
