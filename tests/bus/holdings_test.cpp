// What a peer has, in blocks: it is what a plain map would be, after whatever happened to it.
#include "bus/holdings.hpp"

#include <map>
#include <random>
#include <set>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

using namespace fragcast;

namespace {

struct Model {
    std::map<AssetId, HeldAsset> assets;
    std::map<AssetId, RangeSet> plain;
    Holdings holdings;
    std::mt19937 die{7};

    Model() {
        while (assets.size() < 2000) {
            HeldAsset asset;
            asset.record.id.bytes[0] = static_cast<std::uint8_t>(die());
            asset.record.id.bytes[9] = static_cast<std::uint8_t>(die());
            asset.record.fragments = 100;
            asset.proven = die() % 3 == 0;
            assets.emplace(asset.record.id, asset);
        }
    }
    std::uint32_t below(std::uint32_t end) { return static_cast<std::uint32_t>(die() % end); }
    HeldAsset& any() {
        return std::next(assets.begin(), static_cast<std::ptrdiff_t>(die() % assets.size()))
            ->second;
    }
    void change() {
        HeldAsset& asset = any();
        const AssetId& id = asset.record.id;
        switch (die() % 4) {
            case 0:
                holdings.erase(id);
                plain.erase(id);
                break;
            case 1:
                if (plain.contains(id)) holdings.becomes_proven(id);
                asset.proven = true;
                break;
            default:
                RangeSet ranges{{below(50), 60}};
                if (below(4) == 0) ranges.add(below(20) + 70);
                CHECK(holdings.set(asset, ranges).fragments() == ranges);
                plain[id] = ranges;
        }
    }
    std::vector<AssetId> unproven(const AssetId& after, std::size_t most) const {
        std::vector<AssetId> out;
        for (const bool above : {true, false})
            for (const auto& [id, ranges] : plain)
                if ((id > after) == above && !assets.at(id).proven && out.size() < most)
                    out.push_back(id);
        return out;
    }
    void compare() {
        REQUIRE(holdings.size() == plain.size());
        CHECK(holdings.root() == root_of(plain));
        std::map<AssetId, RangeSet> seen;
        holdings.each([&](const Holdings::One& one) {
            CHECK(one.digest() == digest_of(one.id(), one.fragments()));
            seen[one.id()] = one.fragments();
            return true;
        });
        CHECK(seen == plain);
        const AssetId after = any().record.id;
        std::vector<AssetId> above;
        holdings.each_above(after, [&](const Holdings::One& one) {
            above.push_back(one.id());
            return above.size() < 5;
        });
        auto at = plain.upper_bound(after);
        for (const AssetId& id : above)
            CHECK(id == (at++)->first);
        CHECK((above.size() == 5 || at == plain.end()));
        for (const std::size_t most : {std::size_t{0}, std::size_t{3}, plain.size()})
            CHECK(holdings.unproven(after, most) == unproven(after, most));
        if (!plain.empty()) CHECK(holdings.last().id() == plain.rbegin()->first);
        const auto one = plain.find(after);
        const auto* found = holdings.find(after);
        REQUIRE((found != nullptr) == (one != plain.end()));
        if (found == nullptr) return;
        for (std::uint32_t fragment = 0; fragment < 100; fragment += 7)
            CHECK(found->contains(fragment) == one->second.contains(fragment));
    }
};

}  // namespace

TEST_CASE("holdings in blocks are what a map of them would be") {
    Model model;
    for (int round = 0; round < 60; ++round) {
        for (int i = 0; i < 300; ++i)
            model.change();
        model.compare();
    }
    while (!model.plain.empty()) {
        const AssetId id = model.plain.begin()->first;
        model.holdings.erase(id);
        model.plain.erase(id);
        if (model.plain.size() % 100 == 0) model.compare();
    }
    CHECK(model.holdings.empty());
}

TEST_CASE("a holding costs by its spans") {
    HeldAsset asset;
    Holdings holdings;
    const auto one = holdings.set(asset, {{0, 10}}).cost();
    RangeSet ranges;
    for (std::uint32_t i = 0; i < 16384; i += 2)
        ranges.add(i);
    CHECK(holdings.set(asset, ranges).cost() >= one + 8192 * sizeof(Span));
    CHECK(Holdings::One::cost_of(ranges) == holdings.last().cost());
}

TEST_CASE("a set of peers is in order, and has each once") {
    std::set<PeerId> plain;
    PeerSet peers;
    std::mt19937 die(3);
    for (int i = 0; i < 2000; ++i) {
        PeerId id;
        id.bytes[3] = static_cast<std::uint8_t>(die() % 100);
        if (die() % 3 == 0) {
            peers.erase(id);
            plain.erase(id);
        } else {
            peers.insert(id);
            plain.insert(id);
        }
        CHECK(peers.size() == plain.size());
        CHECK(peers.empty() == plain.empty());
        CHECK((peers.upper_bound(id) == peers.end()) == (plain.upper_bound(id) == plain.end()));
    }
    CHECK(std::set<PeerId>(peers.begin(), peers.end()) == plain);
}
