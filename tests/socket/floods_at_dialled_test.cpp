// What a bus or neighbour that we dialled may cost while our loop stands still for 2 s, and while
// it turns again: less than 200 MiB, whatever it sends, and however early it began. Memory is of a
// process, so each of these is one of its own: this program, with one case.
#include "messages/wire/limits.hpp"
#include "peer/links/bus_links.hpp"
#include "peer/links/neighbour_links.hpp"
#include "tests/socket/own_process.hpp"
#include "tests/socket/raw_zmtp.hpp"
#include "wait.hpp"

#include <cstdint>
#include <fstream>
#include <string>
#include <vector>

#include <doctest/doctest.h>

using namespace fragcast;
using namespace fragcast::test;
using namespace std::chrono_literals;

namespace {

constexpr std::uint64_t kMostMiB = 200;
constexpr int kStillMs = 2000;
constexpr int kTurnsMs = 500;

// Of this process, since forget_peak().
std::uint64_t peak_mib() {
    std::ifstream status("/proc/self/status");
    std::string word;
    std::uint64_t kib = 0;
    while (status >> word)
        if (word == "VmHWM:") status >> kib;
    return kib >> 10;
}
void forget_peak() {
    std::ofstream("/proc/self/clear_refs") << 5;
    REQUIRE(peak_mib() > 0);
}

std::string many(const std::string& one) {
    std::string all;
    while (all.size() < (64U << 10))
        all += one;
    return all;
}

// Listens, and writes to whoever dials it as fast as they take it.
class Flooder {
public:
    Flooder(std::string type, std::string what) : type_(std::move(type)), what_(std::move(what)) {}
    const Endpoint& endpoint() const { return listener_.endpoint(); }
    std::size_t dialled() const { return raw_.size(); }
    void greet() {
        if (auto one = listener_.accept(type_)) raw_.push_back(std::move(*one));
        for (RawZmtp& raw : raw_)
            (void)raw.write();
    }
    void flood(int milliseconds) {
        const Time end = Loop::now() + std::chrono::milliseconds(milliseconds);
        while (Loop::now() < end) {
            greet();
            bool stuck = true;
            for (RawZmtp& raw : raw_) {
                if (raw.unwritten() < what_.size()) raw.say(what_);
                const std::size_t before = raw.unwritten();
                stuck = (!raw.write() || raw.unwritten() == before) && stuck;
            }
            if (stuck) stand_still(1);
        }
    }

private:
    RawListener listener_;
    std::string type_;
    std::string what_;
    std::vector<RawZmtp> raw_;
};

struct DeafOwner : NeighbourLinks::Owner, BusLinks::Owner {
    void link_up(LinkId, bool, const std::string&) override { ++up; }
    void dial_failed(LinkId, const Error&) override { ++down; }
    void link_down(LinkId) override { ++down; }
    void link_message(LinkId, Received&) override {}
    void link_garbage(LinkId, const DecodeError&) override {}
    void bus_message(BusId, Received&) override {}
    void announcement(BusId, Received&) override {}
    void bus_failed(BusId, const Error&) override { ++down; }
    void bus_garbage(BusId, const DecodeError&) override {}
    int up = 0, down = 0;
};

// The loop stands still, then turns for a while, and the other end goes on all the time.
void suffer(Loop& loop, Flooder& flooder) {
    forget_peak();
    flooder.flood(kStillMs);
    const Time end = Loop::now() + std::chrono::milliseconds(kTurnsMs);
    wait_for(loop, [&] {
        flooder.flood(1);
        return Loop::now() >= end;
    });
    MESSAGE("MiB at most: ", peak_mib());
    CHECK(peak_mib() < kMostMiB);
}

enum class When { known, dialling };

void flood_sub(const std::string& what, When when) {
    zmq::context_t context;
    Loop loop;
    Resolver resolver(loop);
    DeafOwner owner;
    Flooder directory("ROUTER", ""), in("XSUB", ""), out("XPUB", what);
    BusLinks links(context, loop, resolver, {directory.endpoint()}, owner);
    links.connect(BusId{0});
    const auto greet = [&] {
        for (Flooder* one : {&directory, &in, &out})
            one->greet();
    };
    REQUIRE(wait_for(loop, [&] {
        greet();
        return directory.dialled() == 1;
    }));
    links.connect_forwarder(BusId{0}, in.endpoint().port, out.endpoint().port);
    if (when == When::known) {
        REQUIRE(wait_for(loop, [&] {
            greet();
            return out.dialled() == 1;
        }));
        bool later = false;
        loop.at(Loop::now() + 200ms, [&] { later = true; });
        REQUIRE(wait_for(loop, [&] {
            greet();
            return later;
        }));
    }
    suffer(loop, out);
}

void flood_dealer(const std::string& what, When when) {
    zmq::context_t context;
    Loop loop;
    DeafOwner owner;
    Flooder neighbour("ROUTER", what);
    NeighbourLinks links(context, loop, owner);
    links.dial(LinkId{1}, neighbour.endpoint());
    if (when == When::known)
        REQUIRE(wait_for(loop, [&] {
            neighbour.greet();
            return owner.up == 1;
        }));
    suffer(loop, neighbour);
    CHECK(wait_for(loop, [&] { return owner.down == 1; }));
}

void flood_directory(const std::string& what) {
    zmq::context_t context;
    Loop loop;
    Resolver resolver(loop);
    DeafOwner owner;
    Flooder directory("ROUTER", what);
    BusLinks links(context, loop, resolver, {directory.endpoint()}, owner);
    links.connect(BusId{0});
    REQUIRE(wait_for(loop, [&] {
        directory.greet();
        return directory.dialled() == 1;
    }));
    suffer(loop, directory);
    CHECK(wait_for(loop, [&] { return owner.down == 1; }));
}

std::string announcements(const std::string& topic) {
    return many(zmtp_frame(topic, true) + zmtp_frame("hello"));
}

}  // namespace

TEST_CASE("flooded: SUB, announcements" * doctest::skip()) {
    flood_sub(announcements("peer.alive.x"), When::known);
}
TEST_CASE("flooded: SUB, of what nobody subscribed to" * doctest::skip()) {
    flood_sub(announcements("x"), When::known);
}
TEST_CASE("flooded: SUB, one without end" * doctest::skip()) {
    flood_sub(many(zmtp_frame("peer.alive.x", true)), When::known);
}
TEST_CASE("flooded: SUB, before we know that it is up" * doctest::skip()) {
    flood_sub(announcements("peer.alive.x"), When::dialling);
}
TEST_CASE("flooded: DEALER, empty messages" * doctest::skip()) {
    flood_dealer(many(zmtp_frame("")), When::known);
}
TEST_CASE("flooded: DEALER, one without end" * doctest::skip()) {
    flood_dealer(many(zmtp_frame("x", true)), When::known);
}
TEST_CASE("flooded: DEALER, before we know that it is up" * doctest::skip()) {
    flood_dealer(many(zmtp_frame("")), When::dialling);
}
TEST_CASE("flooded: directory, empty messages" * doctest::skip()) {
    flood_directory(many(zmtp_frame("")));
}
TEST_CASE("floods: whom we dialled costs less than 200 MiB while our loop stands still") {
    for (const std::string what :
         {"SUB, announcements", "SUB, of what nobody subscribed to", "SUB, one without end",
          "SUB, before we know that it is up", "DEALER, empty messages", "DEALER, one without end",
          "DEALER, before we know that it is up", "directory, empty messages"}) {
        CAPTURE(what);
        CHECK(fate_of("flooded: " + what) == "ok");
    }
}
