// A row for each peer, a column for each fragment: '#' has it.
#include "peer/swarm/copies/copies.hpp"

#include <algorithm>
#include <map>
#include <string>

#include <doctest/doctest.h>

using namespace fragcast;

namespace {

PeerId peer_of(char letter) {
    PeerId id;
    id.bytes.fill(static_cast<std::uint8_t>(letter));
    return id;
}

struct Row {
    char peer;
    std::string has;
    CopyHolder::Kind kind = CopyHolder::Kind::copy;
    bool member = true;
};

class Picture {
public:
    Picture(std::uint32_t replicas, const std::vector<Row>& rows) : replicas_(replicas) {
        for (const Row& row : rows) {
            RangeSet& has = held_[row.peer];
            for (std::uint32_t i = 0; i < row.has.size(); ++i)
                if (row.has[i] == '#') has.add(i);
            if (row.member) members_.push_back({peer_of(row.peer), 1});
            if (!has.empty()) holders_.push_back({peer_of(row.peer), row.kind, &has});
            fragments_ = static_cast<std::uint32_t>(row.has.size());
        }
    }
    CopyPicture get() const { return {asset(), fragments_, replicas_, members_, holders_}; }
    RangeSet wanted(char by) const {
        std::size_t budget = 1'000'000;
        bool unfinished = false;
        return get().wanted(peer_of(by), budget, unfinished);
    }
    // Who wants each fragment, all together: how many.
    std::string takers() const {
        std::string text(fragments_, '0');
        for (const CopyMember& member : members_) {
            const RangeSet wants = wanted(static_cast<char>(member.peer.bytes[0]));
            for (std::uint32_t i = 0; i < fragments_; ++i)
                if (wants.contains(i)) ++text[i];
        }
        return text;
    }
    static AssetId asset() {
        AssetId id;
        id.bytes.fill(7);
        return id;
    }

private:
    std::uint32_t replicas_;
    std::uint32_t fragments_ = 0;
    std::map<char, RangeSet> held_;
    std::vector<CopyMember> members_;
    std::vector<CopyHolder> holders_;
};

using HolderKind = CopyHolder::Kind;

}  // namespace

TEST_SUITE("copies") {
    TEST_CASE("as many want a fragment as copies lack, wherever the copies are") {
        CHECK(Picture(2, {{'a', "#..#"}, {'b', "...#"}, {'c', "...."}, {'d', "..#."}}).takers() ==
              "1010");
        CHECK(Picture(3, {{'a', "####"}, {'b', "#..."}, {'c', "...."}, {'d', "...."}}).takers() ==
              "1222");
        CHECK(Picture(9, {{'a', "#"}, {'b', "."}, {'c', "."}}).takers() == "2");
    }
    TEST_CASE("nobody wants what nobody has, or what has copies enough") {
        CHECK(Picture(2, {{'a', "#."}, {'b', "#."}, {'c', ".."}}).takers() == "00");
        CHECK(Picture(1, {{'a', "#"}, {'b', "."}, {'c', "."}}).takers() == "0");
    }
    TEST_CASE("the missing are expected back, unless one is left that has it") {
        const Row away{'x', "##", HolderKind::away, false};
        CHECK(Picture(3, {{'a', "##"}, {'b', "#."}, {'c', ".."}, {'d', ".."}, away}).takers() ==
              "02");
        CHECK(Picture(2, {{'a', "##"}, {'b', "#."}, {'c', ".."}, away}).takers() == "01");
    }
    TEST_CASE("a peer without capacity is a holder and no copy; a guest is neither") {
        CHECK(
            Picture(2, {{'a', "."}, {'b', "."}, {'c', "."}, {'x', "#", HolderKind::outside, false}})
                .takers() == "2");
        CHECK(
            Picture(2, {{'a', "."}, {'b', "."}, {'c', "."}, {'x', "#", HolderKind::passing, false}})
                .takers() == "2");
        const Picture kept(2, {{'a', "##"},
                               {'x', "#.", HolderKind::outside, false},
                               {'y', ".#", HolderKind::passing, false}});
        CHECK(kept.get().at_risk(peer_of('a'), RangeSet{{0, 2}}) == RangeSet{{1, 2}});
    }
    TEST_CASE("what others lack of ours, and who should take it") {
        const Picture all(2, {{'a', "####"}, {'b', "##.."}, {'c', "#..."}, {'d', "...."}});
        const auto picture = all.get();
        CHECK(picture.short_of(peer_of('a'), RangeSet{{0, 4}}, 1) == RangeSet{{2, 4}});
        CHECK(picture.short_of(peer_of('a'), RangeSet{{0, 4}}, 2) == RangeSet{{1, 4}});
        CHECK(picture.copies(peer_of('a'), 0) == 2);
        const auto takers = picture.takers(1, 9);
        CHECK(takers.size() == 2);
        CHECK(std::find(takers.begin(), takers.end(), peer_of('b')) == takers.end());
    }
    TEST_CASE("R members are responsible for a fragment") {
        const Picture all(2, {{'a', "#"}, {'b', "#"}, {'c', "."}, {'d', "."}});
        int responsible = 0;
        for (const char peer : std::string("abcd"))
            responsible += all.get().responsible(peer_of(peer), 0);
        CHECK(responsible == 2);
        CHECK_FALSE(all.get().responsible(peer_of('x'), 0));
    }
    TEST_CASE("no more places are computed than the budget allows, and it is said") {
        const Picture all(2, {{'a', "####"}, {'b', "...."}});
        std::size_t budget = 5;
        bool unfinished = false;
        CHECK(all.get().wanted(peer_of('b'), budget, unfinished) == RangeSet{{0, 2}});
        CHECK(unfinished);
        CHECK(budget == 1);
    }
}
