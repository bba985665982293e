// Room in a store with a limit: for what it is kept.
#include "tests/peer/swarm/alone.hpp"
#include "tests/peer/swarm/town.hpp"

#include <algorithm>
#include <set>

#include <doctest/doctest.h>

using namespace fragcast;
using namespace fragcast::town;

TEST_SUITE_BEGIN("swarm: stock");

namespace {

constexpr std::uint64_t kOneMiB = 1 << 20;

// A reader with room for six fragments of 16 MiB, to whom somebody offers just as many.
struct StockStage {
    Town town;
    TestAsset big = make_asset("big", 6, 64);
    TestAsset film = make_asset("film", 2, 64);
    Inhabitant* offerer = nullptr;
    Inhabitant* source = nullptr;
    Inhabitant* reader = nullptr;

    explicit StockStage(std::uint64_t upload) {
        SwarmOptions slow;
        slow.max_upload = upload;
        offerer = &town.add("offerer", slow);
        offerer->start({stored(big)});
        source = &town.add("source");
        source->start({stored(film)});
        SwarmOptions options;
        options.max_store = 100 * kOneMiB;
        options.friends = {source->record().exchange};
        reader = &town.add("reader", options);
        reader->start();
        town.pass(1s);
        offerer->tell(facts::PublishAsked{big.id, {{reader->record(), RangeSet::up_to(6)}}});
    }
    std::uint64_t stock() const { return reader->look().overview->stock.used; }
};

}  // namespace

TEST_CASE("a proof keeps no room: who offers much and sends nothing keeps nobody out") {
    StockStage stage(1);  // two chunks come, and no more
    REQUIRE(stage.town.wait([&] { return stage.reader->chunks_stored() > 0; }));
    stage.town.pass(2s);
    CHECK(stage.reader->said<AskProof>().size() > 4);
    CHECK(stage.stock() <= 2 * 16 * kOneMiB);
    fetch(*stage.reader, stage.film);
    CHECK(stage.town.wait([&] { return stage.reader->has(stage.film); }, 30s));
}

namespace {

// Strangers give every proof that they are asked for, and no chunk ever.
struct ProofStage {
    Alone here;
    std::set<FragmentRef> proofs;  // in the store
    std::size_t most = 0;
    std::map<AssetId, std::size_t> chunks;  // of a fragment

    ProofStage(SwarmOptions options, const std::vector<StoredAsset>& known)
        : here(std::move(options), known) {
        for (const StoredAsset& one : known)
            chunks[one.id] = chunk_count(one.manifest->fragments.front().size);
    }
    void go_on(const std::map<LinkId, Somebody>& people) {
        here.pass(50ms);
        const auto sends = here.done<SendTo>();
        const auto stores = here.take<StoreProof>();
        for (const DropFragment& drop : here.take<DropFragment>())
            proofs.erase(drop.fragment);
        std::erase_if(here.out, [](const Action& one) {
            const SendTo* send = std::get_if<SendTo>(&one);
            return send != nullptr && std::holds_alternative<AskProof>(send->body);
        });
        for (const StoreProof& store : stores) {
            proofs.insert(store.fragment);
            here.swarm.on(facts::ProofStored{store.fragment, store.from, StoreVerdict::stored, {}},
                          here.now, here.out);
        }
        for (const SendTo& send : sends)
            if (const auto* ask = std::get_if<AskProof>(&send.body))
                here.swarm.on(facts::LinkSaid{send.link,
                                              {people.at(send.link).header(),
                                               ProofPart{ask->request, ask->asset, ask->fragment}},
                                              Digest::kBytes},
                              here.now, here.out);
        most = std::max(most, proofs.size());
    }
    std::uint64_t stock() { return here.swarm.news(here.now).overview->stock.used; }
};

StoredAsset nothing_of(const TestAsset& asset) {
    StoredAsset out;
    out.id = asset.id;
    out.manifest = asset.manifest;
    return out;
}

}  // namespace

TEST_CASE("proofs of which no chunk comes count, and make room for what somebody wishes") {
    const TestAsset crumbs = make_asset("crumbs", 300, 1), film = make_asset("film", 1, 4);
    SwarmOptions options = friends_only();
    options.max_store = 2 * kOneMiB;
    ProofStage stage(options, {nothing_of(crumbs), nothing_of(film)});
    std::map<LinkId, Somebody> people;
    const Somebody stranger(1), friendly(2);
    const LinkId bad = stage.here.dialled_by(stranger);
    people.emplace(bad, stranger);
    for (std::uint32_t i = 0; i < 300; ++i)
        stage.here.say(
            bad, stranger,
            Offer{{i + 1}, OfferReason::publish, Alone::record_of(crumbs), {{i, i + 1}}});
    for (int i = 0; i < 150; ++i)
        stage.go_on(people);
    CHECK(stage.most > 100);
    CHECK(stage.most * limits::kMinFragmentOnDisk <= options.max_store);
    CHECK(stage.stock() == stage.proofs.size() * limits::kMinFragmentOnDisk);
    // There is no room for so much more but by dropping some of them.
    CHECK(stage.stock() > kOneMiB);
    const LinkId good = stage.here.dialled_by(friendly);
    people.emplace(good, friendly);
    stage.here.swarm.on(facts::FetchAsked{film.id, {}}, stage.here.now, stage.here.out);
    stage.here.claim(good, friendly, film);
    std::uint64_t least = stage.stock();
    for (int i = 0; i < 60; ++i) {
        stage.go_on(people);
        least = std::min(least, stage.stock());
    }
    CHECK(least + film.manifest->fragments[0].size <= options.max_store);
}

