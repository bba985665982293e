#include "bus/forwarder.hpp"

#include "bus/subscriptions.hpp"
#include "messages/wire/codec.hpp"
#include "messages/wire/limits.hpp"
#include "messages/wire/topic.hpp"
#include "messages/zmq/guard.hpp"
#include "messages/zmq/intake.hpp"
#include "messages/zmq/link.hpp"
#include "messages/zmq/loop.hpp"

#include <cstring>
#include <map>
#include <optional>
#include <string_view>
#include <utility>

#include <linux/sockios.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

namespace fragcast {

namespace {

// Messages of one turn: as libzmq's own proxy does.
constexpr int kForwardsPerTurn = 1000;
constexpr auto kCountsEvery = std::chrono::seconds(1);
// Around a subscription: on the wire, and about what libzmq keeps of it until it is read.
constexpr std::size_t kSubscribeBytes = 12;
constexpr std::size_t kSubscriptionMemory = 300;

enum class Verdict { drop, forward, note };

Verdict judge_kind(Kind kind, std::string_view topic) {
    const auto prefix = topic_prefix(kind);
    // Of a later version of this program: an announcement all the same.
    if (!prefix)
        return name_of(kind) == nullptr && kind < Kind::join ? Verdict::forward : Verdict::drop;
    if (!topic.starts_with(*prefix)) return Verdict::drop;
    switch (kind) {
        case Kind::peer_joined:
        case Kind::peer_left:
        case Kind::bus_stats:
            return Verdict::drop;  // only a bus says this
        case Kind::fragment_available:
        case Kind::fragment_gone:
        case Kind::fragment_received:
        case Kind::asset_published:
        case Kind::asset_removed:
        case Kind::viewer_entered:
            return Verdict::note;
        default:
            return Verdict::forward;
    }
}

// By header alone: what the body says is for those who want it.
Verdict judge(const zmq::message_t& topic, const zmq::message_t& frame) {
    constexpr std::uint8_t kBegin[] = {0xF7, 0xCA, kProtocolVersion};
    if (topic.size() > limits::kMaxTopicBytes || frame.size() < kHeaderBytes ||
        std::memcmp(frame.data(), kBegin, sizeof kBegin) != 0)
        return Verdict::drop;
    return judge_kind(static_cast<Kind>(frame.data<std::uint8_t>()[sizeof kBegin]),
                      topic.to_string_view());
}

// What a subscriber has taken so far, and whether something waits for it in the kernel.
struct Progress {
    std::uint64_t taken = 0;
    bool some_waits = false;
};
std::optional<Progress> progress_of(const Wire& wire) {
    tcp_info info{};
    socklen_t size = sizeof info;
    int waiting = 0;
    if (wire_of(wire.fd) != wire || getsockopt(wire.fd, IPPROTO_TCP, TCP_INFO, &info, &size) != 0 ||
        ioctl(wire.fd, SIOCOUTQ, &waiting) != 0)
        return std::nullopt;
    return Progress{info.tcpi_bytes_acked, waiting > 0};
}

}  // namespace

// Everything of the forwarder's thread.
class Forwarder::Thread {
public:
    Thread(zmq::context_t& context, ForwarderActor::End& pipe, zmq::socket_t in, zmq::socket_t out)
        : pipe_(pipe),
          in_(std::move(in)),
          out_(std::move(out)),
          guard_(context, loop_, Backlog::Limits::of_a_bus(),
                 [this](const Guard::News& news) { on_guard(news); }),
          at_out_(guard_.listening(out_, limits::kMaxSubscriptionsUnreadBytes)),
          intake_(loop_, in_, std::make_shared<Budget>(Budget::Limits::of_a_bus()),
                  guard_.listening(in_), [this] { forward(); }) {
        loop_.add(pipe_.socket(), [this] { read_commands(); });
        loop_.add(out_, [this] { read_subscriptions(); });
        tell_counts();
    }
    void run() { loop_.run(); }

private:
    // For each call: what is sent may take the sign that something came.
    zmq::socket_t& out() {
        Poller::touched(out_.handle());
        return out_;
    }

