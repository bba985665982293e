// One link. A life is a row: a letter for each second of silence; '.' nothing is due, 'h' a hello,
// 'p' a ping, 'x' it is dead.
#include "peer/swarm/people/neighbour.hpp"

#include "tests/support/pictures.hpp"

#include <algorithm>

#include <doctest/doctest.h>

using namespace fragcast;
using namespace std::chrono_literals;
namespace pic = fragcast::pictures;

namespace {

const Time kStart{100s};

PeerRecord record_of_peer(char letter, std::uint64_t epoch = 1) {
    PeerRecord record;
    record.id = pic::peer(letter);
    record.epoch = {epoch};
    return record;
}

Neighbour dialled_link() {
    return {pic::link('a'), true, "tcp://10.0.0.1:4000", kStart};
}
Neighbour up_link(Time now = kStart) {
    Neighbour n(pic::link('a'), false, "", now);
    n.on_hello(record_of_peer('a'), false, now);
    return n;
}

// Second by second from `from`; what is due is due at next_duty() and not before.
std::string silence(Neighbour& n, Time from, int seconds = 11) {
    std::string out;
    for (Time now = from + 1s; now <= from + std::chrono::seconds(seconds); now += 1s) {
        const Time next = n.next_duty();
        const Neighbour::Duty duty = n.duty(now);
        out += ".hpx"[static_cast<int>(duty)];
        CAPTURE(out);
        CHECK((duty == Neighbour::Duty::none) == (now < next));
        if (duty == Neighbour::Duty::dead) break;
        CHECK(n.duty(now) == Neighbour::Duty::none);  // noted as done
        CHECK(n.next_duty() > now);
    }
    return out;
}

// What is outstanding is within its bounds, and so is what may be.
void check_flow(const Neighbour& n) {
    CHECK(n.window() >= limits::kMinInFlightBytes);
    CHECK(n.window() <= limits::kMaxInFlightBytes);
    CHECK(n.queue_time(0) <= n.queue_time(limits::kChunkBytes));
    CHECK(n.queue_time(0) >= n.rtt());
}

// Asks for `bytes` at a time, which come `each` later, for a second.
void stream(Neighbour& n, std::uint64_t bytes, Duration each, Time from) {
    for (Time now = from; now < from + 1s; now += each) {
        n.asked(bytes, now);
        n.answered(bytes, now + each);
        check_flow(n);
    }
}

}  // namespace

TEST_CASE("neighbour: a silent link is pinged, greeted or left alone, and dead after ten seconds") {
    Neighbour up = up_link();
    CHECK(silence(up, kStart) == "..p..p..px");
    Neighbour dialling = dialled_link();
    CHECK(silence(dialling, kStart) == "..h..h..hx");
    Neighbour greeting(pic::link('a'), false, "", kStart);
    CHECK(silence(greeting, kStart) == ".........x");
}

TEST_CASE("neighbour: whatever is heard begins the silence anew") {
    Neighbour n = up_link();
    CHECK(silence(n, kStart, 8) == "..p..p..");
    n.on_heard(kStart + 8s);
    CHECK(silence(n, kStart + 8s) == "..p..p..px");
    Neighbour dialling = dialled_link();
    dialling.on_connected(kStart + 60s);  // the resolver took its time
    CHECK(silence(dialling, kStart + 60s) == "..h..h..hx");
}

TEST_CASE("neighbour: a hello makes it up; what was asked is void when the other end is new") {
    struct Row {
        PeerRecord peer;
        bool reply;
        bool anew;
    };
    Neighbour n = dialled_link();
    CHECK_FALSE(n.knows(pic::peer('a'), {1}));
    for (const Row& row : {Row{record_of_peer('a'), true, true},     // the first
                           Row{record_of_peer('a'), true, false},    // answered twice
                           Row{record_of_peer('a'), false, true},    // greets by itself: began anew
                           Row{record_of_peer('a', 2), true, true},  // another life
                           Row{record_of_peer('b', 2), true, true},  // another peer
                           Row{record_of_peer('b', 2), true, false}}) {
        CAPTURE(row.peer.id.bytes[0]);
        CHECK(n.on_hello(row.peer, row.reply, kStart) == row.anew);
        CHECK(n.up());
        CHECK(n.knows(row.peer.id, row.peer.epoch));
        CHECK_FALSE(n.knows(row.peer.id, {row.peer.epoch.value + 1}));
        CHECK_FALSE(n.knows(pic::peer('z'), row.peer.epoch));
    }
    CHECK(n.up_since() == kStart);
}

