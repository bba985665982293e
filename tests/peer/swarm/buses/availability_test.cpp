// Who has what: a row for each peer, a column for each fragment; '#' whole, 'o' begun.
#include "peer/swarm/buses/availability.hpp"

#include "messages/wire/limits.hpp"
#include "peer/swarm/chance.hpp"
#include "tests/support/pictures.hpp"

#include <algorithm>

#include <doctest/doctest.h>

using namespace fragcast;
namespace pic = fragcast::pictures;

namespace {

const PeerId kAnna = pic::peer('a');

constexpr std::uint32_t kAssets = 3;
constexpr std::uint32_t kColumns = 5;

PeerId peer_numbered(std::uint32_t number) {
    PeerId id;
    const AssetId asset = pic::asset(number);
    std::copy_n(asset.bytes.begin(), id.bytes.size(), id.bytes.begin());
    return id;
}

struct Told {
    std::uint64_t epoch;
    std::uint64_t sequence;
    Availability::News news;
};

// What several members say of one peer is the same.
void check_claims(const Availability& who, const PeerId& peer, std::uint32_t assets = kAssets) {
    std::map<AssetId, StateDigest> digests;
    std::uint64_t whole = 0;
    std::uint64_t cost = 0;
    for (std::uint32_t a = 0; a < assets; ++a) {
        const AssetId id = pic::asset(a);
        const Holding* holding = who.of(id, peer);
        CHECK((holding != nullptr) == who.assets(peer).contains(id));
        CHECK((holding != nullptr) == who.who(id).contains(peer));
        if (holding == nullptr) continue;
        CHECK_FALSE(holding->empty());
        for (const auto& [fragment, chunks] : holding->partial) {
            CHECK_FALSE(chunks.empty());
            CHECK_FALSE(holding->fragments.contains(fragment.value));
        }
        whole += holding->fragments.count();
        cost += ClaimAccount::cost(*holding);
        if (!holding->fragments.empty()) digests[id] = digest_of(id, holding->fragments);
    }
    CHECK(who.fragments(peer) == whole);
    CHECK(who.account().of(peer) == cost);
    CHECK(who.root(peer) == root_of(digests));
}

// Availability whose every step is checked.
struct HeardClaims {
    Availability who;

    template <class Step>
    auto step(Step&& what) {
        const auto result = what(who);
        check();
        return result;
    }
    void check() const {
        CHECK(who.broken() == nullptr);
        std::size_t assets = 0;
        for (std::uint32_t a = 0; a < kAssets; ++a) {
            const auto& claims = who.who(pic::asset(a));
            assets += claims.empty() ? 0 : 1;
            for (std::uint32_t i = 0; i < kColumns; ++i)
                CHECK(who.holders(pic::fragment(i, a)) ==
                      std::count_if(claims.begin(), claims.end(), [i](const auto& claim) {
                          return claim.second.fragments.contains(i);
                      }));
        }
        CHECK(who.assets() == assets);
        for (const char peer : {'a', 'b', 'c'})
            check_claims(who, pic::peer(peer));
    }
    std::string row(char peer, std::uint32_t of_asset = 0) const {
        std::string out(kColumns, '.');
        const Holding* holding = who.of(pic::asset(of_asset), pic::peer(peer));
        for (std::uint32_t i = 0; holding != nullptr && i < kColumns; ++i)
            out[i] = holding->fragments.contains(i)   ? '#'
                     : holding->partial.contains({i}) ? 'o'
                                                      : '.';
        return out;
    }
    bool whole(char peer, const char* picture, std::uint32_t of_asset = 0) {
        return step([&](Availability& all) {
            return all.add(pic::peer(peer), pic::asset(of_asset), pic::columns(picture));
        });
    }
    bool begun(char peer, std::uint32_t fragment, const RangeSet& chunks) {
        return step([&](Availability& all) {
            return all.add(pic::peer(peer), pic::fragment(fragment), chunks);
        });
    }
};

}  // namespace

