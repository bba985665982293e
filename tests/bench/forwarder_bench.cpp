// Announcements per second through the bus's forwarder, and through zmq::proxy_steerable between
// sockets of the same options: in turn, several rounds; medians, and the median of the rounds'
// ratios. What the forwarder records as well is measured against both the proxy alone and a proxy
// that records: by a capture socket, which a thread reads.
//
//   forwarder_bench [ROUNDS] [ANNOUNCEMENTS]    21 50000
//
// The publisher is at most kAhead announcements ahead of the subscriber, so that next to nothing is
// dropped; what is dropped costs kGivenUp, either way.
#include "bus/forwarder.hpp"
#include "messages/wire/codec.hpp"
#include "messages/wire/topic.hpp"
#include "messages/zmq/link.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

#include <zmq.hpp>

namespace {

using namespace fragcast;

constexpr std::uint64_t kAhead = 100;
constexpr std::uint64_t kToldEvery = 20;
constexpr auto kGivenUp = std::chrono::milliseconds(20);
const Endpoint kAnywhere{"127.0.0.1", 0};

zmq::socket_t need(Result<zmq::socket_t> made) {
    if (made) return std::move(*made);
    std::fprintf(stderr, "forwarder_bench: %s\n", made.error().text.c_str());
    std::exit(1);
}

// Sends `count` and receives them all; seconds from the first to the last.
double run(const Endpoint& in, const Endpoint& out, const Message& announcement,
           std::uint64_t count) {
    zmq::context_t context(2);
    zmq::socket_t pub = need(make_socket(context, zmq::socket_type::pub));
    zmq::socket_t sub = need(make_socket(context, zmq::socket_type::sub));
    const std::string topic = topic_of(announcement);
    const Bytes frame = encode(announcement);
    sub.set(zmq::sockopt::subscribe, topic);
    (void)connect_socket(sub, out);
    (void)connect_socket(pub, in);
    const auto send = [&] {
        pub.send(zmq::buffer(topic), zmq::send_flags::sndmore);
        pub.send(zmq::buffer(frame), zmq::send_flags::none);
    };
    const auto receive = [&](int wait_ms) {
        zmq::message_t part;
        sub.set(zmq::sockopt::rcvtimeo, wait_ms);
        if (!sub.recv(part)) return false;
        (void)sub.recv(part);
        return true;
    };
    // Until both connections and the subscription are there; then what is left of it.
    do
        send();
    while (!receive(5));
    while (receive(200)) {
    }
    std::atomic<std::uint64_t> received{0};
    const auto began = std::chrono::steady_clock::now();
    std::thread publisher([&] {
        std::uint64_t lost = 0;
        for (std::uint64_t sent = 0; received < count; ++sent) {
            const auto waiting = std::chrono::steady_clock::now();
            while (sent >= received + lost + kAhead && received < count) {
                std::this_thread::yield();
                if (std::chrono::steady_clock::now() - waiting > kGivenUp) lost = sent - received;
            }
            send();
        }
    });
    for (std::uint64_t got = 0; got < count;) {
        if (!receive(-1)) continue;
        if (++got % kToldEvery == 0 || got == count) received = got;
    }
    publisher.join();
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
}

// Reads what the proxy captures until an empty frame comes.
void take_captured(zmq::socket_t& tap) {
    zmq::message_t part;
    do
        (void)tap.recv(part);
    while (part.size() != 0 || part.more());
}

double through_proxy(const Message& announcement, std::uint64_t count, bool recording) {
    zmq::context_t context;
    zmq::socket_t in = need(make_socket(context, zmq::socket_type::xsub));
    zmq::socket_t out = need(make_socket(context, zmq::socket_type::xpub));
    const Endpoint in_at = *bind_socket(in, kAnywhere, {});
    const Endpoint out_at = *bind_socket(out, kAnywhere, {});
    zmq::socket_t steer(context, zmq::socket_type::pair);
    zmq::socket_t control(context, zmq::socket_type::pair);
    steer.bind("inproc://steer");
    control.connect("inproc://steer");
    zmq::socket_t capture(context, zmq::socket_type::pair);
    zmq::socket_t tap(context, zmq::socket_type::pair);
    capture.bind("inproc://capture");
    tap.connect("inproc://capture");
    std::thread taker([&] { take_captured(tap); });
    std::thread proxy([&] {
        zmq::proxy_steerable(in, out, recording ? zmq::socket_ref(capture) : zmq::socket_ref(),
                             zmq::socket_ref(control));
    });
    const double seconds = run(in_at, out_at, announcement, count);
    steer.send(zmq::str_buffer("TERMINATE"), zmq::send_flags::none);
    proxy.join();
    capture.send(zmq::message_t(), zmq::send_flags::none);
    taker.join();
    return seconds;
}

// Beside it a directory that takes what the forwarder notes for it.
double through_forwarder(const Message& announcement, std::uint64_t count) {
    zmq::context_t context;
    auto forwarder = Forwarder::start(context, kAnywhere, kAnywhere);
    if (!forwarder) std::exit(1);
    double seconds = 0;
    std::atomic<bool> ended{false};
    std::thread work([&] {
        seconds = run((*forwarder)->in(), (*forwarder)->out(), announcement, count);
        ended = true;
    });
    while (!ended) {
        zmq::pollitem_t item{(*forwarder)->socket().handle(), 0, ZMQ_POLLIN, 0};
        zmq::poll(&item, 1, std::chrono::milliseconds(20));
        while ((*forwarder)->receive()) {
        }
    }
    work.join();
    return seconds;
}

double median(std::vector<double> values) {
    std::sort(values.begin(), values.end());
    return values[values.size() / 2];
}

void compare(const char* what, const Message& announcement, bool recording, int rounds,
             std::uint64_t count) {
    std::vector<double> proxy, forwarder, ratios;
    for (int round = 0; round <= rounds; ++round) {
        const double theirs = through_proxy(announcement, count, recording);
        const double ours = through_forwarder(announcement, count);
        if (round == 0) continue;  // for warming up
        proxy.push_back(theirs);
        forwarder.push_back(ours);
        ratios.push_back(theirs / ours);
    }
    const auto rate = [count](double seconds) { return static_cast<double>(count) / seconds; };
    std::printf("%s: %.0f, forwarder %.0f [announcements/s], ratio %.2f\n", what,
                rate(median(proxy)), rate(median(forwarder)), median(ratios));
}

}  // namespace

int main(int argc, char** argv) {
    const int rounds = argc > 1 ? std::atoi(argv[1]) : 21;
    const std::uint64_t count = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 50'000;
    const Message alive{{}, PeerAlive{}};
    const Message gone{{}, FragmentGone{{}, {{0, 10}}}};
    compare("peer.alive, forwarded: proxy_steerable", alive, false, rounds, count);
    compare("fragment.gone, recorded too: proxy_steerable that captures", gone, true, rounds,
            count);
    compare("fragment.gone, recorded too: proxy_steerable", gone, false, rounds, count);
}