TEST_CASE(
    "neighbour: the round trip is what hellos and pings took, smoothed; alone they say nothing") {
    Neighbour n = dialled_link();
    n.on_pong(kStart + 1s);
    n.on_hello(record_of_peer('a'), true, kStart + 1s);
    CHECK(n.rtt() == 0ms);
    n.hello_sent(kStart + 2s);
    n.on_hello(record_of_peer('a'), true, kStart + 2040ms);
    CHECK(n.rtt() == 40ms);
    n.on_heard(kStart + 3s);
    REQUIRE(n.duty(kStart + 6s) == Neighbour::Duty::ping);
    n.on_pong(kStart + 6080ms);
    CHECK(n.rtt() == 50ms);  // three parts old, one new
    n.on_pong(kStart + 9s);  // nobody asked
    CHECK(n.rtt() == 50ms);
}

TEST_CASE("neighbour: strangers get a hello a second at most") {
    Neighbour n(pic::link('a'), false, "", kStart);
    CHECK(n.may_send_hello(kStart));
    n.hello_sent(kStart);
    CHECK_FALSE(n.may_send_hello(kStart + 999ms));
    CHECK(n.may_send_hello(kStart + 1s));
}

TEST_CASE("neighbour: as much is asked at once as comes in a round trip and a fifth of a second") {
    Neighbour n = up_link();
    CHECK(n.window() == limits::kMinInFlightBytes);  // it gave nothing yet
    n.asked(1, kStart);
    n.answered(1, kStart);
    CHECK(n.gave());
    struct Row {
        std::uint64_t chunk;
        Duration each;
        std::uint64_t window;
    };
    for (const Row& row :
         {Row{1000, 100ms, limits::kMinInFlightBytes}, Row{2'000'000, 100ms, 4'000'000},
          Row{500'000'000, 100ms, limits::kMaxInFlightBytes}}) {
        CAPTURE(row.chunk);
        Neighbour measured = up_link();
        stream(measured, row.chunk, row.each, kStart);
        CHECK(measured.rate() == row.chunk * 10);
        CHECK(measured.window() == row.window);
    }
}

TEST_CASE("neighbour: its queue time is the round trip, and what is asked and more at its rate") {
    Neighbour n = up_link();
    CHECK(n.queue_time(4 << 20) == 1s);  // until it is measured: 4 MiB a second
    n.asked(4 << 20, kStart);
    CHECK(n.queue_time(4 << 20) == 2s);
    n.relieved(4 << 20, kStart);
    stream(n, 100'000, 100ms, kStart + 1s);
    CHECK(n.queue_time(1'000'000) == 1s);
    n.hello_sent(kStart + 9s);
    n.on_hello(record_of_peer('a'), true, kStart + 9s + 30ms);
    CHECK(n.queue_time(1'000'000) == 1030ms);
}

TEST_CASE("neighbour: what came or will not come is not outstanding, and never less than nothing") {
    Neighbour n = up_link();
    n.asked(1000, kStart);
    CHECK(n.last_data() == kStart);  // from when its silence counts
    n.asked(500, kStart + 1s);
    CHECK(n.last_data() == kStart);
    n.answered(700, kStart + 2s);
    CHECK(n.outstanding() == 800);
    CHECK(n.last_data() == kStart + 2s);
    CHECK(n.used() == kStart + 2s);
    n.relieved(300, kStart + 3s);
    CHECK(n.outstanding() == 500);
    CHECK(n.last_data() == kStart + 2s);
    n.answered(9000, kStart + 4s);
    CHECK(n.outstanding() == 0);
    check_flow(n);
}

TEST_CASE("neighbour: an estimate does not outlive the fact: nothing comes, and it sinks") {
    Neighbour n = up_link();
    stream(n, 1'000'000, 100ms, kStart);
    const std::uint64_t before = n.rate();
    n.asked(1'000'000, kStart + 2s);
    n.stall(kStart + 2100ms);
    CHECK(n.rate() == before);  // too early to say
    n.stall(kStart + 4s);
    CHECK(n.rate() < before);
    check_flow(n);
}

TEST_CASE("neighbour: a hundred points of blame are enough, and praise makes up for some") {
    Neighbour n = up_link();
    CHECK_FALSE(n.blame(99));
    n.praise();
    CHECK_FALSE(n.blame(1));
    CHECK(n.blame(1));
    CHECK(n.standing() == -100);
    Neighbour good = up_link();
    for (int i = 0; i < 1000; ++i)
        good.praise();
    CHECK(good.standing() == 100);  // praise is not saved up for ever
    CHECK(good.blame(200));
}

TEST_CASE("neighbour: a pause is never shortened") {
    Neighbour n = up_link();
    n.pause_until(kStart + 5s);
    n.pause_until(kStart + 2s);
    CHECK(n.paused_until() == kStart + 5s);
}
