// What comes in is proven and kept, or refused; and what is there is found again.
#include "messages/wire/limits.hpp"
#include "store_stage.hpp"

using namespace fragcast;
using namespace fragcast::test;

namespace {

StoreAsset stored_film() {
    return make_store_asset("film", {2 * kChunk + 77, kChunk, 1000}, AssetKind::video);
}

std::uint64_t used_bytes(MemoryFiles& files) {
    constexpr std::uint64_t kMuch = 1ULL << 40;
    files.set_capacity(kMuch);
    return kMuch - must(files.free_bytes(kStore));
}

}  // namespace

TEST_CASE("store: manifest, proof, chunks, finish; and all of it after a restart") {
    MemoryFiles files;
    const auto asset = stored_film();
    {
        auto store = open_store(files);
        CHECK(store->assets().empty());
        for (std::uint32_t i = 0; i < 3; ++i) {
            must(fetch(*store, asset, i));
            CHECK(store->has(asset.ref(i)));
            CHECK(reads_right(*store, asset, i));
        }
        CHECK(counts(*store, asset.id) == "0-2");
    }
    CHECK(files.tree(folder_of(asset)) ==
          std::vector<std::string>{"000.m4s", "000.proof", "001.m4s", "001.proof", "002.m4s",
                                   "002.proof", "held", "init.mp4", "manifest"});
    Bytes joined = files.get(folder_of(asset) / kInitFile);
    for (std::uint32_t i = 0; i < 3; ++i) {
        const Bytes part = files.get(fragment_path(asset, i));
        joined.insert(joined.end(), part.begin(), part.end());
    }
    CHECK(joined == asset.whole());

    // A start reads names and manifests, and hashes nothing.
    std::uint64_t fragments_read = 0;
    files.set_fault([&](Op op, const fs::path& path) -> std::optional<ErrorKind> {
        if (op == Op::read && path.extension() == ".m4s") ++fragments_read;
        return std::nullopt;
    });
    auto store = open_store(files);
    CHECK(counts(*store, asset.id) == "0-2");
    CHECK(store->notes().empty());
    CHECK(prove_all(*store).empty());
    CHECK(fragments_read == 0);
    CHECK(*store->manifest_body(asset.id) == asset.body);
    for (std::uint32_t i = 0; i < 3; ++i)
        CHECK(reads_right(*store, asset, i));
}

TEST_CASE("store: a manifest that is not the asset's is refused, and nothing of it is on disk") {
    MemoryFiles files;
    auto store = open_store(files);
    const auto asset = stored_film();
    const auto before = files.tree(kStore);
    Bytes wrong = asset.body;
    wrong.back() ^= 1;
    CHECK(fault_of(store->keep_manifest(asset.id, wrong)) == ErrorKind::invalid);
    const auto other = make_store_asset("other", {5});
    CHECK(fault_of(store->keep_manifest(asset.id, other.body)) == ErrorKind::invalid);
    CHECK(fault_of(store->keep_manifest(asset.id, {})) == ErrorKind::invalid);
    CHECK(files.tree(kStore) == before);
    CHECK(store->manifest_body(asset.id) == nullptr);
    CHECK(store->assets().empty());
}

