#include "bus/forwarder.hpp"

#include "bus/subscriptions.hpp"
#include "messages/codec.hpp"
#include "messages/limits.hpp"
#include "messages/link.hpp"
#include "messages/loop.hpp"
#include "messages/stranger_watch.hpp"
#include "messages/topic.hpp"

#include <cstring>
#include <string_view>
#include <utility>

#include <sys/socket.h>

namespace fragcast {

namespace {

// Messages of one turn: as libzmq's own proxy does.
constexpr int kForwardsPerTurn = 1000;
constexpr auto kCountsEvery = std::chrono::seconds(1);

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

}  // namespace

// Everything of the forwarder's thread.
class Forwarder::Thread {
public:
    Thread(zmq::context_t& context, ForwarderActor::End& pipe, zmq::socket_t in, zmq::socket_t out)
        : pipe_(pipe),
          in_(std::move(in)),
          out_(std::move(out)),
          at_in_(context, loop_, in_, [this] { ++news_.counts.strangers; }),
          at_out_(context, loop_, out_, [this] { ++news_.counts.strangers; }) {
        loop_.add(pipe_.socket(), [this] { read_commands(); });
        loop_.add(in_, [this] { forward(); });
        loop_.add(out_, [this] { read_subscriptions(); });
        tell_counts();
    }
    void run() { loop_.run(); }

private:
    void read_commands() {
        for (int reads = 0; reads < kReadsPerTurn; ++reads) {
            auto command = pipe_.receive();
            if (!command) return;
            const auto* publish = std::get_if<Publish>(&*command);
            if (publish == nullptr) return loop_.stop();
            out_.send(zmq::buffer(publish->topic), zmq::send_flags::sndmore);
            out_.send(zmq::buffer(publish->frame), zmq::send_flags::none);
            ++news_.counts.announcements;
        }
    }

    void forward() {
        zmq::message_t topic, frame;
        for (int reads = 0; reads < kForwardsPerTurn; ++reads) {
            if (!in_.recv(topic, zmq::recv_flags::dontwait)) break;
            if (!topic.more()) {
                ++news_.counts.garbage;
                continue;
            }
            (void)in_.recv(frame, zmq::recv_flags::none);
            if (frame.more()) {
                drain();
                ++news_.counts.garbage;
                continue;
            }
            pass_on(topic, frame);
        }
        tell_noted();
    }

    void drain() {
        zmq::message_t rest;
        do
            (void)in_.recv(rest, zmq::recv_flags::none);
        while (rest.more());
    }

    void pass_on(zmq::message_t& topic, zmq::message_t& frame) {
        const Verdict verdict = judge(topic, frame);
        if (verdict == Verdict::drop) {
            ++news_.counts.garbage;
            return;
        }
        if (verdict == Verdict::note) note(frame);
        // XPUB never waits: it drops for a subscriber that does not keep up.
        out_.send(topic, zmq::send_flags::sndmore);
        out_.send(frame, zmq::send_flags::none);
        ++news_.counts.announcements;
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
        if (news_.counts != ForwardCounts{}) tell();
        loop_.at(Loop::now() + kCountsEvery, [this] { tell_counts(); });
    }

    // libzmq has applied them already. It takes them from a connection faster than a few in a turn.
    void read_subscriptions() {
        zmq::message_t frame;
        for (int reads = 0; reads < kForwardsPerTurn; ++reads) {
            if (!out_.recv(frame, zmq::recv_flags::dontwait)) return;
            // Nothing comes with the end of a connection: -1.
            const int connection = zmq_msg_get(frame.handle(), ZMQ_SRCFD);
            switch (subscriptions_.hear(frame.to_string_view(), connection)) {
                case Subscriptions::Verdict::fine:
                    break;
                case Subscriptions::Verdict::no_subscription:
                    ++news_.counts.garbage;
                    break;
                case Subscriptions::Verdict::too_many:
                    cut(connection);
                    break;
            }
        }
    }

    // libzmq has no call for it. The descriptor may be another subscriber's by now, who then
    // connects again.
    void cut(int connection) {
        if (shutdown(connection, SHUT_RDWR) == 0) ++news_.counts.cut;
    }

    ForwarderActor::End& pipe_;
    zmq::socket_t in_;
    zmq::socket_t out_;
    Loop loop_;
    StrangerWatch at_in_;
    StrangerWatch at_out_;
    Forwarded news_;
    Subscriptions subscriptions_;
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
