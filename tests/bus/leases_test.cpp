// The table of who is here and what they hold.
#include "bus/leases.hpp"

#include "messages/wire/limits.hpp"
#include "tests/bus/talk.hpp"

#include <doctest/doctest.h>

using namespace fragcast;
using namespace fragcast::test;

namespace {

PeerRecord peer(std::uint8_t number, std::uint64_t epoch = 1) {
    PeerRecord record;
    record.id.bytes.fill(number);
    record.epoch = Epoch{epoch};
    record.name = "peer" + std::to_string(number);
    return record;
}

struct Table : Leases {
    void add(std::uint8_t number, std::vector<EntryRecord> entries, Time now = {}) {
        join(peer(number), "r" + std::to_string(number), Sequence{1}, now);
        for (const EntryRecord& one : entries)
            REQUIRE(tell(peer(number).id, one));
    }
    std::set<PeerId> holders(const AssetId& asset) const {
        const PeerSet& all = assets().at(asset).holders;
        return {all.begin(), all.end()};
    }
    std::vector<AssetId> known() const {
        std::vector<AssetId> out;
        for (const auto& [id, asset] : assets())
            out.push_back(id);
        return out;
    }
};

}  // namespace

TEST_CASE("an asset is known as long as somebody holds something of it") {
    Table table;
    table.add(1, {entry(kFilm, {{0, 4}}), entry(kSong, {{0, 1}})});
    table.add(2, {entry(kFilm, {{4, 10}})});
    CHECK(table.known() == std::vector{kFilm.id, kSong.id});
    CHECK(table.holders(kFilm.id) == std::set{peer(1).id, peer(2).id});
    CHECK(table.holdings() == 3);

    CHECK(table.tell(peer(1).id, entry(kSong, {})));
    CHECK(table.known() == std::vector{kFilm.id});
    table.leave(peer(1).id, Time{});
    CHECK(table.holders(kFilm.id) == std::set{peer(2).id});
    table.leave(peer(2).id, Time{});
    CHECK(table.known().empty());
    CHECK(table.holdings() == 0);
    CHECK(table.named("film").empty());
}

TEST_CASE("telling of an asset replaces what was known of it, and no other") {
    Table table;
    table.add(1, {entry(kFilm, {{0, 4}}), entry(kSong, {{0, 1}})});
    CHECK(table.tell(peer(1).id, entry(kFilm, {{7, 8}})));
    const auto& holdings = table.find(peer(1).id)->holdings;
    CHECK(holdings.at(kFilm.id) == RangeSet{{7, 8}});
    CHECK(holdings.at(kSong.id) == RangeSet{{0, 1}});
}

TEST_CASE("joining again replaces everything") {
    Table table;
    table.add(1, {entry(kFilm, {{0, 4}})});
    table.add(1, {entry(kSong, {{0, 1}})});
    CHECK(table.known() == std::vector{kSong.id});
    CHECK(table.peers().size() == 1);
    CHECK(table.holdings() == 1);
}

TEST_CASE("ranges beyond an asset's fragments are refused") {
    Table table;
    table.add(1, {});
    const auto told = table.tell(peer(1).id, entry(kFilm, {{8, 11}}));
    REQUIRE_FALSE(told);
    CHECK(told.error().kind == ErrorKind::invalid);
    CHECK(told.error().text == "asset 10101010 has 10 fragments; told of 8-10");
    CHECK(table.known().empty());
}

TEST_CASE("a peer may hold kMaxAssetsPerPeer assets, change them, and no more") {
    Table table;
    table.add(1, {});
    AssetRecord one = asset(0, "a", 2);
    for (std::uint32_t i = 0; i < limits::kMaxAssetsPerPeer; ++i) {
        for (int byte = 0; byte < 4; ++byte)
            one.id.bytes[byte] = static_cast<std::uint8_t>(i >> (8 * byte));
        REQUIRE(table.tell(peer(1).id, entry(one, {{0, 1}})));
    }
    CHECK(table.tell(peer(1).id, entry(one, {{0, 2}})));
    const auto told = table.tell(peer(1).id, entry(asset(0xFF, "one too many"), {{0, 1}}));
    REQUIRE_FALSE(told);
    CHECK(told.error().kind == ErrorKind::full);
}