TEST_CASE("availability: what is told is ordered by the sender's epoch and sequence") {
    HeardClaims heard;
    for (const Told& row :
         {Told{2, 5, Availability::News::met}, Told{2, 6, Availability::News::next},
          Told{2, 6, Availability::News::old}, Told{2, 5, Availability::News::old},
          Told{2, 8, Availability::News::gap}, Told{2, 7, Availability::News::old},
          Told{1, 99, Availability::News::old}, Told{2, 9, Availability::News::next},
          Told{3, 1, Availability::News::met}, Told{2, 10, Availability::News::old},
          Told{3, 2, Availability::News::next}}) {
        CAPTURE(row.epoch);
        CAPTURE(row.sequence);
        CHECK(heard.who.hear(kAnna, {row.epoch}, {row.sequence}) == row.news);
    }
    CHECK(heard.who.hear(pic::peer('b'), {1}, {1}) ==
          Availability::News::met);  // each peer by itself
}

TEST_CASE("availability: what tells no change may come again, and shows what was missed") {
    HeardClaims heard;
    for (const Told& row :
         {Told{2, 5, Availability::News::met}, Told{2, 5, Availability::News::next},
          Told{2, 7, Availability::News::gap}, Told{2, 7, Availability::News::next},
          Told{2, 6, Availability::News::old}, Told{1, 9, Availability::News::old},
          Told{3, 0, Availability::News::met}, Told{3, 0, Availability::News::next}}) {
        CAPTURE(row.epoch);
        CAPTURE(row.sequence);
        CHECK(heard.who.hear_current(kAnna, {row.epoch}, {row.sequence}) == row.news);
    }
}

TEST_CASE("availability: a beacon shows a gap where its root is not ours, whatever its sequence") {
    HeardClaims heard;
    const StateDigest nothing = root_of(std::map<AssetId, StateDigest>{});
    const StateDigest two = root_of(std::map<AssetId, RangeSet>{{pic::asset(), {{0, 2}}}});
    CHECK(heard.who.hear_root(kAnna, {1}, {4}, nothing) ==
          Availability::News::next);  // just met, nothing missed
    CHECK(heard.who.hear_root(kAnna, {1}, {4}, two) == Availability::News::gap);
    heard.whole('a', "##...");
    CHECK(heard.who.hear_root(kAnna, {1}, {4}, two) == Availability::News::next);
    CHECK(heard.who.hear_root(kAnna, {1}, {9}, two) ==
          Availability::News::next);  // what was missed undid itself
    CHECK(heard.who.hear_root(kAnna, {1}, {8}, nothing) == Availability::News::old);
    CHECK(heard.who.hear_root(kAnna, {2}, {0}, two) ==
          Availability::News::met);  // a new life: forgotten
    CHECK(heard.row('a') == ".....");
}

TEST_CASE("availability: a higher epoch forgets the life before, a lower one nothing") {
    HeardClaims heard;
    heard.who.hear(kAnna, {2}, {1});
    heard.whole('a', "##...");
    heard.begun('a', 3, {{0, 4}});
    heard.whole('b', "#....");
    CHECK_FALSE(heard.who.would_begin_anew(kAnna, {2}));
    CHECK(heard.who.would_begin_anew(kAnna, {3}));
    heard.who.hear(kAnna, {1}, {7});
    CHECK(heard.row('a') == "##.o.");
    heard.who.hear(kAnna, {3}, {1});
    heard.check();
    CHECK(heard.row('a') == ".....");
    CHECK(heard.row('b') == "#....");
}

