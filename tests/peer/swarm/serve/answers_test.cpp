// What others asked of us: a column for each chunk of one fragment, letters are who asks. What is
// done about it is a line: "a0 a1" chunks that are loaded for a, "a:absent 2-3", "a:busy",
// "a:busy(bc)" with b and c named, "a:proof", "a:manifest", "a:refused".
#include "peer/swarm/serve/answers.hpp"

#include "messages/wire/limits.hpp"
#include "peer/swarm/chance.hpp"
#include "tests/support/pictures.hpp"

#include <algorithm>
#include <set>

#include <doctest/doctest.h>

using namespace fragcast;
using namespace std::chrono_literals;
namespace pic = fragcast::pictures;

namespace {

constexpr std::uint32_t kWidth = 8;  // chunks, unless the picture is longer

struct Desk {
    Answers answers;
    Availability others;
    Time now{100s};
    FragmentHere here{RangeSet::up_to(kWidth), true, kWidth* std::uint64_t{limits::kChunkBytes}};
    std::set<char> nowhere;      // known by name only
    std::uint32_t fragment = 0;  // that is asked for
    std::uint64_t last_request = 0;
    std::uint64_t turn_requests = 0;
    std::vector<SendChunk> loads;  // under way
    std::string done;              // in this step
    Time wake = kNever;
    std::uint64_t bytes_out = 0;

    explicit Desk(std::uint32_t slots = 16, std::uint64_t rate = 0) : answers(slots, rate) {}

    static Asker asker(char letter) { return {pic::link(letter), pic::peer(letter)}; }

