// The reactor: order, removal from inside handlers, timers, descriptors and signals.
#include "messages/zmq/loop.hpp"

#include "tests/socket/own_process.hpp"

#include <csignal>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <pthread.h>
#include <unistd.h>

using namespace fragcast;
using namespace std::chrono_literals;

namespace {

struct Pair {
    zmq::context_t context;
    zmq::socket_t a{context, zmq::socket_type::pair};
    zmq::socket_t b{context, zmq::socket_type::pair};
    Pair() {
        a.bind("inproc://loop-test");
        b.connect("inproc://loop-test");
    }
    std::string read() {
        zmq::message_t frame;
        return b.recv(frame, zmq::recv_flags::dontwait) ? frame.to_string() : "";
    }
};

// Blocks what it is given for as long as it lives, so that a signal never ends the test program.
struct Blocked {
    sigset_t before;
    Blocked() {
        sigset_t set;
        sigemptyset(&set);
        for (const int number : {SIGINT, SIGTERM, SIGHUP})
            sigaddset(&set, number);
        pthread_sigmask(SIG_BLOCK, &set, &before);
    }
    ~Blocked() { pthread_sigmask(SIG_SETMASK, &before, nullptr); }
};

}  // namespace

TEST_CASE("a handler that reads one message of several is called again") {
    Pair pair;
    Loop loop;
    std::string got;
    loop.add(pair.b, [&] { got += pair.read(); });
    for (int i = 0; i < 3; ++i)
        pair.a.send(zmq::str_buffer("x"), zmq::send_flags::none);
    CHECK(loop.run_until([&] { return got == "xxx"; }, 60s));
}

TEST_CASE("timers fire in order of their time, and not when cancelled") {
    Loop loop;
    std::string fired;
    const Time now = Loop::now();
    loop.at(now + 3ms, [&] { fired += 'c'; });
    loop.at(now + 1ms, [&] { fired += 'a'; });
    const auto cancelled = loop.at(now + 2ms, [&] { fired += 'x'; });
    loop.at(now - 1s, [&] {
        fired += '0';
        loop.cancel(cancelled);
    });
    CHECK(loop.run_until([&] { return fired.size() == 3; }, 60s));
    CHECK(fired == "0ac");
    CHECK(Loop::now() >= now + 3ms);
}

TEST_CASE("a timer that is cancelled by another of the same turn does not fire") {
    Loop loop;
    std::string fired;
    Loop::Handle second = 0;
    loop.at(Loop::now() - 2ms, [&] {
        fired += '1';
        loop.cancel(second);
    });
    second = loop.at(Loop::now() - 1ms, [&] { fired += '2'; });
    loop.at(Loop::now(), [&] { fired += '3'; });
    CHECK(loop.run_until([&] { return fired.find('3') != fired.npos; }, 60s));
    CHECK(fired == "13");
}

TEST_CASE("a timer set again from its own handler lets the loop read in between") {
    Pair pair;
    Loop loop;
    std::string got;
    std::function<void()> again = [&] { loop.at(Loop::now(), again); };
    again();
    loop.add(pair.b, [&] { got += pair.read(); });
    pair.a.send(zmq::str_buffer("x"), zmq::send_flags::none);
    CHECK(loop.run_until([&] { return got == "x"; }, 60s));
}

TEST_CASE("what one handler removes is not called any more, even in the same turn") {
    Loop loop;
    int fds[2];
    REQUIRE(pipe(fds) == 0);
    REQUIRE(write(fds[1], "x", 1) == 1);
    int calls = 0;
    std::vector<Loop::Handle> handles;
    const auto once = [&] {
        ++calls;
        for (const auto handle : handles)
            loop.remove(handle);
    };
    handles.push_back(loop.add_fd(fds[0], once));
    handles.push_back(loop.add_fd(fds[0], once));
    bool later = false;
    loop.at(Loop::now() + 2ms, [&] { later = true; });
    CHECK(loop.run_until([&] { return later; }, 60s));
    CHECK(calls == 1);
    close(fds[0]);
    close(fds[1]);
}

TEST_CASE("run_until gives up at its limit, and the actions of a turn come after its handlers") {
    Loop loop;
    std::string order;
    loop.after_each_turn([&] { order += '.'; });
    loop.at(Loop::now(), [&] { order += 'h'; });
    const Time before = Loop::now();
    CHECK_FALSE(loop.run_until([] { return false; }, 5ms));
    CHECK(Loop::now() - before >= 5ms);
    CHECK(order.starts_with("h."));
}

TEST_CASE("stop signals are given back: one ends the process, also where it was ignored before" *
          doctest::skip()) {
    std::signal(SIGTERM, SIG_IGN);
    Loop loop;
    loop.on_stop_signal([](int) { FAIL("given back"); });
    Loop::give_back_stop_signals();
    raise(SIGTERM);
}

TEST_CASE("stop signals that are given back do what they do by themselves") {
    CHECK(test::fate_of("stop signals are given back: one ends the process*") == "signal 15");
}

TEST_CASE("stop signals are counted, hang-up is told, and neither ends the process") {
    const Blocked blocked;
    Loop loop;
    std::vector<int> stops;
    int hang_ups = 0;
    loop.on_stop_signal([&](int times) {
        stops.push_back(times);
        if (times == 1) pthread_kill(pthread_self(), SIGINT);
        if (times == 2) loop.stop();
    });
    loop.on_hangup_signal([&] { ++hang_ups; });
    pthread_kill(pthread_self(), SIGHUP);
    pthread_kill(pthread_self(), SIGTERM);
    loop.run();
    CHECK(stops == std::vector<int>{1, 2});
    CHECK(hang_ups == 1);
}