TEST_CASE("availability: who told all is heard from there on") {
    HeardClaims heard;
    heard.who.hear_all(kAnna, {2}, {5});
    CHECK(heard.who.hear(kAnna, {2}, {5}) == Availability::News::old);
    CHECK(heard.who.hear(kAnna, {2}, {6}) == Availability::News::next);
    heard.who.hear_all(kAnna, {2}, {3});  // was under way while more was told
    CHECK(heard.who.hear(kAnna, {2}, {7}) == Availability::News::next);
    heard.who.hear_all(kAnna, {1}, {50});
    CHECK(heard.who.hear(kAnna, {2}, {8}) == Availability::News::next);
    heard.who.hear_all(kAnna, {3}, {0});
    CHECK(heard.who.hear(kAnna, {3}, {1}) == Availability::News::next);
}

TEST_CASE("availability: claims as pictures, and each says whether it changed something") {
    HeardClaims heard;
    CHECK(heard.whole('a', "##..."));
    CHECK_FALSE(heard.whole('a', "#...."));
    CHECK(heard.begun('a', 3, {{0, 2}}));
    CHECK(heard.row('a') == "##.o.");
    CHECK_FALSE(heard.begun('a', 0, {{0, 2}}));  // whole already
    CHECK(heard.whole('a', "...#."));
    CHECK(heard.row('a') == "##.#.");
    const auto drop = [&](const char* picture) {
        return heard.who.remove(kAnna, pic::asset(), pic::columns(picture));
    };
    CHECK_FALSE(drop("..#.."));
    CHECK(drop(".#..."));
    CHECK(heard.row('a') == "#..#.");
    CHECK(heard.who.set_whole(kAnna, pic::asset(), pic::columns("..###")));
    heard.check();
    CHECK(heard.row('a') == "..###");
    CHECK(drop("#####"));
    CHECK(heard.who.who(pic::asset()).empty());
    CHECK_FALSE(drop("#####"));
}

TEST_CASE("availability: chunks end with the fragment, or with the link that told them") {
    HeardClaims heard;
    heard.whole('a', "#....");
    heard.begun('a', 2, {{0, 4}});
    heard.begun('b', 2, {{0, 4}});
    const auto lose = [&](std::uint32_t fragment, Span chunks) {
        return heard.who.remove(kAnna, pic::fragment(fragment), chunks);
    };
    CHECK(lose(2, {1, 2}));
    CHECK(has_chunk(*heard.who.of(pic::asset(), kAnna), {2}, {3}));
    CHECK_FALSE(has_chunk(*heard.who.of(pic::asset(), kAnna), {2}, {1}));
    CHECK(chunks_of(*heard.who.of(pic::asset(), kAnna), {2}, {{0, 9}}) == RangeSet{{0, 1}, {2, 4}});
    CHECK(chunks_of(*heard.who.of(pic::asset(), kAnna), {0}, {{0, 9}}) == RangeSet{{0, 9}});
    CHECK(lose(2, {0, 9}));
    CHECK(heard.row('a') == "#....");
    CHECK(lose(0, {3, 4}));  // of a whole fragment: it is whole no more
    CHECK(heard.row('a') == ".....");
    heard.whole('b', "#....");
    heard.who.forget_partials(pic::peer('b'));
    heard.check();
    CHECK(heard.row('b') == "#....");
}

TEST_CASE("availability: what is not named when all is told is forgotten, of that peer alone") {
    HeardClaims heard;
    heard.whole('a', "#....", 0);
    heard.whole('a', "##...", 1);
    heard.whole('b', "#....", 1);
    (void)heard.who.take_changed();
    CHECK(heard.who.take_changed_peers() == std::set<PeerId>{kAnna, pic::peer('b')});
    CHECK(heard.who.keep_only(kAnna, {pic::asset(0), pic::asset(2)}));
    heard.check();
    CHECK_FALSE(heard.who.keep_only(kAnna, {pic::asset(0), pic::asset(2)}));
    CHECK(heard.row('a', 0) == "#....");
    CHECK(heard.row('a', 1) == ".....");
    CHECK(heard.row('b', 1) == "#....");
    CHECK(heard.who.take_changed() == std::set<AssetId>{pic::asset(1)});
    CHECK(heard.who.take_changed_peers() == std::set<PeerId>{kAnna});
    CHECK(heard.who.take_changed().empty());
    CHECK(heard.who.holders(pic::fragment(0, 1), 1) == 1);
}

