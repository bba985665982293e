// What others asked of us, until its end (answer_desk.hpp has the pictures).
#include "peer/swarm/serve/answers.hpp"

#include "peer/swarm/chance.hpp"
#include "tests/peer/swarm/serve/answer_desk.hpp"

using namespace fragcast;
using namespace fragcast::answering;

TEST_CASE("answers: chunk by chunk in order, and when they went, what is not here") {
    Desk desk(2);
    desk.here = {pic::columns("##.##.##"), false, desk.here.size};
    CHECK(desk.ask('a', "########") == "a0 a1");
    CHECK(desk.end() == "a3");
    CHECK(desk.end() == "a4");
    CHECK(desk.end() == "a6");
    CHECK(desk.end() == "a7");
    CHECK(desk.end() == "");
    CHECK(desk.answers.requests() == 1);
    CHECK(desk.end() == "a:absent 2 a:absent 5");
    CHECK(desk.idle());
    CHECK(desk.bytes_out == 6ULL * limits::kChunkBytes);
}

TEST_CASE("answers: the last chunk of a fragment is as long as it is") {
    Desk desk;
    desk.here.size -= 1000;
    desk.ask('a', "......##");
    desk.end_all();
    CHECK(desk.bytes_out == 2ULL * limits::kChunkBytes - 1000);
}

TEST_CASE("answers: where nothing can be promised, all of it is said at once") {
    Desk desk;
    desk.here = {pic::columns("####...."), false, desk.here.size};
    CHECK(desk.ask('a', "....####") == "a:absent 4-7");
    desk.here = {};
    CHECK(desk.ask('a', "..##....") == "a:absent 2-3");
    CHECK(desk.idle());
}

TEST_CASE("answers: what cannot be asked is nonsense, and nothing is said to it") {
    Desk desk;
    const std::string most = pic::repeat('#', limits::kMaxChunksPerRequest);
    CHECK(desk.request('a', most.c_str(), false, 0ms, {1}) == Answered::all);
    for (const std::string& picture : {std::string{}, most + "#"}) {
        CHECK(desk.request('a', picture.c_str(), false, 0ms, {2}) == Answered::nonsense);
        CHECK(desk.done == "");
    }
    // The number of one that is under way; of another's it may be.
    CHECK(desk.request('a', "#", false, 0ms, {1}) == Answered::nonsense);
    CHECK(desk.request('b', "#", false, 0ms, {1}) != Answered::nonsense);
}

TEST_CASE("answers: beyond what one neighbour may queue it is busy, when what is promised went") {
    Desk desk(1);
    const std::uint32_t most = limits::kMaxChunksPerRequest;
    desk.here = {RangeSet::up_to(most), true, most * std::uint64_t{limits::kChunkBytes}};
    const std::string all = pic::repeat('#', most);
    for (std::uint32_t i = 0; i < limits::kUploadQueuePerNeighbour / most; ++i)
        CHECK(desk.request('a', all.c_str(), false, 0ms, {100 + i}) == Answered::all);
    // One of them is with the store, so one more has room.
    CHECK(desk.request('a', all.c_str(), false, 0ms, {1}) == Answered::busy);
    CHECK(desk.done == "");
    CHECK(desk.request('a', all.c_str(), false, 0ms, {2}) == Answered::busy);
    CHECK(desk.done == "a:busy");
    CHECK(desk.busy_for == limits::kBusyRetry);
    CHECK(desk.answers.chunks() == limits::kUploadQueuePerNeighbour + 1);
    const std::string went = desk.end_all();
    CHECK(went.ends_with(" a0 a:busy"));
    CHECK(desk.idle());
}

TEST_CASE("answers: who fills kUploadQueue with others leaves room to one more, and is told busy") {
    Desk desk(1);
    const std::uint32_t most = limits::kMaxChunksPerRequest;
    desk.here = {RangeSet::up_to(most), true, most * std::uint64_t{limits::kChunkBytes}};
    desk.others.add(pic::peer('z'), pic::asset(), RangeSet::up_to(1));  // nothing is left to others
    const std::string all = pic::repeat('#', most);
    const std::uint32_t each = limits::kUploadQueuePerNeighbour / most;
    for (std::uint32_t i = 0; i < limits::kUploadQueue / limits::kUploadQueuePerNeighbour; ++i)
        for (std::uint32_t j = 0; j < each; ++j) {
            const RequestId number{100 + i * each + j};
            CHECK(desk.request(static_cast<char>('a' + i), all.c_str(), true, 0ms, number) ==
                  Answered::all);
        }
    // One is with the store; the others left one place.
    CHECK(desk.answers.chunks() == limits::kUploadQueue);
    CHECK(desk.request('q', all.c_str(), true, 0ms, {1}) == Answered::all);
    CHECK(desk.request('r', "#", true, 0ms, {1}) == Answered::all);
    CHECK(desk.answers.chunks() <= limits::kUploadQueue + 1);
    const std::string went = desk.end_all();
    CHECK(went.find(":busy") != std::string::npos);
    CHECK(went.find("q:busy") == std::string::npos);
    CHECK(went.find("r:busy") == std::string::npos);
    CHECK(desk.idle());
}