    // What its actions say, after what always holds was looked at.
    template <class Step>
    std::string step(Step&& what) {
        Actions out;
        Turn turn{now, out, turn_requests};
        what(turn);
        answers.send_next(turn);
        wake = turn.wake;
        std::string text;
        for (const Action& action : out)
            text += (text.empty() ? "" : " ") + name(action);
        CHECK(answers.broken() == nullptr);
        CHECK(answers.chunks() >= answers.requests());  // none waits for nothing
        CHECK(turn_requests == 0);                      // it asks nobody
        return text;
    }
    std::string name(const Action& action) {
        if (const auto* chunk = std::get_if<SendChunk>(&action)) {
            loads.push_back(*chunk);
            return pic::letter(chunk->link) + std::to_string(chunk->chunk.chunk.value);
        }
        if (const auto* proof = std::get_if<SendProof>(&action))
            return pic::letter(proof->link) + std::string(":proof");
        if (const auto* part = std::get_if<SendManifest>(&action))
            return pic::letter(part->link) + std::string(":manifest");
        const auto& said = std::get<SendTo>(action);
        std::string text = pic::letter(said.link) + std::string(":");
        if (const auto* busy = std::get_if<Busy>(&said.body)) {
            CHECK(busy->retry_ms == 500);
            text += "busy";
            for (const PeerRecord& other : busy->others)
                text += (&other == busy->others.data() ? "(" : "") + other.name +
                        (&other == &busy->others.back() ? ")" : "");
        } else if (const auto* absent = std::get_if<Absent>(&said.body)) {
            text += "absent" + (absent->chunks.empty() ? "" : " " + pic::text(absent->chunks));
        } else {
            text += std::get<Refused>(said.body).reason == "not_found" ? "refused" : "?";
        }
        return text;
    }
    Answered request(char who, const char* picture, bool insist, Duration due, RequestId number) {
        Request request;
        request.request = number;
        request.asset = pic::asset();
        request.fragment = {fragment};
        request.chunks = pic::columns(picture).empty() ? Span{} : pic::columns(picture).spans()[0];
        request.insist = insist;
        request.deadline_ms = static_cast<std::uint32_t>(due / 1ms);
        std::map<PeerId, PeerRecord> book;
        for (char letter = 'a'; letter <= 'z'; ++letter) {
            PeerRecord& record = book[pic::peer(letter)];
            record.name = letter;
            if (!nowhere.contains(letter)) record.exchange = "tcp://there";
        }
        book.erase(pic::peer('x'));  // nobody knows x
        Answered out = Answered::nonsense;
        done = step([&](Turn& turn) {
            out = answers.serve(
                asker(who), request, here, others,
                [&](const PeerId& peer) {
                    const auto found = book.find(peer);
                    return found == book.end() ? nullptr : &found->second;
                },
                turn);
        });
        return out;
    }
    // What is done at once.
    std::string ask(char who, const char* picture, bool insist = false, Duration due = 0ms) {
        request(who, picture, insist, due, {++last_request});
        return done;
    }
    // A load ends: the first of all.
    std::string end(SendVerdict verdict = SendVerdict::sent, bool up = true) {
        REQUIRE_FALSE(loads.empty());
        const SendChunk load = loads.front();
        loads.erase(loads.begin());
        const PeerId peer = pic::peer(pic::letter(load.link));
        return step([&](Turn& turn) {
            const facts::Sent sent{load.link, load.request, load.chunk, verdict};
            const auto bytes = answers.on_sent(sent, up ? &peer : nullptr, turn);
            CHECK(bytes.has_value() == (up && verdict == SendVerdict::sent));
            bytes_out += bytes.value_or(0);
        });
    }
    // All loads end well, also those that follow.
    std::string end_all() {
        std::string text;
        while (!loads.empty())
            if (const std::string more = end(); !more.empty())
                text += (text.empty() ? "" : " ") + more;
        return text;
    }
    std::string small_sent(char who, std::uint64_t number, SendVerdict verdict, bool up = true) {
        const PeerId peer = pic::peer(who);
        return step([&](Turn& turn) {
            answers.on_sent({pic::link(who), {number}, std::nullopt, verdict}, up ? &peer : nullptr,
                            turn);
        });
    }
    std::string cancel(char who, std::uint64_t number) {
        return step([&](Turn&) { answers.cancel(asker(who), {number}); });
    }
    std::string gone(char who) {
        return step([&](Turn&) { answers.forget(asker(who)); });
    }
    std::string proof(char who, bool is_here = true) {
        return step([&](Turn& turn) {
            const AskProof ask{{++last_request}, pic::asset(), {0}};
            answers.serve(asker(who), ask, is_here, turn);
        });
    }
    std::string manifest(char who, bool is_here = true) {
        return step([&](Turn& turn) {
            AskManifest ask;
            ask.request = {++last_request};
            ask.asset = pic::asset();
            answers.serve(asker(who), ask, is_here, turn);
        });
    }
    bool idle() const {
        return answers.requests() == 0 && answers.small() == 0 && answers.chunks() == 0;
    }
    void holds_whole(char who) { others.add(pic::peer(who), pic::asset(), RangeSet::up_to(1)); }
};

}  // namespace

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
    CHECK(desk.answers.chunks() == limits::kUploadQueuePerNeighbour + 1);
    const std::string went = desk.end_all();
    CHECK(went.ends_with(" a0 a:busy"));
    CHECK(desk.idle());
}

// --- relay

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
             Row{true, 0ms, 9999ms, "b:busy(a)"},
             Row{true, 0ms, 10s, "b0"},
             Row{false, 0ms, 60s, "b:busy(a)"},
             Row{true, 2s, 999ms, "b:busy(a)"},
             Row{true, 2s, 1s, "b0"},
             Row{true, 2001ms, 9s, "b:busy(a)"},
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

// --- ends

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
    desk.answers.set_rate(0, desk.now);
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
    CHECK(tick() == "a:proof a:manifest");
    CHECK(tick() == "");
    CHECK(desk.wake == kNever);
    CHECK(desk.small_sent('a', 1, SendVerdict::absent) == "a:absent");
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
            const auto begin = chance.below(kWidth);
            const std::string picture =
                pic::repeat('.', begin) + pic::repeat('#', 1 + chance.below(kWidth - begin));
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
                RangeSet::up_to(static_cast<std::uint32_t>(chance.below(kWidth + 1)));
            desk.here.whole = desk.here.chunks.end() == kWidth;
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
