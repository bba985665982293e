// Links on real sockets: both ways, broken, refused, and abused by raw zmq.
#include "messages/wire/limits.hpp"
#include "two_ends.hpp"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>

#include <doctest/doctest.h>

using namespace fragcast;
using namespace fragcast::test;
using namespace std::chrono_literals;

namespace {

// A socket that follows none of our rules, except that it connects.
zmq::socket_t stranger(zmq::context_t& context, zmq::socket_type type, const Endpoint& to) {
    zmq::socket_t socket(context, type);
    socket.set(zmq::sockopt::linger, 0);
    socket.connect(to.text());
    return socket;
}

void send_raw(zmq::socket_t& socket, const std::string& frame) {
    REQUIRE(socket.send(zmq::buffer(frame), zmq::send_flags::none).has_value());
}

}  // namespace

TEST_CASE("links: who dialled may be asked over the same connection") {
    TwoEnds two;
    two.connect();
    CHECK(two.calls.up.at(LinkId{1}));
    CHECK_FALSE(two.answers.up.at(two.accepted));
    CHECK(two.accepted.value >= kFirstAccepted);
    two.listener.send(two.accepted, a_ping());
    CHECK(two.wait([&] { return two.calls.messages[LinkId{1}] == 1; }));
}

TEST_CASE("links: a payload travels beside its message and its bytes are accounted for") {
    TwoEnds two;
    two.connect();
    Bytes bytes(limits::kChunkBytes, 7);
    auto owner = std::make_shared<int>(0);
    Payload payload(bytes.data(), bytes.size(), owner);
    CHECK(two.listener.send_payload(two.accepted, {{}, Data{}}, std::move(payload)) ==
          SendVerdict::sent);
    CHECK(two.wait([&] { return two.calls.bytes == limits::kChunkBytes; }));
    CHECK(two.wait([&] { return owner.use_count() == 1; }));
}

TEST_CASE("links: what is less than a chunk is copied, and a buffer of the store is free at once") {
    TwoEnds two;
    two.connect();
    const auto buffer = std::make_shared<Bytes>(limits::kChunkBytes, std::uint8_t{7});
    std::uint64_t sent = 0;
    long most = 0;
    REQUIRE(two.wait([&] {
        const std::size_t size = limits::kChunkBytes - 1;
        if (two.listener.send_payload(two.accepted, {{}, Data{}},
                                      Payload(buffer->data(), size, buffer)) == SendVerdict::sent)
            sent += size;
        most = std::max(most, buffer.use_count());
        return sent > limits::kMaxUnsentBytes;
    }));
    CHECK(most == 1);
    CHECK(two.wait([&] { return two.calls.bytes == sent; }));
}

TEST_CASE("links: a refused dial says so at once") {
    TwoEnds two;
    two.dialler.dial(LinkId{1}, nobody());
    REQUIRE(two.wait([&] { return two.calls.failed.contains(LinkId{1}); }));
    CHECK(two.calls.failed[LinkId{1}].find("refused") != std::string::npos);
    CHECK(two.dialler.size() == 0);
}

TEST_CASE("links: an address that is none fails, later") {
    TwoEnds two;
    two.dialler.dial(LinkId{1}, {"a.name.example", 5000});
    CHECK(two.calls.failed.empty());
    CHECK(two.wait([&] { return two.calls.failed.contains(LinkId{1}); }));
}

TEST_CASE("links: when the listener dies the dialler is told, once") {
    TwoEnds two;
    auto listener = std::make_unique<NeighbourLinks>(two.context, two.loop, two.answers);
    const Endpoint address = listener->listen({"127.0.0.1", 0}, "--listen").value();
    two.dialler.dial(LinkId{5}, address);
    REQUIRE(two.wait([&] { return two.calls.up.contains(LinkId{5}); }));
    listener.reset();
    CHECK(two.wait([&] { return two.calls.down.contains(LinkId{5}); }));
    CHECK(two.dialler.size() == 0);
}

TEST_CASE("links: when the dialler is gone, the next message to it finds out") {
    TwoEnds two;
    two.connect();
    two.dialler.hang_up(LinkId{1});
    REQUIRE(two.wait([&] {
        two.listener.send(two.accepted, a_ping());
        return two.answers.down.contains(two.accepted);
    }));
    CHECK(two.listener.send_payload(two.accepted, {{}, Data{}}, Payload(Bytes(1, 0))) ==
          SendVerdict::unreachable);
    CHECK(two.calls.down.empty());
}

TEST_CASE("links: what was sent before hanging up arrives") {
    TwoEnds two;
    two.connect();
    for (int i = 0; i < 20; ++i)
        two.dialler.send(LinkId{1}, a_ping());
    two.dialler.hang_up(LinkId{1});
    CHECK(two.wait([&] { return two.answers.messages[two.accepted] == 21; }));
}

TEST_CASE(
    "links: what a listener said before it stopped is heard by who is late, then it is down") {
    TwoEnds two;
    LinkDiary giver;
    auto listener = std::make_unique<NeighbourLinks>(two.context, two.loop, giver);
    const Endpoint address = listener->listen({"127.0.0.1", 0}, "--listen").value();
    two.dialler.dial(LinkId{5}, address);
    REQUIRE(two.wait([&] { return two.calls.up.contains(LinkId{5}); }));
    two.dialler.send(LinkId{5}, a_ping());
    REQUIRE(two.wait([&] { return !giver.up.empty(); }));
    for (int i = 0; i < 50; ++i)
        listener->send(giver.up.begin()->first, a_ping());
    listener->send(giver.up.begin()->first, {{}, Bye{}});
    listener.reset();
    stand_still(300);
    CHECK(two.wait([&] { return two.calls.down.contains(LinkId{5}); }));
    CHECK(two.calls.messages[LinkId{5}] == 51);
}