// --- what all of it takes ------------------------------------------------------------------------

namespace {

AssetRecord numbered(std::uint32_t number, const std::string& name = "") {
    AssetRecord record = asset(0, name, limits::kMaxFragments);
    for (std::size_t byte = 0; byte < 4; ++byte)
        record.id.bytes[byte] = static_cast<std::uint8_t>(number >> (8 * byte));
    return record;
}

// Every second fragment: 64 KiB.
const RangeSet& scattered() {
    static const RangeSet ranges = [] {
        RangeSet out;
        for (std::uint32_t i = 0; i < limits::kMaxFragments; i += 2)
            out.add(i);
        return out;
    }();
    return ranges;
}

// Tells of scattered ones until it is refused, and returns how many there were.
std::uint32_t fill(Table& table, std::uint8_t number) {
    table.add(number, {});
    std::uint32_t told = 0;
    while (true) {
        const auto done =
            table.tell(peer(number).id, entry(numbered(told + number * 1'000'000U), scattered()));
        if (!done) {
            CHECK(done.error().kind == ErrorKind::full);
            return told;
        }
        ++told;
    }
}

}  // namespace

TEST_CASE("what one peer holds takes kMaxKeptBytesOfOne and no more, and is given back") {
    Table table;
    const std::uint32_t told = fill(table, 1);
    CHECK(told == doctest::Approx(limits::kMaxKeptBytesOfOne / 65536.0).epsilon(0.01));
    CHECK(table.find(peer(1).id)->kept <= limits::kMaxKeptBytesOfOne);
    // It may change what it has to less, and have that much else then.
    const AssetRecord first = numbered(1'000'000), other = numbered(7);
    CHECK_FALSE(table.tell(peer(1).id, entry(other, scattered())));
    CHECK(table.tell(peer(1).id, entry(first, {{0, 1}})));
    CHECK(table.tell(peer(1).id, entry(other, scattered())));
    table.prove(numbered(7, std::string(limits::kMaxNameBytes, 'x')));
    table.leave(peer(1).id, {});
    CHECK(table.kept() == 0);
}

TEST_CASE("what a peer is charged with follows its assets' names, and joining again begins anew") {
    Table table;
    table.add(1, {});
    table.add(2, {});
    const std::uint64_t nothing = table.kept();
    const AssetRecord film = numbered(7);
    for (const std::uint8_t number : {std::uint8_t{1}, std::uint8_t{2}})
        CHECK(table.tell(peer(number).id, entry(film, {{0, 1}})));
    const std::uint64_t before = table.find(peer(1).id)->kept;
    table.prove(numbered(7, std::string(limits::kMaxNameBytes, 'x')));
    for (const std::uint8_t number : {std::uint8_t{1}, std::uint8_t{2}})
        CHECK(table.find(peer(number).id)->kept >= before + limits::kMaxNameBytes);
    for (int i = 0; i < 3; ++i)
        table.add(1, {});
    table.add(2, {});
    CHECK(table.kept() == nothing);
    CHECK(table.find(peer(1).id)->kept == 0);
}

TEST_CASE("where all take kMaxKeptBytes, who has most gives way") {
    Table table;
    for (std::uint8_t number = 1; number <= 4; ++number)
        CHECK(fill(table, number) > 500);
    CHECK(table.kept() <= limits::kMaxKeptBytes);
    CHECK(table.kept() > limits::kMaxKeptBytes - 70000);
    // All have the same by now, and none gets more; a small one does.
    for (std::uint8_t number = 1; number <= 4; ++number)
        CHECK_FALSE(table.tell(peer(number).id, entry(numbered(number), scattered())));
    table.add(9, {});
    for (std::uint32_t i = 0; i < 100; ++i)
        CHECK(table.tell(peer(9).id, entry(numbered(i, "a film of mine"), {{0, 10}})));
    CHECK(table.kept() <= limits::kMaxKeptBytes);
    CHECK(table.find(peer(9).id)->holdings.size() == 100);
    for (const int number : {1, 2, 3, 4, 9})
        table.leave(peer(static_cast<std::uint8_t>(number)).id, {});
    CHECK(table.kept() == 0);
    CHECK(table.holdings() == 0);
}