TEST_CASE("store: a proof or chunk that is not the manifest's is refused, and not written") {
    MemoryFiles files;
    auto store = open_store(files);
    const auto asset = stored_film();
    CHECK(fault_of(store->keep_proof(asset.ref(0), asset.proof(0))) == ErrorKind::not_found);
    must(store->keep_manifest(asset.id, asset.body));
    CHECK(fault_of(store->keep_chunk(asset.ref(0, 0), asset.chunk(0, 0))) == ErrorKind::not_found);

    const auto before = files.tree(kStore);
    Bytes wrong = asset.proof(0);
    wrong[40] ^= 1;
    CHECK(fault_of(store->keep_proof(asset.ref(0), wrong)) == ErrorKind::invalid);
    wrong = asset.proof(0);
    wrong.resize(wrong.size() - 32);
    CHECK(fault_of(store->keep_proof(asset.ref(0), wrong)) == ErrorKind::invalid);
    CHECK(fault_of(store->keep_proof(asset.ref(0), asset.proof(1))) == ErrorKind::invalid);
    CHECK(fault_of(store->keep_proof(asset.ref(3), asset.proof(0))) == ErrorKind::invalid);
    CHECK(files.tree(kStore) == before);

    CHECK(must(store->keep_proof(asset.ref(0), asset.proof(0))).empty());
    Bytes bad(asset.chunk(0, 0).begin(), asset.chunk(0, 0).end());
    bad[12345] ^= 1;
    CHECK(fault_of(store->keep_chunk(asset.ref(0, 0), bad)) == ErrorKind::invalid);
    for (std::uint32_t i = 1; i < 4; ++i)
        CHECK(fault_of(store->keep_chunk(asset.ref(0, i), asset.chunk(0, 0))) ==
              ErrorKind::invalid);
    CHECK(fault_of(store->keep_chunk(asset.ref(0, 0), {})) == ErrorKind::invalid);
    CHECK(files.get(partial_path(asset, 0)) == Bytes(asset.fragments[0].size()));
    CHECK(fault_of(store->load_chunk(asset.ref(0, 0))) == ErrorKind::not_found);
    CHECK_FALSE(store->is_complete(asset.ref(0)));
    CHECK(fault_of(store->finish_fragment(asset.ref(0))) == ErrorKind::refused);
}

TEST_CASE("store: what is here already is answered as such") {
    MemoryFiles files;
    auto store = open_store(files);
    const auto asset = stored_film();
    must(store->keep_manifest(asset.id, asset.body));
    must(store->keep_proof(asset.ref(0), asset.proof(0)));
    must(store->keep_chunk(asset.ref(0, 1), asset.chunk(0, 1)));
    CHECK(fault_of(store->keep_chunk(asset.ref(0, 1), asset.chunk(0, 1))) == ErrorKind::exists);
    CHECK(must(store->keep_proof(asset.ref(0), asset.proof(0))) == RangeSet{{1, 2}});
    CHECK(must(store->keep_manifest(asset.id, {})) != nullptr);
    must(fetch(*store, asset, 0));
    CHECK(fault_of(store->keep_proof(asset.ref(0), asset.proof(0))) == ErrorKind::exists);
}

TEST_CASE("store: a proven chunk is served before its fragment is whole") {
    MemoryFiles files;
    auto store = open_store(files);
    const auto asset = stored_film();
    must(store->keep_manifest(asset.id, asset.body));
    must(store->keep_proof(asset.ref(0), asset.proof(0)));
    must(store->keep_chunk(asset.ref(0, 2), asset.chunk(0, 2)));
    CHECK(same(store->load_chunk(asset.ref(0, 2)), asset.chunk(0, 2)));
    CHECK(fault_of(store->load_chunk(asset.ref(0, 0))) == ErrorKind::not_found);
    CHECK(same(store->load_proof(asset.ref(0)), asset.proof(0)));
    CHECK(counts(*store, asset.id) == "-");
}

