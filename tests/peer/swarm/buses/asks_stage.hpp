// One thread. Questions under way, for the tests of Asks. Around us, as a picture:
//
//     buses "#o."     '#' joined, 'o' joining, '.' away; the first is bus 0
//     friends "#o.x"  '#' up, 'o' being dialled, '.' can be dialled, 'x' may not be; the first is
//     'a'
//
// What is done, in order: "0" a question to that bus, "a" to that neighbour, "dial b", "answer",
// "failed KIND".
#pragma once

#include "messages/wire/limits.hpp"
#include "peer/swarm/buses/asks.hpp"
#include "tests/support/pictures.hpp"

#include <string>

#include <doctest/doctest.h>

namespace fragcast::asking {

using namespace std::chrono_literals;
namespace pic = fragcast::pictures;

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

inline constexpr ReadId kReader{70};

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

inline Located located(Found found, const std::string& holders = {}) {
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
inline Peers peers(const std::string& letters, bool more = false, bool settling = false) {
    Peers out;
    for (const char letter : letters) {
        out.peers.emplace_back();
        out.peers.back().id = pic::peer(letter);
    }
    out.more = more;
    out.settling = settling;
    return out;
}
inline Dumped dumped(const std::string& letters, bool more = false, bool settling = false) {
    Dumped out;
    for (const char letter : letters)
        out.holdings.push_back({pic::peer(letter), pic::asset(1), RangeSet::up_to(2)});
    out.more = more;
    out.settling = settling;
    return out;
}

}  // namespace fragcast::asking