TEST_CASE("answers: what is cancelled is not sent, nothing more is said, and others may have it") {
    Desk desk(1);
    CHECK(desk.ask('a', "####....") == "a0");
    CHECK(desk.cancel('b', 1) == "");
    CHECK(desk.answers.requests() == 1);
    CHECK(desk.cancel('a', 1) == "");
    CHECK(desk.answers.requests() == 0);
    CHECK(desk.answers.chunks() == 1);  // under way all the same
    CHECK(desk.end() == "");
    CHECK(desk.idle());
    CHECK(desk.ask('b', ".###....") == "b1");
}

TEST_CASE("answers: the number of a cancelled request, given again, is answered to its end") {
    Desk desk(1);
    CHECK(desk.request('a', "#.......", false, 0ms, {1}) == Answered::all);
    desk.cancel('a', 1);
    desk.here.chunks = pic::columns("##......");
    CHECK(desk.request('a', "###.....", false, 0ms, {1}) == Answered::all);
    CHECK(desk.end() == "a0");  // of the first time
    CHECK(desk.end() == "a1");
    CHECK(desk.end() == "a:absent 2");
    CHECK(desk.idle());
}

TEST_CASE("answers: a full link's chunk goes out again a moment later, in its place") {
    Desk desk(1);
    CHECK(desk.ask('a', "##......") == "a0");
    CHECK(desk.end(SendVerdict::full) == "");
    CHECK(desk.wake == desk.now + limits::kSendAgain);
    desk.now += limits::kSendAgain;
    CHECK(desk.step([](Turn&) {}) == "a0");
    CHECK(desk.end(SendVerdict::full) == "");
    CHECK(desk.wake == desk.now + 2 * limits::kSendAgain);  // later each time
    desk.now += 2 * limits::kSendAgain;
    CHECK(desk.step([](Turn&) {}) == "a0");
    CHECK(desk.end() == "a1");
    // Cancelled meanwhile: it is nobody's, and another may have it.
    desk.cancel('a', 1);
    CHECK(desk.end(SendVerdict::full) == "");
    CHECK(desk.idle());
    CHECK(desk.ask('b', ".#......") == "b1");
}

TEST_CASE("answers: what the store has no more is absent, what does not go is over") {
    Desk desk(1);
    CHECK(desk.ask('a', "###.....") == "a0");
    CHECK(desk.end(SendVerdict::absent) == "a:absent 0 a1");
    CHECK(desk.end(SendVerdict::unreachable) == "a2");
    desk.end();
    CHECK(desk.idle());
    CHECK(desk.ask('b', "###.....") == "b0");  // of which a has only the last
    desk.end_all();
    CHECK(desk.ask('c', "###.....") == "c:busy(ab)");
}

TEST_CASE("answers: to a link that ended nothing is sent, and its chunks are others' again") {
    Desk desk(1);
    CHECK(desk.ask('a', "####....") == "a0");
    desk.proof('a');
    CHECK(desk.ask('b', "....##..") == "");
    desk.gone('a');
    CHECK(desk.answers.requests() == 1);
    CHECK(desk.answers.small() == 0);
    CHECK(desk.end(SendVerdict::sent, false) == "b4");  // its slot is free
    CHECK(desk.small_sent('a', 2, SendVerdict::absent, false) == "");
    desk.end_all();
    CHECK(desk.idle());
    CHECK(desk.ask('c', ".###....") == "c1");
}

TEST_CASE("answers: what went to somebody who is gone, or of what is not whole any more, is new") {
    for (const bool fragment : {false, true}) {
        Desk desk;
        desk.ask('a', "####....");
        desk.end_all();
        CHECK(desk.ask('b', "#.......") == "b:busy(a)");
        if (fragment)
            desk.answers.forget(pic::fragment());
        else
            desk.answers.forget(pic::peer('a'));
        CHECK(desk.answers.sheets() == (fragment ? 0 : 1));
        CHECK(desk.ask('b', "#.......") == "b0");
    }
}

TEST_CASE("answers: not faster than the limit on upload, and it says when it goes on") {
    Desk desk(16, limits::kChunkBytes);
    CHECK(desk.ask('a', "###.....") == "a0");
    CHECK(desk.wake > desk.now);
    CHECK(desk.wake <= desk.now + 1s);
    CHECK(desk.answers.rate() == limits::kChunkBytes);
    desk.answers.set_rate(0, desk.now);
    CHECK(desk.answers.rate() == 0);
    CHECK(desk.step([](Turn&) {}) == "a1 a2");
}

// --- proofs and manifests

TEST_CASE("answers: a proof or a manifest goes out where it is here") {
    Desk desk;
    CHECK(desk.proof('a') == "a:proof");
    CHECK(desk.manifest('a') == "a:manifest");
    CHECK(desk.answers.small() == 2);
    CHECK(desk.small_sent('b', 1, SendVerdict::sent) == "");
    CHECK(desk.answers.small() == 2);
    CHECK(desk.small_sent('a', 1, SendVerdict::sent) == "");
    CHECK(desk.small_sent('a', 2, SendVerdict::unreachable) == "");
    CHECK(desk.idle());
    CHECK(desk.proof('a', false) == "a:absent");
    CHECK(desk.manifest('a', false) == "a:refused");
    CHECK(desk.idle());
}

