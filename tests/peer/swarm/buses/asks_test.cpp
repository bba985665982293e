// Whom a question is put to, and how it ends. Around us, as a picture:
//
//     buses "#o."     '#' joined, 'o' joining, '.' away; the first is bus 0
//     friends "#o.x"  '#' up, 'o' being dialled, '.' can be dialled, 'x' may not be; the first is
//     'a'
//
// What is done, in order: "0" a question to that bus, "a" to that neighbour, "dial b", "answer",
// "failed KIND".
#include "peer/swarm/buses/asks.hpp"

#include "messages/wire/limits.hpp"
#include "tests/support/pictures.hpp"

#include <string>

#include <doctest/doctest.h>

using namespace fragcast;
using namespace std::chrono_literals;
namespace pic = fragcast::pictures;

namespace {

struct Seen final : Asks::Around {
    std::string bus_row = "#";
    std::string friend_row;
    std::string other_links;
    std::string dialled;
    std::vector<std::string> endpoints;

    void set_friends(const std::string& row) {
        friend_row = row;
        endpoints.clear();
        for (std::size_t i = 0; i < row.size(); ++i)
            endpoints.emplace_back(1, static_cast<char>('a' + i));
    }
    char& row(const std::string& endpoint) {
        return friend_row[static_cast<std::size_t>(endpoint[0] - 'a')];
    }
    std::vector<Bus> buses() const override {
        std::vector<Bus> out;
        for (std::uint32_t i = 0; i < bus_row.size(); ++i)
            out.push_back({BusId{i}, bus_row[i] == '#', bus_row[i] == 'o'});
        return out;
    }
    const std::vector<std::string>& friends() const override { return endpoints; }
    Way way_to(const std::string& endpoint) const override {
        const char there = friend_row[static_cast<std::size_t>(endpoint[0] - 'a')];
        if (there == '#' || there == 'o') return {pic::link(endpoint[0]), there == '#'};
        return {};
    }
    bool dial(const std::string& endpoint, Turn&) override {
        if (row(endpoint) != '.') return false;
        row(endpoint) = 'o';
        dialled += endpoint;
        return true;
    }
    bool up(LinkId link) const override {
        return other_links.find(pic::letter(link)) != std::string::npos;
    }
    std::vector<LinkId> others() const override {
        std::vector<LinkId> out;
        for (const char letter : other_links)
            out.push_back(pic::link(letter));
        return out;
    }
};

constexpr ReadId kReader{70};

struct Asking {
    Asks asks;
    Seen around;
    Time now{1h};
    Actions out;
    std::uint64_t requests = 0;
    Time wake = kNever;
    std::vector<Asks::End> ends;  // what came of our own

