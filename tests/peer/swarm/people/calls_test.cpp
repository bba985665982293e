// Whom to dial: a letter for each who might be. '#' here already, 'o' likewise and gives
// nothing, '.' it may be dialled, 'x' not
// now: barred, or it failed; '-' it has no address; 'r' named by a busy neighbour only, 'R' the
// same and here. The answer is the places in the row that are dialled, in order.
#include "peer/swarm/people/calls.hpp"

#include "messages/wire/limits.hpp"
#include "tests/support/pictures.hpp"

#include <algorithm>
#include <deque>
#include <string>

#include <doctest/doctest.h>

using namespace fragcast;
using namespace std::chrono_literals;
namespace pic = fragcast::pictures;

namespace {

constexpr Time kCallTime{50s};

struct Exchange {
    Calls calls{7};
    std::deque<std::string> doors;  // whose text callees point to

    std::vector<Calls::Callee> row(const std::string& picture) {
        std::vector<Calls::Callee> out;
        for (const char one : picture) {
            Calls::Callee callee;
            const auto number = static_cast<std::uint32_t>(out.size());
            callee.peer.bytes[0] = static_cast<std::uint8_t>(number + 1);
            doors.push_back(one == '-' ? std::string() : "door " + std::to_string(number));
            callee.endpoint = doors.back();
            callee.here = one == '#' || one == 'R' || one == 'o';
            callee.idle = one == 'o';
            callee.referred = one == 'r' || one == 'R';
            callee.open = one == 'x' ? kCallTime + 1us : kCallTime;
            out.push_back(callee);
        }
        return out;
    }
    static std::uint32_t number(const PeerId& peer) { return peer.bytes[0] - 1U; }
    // Never more than there are lines; nobody twice, but as referred for another asset.
    static std::string text(const std::vector<Calls::Call>& calls, std::size_t lines) {
        CHECK(calls.size() <= lines);
        std::set<std::pair<PeerId, std::optional<AssetId>>> once;
        std::string out;
        for (const Calls::Call& call : calls) {
            CHECK(once.insert({call.peer, call.of}).second);
            CHECK(call.endpoint == "door " + std::to_string(number(call.peer)));
            out += (out.empty() ? "" : " ") + std::to_string(number(call.peer));
            if (call.of) out += "r";
        }
        return out;
    }
    std::string round(const std::string& given, const std::vector<std::string>& wants,
                      std::size_t lines = 64) {
        std::vector<Calls::Want> all;
        for (const std::string& want : wants)
            all.push_back({pic::asset(static_cast<std::uint32_t>(all.size())), row(want)});
        return text(calls.round(row(given), all, lines, kCallTime), lines);
    }
    std::string strangers(const std::string& known, std::size_t dialling, std::size_t lines = 64) {
        return text(Calls::strangers(row(known), dialling, lines, kCallTime), lines);
    }
    std::string friends(const std::string& picture, std::size_t lines = 64) {
        std::vector<Calls::Friend> all;
        for (const Calls::Callee& one : row(picture))
            all.push_back({one.endpoint, one.here, one.open});
        return Calls::friend_to_call(all, lines, kCallTime).value_or("nobody");
    }
};

std::string sorted(std::string text) {
    std::vector<std::string> words;
    for (std::size_t at = 0; at <= text.size();) {
        const std::size_t end = std::min(text.find(' ', at), text.size());
        words.push_back(text.substr(at, end - at));
        at = end + 1;
    }
    std::sort(words.begin(), words.end());
    std::string out;
    for (const std::string& word : words)
        out += (out.empty() ? "" : " ") + word;
    return out;
}

}  // namespace

TEST_CASE("calls: friends are known by where they live, and asked anew when they are others") {
    Calls calls(7);
    Actions out;
    std::uint64_t requests = 0;
    const auto due = [&](Time now) {
        Turn turn{now, out, requests};
        return calls.take_friends_due(turn);
    };
    CHECK_FALSE(calls.is_friend("door 1"));
    calls.set_friends({"door 1", "door 2"}, kCallTime);
    CHECK(calls.friends().size() == 2);
    CHECK(calls.is_friend("door 2"));
    CHECK_FALSE(calls.is_friend("door 3"));
    CHECK_FALSE(calls.is_friend(""));  // it dialled us: nobody knows where it lives
    CHECK_FALSE(due(kCallTime - 1us));
    CHECK(due(kCallTime));
    CHECK_FALSE(due(kCallTime));
    calls.set_friends({""}, kCallTime);
    CHECK_FALSE(calls.is_friend("door 1"));
    CHECK_FALSE(calls.is_friend(""));
    CHECK(due(kCallTime));
}

TEST_CASE("calls: who is given something is dialled, all of them, first") {
    Exchange exchange;
    CHECK(exchange.round(".#.x-.", {}) == "0 2 5");
    CHECK(exchange.round("..", {"...."}).starts_with("0 1 "));  // who has it as well is not twice
    CHECK(sorted(exchange.round("..", {"...."})) == "0 1 2 3");
    CHECK(exchange.round("......", {"........"}, 4) == "0 1 2 3");
    std::vector<Calls::Callee> twice = exchange.row(".");  // of two assets
    twice.push_back(twice.front());
    CHECK(Exchange::text(exchange.calls.round(twice, {}, 64, kCallTime), 64) == "0");
}

