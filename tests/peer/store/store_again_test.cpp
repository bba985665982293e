// A store that is looked at again while it is in use: files copied in and taken away, what its user
// does not want.
#include "peer/store/held_file.hpp"
#include "peer/store/store_records.hpp"
#include "store_stage.hpp"

using namespace fragcast;
using namespace fragcast::test;
using namespace std::chrono_literals;

TEST_CASE("relist: a folder that was copied in is proven whatever its `held` says") {
    MemoryFiles files;
    const auto asset = make_store_asset("film", {kChunk + 9, 100, 50}, AssetKind::video);
    auto store = open_store(files);
    CHECK(must(store->relist()).assets.empty());
    put_cut_folder(files, folder_of(asset), asset);
    files.put(folder_of(asset) / kHeldFile, Bytes(320, 7));
    files.flip_byte(fragment_path(asset, 2), 3);
    const auto found = must(store->relist());
    REQUIRE(found.assets.size() == 1);
    CHECK(found.assets[0].id == asset.id);
    CHECK(found.assets[0].holding.fragments.empty());
    CHECK(found.proving == refs(asset, {0, 1, 2}));
    Proving proving;
    while (store->prove_some(proving)) {
    }
    CHECK(proving.counting == refs(asset, {0, 1}));
    REQUIRE(proving.refused.size() == 1);
    CHECK(proving.refused[0].first == asset.ref(2));
    CHECK(counts(*store, asset.id) == "0-1");
    CHECK(must(store->relist()).proving.empty());
}

TEST_CASE("relist: a folder that was copied in is used before it is looked for") {
    MemoryFiles files;
    const auto asset = make_store_asset("film", {kChunk + 9, 100, 50}, AssetKind::video);
    auto store = open_store(files);
    const fs::path folder = kStore / "assets" / ("other-" + asset.id.text().substr(0, 8));
    put_cut_folder(files, folder, asset);
    for (const char* name : {"000.m4s", "001.m4s"})
        files.erase(folder / name);
    SUBCASE("by a fetch") {
        must(fetch(*store, asset, 1));
        CHECK(counts(*store, asset.id) == "1");
        CHECK(prove_all(*store) == refs(asset, {2}));
    }
    SUBCASE("by a put") {
        put_cut_folder(files, store->incoming() / "cut", asset);
        CHECK(must(store->adopt(store->incoming() / "cut")).holding.fragments ==
              RangeSet::up_to(3));
    }
    CHECK_FALSE(files.exists(folder_of(asset)));
    // Also after a restart.
    const std::string before = counts(*store, asset.id);
    store.reset();
    store = open_store(files);
    CHECK(store->notes().empty());
    CHECK(counts(*store, asset.id) == before);
}

TEST_CASE("relist: single files come and go; of the wrong size they are left alone") {
    MemoryFiles files;
    const auto asset = make_store_asset("film", {kChunk + 9, 100, 50, 70});
    auto store = open_store(files);
    must(fetch(*store, asset, 0));
    must(fetch(*store, asset, 1));
    files.put(fragment_path(asset, 2),
              Bytes(asset.fragments[2].begin(), asset.fragments[2].end() - 1));
    files.put(fragment_path(asset, 3), asset.fragments[3]);
    auto found = must(store->relist());
    CHECK(found.proving == refs(asset, {3}));
    CHECK(found.gone.empty());
    CHECK(prove_all(*store) == refs(asset, {3}));
    CHECK(files.get(fragment_path(asset, 2)).size() == 49);
    files.erase(fragment_path(asset, 0));
    files.truncate(fragment_path(asset, 1), 7);
    found = must(store->relist());
    CHECK(found.gone == refs(asset, {0, 1}));
    CHECK(counts(*store, asset.id) == "3");
    CHECK_FALSE(store->has(asset.ref(0)));
    // And it goes on.
    must(fetch(*store, asset, 0));
    CHECK(reads_right(*store, asset, 0));
}