    template <class Told>
    void tell(Told&& told) {
        Turn turn{now, out, requests};
        told(turn);
        wake = turn.wake;
        CHECK(asks.broken() == nullptr);
    }
    void user(Body question, bool friends = false, Duration most = 10s) {
        tell([&](Turn& turn) {
            asks.ask(kReader, std::move(question), friends, now + most, around, turn);
        });
    }
    void locate(bool friends = false) {
        tell([&](Turn& turn) { asks.locate(pic::asset(1), friends, around, turn); });
    }
    void note(Asks::End end) {
        if (!std::holds_alternative<std::monostate>(end)) ends.push_back(std::move(end));
    }
    // The answer to the last question that was put.
    Asks::Belief says(const Asks::Source& from, Body answer, bool news = false) {
        const RequestId id{requests};
        const Asks::Belief belief = asks.hear(id, answer, from);
        CHECK(asks.broken() == nullptr);
        if (belief == Asks::Belief::ours || belief == Asks::Belief::users)
            tell([&](Turn& turn) { note(asks.go_on(id, answer, from, news, around, turn)); });
        return belief;
    }
    Asks::Belief bus(std::uint32_t number, Body answer, bool news = false) {
        return says({BusId{number}, {}}, std::move(answer), news);
    }
    Asks::Belief neighbour(char letter, Body answer) {
        return says({{}, pic::link(letter)}, std::move(answer));
    }
    void pass(Duration time) {
        const Time until = now + time;
        while (now < until) {
            now = std::min(until, std::max(wake, now + 1us));
            tell([&](Turn& turn) {
                for (const RequestId id : asks.late(turn))
                    note(asks.on_late(id, around, turn));
            });
        }
    }
    std::string done() {
        std::string text;
        for (char letter : std::exchange(around.dialled, {}))
            text += std::string("dial ") + letter + ' ';
        for (const Action& action : std::exchange(out, {})) {
            if (const auto* send = std::get_if<SendToBus>(&action))
                text += std::to_string(send->bus.value);
            else if (const auto* to = std::get_if<SendTo>(&action))
                text += pic::letter(to->link);
            else if (std::holds_alternative<DeliverAnswer>(action))
                text += "answer";
            else if (const auto* failure = std::get_if<DeliverFailure>(&action))
                text += std::string("failed ") + name_of(failure->error.kind);
            text += ' ';
        }
        if (!text.empty()) text.pop_back();
        return text;
    }
};

Located located(Found found, const std::string& holders = {}) {
    Located out;
    out.found = found;
    if (found == Found::ok) {
        out.assets.emplace_back();
        out.assets.back().id = pic::asset(1);
    }
    for (const char letter : holders) {
        out.holders.emplace_back();
        out.holders.back().peer.id = pic::peer(letter);
    }
    return out;
}
Peers peers(const std::string& letters, bool more = false, bool settling = false) {
    Peers out;
    for (const char letter : letters) {
        out.peers.emplace_back();
        out.peers.back().id = pic::peer(letter);
    }
    out.more = more;
    out.settling = settling;
    return out;
}
Dumped dumped(const std::string& letters, bool more = false, bool settling = false) {
    Dumped out;
    for (const char letter : letters)
        out.holdings.push_back({pic::peer(letter), pic::asset(1), RangeSet::up_to(2)});
    out.more = more;
    out.settling = settling;
    return out;
}

}  // namespace

// --- whom it is put to ---------------------------------------------------------------------------

TEST_CASE("asks: for holders all joined buses are asked, for the rest one after the other") {
    Asking here;
    here.around.bus_row = "#.#o#";
    here.user(Locate{});
    CHECK(here.done() == "0 2 4");
    here.user(ListPeers{});
    CHECK(here.done() == "0");
    here.pass(limits::kDirectoryAnswer);
    CHECK(here.done() == "0 2 4 2");  // again, and the next
    here.pass(limits::kDirectoryAnswer);
    CHECK(here.done() == "0 2 4 4");
    here.pass(limits::kDirectoryAnswer);
    CHECK(here.done() == "failed unavailable failed unavailable");
    CHECK(here.asks.size() == 0);
}

TEST_CASE("asks: a first welcome is waited for, once; where nobody joins the answer is no") {
    Asking here;
    here.around.bus_row = "o.";
    here.user(ListPeers{});
    CHECK(here.done().empty());
    SUBCASE("it comes") {
        here.around.bus_row = "#.";
        here.pass(limits::kDirectoryAnswer);
        CHECK(here.done() == "0");
    }
    SUBCASE("it does not") {
        here.pass(limits::kDirectoryAnswer);
        CHECK(here.done() == "failed unavailable");
    }
    here.around.bus_row = "..";
    here.user(ListAssets{});
    CHECK(here.done() == "failed unavailable");
}