TEST_CASE("links: a hung-up link hears nothing more") {
    TwoEnds two;
    two.connect();
    const Time hung_up = Loop::now();
    two.listener.hang_up(two.accepted);
    // Whatever it says, it is no new link to the listener; and its connection ends, but not before
    // what was said had its time.
    REQUIRE(two.wait([&] {
        two.dialler.send(LinkId{1}, a_ping());
        return two.calls.down.contains(LinkId{1});
    }));
    CHECK(Loop::now() - hung_up >= limits::kFarewell);
    CHECK(two.answers.up.size() == 1);
    CHECK(two.answers.messages[two.accepted] == 1);
    CHECK(two.listener.size() == 0);
}

TEST_CASE(
    "links: what a hung-up link said before it was cut, and is read after it, is no new link") {
    TwoEnds two;
    two.connect();
    two.listener.hang_up(two.accepted);
    // More than is taken in one turn, before the turn in which it is cut.
    for (int i = 0; i < 12; ++i) {
        for (int j = 0; j < limits::kPullMessages / 8; ++j)
            two.dialler.send(LinkId{1}, a_ping());
        stand_still(5);
    }
    stand_still(2 * std::chrono::milliseconds(limits::kFarewell).count());
    REQUIRE(two.wait([&] { return two.calls.down.contains(LinkId{1}); }));
    CHECK(two.answers.up.size() == 1);
    CHECK(two.listener.size() == 0);
}

TEST_CASE("links: malformed frames are counted, and others are served") {
    TwoEnds two;
    two.connect();
    auto noisy = stranger(two.context, zmq::socket_type::dealer, two.address);
    for (const std::string frame : {"", "GET / HTTP/1.1", "\xf7\xca"})
        send_raw(noisy, frame);
    REQUIRE(two.wait([&] { return two.answers.garbage[LinkId{}] == 3; }));
    CHECK(two.answers.up.size() == 1);
    two.dialler.send(LinkId{1}, a_ping());
    CHECK(two.wait([&] { return two.answers.messages[two.accepted] == 2; }));
}

TEST_CASE("links: garbage on a known link is told with its name") {
    TwoEnds two;
    auto other = stranger(two.context, zmq::socket_type::dealer, two.address);
    const Bytes hello = encode(a_ping());
    send_raw(other, std::string(hello.begin(), hello.end()));
    REQUIRE(two.wait([&] { return two.answers.up.size() == 1; }));
    send_raw(other, "rubbish");
    CHECK(two.wait([&] { return two.answers.garbage[two.answers.up.begin()->first] == 1; }));
}

TEST_CASE("links: an oversized frame to the listener costs only its own connection") {
    TwoEnds two;
    two.connect();
    auto big = stranger(two.context, zmq::socket_type::dealer, two.address);
    send_raw(big, std::string(limits::kMaxFrameBytes + 1, 'x'));
    send_raw(big, "small");  // after libzmq connected it again
    REQUIRE(two.wait([&] { return two.answers.garbage[LinkId{}] == 1; }));
    two.dialler.send(LinkId{1}, a_ping());
    CHECK(two.wait([&] { return two.answers.messages[two.accepted] == 2; }));
    CHECK(two.calls.down.empty());
}

TEST_CASE("links: an oversized frame to a dialler ends that link, and it can be dialled anew") {
    TwoEnds two;
    zmq::socket_t evil(two.context, zmq::socket_type::router);
    evil.set(zmq::sockopt::linger, 0);
    evil.bind("tcp://127.0.0.1:*");
    const auto where =
        parse_endpoint(evil.get(zmq::sockopt::last_endpoint).c_str(), "test").value();
    two.connect();
    two.dialler.dial(LinkId{2}, where);
    REQUIRE(two.wait([&] { return two.calls.up.contains(LinkId{2}); }));
    two.dialler.send(LinkId{2}, a_ping());
    zmq::message_t id;
    REQUIRE(two.wait([&] { return evil.recv(id, zmq::recv_flags::dontwait).has_value(); }));
    evil.send(zmq::buffer(id.to_string()), zmq::send_flags::sndmore);
    send_raw(evil, std::string(limits::kMaxFrameBytes + 1, 'x'));
    REQUIRE(two.wait([&] { return two.calls.down.contains(LinkId{2}); }));
    CHECK_FALSE(two.calls.down.contains(LinkId{1}));
    two.dialler.dial(LinkId{3}, where);
    CHECK(two.wait([&] { return two.calls.up.contains(LinkId{3}); }));
}

TEST_CASE("links: something that is no ZeroMQ at all is a failed dial") {
    TwoEnds two;
    // A plain TCP listener that answers like a web server.
    zmq::socket_t web(two.context, zmq::socket_type::stream);
    web.set(zmq::sockopt::linger, 0);
    web.bind("tcp://127.0.0.1:*");
    const auto where = parse_endpoint(web.get(zmq::sockopt::last_endpoint).c_str(), "test").value();
    two.dialler.dial(LinkId{1}, where);
    bool answered = false;
    const auto reading = two.loop.add(web, [&] {
        zmq::message_t id, data;
        (void)web.recv(id, zmq::recv_flags::dontwait);
        (void)web.recv(data, zmq::recv_flags::dontwait);
        if (std::exchange(answered, true)) return;
        web.send(zmq::buffer(id.to_string()), zmq::send_flags::sndmore);
        send_raw(web, "HTTP/1.1 400 Bad Request\r\n\r\n");
    });
    CHECK(two.wait([&] { return two.calls.failed.contains(LinkId{1}); }));
    two.loop.remove(reading);
    CHECK(two.calls.up.empty());
}