    void read_commands() {
        for (int reads = 0; reads < kReadsPerTurn; ++reads) {
            auto command = pipe_.receive();
            if (!command) return;
            const auto* publish = std::get_if<Publish>(&*command);
            if (publish == nullptr) return loop_.stop();
            out().send(zmq::buffer(publish->topic), zmq::send_flags::sndmore);
            out().send(zmq::buffer(publish->frame), zmq::send_flags::none);
            ++news_.counts.announcements;
        }
    }

    void on_guard(const Guard::News& news) {
        news_.counts.strangers += news.strangers;
        news_.counts.flooded += news.cut;
        intake_.turn();
        read_subscriptions();
    }

    void forward() {
        news_.counts.flooded += intake_.take_cut();
        for (int reads = 0; reads < kForwardsPerTurn && intake_.next_frames(frames_); ++reads)
            if (frames_.size() == 2)
                pass_on(frames_[0], frames_[1]);
            else
                ++news_.counts.garbage;
        tell_noted();
    }

    void pass_on(zmq::message_t& topic, zmq::message_t& frame) {
        const Verdict verdict = judge(topic, frame);
        if (verdict == Verdict::drop) {
            ++news_.counts.garbage;
            return;
        }
        if (verdict == Verdict::note) note(frame);
        // XPUB never waits: it drops for a subscriber that does not keep up.
        out().send(topic, zmq::send_flags::sndmore);
        out().send(counted_frame(std::move(frame), untaken_), zmq::send_flags::none);
        ++news_.counts.announcements;
        if (untaken_.unsent() > limits::kMaxUntakenBytes) cut_the_slowest();
    }

    // A queue is bounded in messages, but each subscriber's holds others of them.
    void cut_the_slowest() {
        const Time now = Loop::now();
        if (now < cut_slow_at_) return;
        cut_slow_at_ = now + limits::kCutSlowEvery;
        const auto before = std::exchange(taken_, {});
        std::uint64_t least = ~std::uint64_t{0};
        std::vector<Wire> slowest;
        for (const auto& [connection, prefixes] : subscriptions_.all()) {
            const Wire wire{connection.fd, connection.cookie};
            const auto progress = progress_of(wire);
            if (!progress) continue;
            taken_[wire] = progress->taken;
            const auto known = before.find(wire);
            if (known == before.end() || !progress->some_waits) continue;
            const std::uint64_t took = progress->taken - known->second;
            if (took > least) continue;
            if (took < least) slowest.clear();
            least = took;
            slowest.push_back(wire);
        }
        for (const Wire& wire : slowest)
            if (cut(wire)) ++news_.counts.slow;
    }

    void note(const zmq::message_t& frame) {
        if (noted_bytes_ + frame.size() > limits::kMaxNotedBytes) {
            ++news_.counts.unrecorded;
            return;
        }
        noted_bytes_ += frame.size();
        const auto* data = frame.data<std::uint8_t>();
        news_.noted.emplace_back(data, data + frame.size());
    }

    // Kept until there is room in the pipe; meanwhile note() finds none.
    void tell() {
        if (!pipe_.send(news_)) return;
        news_ = {};
        noted_bytes_ = 0;
    }
    void tell_noted() {
        if (!news_.noted.empty()) tell();
    }
    void tell_counts() {
        subscriptions_.forget([](const Subscriptions::Connection& one) {
            return wire_of(one.fd).cookie != one.cookie;
        });
        if (news_.counts != ForwardCounts{}) tell();
        loop_.at(Loop::now() + kCountsEvery, [this] { tell_counts(); });
    }