TEST_CASE("asks: friends in their order, each dialled and given two seconds; then neighbours") {
    Asking here;
    here.around.set_friends("x.o#");
    here.around.other_links = "pq";
    here.user(Locate{}, true, 30s);
    CHECK(here.done() == "dial b");
    SUBCASE("it comes up") {
        here.around.set_friends("x#o#");
        here.pass(limits::kDialLook);
        CHECK(here.done() == "b");
        CHECK(here.neighbour('b', located(Found::ok)) == Asks::Belief::users);
        CHECK(here.done() == "answer");
    }
    SUBCASE("it comes up and knows nothing: the next one is dialled as well") {
        here.around.set_friends("x#.#");
        here.pass(limits::kDialLook);
        CHECK(here.done() == "b");
        here.neighbour('b', located(Found::unknown));
        CHECK(here.done() == "dial c");
    }
    SUBCASE("it does not, nor does the next") {
        here.pass(limits::kDirectoryAnswer);
        CHECK(here.done().empty());
        here.pass(limits::kDirectoryAnswer);
        CHECK(here.done() == "d");
        here.neighbour('d', located(Found::unknown));
        CHECK(here.done() == "p");
        here.pass(limits::kDirectoryAnswer);  // it is silent
        CHECK(here.done() == "q");
        here.neighbour('q', located(Found::settling));
        CHECK(here.done() == "answer");  // unknown, that d said
    }
    SUBCASE("it cannot be reached") {
        here.around.set_friends("x.xx");
        here.pass(limits::kDialLook);
        CHECK(here.done() == "p");
    }
}

TEST_CASE("asks: beyond the friends eight neighbours are asked, no more") {
    Asking here;
    here.around.other_links = "abcdefghijk";
    here.locate(true);
    std::string asked = here.done();
    while (here.asks.size() != 0) {
        here.neighbour(asked.back(), located(Found::unknown));
        if (here.asks.size() != 0) asked += here.done();
    }
    CHECK(asked == "abcdefgh");
    REQUIRE(here.ends.size() == 1);
    CHECK(std::get<Asks::Holders>(here.ends[0]).located.found == Found::unknown);
}

TEST_CASE("asks: what one neighbour is asked, no other is") {
    Asking here;
    here.around.other_links = "pq";
    const auto list = [&](char letter) {
        here.tell([&](Turn& turn) {
            here.asks.list_all({{}, pic::link(letter)}, here.around, turn);
        });
    };
    list('q');
    CHECK(here.done() == "q q");  // peers and assets
    here.pass(limits::kDirectoryAnswer);
    CHECK(here.done().empty());
    CHECK(here.asks.size() == 0);
    list('z');  // it is not up
    CHECK(here.done().empty());
    CHECK(here.asks.size() == 0);
}

// --- whose answer counts -------------------------------------------------------------------------

TEST_CASE("asks: an answer counts from whom it was asked of, once, and of the kind") {
    Asking here;
    here.around.bus_row = "##";
    here.around.other_links = "p";
    here.user(Locate{});
    CHECK(here.neighbour('p', located(Found::ok)) == Asks::Belief::unasked);
    CHECK(here.bus(2, located(Found::ok)) == Asks::Belief::unasked);
    CHECK(here.bus(0, peers("x")) == Asks::Belief::unasked);
    CHECK(here.bus(0, located(Found::unknown)) == Asks::Belief::users);
    CHECK(here.bus(0, located(Found::ok)) == Asks::Belief::unasked);
    CHECK(here.bus(1, located(Found::ok)) == Asks::Belief::users);
    CHECK(here.bus(1, located(Found::ok)) == Asks::Belief::unasked);
    CHECK(here.done() == "0 1 answer");
    here.user(Locate{}, true);
    CHECK(here.bus(0, located(Found::ok)) == Asks::Belief::unasked);
    CHECK(here.neighbour('q', located(Found::ok)) == Asks::Belief::unasked);
    CHECK(here.says({}, located(Found::ok)) == Asks::Belief::unasked);
    CHECK(here.done() == "p");
}