TEST_CASE("answers: of proofs and manifest parts so many are on their way as the limit says") {
    Desk desk;
    for (std::size_t i = 0; i < limits::kMaxSmallAnswers; ++i)
        CHECK(desk.proof('b') == "b:proof");
    CHECK(desk.proof('b') == "b:busy");
    CHECK(desk.manifest('b') == "b:busy");
    CHECK(desk.proof('a') == "a:proof");
    CHECK(desk.proof('c') == "c:proof");
    CHECK(desk.small_sent('b', 1, SendVerdict::sent) == "");
    desk.last_request = 1;  // one that is under way
    CHECK(desk.proof('b') == "b:busy");
    desk.last_request = 0;
    CHECK(desk.proof('b') == "b:proof");
}

TEST_CASE("answers: what a full link did not take goes again, what the store has no more is said") {
    Desk desk;
    desk.proof('a');
    desk.manifest('a');
    const auto tick = [&desk] { return desk.step([&](Turn& turn) { desk.answers.tick(turn); }); };
    for (const std::uint64_t number : {1, 2}) {
        CHECK(desk.small_sent('a', number, SendVerdict::full) == "");
        CHECK(desk.wake == desk.now + limits::kSendAgain);
    }
    CHECK(tick() == "");
    CHECK(desk.wake == desk.now + limits::kSendAgain);
    desk.now += limits::kSendAgain;
    // One of what waits tries it, later each time; when it goes, so do the others.
    CHECK(tick() == "a:proof");
    CHECK(desk.small_sent('a', 1, SendVerdict::full) == "");
    for (const Duration wait : {20ms, 40ms, 80ms, 160ms, 160ms}) {
        CHECK(tick() == "");
        CHECK(desk.wake == desk.now + wait);
        desk.now += wait;
        CHECK(tick() == "a:proof");
        CHECK(desk.small_sent('a', 1, SendVerdict::full) == "");
    }
    desk.now += 160ms;
    CHECK(tick() == "a:proof");
    CHECK(desk.small_sent('a', 1, SendVerdict::absent) == "a:manifest a:absent");
    CHECK(tick() == "");
    CHECK(desk.wake == kNever);
    CHECK(desk.small_sent('a', 2, SendVerdict::absent) == "a:refused");
    CHECK(desk.idle());
}

TEST_CASE("answers: whatever is asked, cancelled and lost, each request has its one end") {
    Desk desk(3);
    Chance chance(5);
    for (int i = 0; i < 5000; ++i) {
        CAPTURE(i);
        const char who = static_cast<char>('a' + chance.below(4));
        const auto kind = chance.below(20);
        if (kind < 6) {
            const auto begin = chance.below(kDeskWidth);
            const std::string picture =
                pic::repeat('.', begin) + pic::repeat('#', 1 + chance.below(kDeskWidth - begin));
            desk.ask(who, picture.c_str(), chance.below(2) == 0,
                     chance.below(2) == 0 ? 0ms : Duration(1 + chance.below(3'000'000)));
        } else if (kind < 16 && !desk.loads.empty()) {
            desk.end(static_cast<SendVerdict>(chance.below(4)));
        } else if (kind == 16) {
            desk.cancel(who, 1 + chance.below(desk.last_request + 1));
        } else if (kind == 17) {
            desk.gone(who);
        } else if (kind == 18) {
            desk.here.chunks =
                RangeSet::up_to(static_cast<std::uint32_t>(chance.below(kDeskWidth + 1)));
            desk.here.whole = desk.here.chunks.end() == kDeskWidth;
        }
        desk.now += 50ms;
    }
    desk.now += 1s;
    desk.step([](Turn&) {});
    while (!desk.loads.empty()) {
        desk.end_all();
        desk.now += 1s;
        desk.step([](Turn&) {});
    }
    CHECK(desk.idle());
}

TEST_CASE(
    "answers: a question of which not all is promised is counted as busy, nonsense as refused") {
    Desk desk(1);
    desk.ask('a', "####....");
    CHECK(desk.answers.count_busy() == 0);
    desk.end_all();
    CHECK(desk.ask('b', "####....") == "b:busy(a)");
    CHECK(desk.answers.count_busy() == 1);
    for (std::uint32_t i = 0; i < limits::kMaxSmallAnswers; ++i)
        CHECK(desk.proof('c') == "c:proof");
    CHECK(desk.answers.count_busy() == 1);
    CHECK(desk.proof('c') == "c:busy");
    CHECK(desk.manifest('c') == "c:busy");
    CHECK(desk.answers.count_busy() == 3);
    CHECK(desk.answers.count_refused() == 0);
    CHECK(desk.request('a', "", false, 0ms, {99}) == Answered::nonsense);
    CHECK(desk.answers.count_refused() == 1);
}
