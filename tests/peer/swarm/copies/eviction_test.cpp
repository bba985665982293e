// The eviction that runs: a row for each witness, a column for each fragment that is withdrawn.
#include "peer/swarm/copies/eviction.hpp"

#include "messages/wire/limits.hpp"
#include "tests/support/pictures.hpp"

#include <doctest/doctest.h>

using namespace fragcast;
using namespace std::chrono_literals;
namespace pic = fragcast::pictures;

namespace {

constexpr std::uint32_t kWithdrawn = 4;

// "####" is withdrawn; the first so many letters are said to have copies of it.
struct Withdrawal {
    Eviction eviction;
    Actions out;
    std::uint64_t requests = 0;
    Time now{};
    Time wake = kNever;
    std::string ours;
    std::map<char, RequestId> asked;

    Withdrawal(std::string withdrawn, std::uint32_t replicas, const std::string& witnesses)
        : ours(std::move(withdrawn)) {
        std::set<PeerId> who;
        for (const char letter : witnesses)
            who.insert(pic::peer(letter));
        with([&](Turn& turn) {
            eviction.begin(pic::asset(), pic::columns(ours), replicas, who, turn);
        });
        CHECK(eviction.take_changed() == std::set<AssetId>{pic::asset()});
        check();
    }
    template <class Does>
    void with(Does does) {
        Turn turn{now, out, requests};
        does(turn);
        wake = turn.wake;
    }
    void ask(char letter) {
        with([&](Turn& turn) { eviction.ask(pic::peer(letter), pic::link(letter), turn); });
        const SendTo& said = std::get<SendTo>(out.back());
        const AskHave& question = std::get<AskHave>(said.body);
        CHECK(said.link == pic::link(letter));
        CHECK(question.asset == pic::asset());
        asked[letter] = question.request;
        check();
    }
    bool hear(char letter, const std::string& has) {
        return hear(letter, pic::link(letter), asked[letter], pic::asset(), has);
    }
    bool hear(char letter, LinkId over, RequestId request, const AssetId& asset,
              const std::string& has) {
        Have have;
        have.request = request;
        have.asset = asset;
        have.fragments = pic::columns(has);
        const bool over_now = eviction.hear(pic::peer(letter), over, have);
        check();
        return over_now;
    }
    std::string needed() const {
        std::string letters;
        for (const PeerId& peer : eviction.needed())
            letters += static_cast<char>(peer.bytes[0]);
        return letters;
    }
    // What is withdrawn is ours and of this asset; nobody is asked twice under one number.
    void check() const {
        CHECK(eviction.broken() == nullptr);
        CHECK(eviction.runs());
        CHECK(eviction.runs(pic::asset()));
        CHECK_FALSE(eviction.runs(pic::asset(1)));
        CHECK(eviction.withdrawn(pic::asset(1)).empty());
        RangeSet beyond = eviction.withdrawn(pic::asset());
        beyond.remove(pic::columns(ours));
        CHECK(beyond.empty());
        std::set<RequestId> numbers;
        for (const auto& [letter, request] : asked)
            numbers.insert(request);
        CHECK(numbers.size() == asked.size());
        CHECK_FALSE(numbers.contains(RequestId{}));
    }
    // '#' kept, 'x' dropped, '.' neither.
    std::string end(bool called_off = false) {
        RangeSet withdrawn = eviction.withdrawn(pic::asset());
        const Eviction::Outcome outcome = called_off ? eviction.call_off() : eviction.end();
        CHECK_FALSE(eviction.runs());
        CHECK(eviction.withdrawn(pic::asset()).empty());
        CHECK(outcome.asset == pic::asset());
        CHECK(eviction.take_changed() == std::set<AssetId>{pic::asset()});
        CHECK(outcome.kept.common(outcome.dropped).empty());
        withdrawn.remove(outcome.kept);
        CHECK(withdrawn == outcome.dropped);
        CHECK(eviction.count_dropped() == outcome.dropped.count());
        std::string row = pic::picture(outcome.kept, kWithdrawn);
        for (std::uint32_t i = 0; i < kWithdrawn; ++i)
            if (outcome.dropped.contains(i)) row[i] = 'x';
        return row;
    }
};

}  // namespace

