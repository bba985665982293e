// One thread (the test's), which is the bus's loop thread. A whole bus, and peers that talk with it
// over real sockets.
#pragma once

#include "bus/bus.hpp"
#include "messages/wire/hash.hpp"
#include "messages/wire/limits.hpp"
#include "tests/socket/link_pair.hpp"

#include <csignal>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <pthread.h>
#include <unistd.h>

namespace fragcast::test {

// A bus blocks the stop signals of its thread; the test program wants them back.
class SignalMask {
public:
    SignalMask() { pthread_sigmask(SIG_SETMASK, nullptr, &before_); }
    ~SignalMask() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

private:
    sigset_t before_;
};

class RunningBus {
public:
    RunningBus() { start({"127.0.0.1", 0}); }
    // At an address that it can be started at again: with its two neighbours free.
    struct Lasting {};
    explicit RunningBus(Lasting) {
        constexpr std::uint16_t kFirst = 21000, kLast = 30000;
        auto port = static_cast<std::uint16_t>(kFirst + getpid() % 1000 * 8);
        while (port < kLast && !try_start({"127.0.0.1", port}))
            port = static_cast<std::uint16_t>(port + 3);
        REQUIRE(bus_);
    }
    void start(const Endpoint& directory) {
        const auto started = try_start(directory);
        if (!started) FAIL(started.error().text);
    }
    // As by kill -9: nobody is told.
    void kill() { bus_.reset(); }

    Bus& operator*() { return *bus_; }
    Loop& loop() { return bus_->loop(); }
    Endpoint directory() const { return *parse_endpoint(bus_->addresses().directory, "test"); }
    Endpoint in() const { return *parse_endpoint(bus_->addresses().in, "test"); }
    Endpoint out() const { return *parse_endpoint(bus_->addresses().out, "test"); }
    Endpoint http() const {
        return *parse_endpoint("tcp" + bus_->addresses().http.substr(4), "test");
    }
    // Also where nothing wakes the loop.
    bool until(const std::function<bool()>& condition, Duration limit = 60s) {
        std::function<void()> tick;
        Loop::Handle timer = 0;
        tick = [&] { timer = loop().at(Loop::now() + 1ms, tick); };
        tick();
        const bool held = loop().run_until(condition, limit);
        loop().cancel(timer);
        return held;
    }

private:
    Status try_start(const Endpoint& directory) {
        BusOptions options;
        options.listen = directory;
        options.http = Endpoint{"127.0.0.1", 0};
        bus_ = std::make_unique<Bus>(options);
        auto started = bus_->start();
        if (!started) bus_.reset();
        return started;
    }
    SignalMask mask_;
    std::unique_ptr<Bus> bus_;
};

// What a peer says to a bus, and hears.
class BusGuest {
public:
    BusGuest(RunningBus& bus, std::uint32_t number)
        : bus_(bus), socket_(socket_of(context(), zmq::socket_type::dealer)) {
        key_.assign(limits::kKeyBytes, static_cast<std::uint8_t>(number));
        key_[1] = static_cast<std::uint8_t>(number >> 8);
        self_.id = peer_id_of(key_);
        self_.epoch = Epoch{1};
        self_.name = "peer" + std::to_string(number);
        self_.exchange = "tcp://127.0.0.1:" + std::to_string(10000 + number);
        REQUIRE(connect_socket(socket_, bus.directory()));
    }
    const PeerRecord& self() const { return self_; }
    zmq::socket_t& socket() { return socket_; }

    Join join(std::vector<EntryRecord> entries = {}) const {
        return {RequestId{1}, self_, key_, {}, std::move(entries), false};
    }
    void say(Body body) {
        REQUIRE(send_message(socket_, {{self_.id, self_.epoch, Sequence{1}}, std::move(body)}) ==
                SendResult::sent);
    }
    // The next answer; nothing within `limit`.
    std::optional<Body> hear(Duration limit = 60s) {
        std::optional<Body> heard;
        bus_.until(
            [&] {
                auto got = receive_message(socket_);
                if (got) heard = std::get<Received>(*got).message.body;
                return heard.has_value();
            },
            limit);
        return heard;
    }
    template <class Answer>
    Answer ask(Body body) {
        say(std::move(body));
        const auto heard = hear();
        REQUIRE(heard);
        REQUIRE(std::holds_alternative<Answer>(*heard));
        return std::get<Answer>(*heard);
    }

private:
    static zmq::context_t& context() {
        static zmq::context_t one;
        return one;
    }
    RunningBus& bus_;
    zmq::socket_t socket_;
    Bytes key_;
    PeerRecord self_;
};

}  // namespace fragcast::test