TEST_CASE("what came counts as what it is once its offerer is gone") {
    StockStage stage(8 * kOneMiB);
    REQUIRE(stage.town.wait([&] { return stage.reader->chunks_stored() > 40; }));
    CHECK(stage.stock() > 15 * kOneMiB);
    stage.offerer->deaf = true;
    stage.town.cut(*stage.offerer, *stage.reader);
    stage.town.pass(3s);
    fetch(*stage.reader, stage.film);
    CHECK(stage.town.wait([&] { return stage.reader->has(stage.film); }, 30s));
    CHECK(stage.stock() <= 100 * kOneMiB);
}

TEST_CASE("an offer whose last holder is gone for long is wanted no more") {
    StockStage stage(1);
    REQUIRE(stage.town.wait([&] { return stage.reader->chunks_stored() > 0; }));
    stage.offerer->tell(facts::AssetTaken{stage.big.id});
    stage.town.settle();
    CHECK(stage.reader->swarm().asset_view(stage.big.id, stage.town.now())->wanted);
    stage.town.pass(6min);
    CHECK_FALSE(stage.reader->swarm().asset_view(stage.big.id, stage.town.now())->wanted);
}

namespace {

// What is asked for comes, but lies with the store until the test says what became of it.
void give(Alone& here, LinkId link, const Somebody& who, const TestAsset& asset) {
    const auto say = [&](Body body, std::size_t payload) {
        here.swarm.on(facts::LinkSaid{link, {who.header(), std::move(body)}, payload}, here.now,
                      here.out);
    };
    for (const SendTo& send : here.take<SendTo>()) {
        if (const auto* ask = std::get_if<AskProof>(&send.body))
            say(ProofPart{ask->request, ask->asset, ask->fragment},
                chunk_count(asset.manifest->fragments[0].size) * Digest::kBytes);
        if (const auto* asked = std::get_if<Request>(&send.body))
            for (std::uint32_t i = asked->chunks.begin; i < asked->chunks.end; ++i)
                say(Data{asked->request, asked->asset, asked->fragment, {i}},
                    chunk_length(asset.manifest->fragments[0].size, {i}));
    }
    for (const StoreProof& proof : here.take<StoreProof>())
        here.swarm.on(facts::ProofStored{proof.fragment, link, StoreVerdict::stored, {}}, here.now,
                      here.out);
}

}  // namespace

TEST_CASE("what nobody wants any more is not dropped while the store may make it whole") {
    const TestAsset film = make_asset("film", 1, 2), big = make_asset("big", 1, 8);
    SwarmOptions options = friends_only();
    options.max_store = 9 * limits::kChunkBytes;
    Alone here(options, {nothing_of(film), nothing_of(big)});
    const Somebody friendly(1);
    const LinkId link = here.dialled_by(friendly);
    here.claim(link, friendly, film);
    here.claim(link, friendly, big);
    const ReadId reader{5};
    here.swarm.on(facts::FetchAsked{film.id, {}, reader}, here.now, here.out);
    for (int i = 0; i < 10 && here.done<StoreChunk>().size() < 2; ++i) {
        give(here, link, friendly, film);
        here.pass(50ms);
    }
    const auto chunks = here.take<StoreChunk>();
    REQUIRE(chunks.size() == 2);
    here.swarm.on(facts::ChunkStored{chunks[0].chunk, link, StoreVerdict::stored}, here.now,
                  here.out);
    here.swarm.on(facts::FetchEnded{film.id, reader}, here.now, here.out);
    here.swarm.on(facts::FetchAsked{big.id, {}}, here.now, here.out);
    here.pass(3s);
    CHECK(here.done<DropFragment>().empty());
    here.swarm.on(facts::ChunkStored{chunks[1].chunk, link, StoreVerdict::stored}, here.now,
                  here.out);
    here.pass(3s);
    CHECK(here.done<DropFragment>().empty());
    here.swarm.on(facts::FragmentDone{{film.id, {0}}}, here.now, here.out);
    CHECK(here.swarm.holding(film.id).fragments == RangeSet::up_to(1));
}

TEST_SUITE_END();