TEST_CASE("eviction: what R witnesses have is dropped, what fewer have is kept") {
    struct Row {
        std::uint32_t replicas;
        const char* a;
        const char* b;
        const char* c;
        const char* outcome;
    };
    for (const Row& row :
         {Row{2, "####", "##..", "#.#.", "xxx#"}, Row{1, "#...", ".#..", "..#.", "xxx#"},
          Row{3, "####", "###.", "##..", "xx##"}, Row{2, "....", "####", "....", "####"},
          Row{4, "####", "####", "####", "####"}}) {
        CAPTURE(row.a);
        Withdrawal one("####", row.replicas, "abc");
        for (const char letter : {'a', 'b', 'c'})
            one.ask(letter);
        one.hear('a', row.a);
        one.hear('b', row.b);
        one.hear('c', row.c);
        CHECK(one.end() == row.outcome);
    }
}

TEST_CASE("eviction: it waits for no more than R for each, or all answers") {
    Withdrawal one("##.#", 2, "abc");
    for (const char letter : {'a', 'b', 'c'})
        one.ask(letter);
    CHECK_FALSE(one.hear('a', "####"));
    CHECK_FALSE(one.hear('b', "#..#"));
    CHECK(one.hear('b', "##.#"));
    CHECK(one.end() == "xx.x");

    Withdrawal few("##..", 2, "ab");
    few.ask('a');
    few.ask('b');
    CHECK_FALSE(few.hear('a', "...."));
    CHECK(few.hear('b', "#..."));
    CHECK(few.end() == "##..");
}

TEST_CASE("eviction: who answers unasked, over another link or to another question is not heard") {
    Withdrawal one("####", 1, "ab");
    CHECK_FALSE(one.hear('a', pic::link('a'), {}, pic::asset(), "####"));  // not asked yet
    one.ask('a');
    CHECK(one.needed() == "b");
    CHECK_FALSE(one.hear('a', pic::link('b'), one.asked['a'], pic::asset(), "####"));
    CHECK_FALSE(one.hear('a', pic::link('a'), {}, pic::asset(), "####"));  // a push
    CHECK_FALSE(one.hear('a', pic::link('a'), {99}, pic::asset(), "####"));
    CHECK_FALSE(one.hear('a', pic::link('a'), one.asked['a'], pic::asset(1), "####"));
    CHECK_FALSE(one.hear('b', pic::link('b'), one.asked['a'], pic::asset(), "####"));
    CHECK_FALSE(one.hear('c', pic::link('c'), one.asked['a'], pic::asset(), "####"));
    CHECK(one.end() == "####");
}

TEST_CASE("eviction: each witness is asked once, and one counts once") {
    Withdrawal one("####", 2, "ab");
    CHECK(one.needed() == "ab");
    one.ask('a');
    one.ask('b');
    CHECK(one.needed().empty());
    CHECK_FALSE(one.hear('a', "####"));
    CHECK_FALSE(one.hear('a', "####"));
    CHECK(one.end() == "####");
}

TEST_CASE("eviction: after kWitnessWait it waits no longer") {
    Withdrawal one("####", 2, "a");
    const Time until = Time{} + limits::kWitnessWait;
    CHECK(one.wake == until);
    one.now = until - 1us;
    one.with([&](Turn& turn) { CHECK_FALSE(one.eviction.late(turn)); });
    CHECK(one.wake == until);
    one.now = until;
    one.with([&](Turn& turn) { CHECK(one.eviction.late(turn)); });
}

TEST_CASE("eviction: called off, all is kept, whatever was witnessed") {
    Withdrawal one("##..", 1, "ab");
    one.ask('a');
    one.hear('a', "#...");
    CHECK(one.end(true) == "##..");
}

TEST_CASE("eviction: what is gone meanwhile is neither dropped nor kept") {
    Withdrawal one("####", 1, "ab");
    one.ask('a');
    one.ask('b');
    one.eviction.lost(pic::asset(1), pic::columns("####"));
    CHECK(one.eviction.take_changed().empty());
    CHECK(pic::picture(one.eviction.withdrawn(pic::asset()), kWithdrawn) == "####");
    one.eviction.lost(pic::asset(), pic::columns("#..#"));
    CHECK(one.eviction.take_changed() == std::set<AssetId>{pic::asset()});
    CHECK(pic::picture(one.eviction.withdrawn(pic::asset()), kWithdrawn) == ".##.");
    CHECK_FALSE(one.hear('a', "##.."));
    CHECK(one.end() == ".x#.");
}
