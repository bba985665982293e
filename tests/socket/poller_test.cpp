// Who is ready, told at the cost of what happens.
#include "messages/zmq/poller.hpp"

#include "messages/zmq/link.hpp"
#include "messages/zmq/loop.hpp"
#include "messages/zmq/pipe.hpp"
#include "tests/socket/own_process.hpp"

#include <deque>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <doctest/doctest.h>
#include <unistd.h>

using namespace fragcast;

namespace {

using Ends = std::pair<PipeEnd<int, int>, PipeEnd<int, int>>;
using Handles = std::vector<Poller::Handle>;

constexpr int kLong = 60000;  // milliseconds: of what comes
// While it sends libzmq looks for what came at most every 3 million ticks of the processor, and its
// descriptor is silent from then on.
constexpr Duration kLooksWhileSending = std::chrono::milliseconds(10);

struct Desk {
    zmq::context_t context;
    Poller poller;
    Ends ends = make_pipe<int, int>(context);
    Desk() { poller.add(1, ends.first.socket(), ZMQ_POLLIN); }
    int taken() { return ends.first.receive().value_or(0); }
};

}  // namespace

TEST_CASE("poller: what came before it was added is told, and again until all is taken") {
    Desk desk;
    desk.ends.second.send(1);
    desk.ends.second.send(2);
    for (const int each : {1, 2}) {
        CHECK(desk.poller.wait(kLong) == Handles{1});
        CHECK(desk.taken() == each);
    }
    CHECK(desk.poller.wait(0).empty());
    desk.ends.second.send(3);
    CHECK(desk.poller.wait(kLong) == Handles{1});
}

TEST_CASE("poller: a sign that was taken before it was added is made up for") {
    zmq::context_t context;
    Ends ends = make_pipe<int, int>(context);
    ends.second.send(1);
    ends.second.send(2);
    REQUIRE(ends.first.receive() == 1);
    Poller poller;
    poller.add(1, ends.first.socket(), ZMQ_POLLIN);
    CHECK(poller.wait(kLong) == Handles{1});
}

TEST_CASE("poller: who sends takes the sign that something came, and still it is told") {
    Desk desk;
    CHECK(desk.poller.wait(0).empty());
    std::thread([&] { desk.ends.second.send(7); }).join();
    for (const Time end = Loop::now() + kLooksWhileSending; Loop::now() < end;)
        desk.ends.first.send(0);
    CHECK(desk.poller.wait(kLong) == Handles{1});
    CHECK(desk.taken() == 7);
}

TEST_CASE("poller: what was received elsewhere than in its handler leaves the rest to be told") {
    Desk desk;
    CHECK(desk.poller.wait(0).empty());
    desk.ends.second.send(1);
    desk.ends.second.send(2);
    CHECK(desk.taken() == 1);
    CHECK(desk.poller.wait(kLong) == Handles{1});
    CHECK(desk.taken() == 2);
}

TEST_CASE("poller: messages of links are told, too, whoever sent meanwhile") {
    zmq::context_t context;
    zmq::socket_t router(context, zmq::socket_type::router),
        dealer(context, zmq::socket_type::dealer);
    router.bind("inproc://poller-test");
    dealer.connect("inproc://poller-test");
    Poller poller;
    poller.add(5, dealer, ZMQ_POLLIN);
    const Message message{{PeerId{}, Epoch{1}, Sequence{0}}, Leave{}};
    REQUIRE(send_message(dealer, message) == SendResult::sent);
    Frames frames;
    REQUIRE(receive_frames(router, frames));
    const std::string who = frames.front().to_string();
    CHECK(poller.wait(0).empty());
    std::thread([&] {
        REQUIRE(send_message(router, message, {}, &who) == SendResult::sent);
    }).join();
    for (const Time end = Loop::now() + kLooksWhileSending; Loop::now() < end;)
        (void)send_message(dealer, message);
    CHECK(poller.wait(kLong) == Handles{5});
}

