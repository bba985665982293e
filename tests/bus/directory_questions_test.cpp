// What anybody may ask the directory (PROTOCOL.md, 9.5): answers, pages, limits, and settling.
#include "tests/bus/talk.hpp"

#include <algorithm>

#include <doctest/doctest.h>

using namespace fragcast;
using namespace fragcast::test;

namespace {

Locate by_name(const std::string& name, std::int64_t fragment = -1) {
    return {RequestId{5}, {}, name, fragment};
}

std::vector<std::string> names(const std::vector<HolderRecord>& holders) {
    std::vector<std::string> out;
    for (const HolderRecord& holder : holders)
        out.push_back(holder.peer.name);
    std::sort(out.begin(), out.end());
    return out;
}

struct Swarm2 : Talk {
    Speaker one{1}, two{2}, stranger{50};
    Swarm2() {
        join(one, {entry(kFilm, {{0, 4}}), entry(kSong, {{0, 1}})});
        join(two, {entry(kFilm, {{4, 10}})});
    }
};

}  // namespace

TEST_CASE("locate names the holders of an asset, or of one fragment, to whoever asks") {
    Swarm2 talk;
    const auto all = talk.ask<Located>(talk.stranger, by_name("film"));
    CHECK(all.request == RequestId{5});
    CHECK(all.found == Found::ok);
    CHECK(all.assets == std::vector{kFilm});
    CHECK(names(all.holders) == std::vector<std::string>{"peer1", "peer2"});

    const auto third = talk.ask<Located>(talk.stranger, by_name("film", 3));
    REQUIRE(third.holders.size() == 1);
    CHECK(third.holders[0] == HolderRecord{talk.one.self, {{0, 4}}});
    const auto by_id = talk.ask<Located>(talk.stranger, Locate{{}, kSong.id, "", -1});
    CHECK(by_id.assets == std::vector{kSong});
    CHECK(talk.ask<Located>(talk.stranger, by_name("1010")).assets == std::vector{kFilm});
}

TEST_CASE("locate: unknown only after settling; until then, settling") {
    Swarm2 talk;
    const auto found = [&](const Locate& question) {
        return talk.ask<Located>(talk.stranger, question).found;
    };
    talk.tell(talk.two, Update{RequestId{2}, {entry(kFilm, {{5, 10}})}});
    CHECK(found(by_name("nothing")) == Found::settling);
    CHECK(found(by_name("film", 4)) == Found::settling);
    talk.settle();
    CHECK(found(by_name("nothing")) == Found::unknown);
    CHECK(found(by_name("film", 4)) == Found::ok);
    CHECK(talk.ask<Located>(talk.stranger, by_name("film", 4)).holders.empty());
}

TEST_CASE("locate lists all that a name may mean") {
    Swarm2 talk;
    talk.join(talk.two, {entry(asset(0x30, "film"), {{0, 1}})});
    const auto located = talk.ask<Located>(talk.stranger, by_name("film"));
    CHECK(located.found == Found::ambiguous);
    CHECK(located.assets == std::vector{kFilm, asset(0x30, "film")});
    CHECK(located.holders.empty());
}

TEST_CASE("locate without a name, or of a fragment that no asset has, is refused") {
    Talk talk;
    Speaker stranger(50);
    CHECK(talk.ask<Refused>(stranger, by_name("")).reason == "invalid");
    CHECK(talk.ask<Refused>(stranger, by_name("film", -2)).reason == "invalid");
    CHECK(talk.ask<Refused>(stranger, by_name("film", limits::kMaxFragments)).reason == "invalid");
}

TEST_CASE("where not all holders fit, those above the asker's id come first") {
    Talk talk;
    std::vector<Speaker> peers;
    for (int i = 0; i < 600; ++i) {
        Speaker& peer = peers.emplace_back(static_cast<std::uint8_t>(i), "r" + std::to_string(i));
        peer.key[1] = static_cast<std::uint8_t>(i >> 8);
        peer.self.id = peer_id_of(peer.key);
        talk.join(peer, {entry(kFilm, {{0, 1}})});
    }
    const auto holders = talk.ask<Located>(peers[7], by_name("film")).holders;
    CHECK(holders.size() == limits::kMaxEntries);
    CHECK(std::is_sorted(holders.begin(), holders.end(),
                         [](const auto& a, const auto& b) { return a.peer.id < b.peer.id; }));
    const auto& all = talk.session.leases().peers();
    auto next = all.upper_bound(peers[7].self.id);
    for (std::uint32_t i = 0; i < limits::kMaxEntries; ++i) {
        if (next == all.end()) next = all.begin();
        const PeerId id = (next++)->first;
        CHECK(std::any_of(holders.begin(), holders.end(),
                          [&](const auto& holder) { return holder.peer.id == id; }));
    }
}

