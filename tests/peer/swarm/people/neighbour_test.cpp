// One link. A life is a row: a letter for each second of silence; '.' nothing is due, 'h' a hello,
// 'p' a ping, 'x' it is dead.
#include "peer/swarm/people/neighbour.hpp"

#include "tests/support/pictures.hpp"

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

TEST_CASE("neighbour: without hello a link ends after kHelloWait, whatever else it says") {
    for (const bool dialled : {false, true}) {
        Neighbour n(pic::link('a'), dialled, "", kStart);
        n.on_connected(kStart + 1s);
        const Time end = kStart + 1s + limits::kHelloWait;
        for (Time now = kStart + 1s; now < end; now += 500ms) {
            n.on_heard(now);
            CHECK(n.duty(now) != Neighbour::Duty::dead);
            CHECK(n.next_duty() <= end);
        }
        n.on_heard(end);
        CHECK(n.duty(end) == Neighbour::Duty::dead);
        n.on_hello(record_of_peer('a'), false, end);
        CHECK(n.duty(end) == Neighbour::Duty::none);
    }
}

TEST_CASE("neighbour: the ping is due after kPingAfterSilence, and so is the next") {
    Neighbour n = up_link();
    for (const Time since : {kStart, kStart + limits::kPingAfterSilence}) {
        CHECK(n.next_duty() == since + limits::kPingAfterSilence);
        CHECK(n.duty(since + limits::kPingAfterSilence - 1us) == Neighbour::Duty::none);
        CHECK(n.duty(since + limits::kPingAfterSilence) == Neighbour::Duty::ping);
    }
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

// --- what belongs to the link --------------------------------------------------------------------

namespace {

// What is left to others at each of these times.
std::string deferred(const Neighbour& n, std::initializer_list<Duration> after) {
    std::string out;
    for (const Duration when : after) {
        const auto left = n.deferred(pic::fragment(), kStart + when);
        if (left) CHECK(left->until > kStart + when);
        out += (left ? pic::picture(left->chunks, 4) : std::string("....")) + " ";
    }
    return out;
}

}  // namespace

TEST_CASE("neighbour: what busy leaves to others is not asked there for the pause, then it is") {
    Neighbour n = up_link();
    CHECK_FALSE(n.deferred(pic::fragment(), kStart));
    n.defer(pic::fragment(), pic::columns("##.."), 100ms, false, kStart);
    CHECK(deferred(n, {0ms, 99ms, 100ms}) == "##.. ##.. .... ");
    CHECK_FALSE(n.deferred(pic::fragment(1), kStart));
    // Since when they were left to others counts from the first time, and for those chunks alone.
    n.defer(pic::fragment(), pic::columns(".##."), 100ms, false, kStart + 1s);
    const auto insists = [&n](const char* row, bool soon, Duration after, std::uint32_t of = 0) {
        return n.insists(pic::fragment(of), pic::columns(row), soon, kStart + after);
    };
    CHECK(insists("..#.", false, limits::kInsistAfter));
    CHECK_FALSE(insists("..#.", false, limits::kInsistAfter - 1us));
    CHECK(insists("..#.", true, limits::kUrgentRelayGrace));
    CHECK_FALSE(insists("..#.", true, limits::kUrgentRelayGrace - 1us));
    CHECK_FALSE(insists("...#", true, limits::kInsistAfter));
    CHECK_FALSE(insists("####", true, limits::kInsistAfter, 1));
    CHECK(n.count_deferred() == 1);
    n.done_with(pic::fragment());
    CHECK(n.count_deferred() == 0);
}

TEST_CASE(
    "neighbour: what is not urgent is left to others for longer each time, eight times most") {
    Neighbour n = up_link();
    Time now = kStart;
    std::vector<Duration> pauses;
    const auto defer = [&](Duration pause, bool urgent) {
        n.defer(pic::fragment(), pic::columns("#"), pause, urgent, now);
        pauses.push_back(n.deferred(pic::fragment(), now)->until - now);
        now += 1s;
    };
    for (int i = 0; i < 5; ++i)
        defer(100ms, false);
    defer(100ms, true);
    defer(60s, false);
    CHECK(pauses ==
          std::vector<Duration>{100ms, 200ms, 400ms, 800ms, 800ms, 100ms, limits::kRequestTimeout});
}

TEST_CASE("neighbour: a fragment that it gave wrong is not asked there until it takes it back") {
    Neighbour n = up_link();
    for (const std::uint32_t index : {0U, 1U, 2U})
        n.gave_wrong(pic::fragment(index));
    n.gave_wrong(pic::fragment(0, 1));
    CHECK_FALSE(n.trusted_with(pic::fragment(0)));
    CHECK(n.trusted_with(pic::fragment(3)));
    Have have;
    have.asset = pic::asset();
    have.fragments = pic::columns("#");
    have.partial.push_back({{1}, pic::columns("#")});
    CHECK(n.takes_back(have) == std::vector<FragmentRef>{pic::fragment(2)});
    CHECK(n.trusted_with(pic::fragment(2)));
    CHECK_FALSE(n.trusted_with(pic::fragment(0)));  // claimed whole
    CHECK_FALSE(n.trusted_with(pic::fragment(1)));  // claimed in part
    CHECK_FALSE(n.trusted_with(pic::fragment(0, 1)));
    CHECK(n.takes_back(have).empty());
    // Another life on the same link does not wash it clean.
    n.on_hello(record_of_peer('a', 2), true, kStart);
    CHECK_FALSE(n.trusted_with(pic::fragment(0)));
    n.done_with(pic::fragment(0));
    CHECK(n.trusted_with(pic::fragment(0)));
    CHECK(n.count_wrong() == 2);
}

TEST_CASE("neighbour: whether it took back what was wrong is looked at once, when it is due") {
    Neighbour n = up_link();
    CHECK_FALSE(n.judgement_due(kStart + 1000s));
    n.judge_at(kStart + limits::kAmends);
    CHECK_FALSE(n.judgement_due(kStart + limits::kAmends - 1us));
    CHECK(n.judgement_due(kStart + limits::kAmends));
    CHECK_FALSE(n.judgement_due(kStart + limits::kAmends));
    CHECK(n.judged_at() == kNever);
}

TEST_CASE("neighbour: its complaints are looked into, but not more often than agreed") {
    Neighbour n = up_link();
    CHECK(n.may_complain(kStart));
    CHECK_FALSE(n.may_complain(kStart + limits::kDoubtEvery - 1us));
    CHECK(n.may_complain(kStart + limits::kDoubtEvery));
}

TEST_CASE("neighbour: who is interested in what ends with the life at the other end") {
    Neighbour n = up_link();
    CHECK(n.tell_interest(pic::asset()));
    CHECK_FALSE(n.tell_interest(pic::asset()));  // it was told
    n.forget_interest(pic::asset());
    CHECK(n.tell_interest(pic::asset()));
    for (std::uint32_t i = 0; i <= limits::kMaxInterests; ++i)
        n.interested(pic::asset(i));
    CHECK(n.is_interested(pic::asset(limits::kMaxInterests - 1)));
    CHECK_FALSE(n.is_interested(pic::asset(limits::kMaxInterests)));
    CHECK(n.count_interests() == limits::kMaxInterests + 1);
    n.defer(pic::fragment(), pic::columns("#"), 1s, false, kStart);
    n.begin_telling({7});
    REQUIRE_FALSE(n.on_hello(record_of_peer('a'), true, kStart));  // the same life: nothing changes
    CHECK(n.is_interested(pic::asset()));
    CHECK(n.telling());
    REQUIRE(n.on_hello(record_of_peer('a', 2), true, kStart));
    CHECK(n.count_interests() == 0);
    CHECK(n.count_deferred() == 0);
    CHECK_FALSE(n.telling());
}

TEST_CASE("neighbour: the answer to ask_have of all goes on where it was, or begins anew") {
    Neighbour n = up_link();
    CHECK_FALSE(n.telling());
    n.begin_telling({7});
    CHECK(n.telling_request() == RequestId{7});
    CHECK_FALSE(n.told_up_to());
    n.told(pic::asset(3));
    CHECK(n.told_up_to() == pic::asset(3));
    n.begin_telling({8});  // asked again
    CHECK(n.telling_request() == RequestId{8});
    CHECK_FALSE(n.told_up_to());
    n.end_telling();
    CHECK_FALSE(n.telling());
}