TEST_CASE("poller: full and not full any more") {
    zmq::context_t context;
    Ends ends = make_pipe<int, int>(context, 4);
    Poller poller;
    int sent = 0;
    while (ends.first.send(sent))
        ++sent;
    REQUIRE(sent > 0);
    poller.add(1, ends.first.socket(), ZMQ_POLLIN);
    poller.add(2, ends.first.socket(), ZMQ_POLLOUT);
    CHECK(poller.wait(0).empty());
    while (ends.second.receive()) {
    }
    ends.second.send(1);
    CHECK(poller.wait(kLong) == Handles{1, 2});
    poller.remove(2);
    CHECK(poller.wait(kLong) == Handles{1});
}

TEST_CASE("poller: a descriptor twice, removed, and used again by another before that") {
    Poller poller;
    int fds[2];
    REQUIRE(pipe(fds) == 0);
    poller.add(1, fds[0]);
    poller.add(2, fds[0]);
    CHECK(poller.wait(0).empty());
    REQUIRE(write(fds[1], "x", 1) == 1);
    CHECK(poller.wait(kLong) == Handles{1, 2});
    poller.remove(1);
    CHECK(poller.wait(kLong) == Handles{2});

    close(fds[0]);
    close(fds[1]);
    REQUIRE(pipe(fds) == 0);  // the same numbers
    poller.add(3, fds[0]);
    poller.remove(2);
    REQUIRE(write(fds[1], "x", 1) == 1);
    CHECK(poller.wait(kLong).back() == 3);
    poller.remove(3);
    poller.remove(3);
    CHECK(poller.wait(0).empty());
    close(fds[0]);
    close(fds[1]);
}

TEST_CASE("poller: in the order of handles; who was removed is not told") {
    Desk desk;
    Ends other = make_pipe<int, int>(desk.context);
    desk.poller.remove(1);
    desk.poller.add(3, desk.ends.first.socket(), ZMQ_POLLIN);
    desk.poller.add(2, other.first.socket(), ZMQ_POLLIN);
    desk.ends.second.send(1);
    other.second.send(1);
    CHECK(desk.poller.wait(kLong) == Handles{2, 3});
    desk.poller.remove(2);
    CHECK(desk.poller.wait(kLong) == Handles{3});
}

TEST_CASE("poller: who says nothing is not asked") {
    Desk desk;
    std::deque<Ends> silent;
    for (Poller::Handle handle = 2; handle <= 101; ++handle) {
        silent.push_back(make_pipe<int, int>(desk.context));
        desk.poller.add(handle, silent.back().first.socket(), ZMQ_POLLIN);
    }
    CHECK(desk.poller.wait(0).empty());
    const auto before = desk.poller.asked();
    for (int i = 1; i <= 50; ++i) {
        desk.ends.second.send(i);
        CHECK(desk.poller.wait(kLong) == Handles{1});
        CHECK(desk.taken() == i);
    }
    CHECK(desk.poller.asked() - before <= 2 * 50);
}

// Sockets are handed from thread to thread; who waited for them is not.
TEST_CASE("poller: one that did not wait yet ends anywhere") {
    auto poller = std::make_unique<Poller>();
    std::thread([&] { poller.reset(); }).join();
    poller = std::make_unique<Poller>();
    std::thread([&] {
        CHECK(poller->wait(0).empty());
        poller.reset();
    }).join();
}

#ifndef NDEBUG
TEST_CASE("poller: (in a process of its own) it ends elsewhere" * doctest::skip()) {
    auto poller = std::make_unique<Poller>();
    CHECK(poller->wait(0).empty());
    std::thread([&] { poller.reset(); }).join();
}

TEST_CASE("poller: one that waited ends in the thread that did") {
    CHECK(test::fate_of("poller: (in a process of its own) it ends elsewhere") == "signal 6");
}
#endif