TEST_CASE("peers and assets come in pages, in order, each once") {
    Talk talk;
    std::vector<EntryRecord> entries;
    for (int i = 0; i < 600; ++i) {
        Speaker peer(static_cast<std::uint8_t>(i), "r" + std::to_string(i));
        peer.key[1] = static_cast<std::uint8_t>(i >> 8);
        peer.self.id = peer_id_of(peer.key);
        AssetRecord record = asset(1, "asset " + std::to_string(i));
        record.id.bytes[1] = static_cast<std::uint8_t>(i >> 8);
        record.id.bytes[2] = static_cast<std::uint8_t>(i);
        talk.join(peer, {entry(record, {{0, 1}})});
    }
    Speaker stranger(1, "stranger");
    std::vector<PeerId> peers;
    Peers page;
    do {
        page = talk.ask<Peers>(stranger,
                               ListPeers{RequestId{3}, peers.empty() ? PeerId{} : peers.back()});
        CHECK(page.settling);
        for (const PeerRecord& peer : page.peers)
            peers.push_back(peer.id);
    } while (page.more);
    CHECK(peers.size() == 600);
    CHECK(std::is_sorted(peers.begin(), peers.end()));

    std::vector<AssetId> assets;
    Assets some;
    do {
        some = talk.ask<Assets>(
            stranger, ListAssets{RequestId{3}, assets.empty() ? AssetId{} : assets.back()});
        for (const AssetRecord& one : some.assets)
            assets.push_back(one.id);
    } while (some.more);
    CHECK(assets.size() == 600);
    CHECK(std::is_sorted(assets.begin(), assets.end()));

    const auto welcome = talk.ask<Welcome>(stranger, stranger.join());
    CHECK(welcome.more);
    CHECK(welcome.assets.size() == limits::kMaxEntries);
}

TEST_CASE("a dump is of all, or of one peer as of its sequence, in pages that fit a message") {
    Talk talk;
    Speaker first(1), second(2), stranger(50);
    // Every second fragment: the longest that a set of ranges can get.
    RangeSet comb;
    for (std::uint32_t i = 0; i < limits::kMaxFragments; i += 2)
        comb.add(i);
    std::vector<EntryRecord> entries;
    for (std::uint8_t i = 0; i < 40; ++i)
        entries.push_back(entry(asset(i, "a", limits::kMaxFragments), comb));
    talk.join(first, entries);
    second.sequence = Sequence{77};
    talk.join(second, {entry(kFilm, {{0, 4}}), entry(kSong, {{0, 1}})});

    Dump question{RequestId{4}, {}, {}, {}};
    std::vector<std::pair<PeerId, AssetId>> seen;
    Dumped page;
    int pages = 0;
    do {
        page = talk.ask<Dumped>(stranger, question);
        CHECK(encode({{}, page}).size() <= limits::kMaxBodyBytes);
        REQUIRE_FALSE(page.holdings.empty());
        for (const HoldingRecord& holding : page.holdings)
            seen.emplace_back(holding.peer, holding.asset);
        question.after_peer = page.holdings.back().peer;
        question.after_asset = page.holdings.back().asset;
        ++pages;
    } while (page.more);
    CHECK(pages > 1);
    CHECK(seen.size() == 42);
    CHECK(std::is_sorted(seen.begin(), seen.end()));

    const auto of_second = talk.ask<Dumped>(stranger, Dump{{}, second.self.id, {}, {}});
    CHECK(of_second.holdings.size() == 2);
    CHECK(talk.last_header.sequence == Sequence{77});
    const auto after =
        talk.ask<Dumped>(stranger, Dump{{}, second.self.id, second.self.id, kFilm.id});
    REQUIRE(after.holdings.size() == 1);
    CHECK(after.holdings[0].asset == kSong.id);
    CHECK(talk.ask<Dumped>(stranger, Dump{{}, stranger.self.id, {}, {}}).holdings.empty());
}

TEST_CASE("stats count what the directory did") {
    Swarm2 talk;
    talk.ask<Refused>(talk.stranger, by_name(""));
    DirectoryActions actions;
    talk.session.on_forwarded({10, 2, 1, 0}, talk.now, actions);
    CHECK(actions.size() == 1);  // garbage is logged
    talk.session.on_unsent();
    talk.at(1234ms);
    const auto stats = talk.ask<Stats>(talk.stranger, AskStats{RequestId{6}});
    CHECK(stats.request == RequestId{6});
    CHECK(stats.settling);
    CHECK(stats.uptime_ms == 1234);
    std::map<std::string, std::uint64_t> counters;
    for (const auto& [name, value] : stats.counters)
        counters[name] = value;
    CHECK(counters == std::map<std::string, std::uint64_t>{{"peers", 2},
                                                           {"guests", 0},
                                                           {"assets", 2},
                                                           {"holdings", 3},
                                                           {"messages_in", 4},
                                                           {"messages_out", 3},
                                                           {"announcements", 10},
                                                           {"garbage", 2},
                                                           {"joins", 2},
                                                           {"leaves", 0},
                                                           {"lapses", 0},
                                                           {"duplicates", 0},
                                                           {"unsent", 1},
                                                           {"unrecorded", 1},
                                                           {"events", 2},
                                                           {"in_port", 5551},
                                                           {"out_port", 5552}});
}

TEST_CASE("guests are counted beside the peers") {
    Talk talk;
    Speaker guest(1);
    guest.self.guest = true;
    guest.self.exchange.clear();
    talk.join(guest);
    CHECK(talk.counter("guests") == 1);
    CHECK(talk.counter("peers") == 0);
    talk.join(guest);
    CHECK(talk.counter("guests") == 1);
    talk.ask<Ack>(guest, Leave{});
    CHECK(talk.counter("guests") == 0);
}