TEST_CASE(
    "asks: what is told of another asset than was asked about is wrong, and nobody's answer") {
    Asking here;
    here.locate();
    Located other = located(Found::ok);
    other.assets[0].id = pic::asset(2);
    CHECK(here.bus(0, other) == Asks::Belief::wrong);
    CHECK(here.asks.locating(pic::asset(1)));
    CHECK(here.bus(0, located(Found::ok, "x")) == Asks::Belief::ours);
    CHECK_FALSE(here.asks.locating(pic::asset(1)));
    REQUIRE(here.ends.size() == 1);
    CHECK(std::get<Asks::Holders>(here.ends[0]).asset == pic::asset(1));
    CHECK(std::get<Asks::Holders>(here.ends[0]).located.holders.size() == 1);
}

// --- which answer counts -------------------------------------------------------------------------

TEST_CASE("asks: the first that found it is a user's answer; unknown is, when all say so") {
    Asking here;
    here.around.bus_row = "###";
    here.user(Locate{});
    here.bus(1, located(Found::unknown));
    CHECK(here.done() == "0 1 2");
    SUBCASE("found") {
        here.bus(2, located(Found::ambiguous));
        CHECK(here.done() == "answer");
        CHECK(here.asks.size() == 0);
    }
    SUBCASE("unknown") {
        here.bus(2, located(Found::unknown));
        CHECK(here.done().empty());
        here.bus(0, located(Found::settling));
        CHECK(here.done() == "answer");
    }
}

TEST_CASE("asks: a user whose buses all settle is answered later, and by his deadline the least") {
    Asking here;
    here.around.bus_row = "##";
    here.user(Locate{}, false, 2s);
    here.bus(0, located(Found::settling));
    here.bus(1, located(Found::settling));
    CHECK(here.done() == "0 1");
    here.pass(500ms);
    CHECK(here.done() == "0 1");
    here.bus(0, located(Found::settling));
    here.pass(1400ms);
    CHECK(here.done().empty());
    here.pass(100ms);
    CHECK(here.done() == "failed unavailable");
}

TEST_CASE("asks: of our own, nothing follows from unknown where somebody was settling") {
    Asking here;
    here.around.bus_row = "##";
    here.locate();
    here.bus(0, located(Found::unknown));
    SUBCASE("one settles") {
        here.bus(1, located(Found::settling));
        CHECK(here.ends.empty());
    }
    SUBCASE("none does") {
        here.bus(1, located(Found::unknown));
        CHECK(here.ends.size() == 1);
    }
    SUBCASE("one is silent, and its buses were asked three times") {
        here.pass(3 * limits::kDirectoryAnswer);
        CHECK(here.ends.size() == 1);
    }
    CHECK(here.asks.size() == 0);
}

TEST_CASE("asks: what is refused is refused") {
    Asking here;
    here.user(AskStats{});
    here.bus(0, Refused{{}, "busy", "not now"});
    CHECK(here.done() == "0 failed refused");
    here.locate();
    here.bus(0, Refused{{}, "busy", "not now"});
    CHECK(here.ends.empty());
    CHECK(here.asks.size() == 0);
}

// --- pages ---------------------------------------------------------------------------------------

TEST_CASE("asks: the next page is asked of who gave this one; a user turns his own") {
    Asking here;
    here.around.bus_row = "##";
    here.tell([&](Turn& turn) { here.asks.recount(BusId{1}, here.around, turn); });
    const Time asked = here.now;
    here.now += 1s;
    here.bus(1, peers("pq", true));
    CHECK(here.bus(0, peers("x")) == Asks::Belief::unasked);
    CHECK(here.done() == "1 1");
    SUBCASE("all of it") {
        here.bus(1, peers("r"));
        REQUIRE(here.ends.size() == 1);
        const auto& all = std::get<Asks::Everybody>(here.ends[0]);
        CHECK(all.bus == BusId{1});
        CHECK(all.since == asked);
        CHECK(all.listed == std::set{pic::peer('p'), pic::peer('q'), pic::peer('r')});
    }
    SUBCASE("but it settles: who is not listed may yet come") {
        here.bus(1, peers("r", false, true));
        CHECK(here.ends.empty());
    }
    here.done();
    here.user(ListPeers{});
    here.bus(0, peers("pq", true));
    CHECK(here.done() == "0 answer");
    CHECK(here.asks.size() == 0);
}

