// What is known of assets: what came first stays, but for the manifest itself.
#include "peer/swarm/known_assets.hpp"

#include "peer/swarm/chance.hpp"
#include "tests/support/pictures.hpp"

#include <doctest/doctest.h>

using namespace fragcast;
namespace pic = fragcast::pictures;

namespace {

const AssetId kNamed = pic::asset(1);

AssetRecord said_of(const AssetId& id, const std::string& name) {
    AssetRecord out;
    out.id = id;
    out.name = name;
    out.fragments = 9;
    out.replicas = 3;
    return out;
}

std::shared_ptr<const Manifest> two_fragments() {
    auto out = std::make_shared<Manifest>();
    out->name = "its own";
    out->replicas = 2;
    out->fragments.resize(2);
    out->fragments[0].size = limits::kChunkBytes + 5;
    out->fragments[1].size = 7;
    return out;
}

}  // namespace

TEST_CASE("known assets: by its id at first, then by the first record that is told") {
    KnownAssets assets;
    CHECK(assets.find(kNamed) == nullptr);
    CHECK(assets.add(kNamed).record.id == kNamed);
    CHECK_FALSE(assets.at(kNamed).told);
    CHECK(assets.learn(said_of(kNamed, "a film")));
    CHECK_FALSE(assets.learn(said_of(kNamed, "another")));
    CHECK(assets.add(kNamed).record.name == "a film");  // it stays as it was
    CHECK(assets.at(kNamed).fragments() == 9);
    CHECK(assets.at(kNamed).replicas() == 3);
    CHECK(assets.broken() == nullptr);
    assets.forget(kNamed);
    CHECK(assets.size() == 0);
}

TEST_CASE("known assets: a word means the same as among all of them, one by one") {
    KnownAssets assets;
    Chance chance(5);
    const std::vector<std::string> names{"film", "Film", "other", "0000", "00000001"};
    const auto key = [](const auto& row) {
        return std::pair(row.first, std::string_view(row.second.record.name));
    };
    std::vector<std::string> words = names;
    words.insert(words.end(), {"", "000", "0000000", "nothing", pic::asset(3).text()});
    for (int i = 0; i < 300; ++i) {
        const AssetId id = pic::asset(static_cast<std::uint32_t>(chance.below(20)));
        const auto what = chance.below(5);
        if (what == 0) assets.forget(id);
        if (what > 0) assets.add(id);
        if (what > 1) assets.learn(said_of(id, names[chance.below(names.size())]));
        if (what == 4) assets.manifest_came(id, two_fragments());
        REQUIRE(assets.broken() == nullptr);
        for (const std::string& word : words) {
            const NameOrId<AssetId> meant(word);
            std::vector<AssetId> told;
            for (const auto* row : meant.among(assets.all(), key))
                if (row->second.told) told.push_back(row->first);
            std::vector<AssetId> found;
            for (const KnownAsset* asset : assets.meant(meant, 100))
                found.push_back(asset->id);
            CAPTURE(word);
            CHECK(found == told);
        }
    }
}

TEST_CASE("known assets: of very many that a word means, so many as are asked for") {
    KnownAssets assets;
    for (std::uint32_t i = 0; i < 1000; ++i) {
        assets.add(pic::asset(i));
        if (i >= 500) assets.learn(said_of(pic::asset(i), "film"));
    }
    CHECK(assets.meant(NameOrId<AssetId>("film"), 20).size() == 20);
    // Those of which only the id is known are passed over, and not all of them.
    CHECK(assets.meant(NameOrId<AssetId>("0000"), 100).size() == 100);
    CHECK(assets.meant(NameOrId<AssetId>("0000"), 20).empty());
}

TEST_CASE("known assets: its manifest replaces what others said, and stays what it is known by") {
    KnownAssets assets;
    assets.add(kNamed);
    assets.learn(said_of(kNamed, "a lie"));
    const auto manifest = two_fragments();
    CHECK(assets.take_changed().empty());
    CHECK(assets.manifest_came(kNamed, manifest));
    CHECK(assets.take_changed() == std::set<AssetId>{kNamed});
    CHECK_FALSE(assets.manifest_came(kNamed, two_fragments()));
    CHECK(assets.take_changed().empty());
    const KnownAsset& known = assets.at(kNamed);
    CHECK(known.manifest == manifest);
    CHECK(known.record.name == "its own");
    CHECK(known.fragments() == 2);
    CHECK(known.replicas() == 2);
    CHECK(known.size({1}) == 7);
    CHECK(known.length({0}, {0}) == limits::kChunkBytes);
    CHECK(known.length({0}, {1}) == 5);
    REQUIRE(known.timeline);
    CHECK(assets.broken() == nullptr);
    assets.manifest_gone(kNamed);
    assets.manifest_gone(kNamed);
    CHECK(assets.removals() == 1);
    CHECK(assets.take_changed() == std::set<AssetId>{kNamed});
    CHECK(known.manifest == nullptr);
    CHECK(known.told);
    CHECK_FALSE(assets.learn(said_of(kNamed, "a lie")));
    CHECK(known.record.name == "its own");
    CHECK(assets.broken() == nullptr);
}

TEST_CASE("known assets: a manifest alone tells what it is") {
    KnownAssets assets;
    assets.add(kNamed);
    assets.manifest_came(kNamed, two_fragments());
    CHECK(assets.at(kNamed).told);
    CHECK(assets.broken() == nullptr);
}

TEST_CASE("known assets: each word that it was published counts once") {
    KnownAssets assets;
    assets.add(kNamed);
    Header said;
    said.sender = pic::peer('a');
    said.sequence = {4};
    CHECK(assets.published(kNamed, said));
    CHECK_FALSE(assets.published(kNamed, said));  // over another bus
    said.sequence = {5};
    CHECK(assets.published(kNamed, said));
}

TEST_CASE("known assets: what the store is dropping is marked until it is gone") {
    KnownAssets assets;
    CHECK_FALSE(assets.add(kNamed).dropping);
    assets.dropping(kNamed, true);
    CHECK(assets.at(kNamed).dropping);
    assets.dropping(kNamed, false);
    CHECK_FALSE(assets.at(kNamed).dropping);
}