TEST_CASE("store: an unfinished fragment goes on where it was, torn chunks excepted") {
    MemoryFiles files;
    const auto asset = stored_film();
    {
        auto store = open_store(files);
        must(store->keep_manifest(asset.id, asset.body));
        must(store->keep_proof(asset.ref(0), asset.proof(0)));
        must(store->keep_chunk(asset.ref(0, 0), asset.chunk(0, 0)));
        must(store->keep_chunk(asset.ref(0, 2), asset.chunk(0, 2)));
    }
    files.crash(Unsynced::kept, 0);
    std::uint32_t given = 0;
    SUBCASE("as it was written; holes are not read") {
        auto store = open_store(files);
        std::uint64_t reads = 0;
        files.set_fault([&](Op op, const fs::path& path) -> std::optional<ErrorKind> {
            if (op == Op::read && path.extension() == ".partial") ++reads;
            return std::nullopt;
        });
        CHECK(must(store->keep_proof(asset.ref(0), asset.proof(0))) == RangeSet{{0, 1}, {2, 3}});
        CHECK(reads == 2);
        must(fetch(*store, asset, 0, &given));
        CHECK(given == 1);
    }
    SUBCASE("with a torn chunk") {
        files.flip_byte(partial_path(asset, 0), 2 * kChunk + 70);
        must(fetch(*open_store(files), asset, 0, &given));
        CHECK(given == 2);
    }
    SUBCASE("cut short") {
        files.truncate(partial_path(asset, 0), kChunk + 5);
        must(fetch(*open_store(files), asset, 0, &given));
        CHECK(given == 2);
    }
    CHECK(files.get(fragment_path(asset, 0)) == asset.fragments[0]);
    CHECK_FALSE(files.exists(partial_path(asset, 0)));
}

TEST_CASE(
    "store: a full disk answers full, keeps and serves what is there, and goes on with room") {
    MemoryFiles files;
    auto store = open_store(files);
    const auto asset = make_store_asset("big", {4 * kChunk});
    must(store->keep_manifest(asset.id, asset.body));
    must(store->keep_proof(asset.ref(0), asset.proof(0)));
    const std::uint64_t full = used_bytes(files) + 2 * kChunk;
    files.set_capacity(full);
    must(store->keep_chunk(asset.ref(0, 0), asset.chunk(0, 0)));
    must(store->keep_chunk(asset.ref(0, 1), asset.chunk(0, 1)));
    CHECK(fault_of(store->keep_chunk(asset.ref(0, 2), asset.chunk(0, 2))) == ErrorKind::full);
    CHECK_FALSE(store->has_room());
    CHECK(store->has(asset.ref(0)));
    CHECK(same(store->load_chunk(asset.ref(0, 1)), asset.chunk(0, 1)));
    CHECK(fault_of(store->load_chunk(asset.ref(0, 2))) == ErrorKind::not_found);
    const auto other = make_store_asset("other", {5});
    const auto before = files.tree(kStore);
    CHECK(fault_of(store->keep_manifest(other.id, other.body)) == ErrorKind::full);
    CHECK(files.tree(kStore) == before);

    files.set_capacity(full + limits::kRoomAgainBytes - 1);
    CHECK_FALSE(store->has_room());
    files.set_capacity(full + limits::kRoomAgainBytes);
    CHECK(store->has_room());
    std::uint32_t given = 0;
    must(fetch(*store, asset, 0, &given));
    CHECK(given == 2);
    CHECK(reads_right(*store, asset, 0));
    must(fetch(*store, other, 0));
}

TEST_CASE("store: a write cut short is no chunk, and is written again") {
    MemoryFiles files;
    auto store = open_store(files);
    const auto asset = stored_film();
    must(store->keep_manifest(asset.id, asset.body));
    must(store->keep_proof(asset.ref(0), asset.proof(0)));
    fail_once(files, Op::write, ".partial");
    CHECK(fault_of(store->keep_chunk(asset.ref(0, 0), asset.chunk(0, 0))) == ErrorKind::io);
    CHECK(fault_of(store->load_chunk(asset.ref(0, 0))) == ErrorKind::not_found);
    must(fetch(*store, asset, 0));
    CHECK(reads_right(*store, asset, 0));
}

TEST_CASE("store: after a failed sync the partial file is distrusted and begun anew") {
    MemoryFiles files;
    auto store = open_store(files);
    const auto asset = stored_film();
    fail_once(files, Op::sync, ".partial");
    CHECK(fault_of(fetch(*store, asset, 0)) == ErrorKind::io);
    CHECK_FALSE(files.exists(partial_path(asset, 0)));
    CHECK_FALSE(store->has(asset.ref(0)));
    CHECK(counts(*store, asset.id) == "-");
    std::uint32_t given = 0;
    must(fetch(*store, asset, 0, &given));
    CHECK(given == 3);
    CHECK(reads_right(*store, asset, 0));
}