TEST_CASE("asks: all that a peer has is known when the last page came, of who is not settling") {
    Asking here;
    const auto dump = [&] {
        here.tell([&](Turn& turn) { here.asks.dump(pic::peer('p'), here.around, turn); });
        CHECK(here.asks.dumping(pic::peer('p')));
        CHECK_FALSE(here.asks.dumping({}));
    };
    dump();
    here.bus(0, dumped("p", true), true);
    CHECK(here.asks.dumping(pic::peer('p')));
    here.bus(0, dumped(""));
    REQUIRE(here.ends.size() == 1);
    const auto& told = std::get<Asks::AllOf>(here.ends[0]);
    CHECK(told.peer == pic::peer('p'));
    CHECK(told.news);
    CHECK(told.named.at(pic::peer('p')) == std::set{pic::asset(1)});
    // Who has nothing is named as well.
    dump();
    here.bus(0, dumped(""));
    REQUIRE(here.ends.size() == 2);
    CHECK(std::get<Asks::AllOf>(here.ends[1]).named.at(pic::peer('p')).empty());
    CHECK_FALSE(std::get<Asks::AllOf>(here.ends[1]).news);
    dump();
    here.bus(0, dumped("p", false, true));
    CHECK(here.ends.size() == 2);
    here.tell([&](Turn& turn) { here.asks.dump(BusId{0}, here.around, turn); });
    here.bus(0, dumped("pq"));
    CHECK(std::get<Asks::AllOf>(here.ends.at(2)).peer.is_zero());
    CHECK(std::get<Asks::AllOf>(here.ends.at(2)).named.size() == 2);
}

TEST_CASE("asks: where any bus may say it, the next page is asked of the one that gave this") {
    Asking here;
    here.around.bus_row = "##";
    here.tell([&](Turn& turn) { here.asks.dump(pic::peer('p'), here.around, turn); });
    here.pass(limits::kDirectoryAnswer);  // bus 0 is silent
    here.bus(1, dumped("p", true));
    CHECK(here.done() == "0 1 1");
    here.pass(limits::kDirectoryAnswer);  // and is asked no more
    CHECK(here.done().empty());
}

// --- ways out ------------------------------------------------------------------------------------

TEST_CASE("asks: beyond the limit a user is told so, and ours are not asked") {
    Asking here;
    for (std::size_t i = 0; i < limits::kMaxAsks; ++i)
        here.tell([&](Turn& turn) {
            here.asks.locate(pic::asset(static_cast<std::uint32_t>(i)), false, here.around, turn);
        });
    here.done();
    here.locate();
    CHECK(here.done().empty());
    here.user(Locate{});
    CHECK(here.done() == "failed busy");
    here.pass(3 * limits::kDirectoryAnswer);
    CHECK(here.asks.size() == 0);
}

TEST_CASE("asks: who goes is answered no more; when we stop users are told, for good") {
    Asking here;
    here.user(Locate{});
    here.asks.withdraw(ReadId{71});
    CHECK(here.asks.size() == 1);
    here.asks.withdraw(kReader);
    CHECK(here.asks.size() == 0);
    CHECK(here.bus(0, located(Found::ok)) == Asks::Belief::unasked);
    CHECK(here.done() == "0");
    here.user(Locate{});
    here.locate();
    here.tell([&](Turn& turn) { here.asks.stop(turn); });
    CHECK(here.done() == "0 0 failed interrupted");
    CHECK(here.ends.empty());
    CHECK(here.asks.size() == 0);
    here.user(Locate{});
    CHECK(here.done() == "failed interrupted");
    here.user(Ping{});
    CHECK(here.done() == "failed interrupted");
}

TEST_CASE("asks: what is no question is not put to anybody") {
    Asking here;
    here.user(Ping{});
    CHECK(here.done() == "failed busy");
    CHECK(here.asks.size() == 0);
}