TEST_CASE("calls: of an asset's holders all who can be, in an order of our own") {
    Exchange exchange;
    CHECK(sorted(exchange.round("", {".#.x-."})) == "0 2 5");
    CHECK(exchange.round("", {"........"}) != "0 1 2 3 4 5 6 7");
    Exchange other;
    other.calls = Calls(8);
    CHECK(exchange.round("", {"........"}) != other.round("", {"........"}));
    CHECK(exchange.round("", {"........"}) == exchange.round("", {"........"}));
    CHECK(exchange.round("", {"####"}).empty());
}

TEST_CASE("calls: of one asset no more than kMaxDialledPerAsset are here") {
    Exchange exchange;
    const auto most = limits::kMaxDialledPerAsset;
    const std::string crowd = pic::repeat('.', 40);
    const auto count = [](const std::string& text) {
        return text.empty() ? 0 : std::count(text.begin(), text.end(), ' ') + 1;
    };
    CHECK(count(exchange.round("", {crowd})) == most);
    CHECK(count(exchange.round("", {pic::repeat('#', 20) + crowd})) == most - 20);
    CHECK(count(exchange.round("", {pic::repeat('#', most) + crowd})) == 0);
    // Who gives nothing is here for nobody.
    CHECK(count(exchange.round("", {pic::repeat('o', most) + crowd})) == most);
    CHECK(count(exchange.round("", {pic::repeat('#', 20) + "ooooooo" + crowd})) == most - 20);
    CHECK(exchange.round("", {"ooo"}).empty());
    // Those who are dialled for one asset are here for the next.
    CHECK(count(exchange.round("", {crowd, crowd})) == most);
    CHECK(count(exchange.round(pic::repeat('.', 10), {crowd})) == most);
    CHECK(count(exchange.round("", {crowd}, 5)) == 5);
}

TEST_CASE("calls: others wait for a line who could be dialled") {
    Exchange exchange;
    const auto wait = [&](const char* picture) {
        return Calls::others_wait({pic::asset(), exchange.row(picture)}, kCallTime);
    };
    CHECK(wait("oo."));
    CHECK(wait("#r"));
    CHECK_FALSE(wait("o#x-R"));
    CHECK_FALSE(wait(""));
}

TEST_CASE("calls: whom a busy neighbour named is dialled for that asset, and marked as such") {
    Exchange exchange;
    CHECK(sorted(exchange.round("", {"r.R#"})) == "0r 1");
    CHECK(sorted(exchange.round("", {"r", "r"})) == "0r 0r");
    // That somebody of this id is given something says nothing of where the other said it is.
    CHECK(exchange.round(".", {"r"}) == "0 0r");
}

TEST_CASE("calls: one friend is kept, the first that can be reached") {
    Exchange exchange;
    CHECK(exchange.friends("") == "nobody");
    CHECK(exchange.friends("..") == "door 0");
    CHECK(exchange.friends("x..") == "door 1");
    CHECK(exchange.friends("#.") == "nobody");
    CHECK(exchange.friends("x#.") == "nobody");
    CHECK(exchange.friends(".#") == "door 0");  // back to the first
    CHECK(exchange.friends("..", 0) == "nobody");
    CHECK(exchange.friends("x#", 0) == "nobody");
}

TEST_CASE("calls: strangers a few at a time") {
    Exchange exchange;
    CHECK(exchange.strangers(".#x-......", 0) == "0 4 5 6");
    CHECK(exchange.strangers(".#x-......", 3) == "0");
    CHECK(exchange.strangers(".#x-......", 4) == "");
    CHECK(exchange.strangers(".#x-......", 9) == "");
    CHECK(exchange.strangers("....", 0, 2) == "0 1");
}

TEST_CASE("calls: friends are asked once in kFriendsEvery, and at once when a bus is lost") {
    Calls calls{7};
    Actions out;
    std::uint64_t requests = 0;
    Time now = kCallTime;
    Time wake{};
    const auto due = [&] {
        Turn turn{now, out, requests};
        const bool result = calls.take_friends_due(turn);
        wake = turn.wake;
        return result;
    };
    CHECK(due());
    CHECK(wake == now + limits::kFriendsEvery);
    now += limits::kFriendsEvery - 1us;
    CHECK_FALSE(due());
    CHECK(wake == now + 1us);
    now += 1us;
    CHECK(due());
    CHECK_FALSE(due());
    calls.friends_due(now);
    CHECK(due());

    CHECK_FALSE(calls.take_due());
    calls.due();
    CHECK(calls.take_due());
    CHECK_FALSE(calls.take_due());
}

TEST_CASE("calls: whom we dialled and do not use is given up") {
    Actions out;
    std::uint64_t requests = 0;
    Time wake{};
    const auto given_up = [&](Calls::Link link) {
        Turn turn{kCallTime + limits::kIdleLink, out, requests};
        const bool result = Calls::given_up(link, turn);
        wake = turn.wake;
        return result;
    };
    CHECK(given_up({true, false, kCallTime, false}));
    CHECK_FALSE(given_up({false, false, kCallTime, false}));  // it dialled us: it hangs up
    CHECK_FALSE(given_up({true, true, kCallTime, false}));    // a friend that we need
    CHECK(wake == kNever);
    CHECK_FALSE(given_up({true, false, kCallTime, true}));  // it owes us something
    CHECK(wake == kCallTime + limits::kIdleLink + 1s);
    CHECK_FALSE(given_up({true, false, kCallTime + 2s, false}));
    CHECK(wake == kCallTime + limits::kIdleLink + 2s);
}