TEST_CASE(
    "store: a fragment whose last steps fail does not count, and is finished without chunks") {
    const auto asset = stored_film();
    for (const auto& [op, part] : std::vector<std::pair<Op, std::string>>{
             {Op::write, ".proof"}, {Op::sync, ".proof"}, {Op::rename, "000.m4s"}}) {
        MemoryFiles files;
        auto store = open_store(files);
        fail_once(files, op, part);
        CHECK(fault_of(fetch(*store, asset, 0)) == ErrorKind::io);
        CHECK(counts(*store, asset.id) == "-");
        CHECK(store->is_complete(asset.ref(0)));
        std::uint32_t given = 0;
        must(fetch(*store, asset, 0, &given));
        CHECK(given == 0);
        CHECK(counts(*store, asset.id) == "0");
    }
}

TEST_CASE("store: a fragment whose name may not last does not count") {
    MemoryFiles files;
    const auto asset = stored_film();
    auto store = open_store(files);
    must(store->keep_manifest(asset.id, asset.body));
    fail_once(files, Op::sync_folder, folder_of(asset).string());
    CHECK(fault_of(fetch(*store, asset, 0)) == ErrorKind::io);
    CHECK(counts(*store, asset.id) == "-");
    SUBCASE("it is proven like a file that was found") {
        CHECK(prove_all(*store) == std::vector{asset.ref(0)});
    }
    SUBCASE("or finished again, without fetching") {
        std::uint32_t given = 0;
        must(fetch(*store, asset, 0, &given));
        CHECK(given == 0);
    }
    CHECK(counts(*store, asset.id) == "0");
    CHECK_FALSE(files.exists(partial_path(asset, 0)));
    CHECK(reads_right(*store, asset, 0));
}

TEST_CASE("store: a manifest whose folder could not be synced leaves no second folder behind") {
    MemoryFiles files;
    auto store = open_store(files);
    const auto asset = stored_film();
    for (const char* folder : {"/store/assets", "/store/incoming"}) {
        const auto before = files.tree(kStore);
        fail_once(files, Op::sync_folder, folder);
        CHECK(fault_of(store->keep_manifest(asset.id, asset.body)) == ErrorKind::io);
        CHECK(files.tree(kStore) == before);
    }
    must(fetch(*store, asset, 0));
    CHECK(files.exists(fragment_path(asset, 0)));
}

TEST_CASE("store: proving looks at each asset for what it has to prove, not at all for each") {
    constexpr std::uint64_t kAssets = 100;
    constexpr std::uint64_t kFragments = 3;
    MemoryFiles files;
    std::vector<StoreAsset> assets;
    for (std::uint64_t i = 0; i < kAssets; ++i) {
        assets.push_back(make_store_asset("file " + std::to_string(i), {1000, 1000, 1000}));
        put_cut_folder(files, folder_of(assets.back()), assets.back());
    }
    const auto store = open_store(files);
    Proving found;
    while (store->prove_some(found)) {
    }
    CHECK(found.counting.size() == kAssets * kFragments);
    CHECK(found.looked == kAssets * (kFragments + 1));
    // Who is idle looks at nothing; who was asked for something, at that.
    Proving idle;
    CHECK_FALSE(store->prove_some(idle));
    CHECK(idle.looked == 0);
    CHECK(reads_right(*store, assets[50], 0));
    CHECK_FALSE(store->prove_some(idle));
    CHECK(idle.looked == 1);
}