TEST_CASE(
    "availability: so many peers are heard as the limit says, and who is forgotten makes room") {
    Availability who;
    for (std::uint32_t i = 0; i < limits::kMaxBusPeers; ++i)
        who.hear(peer_numbered(i), {1}, {1});
    CHECK(who.speakers() == limits::kMaxBusPeers);
    const PeerId late = peer_numbered(limits::kMaxBusPeers);
    const auto refused = [&] {
        return who.hear(late, {1}, {1}) == Availability::News::old &&
               who.hear_current(late, {1}, {1}) == Availability::News::old &&
               who.hear_root(late, {1}, {1}, {}) == Availability::News::old &&
               !who.add(late, pic::asset(), {{0, 1}}) &&
               !who.add(late, pic::fragment(), {{0, 1}}) &&
               !who.set_whole(late, pic::asset(), {{0, 1}});
    };
    CHECK(refused());
    who.hear_all(late, {1}, {1});
    CHECK(who.speakers() == limits::kMaxBusPeers);
    CHECK(who.assets() == 0);
    CHECK(who.hear(peer_numbered(3), {1}, {2}) == Availability::News::next);
    who.forget(peer_numbered(3));
    CHECK(who.hear(late, {1}, {1}) == Availability::News::met);
    CHECK(who.speakers() == limits::kMaxBusPeers);
}

TEST_CASE(
    "availability: so many assets of one peer as the limit says, and then as many as it drops") {
    Availability who;
    for (std::uint32_t i = 0; i < limits::kMaxAssetsPerPeer; ++i)
        who.add(kAnna, pic::asset(i), {{0, 1}});
    const AssetId beyond = pic::asset(limits::kMaxAssetsPerPeer);
    CHECK_FALSE(who.add(kAnna, beyond, {{0, 1}}));
    CHECK(who.assets() == limits::kMaxAssetsPerPeer);
    CHECK(who.add(pic::peer('b'), beyond, {{0, 1}}));
    CHECK(who.add(kAnna, pic::asset(9), {{1, 2}}));  // more of what it has
    CHECK(who.remove(kAnna, pic::asset(9), {{0, 2}}));
    CHECK(who.add(kAnna, beyond, {{0, 1}}));
    who.forget(kAnna);
    CHECK(who.assets() == 1);
}

TEST_CASE("availability: whatever is said in whatever order, what it knows agrees with itself") {
    HeardClaims heard;
    Chance chance(11);
    for (int i = 0; i < 1500; ++i) {
        const PeerId peer = pic::peer(static_cast<char>('a' + chance.below(3)));
        const auto number = static_cast<std::uint32_t>(chance.below(kColumns));
        const FragmentRef fragment =
            pic::fragment(number, static_cast<std::uint32_t>(chance.below(kAssets)));
        const RangeSet some{{number, number + 1 + static_cast<std::uint32_t>(chance.below(2))}};
        const auto kind = chance.below(9);
        CAPTURE(i);
        CAPTURE(kind);
        heard.step([&](Availability& all) {
            if (kind == 0) return all.add(peer, fragment.asset, some);
            if (kind == 1) return all.remove(peer, fragment.asset, some);
            if (kind == 2) return all.remove(peer, fragment, some.spans().front());
            if (kind == 3) return all.set_whole(peer, fragment.asset, some);
            if (kind == 4) return all.keep_only(peer, {fragment.asset});
            if (kind == 5) return all.forget_partials(peer), true;
            if (kind == 6)
                return all.hear(peer, {1 + chance.below(50)}, {number}) != Availability::News::old;
            return all.add(peer, fragment, some);
        });
    }
}