TEST_CASE("a bus of kMaxBusPeers peers with 100 assets each has room for one with 100,000") {
    Table table;
    const auto add = [&](std::uint32_t number, std::uint32_t first, std::uint32_t count) {
        PeerRecord record = peer(1);
        record.id.bytes[0] = static_cast<std::uint8_t>(number);
        record.id.bytes[1] = static_cast<std::uint8_t>(number >> 8);
        table.join(record, "r" + std::to_string(number), Sequence{1}, {});
        AssetRecord one = numbered(0, "name of film");
        bool all = true;
        for (std::uint32_t i = first; i < first + count; ++i) {
            one.id = numbered(i).id;
            all = all && table.tell(record.id, entry(one, {{0, 10}}));
        }
        CHECK(all);
    };
    for (std::uint32_t number = 1; number < limits::kMaxBusPeers; ++number)
        add(number, number / 10 * 100, 100);  // ten copies of each
    add(0, 1'000'000, limits::kMaxAssetsPerPeer);
    CHECK(table.holdings() == (limits::kMaxBusPeers - 1) * 100 + limits::kMaxAssetsPerPeer);
    CHECK(table.kept() <= limits::kMaxKeptBytes);
}

TEST_CASE("a lease lapses 15 s after its peer was last heard, and in order") {
    Table table;
    const Time start{};
    table.add(1, {entry(kFilm, {{0, 4}})}, start);
    table.add(2, {}, start + 1s);
    CHECK(table.next_expiry() == start + limits::kLease);
    table.refresh(peer(1).id, start + 10s);
    CHECK(table.next_expiry() == start + 1s + limits::kLease);
    CHECK(table.expire(start + limits::kLease).empty());

    const auto lapsed = table.expire(start + 1s + limits::kLease);
    REQUIRE(lapsed.size() == 1);
    CHECK(lapsed[0].id == peer(2).id);
    CHECK(table.expire(start + 60s).size() == 1);
    CHECK(table.known().empty());
    CHECK(table.next_expiry() == kNever);
}

TEST_CASE("leaving voids the epoch for two leases, lapsing does not") {
    Table table;
    const Time start{};
    table.add(1, {}, start);
    table.leave(peer(1).id, start + 1s);
    CHECK(table.voided(peer(1).id, Epoch{1}));
    CHECK(table.voided(peer(1).id, Epoch{0}));
    CHECK_FALSE(table.voided(peer(1).id, Epoch{2}));
    CHECK(table.expire(start + 1s + 2 * limits::kLease).empty());
    CHECK_FALSE(table.voided(peer(1).id, Epoch{1}));

    table.add(2, {}, start);
    CHECK(table.expire(start + 60s).size() == 1);
    CHECK_FALSE(table.voided(peer(2).id, Epoch{1}));
}

TEST_CASE("a lease speaks for one id, epoch and connection") {
    Table table;
    table.add(1, {});
    const Header right{peer(1).id, Epoch{1}, Sequence{}};
    CHECK(table.find(right, "r1") != nullptr);
    CHECK(table.find(right, "r2") == nullptr);
    CHECK(table.find({peer(1).id, Epoch{2}, Sequence{}}, "r1") == nullptr);
    CHECK(table.find({peer(2).id, Epoch{1}, Sequence{}}, "r1") == nullptr);
}

TEST_CASE("roots are those of holding.hpp, whatever the way to a state") {
    Table table;
    table.add(1, {entry(kFilm, {{0, 4}})});
    CHECK(table.root(peer(1).id) == root_of(std::map<AssetId, RangeSet>{{kFilm.id, {{0, 4}}}}));
    CHECK(table.tell(peer(1).id, entry(kSong, {{0, 1}})));
    CHECK(table.tell(peer(1).id, entry(kFilm, {})));
    CHECK(table.root(peer(1).id) == root_of(std::map<AssetId, RangeSet>{{kSong.id, {{0, 1}}}}));
    CHECK(table.tell(peer(1).id, entry(kSong, {})));
    CHECK(table.root(peer(1).id) == root_of(std::map<AssetId, RangeSet>{}));
    CHECK(table.root(peer(9).id) == root_of(std::map<AssetId, RangeSet>{}));
}