    // libzmq has applied them already. It takes them from a connection faster than a few in a turn.
    void read_subscriptions() {
        struct Talker {
            Wire wire;
            std::size_t frames = 0;
            std::size_t bytes = 0;
        };
        std::map<int, Talker> talkers;
        subscriptions_.turn();
        zmq::message_t frame;
        bool dry = false;
        for (int reads = 0; reads < limits::kPullMessages && !dry; ++reads) {
            dry = !out().recv(frame, zmq::recv_flags::dontwait);
            if (dry) break;
            // What ends with a connection comes of none: -1.
            const int fd = zmq_msg_get(frame.handle(), ZMQ_SRCFD);
            Talker& talker = talkers[fd];
            if (talker.frames++ == 0) talker.wire = at_out_->wire(fd);
            hear_subscription(frame.to_string_view(), talker.wire);
            talker.bytes += frame.size() + kSubscribeBytes;
        }
        std::vector<Guard::Taken> taken;
        taken.reserve(talkers.size());
        for (const auto& [fd, talker] : talkers)
            taken.push_back({talker.wire, talker.bytes, talker.frames * kSubscriptionMemory});
        at_out_->taken(taken, dry);
    }

    void hear_subscription(std::string_view frame, const Wire& from) {
        const auto verdict = subscriptions_.hear(frame, {from.fd, from.cookie});
        if (verdict == Subscriptions::Verdict::no_subscription) {
            ++news_.counts.garbage;
            (void)cut(from);
        } else if (verdict != Subscriptions::Verdict::fine) {
            if (cut(from)) ++news_.counts.cut;
        }
    }

    ForwarderActor::End& pipe_;
    zmq::socket_t in_;
    zmq::socket_t out_;
    Loop loop_;
    Guard guard_;
    std::shared_ptr<Guard::Post> at_out_;
    Intake intake_;
    Frames frames_;
    Forwarded news_;
    Subscriptions subscriptions_;
    Account untaken_;
    std::map<Wire, std::uint64_t> taken_;  // when the slowest was last looked for
    Time cut_slow_at_{};
    std::size_t noted_bytes_ = 0;
};

Result<std::unique_ptr<Forwarder>> Forwarder::start(zmq::context_t& context, const Endpoint& in,
                                                    const Endpoint& out) {
    auto sub = make_socket(context, zmq::socket_type::xsub);
    if (!sub) return sub.error();
    auto pub = make_socket(context, zmq::socket_type::xpub);
    if (!pub) return pub.error();
    // A subscriber says nothing but subscriptions: more costs it its connection.
    pub->set(zmq::sockopt::maxmsgsize, static_cast<std::int64_t>(limits::kMaxSubscriptionBytes));
    // Each connection's, or they could not be counted.
    pub->set(zmq::sockopt::xpub_verboser, 1);
    sub->set(zmq::sockopt::maxmsgsize, static_cast<std::int64_t>(limits::kMaxAnnouncementBytes));
    auto in_bound = bind_socket(*sub, in, {});
    if (!in_bound) return in_bound.error();
    auto out_bound = bind_socket(*pub, out, {});
    if (!out_bound) return out_bound.error();
    sub->send(zmq::str_buffer("\x01"), zmq::send_flags::none);  // everything
    return std::unique_ptr<Forwarder>(
        new Forwarder(context, std::move(*sub), std::move(*pub), *in_bound, *out_bound));
}

Forwarder::Forwarder(zmq::context_t& context, zmq::socket_t in, zmq::socket_t out,
                     Endpoint in_endpoint, Endpoint out_endpoint)
    : in_(std::move(in_endpoint)),
      out_(std::move(out_endpoint)),
      actor_(
          context, "forwarder",
          [&context, sockets = std::make_shared<std::pair<zmq::socket_t, zmq::socket_t>>(
                         std::move(in), std::move(out))](ForwarderActor::End& pipe,
                                                         const ActorThread::Ready& ready) {
              Thread thread(context, pipe, std::move(sockets->first), std::move(sockets->second));
              ready(Done{});
              thread.run();
          },
          Stop{}, limits::kForwarderPipe) {}

bool Forwarder::publish(const Message& announcement) {
    return actor_.pipe().send(Publish{topic_of(announcement), encode(announcement)});
}

}  // namespace fragcast
