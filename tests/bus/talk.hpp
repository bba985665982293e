// One thread (the test's). A directory, and peers that talk with it: each says things over its own
// connection and sees what it is answered, at a time that the test sets.
#pragma once

#include "bus/directory_session.hpp"
#include "messages/wire/hash.hpp"
#include "messages/wire/limits.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <doctest/doctest.h>

namespace fragcast::test {

using namespace std::chrono_literals;

inline AssetRecord asset(std::uint8_t number, const std::string& name,
                         std::uint32_t fragments = 10) {
    AssetRecord record;
    record.id.bytes.fill(number);
    record.name = name;
    record.fragments = fragments;
    record.size = 1000;
    return record;
}

inline const AssetRecord kFilm = asset(0x10, "film");
inline const AssetRecord kSong = asset(0x20, "song", 1);

inline EntryRecord entry(const AssetRecord& asset, RangeSet fragments) {
    return {asset, std::move(fragments)};
}

// A peer as it knows itself: enough to say all that a directory is told.
struct Speaker {
    Bytes key;
    PeerRecord self;
    Sequence sequence{1};
    Route route;
    std::map<AssetId, RangeSet> holdings;

    explicit Speaker(std::uint8_t number, Route its_route = {})
        : key(limits::kKeyBytes, number), route(std::move(its_route)) {
        self.id = peer_id_of(key);
        self.epoch = Epoch{100};
        self.name = "peer" + std::to_string(number);
        self.exchange = "tcp://10.0.0." + std::to_string(number) + ":7000";
        if (route.empty()) route = "route" + std::to_string(number);
    }
    StateDigest root() const { return root_of(holdings); }
    Message says(Body body) const { return {{self.id, self.epoch, sequence}, std::move(body)}; }
    Join join(std::vector<EntryRecord> entries = {}) {
        holdings.clear();
        for (const EntryRecord& one : entries)
            holdings[one.asset.id] = one.fragments;
        return Join{RequestId{1}, self, key, root(), std::move(entries), false};
    }
};

class Talk {
public:
    explicit Talk(std::uint64_t unix_ms = 1'000'000)
        : session{{bus_id(), Epoch{unix_ms}, 5551, 5552}, Time{}} {}
    DirectorySession session;
    Time now{};
    std::map<Route, std::string> address_of_route;  // else "": one for all
    std::vector<Message> published;
    std::vector<std::string> logged;

    static PeerId bus_id() {
        PeerId id;
        id.bytes.fill(0xB0);
        return id;
    }

    // What came back to `from` over `route`, and to nobody else.
    std::vector<Body> tell(const Route& route, const Message& message,
                           const Payload& payload = {}) {
        DirectoryActions actions;
        session.on_message(route, message, payload, now, actions, address_of_route[route]);
        return take(std::move(actions), route);
    }
    std::vector<Body> tell(const Speaker& peer, Body body, const Payload& payload = {}) {
        return tell(peer.route, peer.says(std::move(body)), payload);
    }
    // The one answer, which is to be of this kind.
    template <class Answer>
    Answer ask(const Speaker& peer, Body body) {
        auto answers = tell(peer, std::move(body));
        REQUIRE(answers.size() == 1);
        REQUIRE(std::holds_alternative<Answer>(answers[0]));
        return std::get<Answer>(answers[0]);
    }
    void join(Speaker& peer, std::vector<EntryRecord> entries = {}) {
        ask<Welcome>(peer, peer.join(std::move(entries)));
    }
    // To a time from the start on, with all ticks that are due.
    void at(Duration since_start) {
        DirectoryActions actions;
        while (session.next_tick() <= Time(since_start)) {
            now = std::max(now, session.next_tick());
            session.on_tick(now, actions);
        }
        now = Time(since_start);
        take(std::move(actions), {});
    }
    // Past settling; the speakers' leases begin from here.
    void settle() { at(limits::kSettling); }

    template <class Announcement>
    std::vector<Announcement> announced() {
        std::vector<Announcement> out;
        for (const Message& message : published)
            if (const auto* one = std::get_if<Announcement>(&message.body)) out.push_back(*one);
        published.clear();
        return out;
    }
    std::uint64_t counter(const std::string& name) const {
        for (const CounterRecord& counter : session.counters())
            if (counter.name == name) return counter.value;
        FAIL("no counter " << name);
        return 0;
    }
    bool knows(const Speaker& peer) const {
        return session.leases().find(peer.says(Ping{}).header, peer.route) != nullptr;
    }

private:
    std::vector<Body> take(DirectoryActions actions, const Route& expected) {
        std::vector<Body> answers;
        for (DirectoryAction& action : actions) {
            if (auto* send = std::get_if<DirectorySend>(&action)) {
                CHECK(send->to == expected);
                CHECK(send->message.header.sender == bus_id());
                last_payload = std::move(send->payload);
                last_header = send->message.header;
                answers.push_back(std::move(send->message.body));
            } else if (auto* publish = std::get_if<DirectoryPublish>(&action)) {
                published.push_back(std::move(publish->message));
            } else {
                logged.push_back(std::get<Report>(action).text);
            }
        }
        return answers;
    }

public:
    Payload last_payload;
    Header last_header;
};

}  // namespace fragcast::test