TEST_CASE("relist: what was changed counts no longer until it is proven") {
    MemoryFiles files;
    const auto asset = make_store_asset("film", {kChunk + 9, 100});
    auto store = open_store(files);
    fill_store(*store, asset);
    files.set_seconds(5'000'000'000);
    files.put(fragment_path(asset, 1), asset.fragments[1]);
    const auto found = must(store->relist());
    CHECK(found.gone == refs(asset, {1}));
    CHECK(found.proving == refs(asset, {1}));
    CHECK(prove_all(*store) == refs(asset, {1}));
    CHECK(must(store->relist()).gone.empty());
}

TEST_CASE(
    "relist: a folder that is gone or has no manifest is lost; one that cannot be listed is not") {
    MemoryFiles files;
    const auto asset = make_store_asset("film", {kChunk + 9, 100});
    auto store = open_store(files);
    fill_store(*store, asset);
    SUBCASE("cannot be listed now") {
        files.set_fault([&](Op op, const fs::path& path) {
            return op == Op::list && path == folder_of(asset) ? std::optional(ErrorKind::busy)
                                                              : std::nullopt;
        });
        const auto found = must(store->relist());
        CHECK(found.lost.empty());
        CHECK(found.gone.empty());
        CHECK(counts(*store, asset.id) == "0-1");
    }
    SUBCASE("no manifest") {
        files.erase(folder_of(asset) / kManifestFile);
        const auto found = must(store->relist());
        CHECK(found.lost == std::vector{asset.id});
        CHECK(found.gone == refs(asset, {0, 1}));
        CHECK(counts(*store, asset.id) == "no such asset");
        must(fetch(*store, asset, 0));
        CHECK(reads_right(*store, asset, 0));
    }
    SUBCASE("renamed to another name of its") {
        must(files.rename(folder_of(asset),
                          kStore / "assets" / ("other-" + asset.id.text().substr(0, 8)),
                          Files::Replace::no));
        const auto found = must(store->relist());
        CHECK(found.lost == std::vector{asset.id});
        REQUIRE(found.assets.size() == 1);
        CHECK(prove_all(*store) == refs(asset, {0, 1}));
        CHECK(reads_right(*store, asset, 0));
    }
}

TEST_CASE("relist: a right file beside an unfinished one ends it, a wrong one does not") {
    MemoryFiles files;
    const auto asset = make_store_asset("film", {2 * kChunk + 9});
    auto store = open_store(files);
    must(store->keep_manifest(asset.id, asset.body));
    must(store->keep_proof(asset.ref(0), asset.proof(0)));
    must(store->keep_chunk(asset.ref(0, 1), asset.chunk(0, 1)));
    files.put(fragment_path(asset, 0), asset.fragments[0]);
    SUBCASE("right") {
        CHECK(must(store->relist()).proving == refs(asset, {0}));
        CHECK(prove_all(*store) == refs(asset, {0}));
        CHECK_FALSE(files.exists(partial_path(asset, 0)));
        CHECK(fault_of(store->keep_chunk(asset.ref(0, 0), asset.chunk(0, 0))) ==
              ErrorKind::not_found);
        CHECK(reads_right(*store, asset, 0));
    }
    SUBCASE("wrong") {
        files.flip_byte(fragment_path(asset, 0), 1);
        CHECK(must(store->relist()).proving == refs(asset, {0}));
        Proving found;
        while (store->prove_some(found)) {
        }
        CHECK(found.refused.size() == 1);
        CHECK(same(store->load_chunk(asset.ref(0, 1)), asset.chunk(0, 1)));
        must(store->keep_chunk(asset.ref(0, 0), asset.chunk(0, 0)));
        must(store->keep_chunk(asset.ref(0, 2), asset.chunk(0, 2)));
        must(store->finish_fragment(asset.ref(0)));
        CHECK(reads_right(*store, asset, 0));
    }
    SUBCASE("finished while the file beside it is being proven") {
        CHECK(must(store->relist()).proving == refs(asset, {0}));
        Proving found;
        CHECK(store->prove_some(found, 1));
        must(store->keep_chunk(asset.ref(0, 0), asset.chunk(0, 0)));
        must(store->keep_chunk(asset.ref(0, 2), asset.chunk(0, 2)));
        must(store->finish_fragment(asset.ref(0)));
        CHECK_FALSE(store->prove_some(found));
        CHECK(reads_right(*store, asset, 0));
    }
    SUBCASE("and its own file is gone") {
        files.erase(partial_path(asset, 0));
        CHECK(must(store->relist()).unfinished == refs(asset, {0}));
        CHECK(prove_all(*store) == refs(asset, {0}));
    }
}

TEST_CASE("decline: beyond the limit the oldest is forgotten") {
    MemoryFiles files;
    const auto film = make_store_asset("film", {100});
    Bytes payload;
    for (std::uint32_t i = 0; i < limits::kMaxDeclined; ++i) {
        Bytes id(AssetId::kBytes, 1);
        id[0] = static_cast<std::uint8_t>(i);
        id[1] = static_cast<std::uint8_t>(i >> 8);
        payload.insert(payload.end(), id.begin(), id.end());
    }
    must(files.make_folder(kStore, Files::Access::normal));
    must(write_record(files, kStore / "declined", "FDCL", payload, Files::Access::normal));
    auto store = open_store(files);
    REQUIRE(store->declined().size() == limits::kMaxDeclined);
    const AssetId second = store->declined()[1];
    must(store->decline(film.id, true));
    CHECK(store->declined().size() == limits::kMaxDeclined);
    CHECK(store->declined().front() == second);
    CHECK(store->declined().back() == film.id);
}