TEST_CASE("store: an empty folder in its place is replaced, one with anything in it is not") {
    MemoryFiles files;
    auto store = open_store(files);
    const auto asset = stored_film();
    std::size_t digits = 8;
    SUBCASE("empty") {
        files.put_folder(folder_of(asset));
    }
    SUBCASE("emptied by hand") {
        must(fetch(*store, asset, 1));
        for (const auto& file : files.tree(folder_of(asset)))
            files.erase(folder_of(asset) / file);
        CHECK(must(store->relist()).lost == std::vector{asset.id});
    }
    SUBCASE("somebody is copying into it") {
        files.put(fragment_path(asset, 0), {1});
        digits = 12;
    }
    SUBCASE("a file") {
        files.put(folder_of(asset), {});
        digits = 12;
    }
    must(fetch(*store, asset, 0));
    CHECK(files.exists(folder_of(asset, digits) / kManifestFile));
    CHECK(files.exists(folder_of(asset, 12)) == (digits == 12));
    CHECK(reads_right(*store, asset, 0));
}

TEST_CASE("store: a fragment that vanishes or shrinks under us is lost, not an error for ever") {
    MemoryFiles files;
    auto store = open_store(files);
    const auto asset = stored_film();
    must(fetch(*store, asset, 0));
    must(fetch(*store, asset, 1));
    files.truncate(fragment_path(asset, 0), kChunk);
    CHECK(must(store->load_chunk(asset.ref(0, 0))).size() == kChunk);
    CHECK(fault_of(store->load_chunk(asset.ref(0, 1))) == ErrorKind::io);
    CHECK_FALSE(store->has(asset.ref(0)));
    CHECK(fault_of(store->load_chunk(asset.ref(0, 0))) == ErrorKind::not_found);
    CHECK(store->has(asset.ref(1)));
    must(fetch(*store, asset, 0));
    CHECK(reads_right(*store, asset, 0));
    CHECK(counts(*store, asset.id) == "0-1");
}

TEST_CASE("store: a partial file that somebody removed does not come back empty") {
    MemoryFiles files;
    const auto asset = stored_film();
    auto store = open_store(files);
    must(store->keep_manifest(asset.id, asset.body));
    must(store->keep_proof(asset.ref(0), asset.proof(0)));
    files.erase(partial_path(asset, 0));
    CHECK(fault_of(store->keep_chunk(asset.ref(0, 0), asset.chunk(0, 0))) == ErrorKind::io);
    CHECK_FALSE(store->has(asset.ref(0)));
    CHECK_FALSE(files.exists(partial_path(asset, 0)));
    must(fetch(*store, asset, 0));
    CHECK(reads_right(*store, asset, 0));
}

TEST_CASE("store: a dropped fragment is gone, its asset stays; a dropped asset leaves nothing") {
    MemoryFiles files;
    const auto asset = stored_film();
    auto store = open_store(files);
    const auto empty = files.tree(kStore);
    must(fetch(*store, asset, 0));
    must(fetch(*store, asset, 1));
    must(store->keep_proof(asset.ref(2), asset.proof(2)));
    must(store->drop_fragment(asset.ref(0)));
    must(store->drop_fragment(asset.ref(2)));
    must(store->drop_fragment(asset.ref(9)));
    CHECK(counts(*store, asset.id) == "1");
    CHECK_FALSE(store->has(asset.ref(2)));
    for (const auto& gone : {fragment_path(asset, 0), proof_path(asset, 0), partial_path(asset, 2)})
        CHECK_FALSE(files.exists(gone));
    CHECK(fault_of(store->load_chunk(asset.ref(0, 0))) == ErrorKind::not_found);
    must(fetch(*store, asset, 0));
    CHECK(reads_right(*store, asset, 0));

    must(store->drop_asset(asset.id));
    must(store->drop_asset(asset.id));
    CHECK(store->assets().empty());
    CHECK(store->manifest_body(asset.id) == nullptr);
    CHECK(files.tree(kStore) == empty);
    must(fetch(*store, asset, 0));
}
