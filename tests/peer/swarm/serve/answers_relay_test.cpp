// The rule of relay: what the one source sends, and whom it names instead (answer_desk.hpp has the
// pictures).
#include "tests/peer/swarm/serve/answer_desk.hpp"

using namespace fragcast;
using namespace fragcast::answering;

TEST_CASE("answers: one source sends all once before anything twice, and names who has it") {
    Desk desk;
    CHECK(desk.ask('a', "####....") == "a0 a1 a2 a3");
    CHECK(desk.ask('b', "####....") == "b:busy(a)");    // promised
    CHECK(desk.ask('a', "####....") == "a0 a1 a2 a3");  // the asker's own
    desk.end_all();
    CHECK(desk.ask('b', "..####..") == "b4 b5");
    CHECK(desk.end() == "");
    CHECK(desk.end() == "b:busy(a)");
    CHECK(desk.ask('c', "..####..") == "c:busy(ab)");
    CHECK(desk.ask('c', "......##") == "c6 c7");
    desk.end_all();
    CHECK(desk.ask('b', "####....") == "b0 b1 b2 b3");  // all is out
}

TEST_CASE("answers: only of a whole fragment that nobody else has whole it is the one source") {
    Desk desk;
    desk.ask('a', "####....");
    desk.end_all();
    desk.here.whole = false;
    CHECK(desk.ask('b', "##......") == "b0 b1");
    desk.here.whole = true;
    desk.gone('b');
    CHECK(desk.ask('d', "..##....") == "d:busy(a)");
    desk.fragment = 1;  // of which nothing is out
    desk.ask('d', "#.......");
    desk.fragment = 0;
    desk.holds_whole('c');
    CHECK(desk.ask('d', "..##....") == "d2 d3");
}

TEST_CASE("answers: who is found nowhere is not named, and with nobody to name it is served") {
    Desk desk;
    desk.ask('a', "##......");
    desk.ask('x', "..##....");
    desk.end_all();
    desk.nowhere = {'a'};
    CHECK(desk.ask('b', "####....") == "b0 b1 b2 b3");
}

TEST_CASE("answers: so many are named as the limit says") {
    Desk desk;
    for (std::uint32_t i = 0; i <= limits::kMaxReferrals; ++i) {
        const std::string one = pic::repeat('.', i) + "#";
        desk.here.chunks = RangeSet::up_to(limits::kMaxReferrals + 2);
        desk.here.size = std::uint64_t{limits::kMaxReferrals + 2} * limits::kChunkBytes;
        desk.ask(static_cast<char>('a' + i), one.c_str());
    }
    CHECK(desk.ask('z', "#########") == "z:busy(abcdefgh)");
}

TEST_CASE("answers: who insists is served what others had for 10 s, who waits after 1 s") {
    struct Row {
        bool insist;
        Duration due;
        Duration since;
        const char* said;
    };
    for (const Row& row : {
             Row{true, 0ms, limits::kRelayGrace - 1ms, "b:busy(a)"},
             Row{true, 0ms, limits::kRelayGrace, "b0"},
             Row{false, 0ms, 60s, "b:busy(a)"},
             Row{true, limits::kInsistAhead, limits::kUrgentRelayGrace - 1ms, "b:busy(a)"},
             Row{true, limits::kInsistAhead, limits::kUrgentRelayGrace, "b0"},
             Row{true, limits::kInsistAhead + 1ms, limits::kRelayGrace - 1s, "b:busy(a)"},
             Row{false, 2s, 60s, "b:busy(a)"},
         }) {
        CAPTURE(row.since.count());
        CAPTURE(row.due.count());
        Desk desk;
        desk.ask('a', "##......");
        desk.end_all();
        desk.now += row.since;
        CHECK(desk.ask('b', "#.......", row.insist, row.due) == row.said);
    }
}

TEST_CASE("answers: what is promised calmly does not keep somebody waiting who insists") {
    Desk desk(1);
    desk.ask('a', "######..");
    desk.ask('b', ".....##.", false, 1s);
    CHECK(desk.ask('c', "....##..", true, 1s) == "");
    CHECK(desk.answers.chunks() == 6 + 1 + 2);
    CHECK(desk.ask('d', "......#.", true, 1s) == "d:busy(b)");  // that is urgent
    CHECK(desk.ask('d', "..#.....", true) == "d:busy(a)");      // and who does not wait, waits
}

TEST_CASE("answers: who asks and does not take it keeps nothing from the others for long") {
    for (const bool waits : {false, true}) {
        CAPTURE(waits);
        const Duration grace =
            waits ? Duration(limits::kUrgentRelayGrace) : Duration(limits::kRelayGrace);
        const Duration due = waits ? Duration(limits::kInsistAhead) : Duration(0);
        Desk desk;
        const auto full = [&] {
            while (!desk.loads.empty())
                desk.end(SendVerdict::full);
        };
        CHECK(desk.ask('a', "####....", false, 1ms) == "a0 a1 a2 a3");
        full();
        desk.now += grace - 1ms;
        desk.step([](Turn&) {});
        full();
        CHECK(desk.ask('b', "##......", true, due) == "b:busy(a)");
        // Nor does it help that it asks anew.
        desk.cancel('a', 1);
        desk.ask('a', "####....", false, 1ms);
        full();
        desk.now += 1ms;
        CHECK(desk.ask('b', "##......", true, due) == "b0 b1");
        desk.end_all();
        CHECK(desk.ask('c', "#.......", true, due) == "c:busy(b)");
    }
}

TEST_CASE("answers: what was on its way over a link that ended is promised to nobody") {
    Desk desk;
    CHECK(desk.ask('a', "##......") == "a0 a1");
    desk.gone('a');
    CHECK(desk.ask('b', "##......") == "b:busy(a)");
    desk.end(SendVerdict::sent, false);
    desk.end(SendVerdict::unreachable, false);
    CHECK(desk.ask('b', "##......") == "b0 b1");
}