TEST_CASE("what differs is what only one side has, and what each has otherwise") {
    Table table;
    const AssetRecord same = asset(0x30, "same"), ours = asset(0x40, "ours");
    table.add(1, {entry(kFilm, {{0, 4}}), entry(same, {{0, 1}}), entry(ours, {{0, 1}})});
    const std::map<AssetId, StateDigest> told{{kFilm.id, digest_of(kFilm.id, {{0, 5}})},
                                              {kSong.id, digest_of(kSong.id, {{0, 1}})},
                                              {same.id, digest_of(same.id, {{0, 1}})}};
    CHECK(table.differing(peer(1).id, told, 10) == std::vector{kFilm.id, kSong.id, ours.id});
    CHECK(table.differing(peer(1).id, told, 2) == std::vector{kFilm.id, kSong.id});
    CHECK(table.differing(peer(9).id, {}, 10).empty());
    // Page by page: a page speaks of what is above the one before, up to where it ends.
    const std::map<AssetId, StateDigest> page{{kSong.id, digest_of(kSong.id, {{0, 1}})}};
    CHECK(table.differing(peer(1).id, page, 10, nullptr, false) == std::vector{kFilm.id, kSong.id});
    CHECK(table.differing(peer(1).id, page, 10, &kFilm.id, false) == std::vector{kSong.id});
    CHECK(table.differing(peer(1).id, page, 10, &kSong.id, true) == std::vector{same.id, ours.id});
    CHECK(table.differing(peer(1).id, {}, 10, &same.id, false).empty());
}

TEST_CASE("a word means an id, else a name or a prefix of ids, whichever fit") {
    Table table;
    AssetRecord near = kFilm;
    near.id.bytes[31] = 0x11;
    near.name = "other film";
    AssetRecord named_as_prefix = asset(0x77, "1010");
    table.add(1, {entry(kFilm, {{0, 1}}), entry(near, {{0, 1}}), entry(named_as_prefix, {{0, 1}})});

    CHECK(table.named(kFilm.id.text()) == std::vector{kFilm.id});
    CHECK(table.named("film") == std::vector{kFilm.id});
    CHECK(table.named("fil").empty());
    CHECK(table.named("1010") == std::vector{named_as_prefix.id, kFilm.id, near.id});
    CHECK(table.named("10101") == std::vector{kFilm.id, near.id});
    CHECK(table.named("7777") == std::vector{named_as_prefix.id});
    CHECK(table.named(std::string(63, '7')) == std::vector{named_as_prefix.id});
    CHECK(table.named(std::string(65, '7')).empty());
    CHECK(table.named(asset(0x99, "").id.text()).empty());
    CHECK(table.named("").empty());

    table.add(2, {entry(asset(0xAB, "film"), {{0, 1}})});
    CHECK(table.named("film") == std::vector{kFilm.id, asset(0xAB, "").id});
    CHECK(table.named("777").empty());
    CHECK(table.named("aBaB") == std::vector{asset(0xAB, "").id});
}

TEST_CASE("a proven manifest overrules what holders say an asset is") {
    Table table;
    AssetRecord lie = kFilm;
    lie.name = "cat pictures";
    table.add(1, {entry(lie, {{0, 1}})});
    CHECK(table.unproven(peer(1).id, {}, 10) == std::vector{kFilm.id});
    table.prove(kFilm);
    CHECK(table.unproven(peer(1).id, {}, 10).empty());
    CHECK(table.named("film") == std::vector{kFilm.id});
    CHECK(table.named("cat pictures").empty());
    table.add(2, {entry(lie, {{0, 1}})});
    CHECK(table.assets().at(kFilm.id).record == kFilm);
}

TEST_CASE("unproven assets are listed from where one was, and round") {
    Table table;
    const AssetRecord third = asset(0x30, "third");
    table.add(1, {entry(kFilm, {{0, 1}}), entry(kSong, {{0, 1}}), entry(third, {{0, 1}})});
    table.add(2, {entry(asset(0x25, "of another"), {{0, 1}})});
    CHECK(table.unproven(peer(1).id, kFilm.id, 10) == std::vector{kSong.id, third.id, kFilm.id});
    CHECK(table.unproven(peer(1).id, third.id, 2) == std::vector{kFilm.id, kSong.id});
    CHECK(table.unproven(peer(9).id, {}, 2).empty());
}
