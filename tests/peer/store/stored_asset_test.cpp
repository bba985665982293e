// What a start finds in a store's folders: files of ours, of others, right, wrong and strange.
#include "messages/wire/limits.hpp"
#include "peer/store/held_file.hpp"
#include "store_stage.hpp"

using namespace fragcast;
using namespace fragcast::test;

namespace {

StoreAsset book() {
    return make_store_asset("book", {kChunk + 77, 2000, 1000});
}

// A store that fetched all of it and was closed.
void fill(Files& files, const StoreAsset& asset) {
    auto store = open_store(files);
    for (std::uint32_t i = 0; i < asset.fragments.size(); ++i)
        must(fetch(*store, asset, i));
}

// Counts reads of fragments' bytes.
std::shared_ptr<std::uint64_t> watch_reads(MemoryFiles& files) {
    auto reads = std::make_shared<std::uint64_t>(0);
    files.set_fault([reads](Op op, const fs::path& path) -> std::optional<ErrorKind> {
        if (op == Op::read && path.extension() == ".bin") ++*reads;
        return std::nullopt;
    });
    return reads;
}

std::size_t notes_about(const FragmentStore& store, const std::string& what) {
    std::size_t count = 0;
    for (const std::string& note : store.notes())
        count += note.find(what) != std::string::npos ? 1 : 0;
    return count;
}

}  // namespace

TEST_CASE("stored asset: a changed file is proven again; a wrong one keeps its good chunks") {
    MemoryFiles files;
    const auto asset = book();
    fill(files, asset);
    SUBCASE("another time, the same bytes") {
        files.put(fragment_path(asset, 0), asset.fragments[0]);
        auto store = open_store(files);
        CHECK(counts(*store, asset.id) == "1-2");
        CHECK(fault_of(store->load_chunk(asset.ref(0, 0))) == ErrorKind::not_found);
        CHECK(prove_all(*store) == std::vector{asset.ref(0)});
        CHECK(counts(*store, asset.id) == "0-2");
        store.reset();
        const auto reads = watch_reads(files);
        prove_all(*open_store(files));
        CHECK(*reads == 0);
    }
    SUBCASE("a flipped byte") {
        files.flip_byte(fragment_path(asset, 0), kChunk + 3);
        auto store = open_store(files);
        CHECK(prove_all(*store).empty());
        CHECK(counts(*store, asset.id) == "1-2");
        CHECK_FALSE(files.exists(fragment_path(asset, 0)));
        CHECK(files.exists(partial_path(asset, 0)));
        std::uint32_t given = 0;
        must(fetch(*store, asset, 0, &given));
        CHECK(given == 1);
        CHECK(reads_right(*store, asset, 0));
    }
    SUBCASE("wanted before it was looked at") {
        files.flip_byte(fragment_path(asset, 0), 3);
        auto store = open_store(files);
        std::uint32_t given = 0;
        must(fetch(*store, asset, 0, &given));
        CHECK(given == 1);
        CHECK(reads_right(*store, asset, 0));
    }
    SUBCASE("of a wrong size: left alone until the right one replaces it") {
        files.truncate(fragment_path(asset, 0), 5);
        auto store = open_store(files);
        CHECK(notes_about(*store, "has 5 bytes instead of") == 1);
        prove_all(*store);
        CHECK(counts(*store, asset.id) == "1-2");
        CHECK(files.get(fragment_path(asset, 0)).size() == 5);
        must(fetch(*store, asset, 0));
        CHECK(files.get(fragment_path(asset, 0)) == asset.fragments[0]);
    }
    SUBCASE("gone") {
        files.erase(fragment_path(asset, 0));
        auto store = open_store(files);
        CHECK(counts(*store, asset.id) == "1-2");
    }
    SUBCASE("swapped while it is hashed") {
        files.put(fragment_path(asset, 0), asset.fragments[0]);
        auto store = open_store(files);
        files.set_fault([&, done = false](Op op, const fs::path& path) mutable {
            if (op == Op::read && path == fragment_path(asset, 0) && !done) {
                done = true;
                files.flip_byte(path, 0);
                files.flip_byte(path, 0);
            }
            return std::optional<ErrorKind>();
        });
        prove_all(*store);
        CHECK(counts(*store, asset.id) == "1-2");
    }
}

TEST_CASE("stored asset: proving goes bit by bit, and a lost `held` costs hashes only") {
    MemoryFiles files;
    const auto asset = make_store_asset("long", {(limits::kProveChunks + 1) * kChunk, 10});
    fill(files, asset);
    files.erase(folder_of(asset) / kHeldFile);
    const auto reads = watch_reads(files);
    auto store = open_store(files);
    CHECK(counts(*store, asset.id) == "-");
    Proving found;
    CHECK(store->prove_some(found));
    CHECK(*reads == limits::kProveChunks);
    CHECK(found.counting.empty());
    CHECK(store->prove_some(found));
    CHECK(found.counting == std::vector{asset.ref(0)});
    CHECK(store->prove_some(found));
    CHECK(found.counting == std::vector{asset.ref(0), asset.ref(1)});
    CHECK_FALSE(store->prove_some(found));
    CHECK(counts(*store, asset.id) == "0-1");
    store.reset();
    store = open_store(files);
    CHECK(counts(*store, asset.id) == "0-1");
}

TEST_CASE("stored asset: a torn or foreign `held` vouches for nothing it should not") {
    MemoryFiles files;
    const auto asset = book();
    fill(files, asset);
    const fs::path held = folder_of(asset) / kHeldFile;
    REQUIRE(files.get(held).size() == 96);
    SUBCASE("a torn entry at the end is written over") {
        files.truncate(held, 70);
        auto store = open_store(files);
        CHECK(counts(*store, asset.id) == "0-1");
        prove_all(*store);
        CHECK(files.get(held).size() == 96);
        store.reset();
        CHECK(counts(*open_store(files), asset.id) == "0-2");
    }
    SUBCASE("a damaged entry") {
        files.flip_byte(held, 10);
        CHECK(counts(*open_store(files), asset.id) == "1-2");
    }
    SUBCASE("something else altogether, and too large") {
        files.put(held, Bytes(16 * limits::kMaxFragments * 32 + 1, 'x'));
        auto store = open_store(files);
        CHECK(counts(*store, asset.id) == "-");
        prove_all(*store);
        store.reset();
        CHECK(counts(*open_store(files), asset.id) == "0-2");
    }
    SUBCASE("a list that is mostly stale is written anew") {
        Bytes many;
        const Bytes good = files.get(held);
        for (int i = 0; i < 100; ++i)
            many.insert(many.end(), good.begin(), good.begin() + 32);
        many.insert(many.end(), good.begin() + 32, good.end());
        files.put(held, many);
        CHECK(counts(*open_store(files), asset.id) == "0-2");
        CHECK(files.get(held).size() == 96);
        CHECK(counts(*open_store(files), asset.id) == "0-2");
    }
}

TEST_CASE("stored asset: a proof that is missing or wrong is made again from the bytes") {
    MemoryFiles files;
    const auto asset = book();
    fill(files, asset);
    SUBCASE("missing") {
        files.erase(proof_path(asset, 0));
    }
    SUBCASE("wrong") {
        files.flip_byte(proof_path(asset, 0), 1);
    }
    SUBCASE("too long") {
        files.put(proof_path(asset, 0), Bytes(1000));
    }
    auto store = open_store(files);
    CHECK(reads_right(*store, asset, 0));
    CHECK(files.get(proof_path(asset, 0)) == asset.proof(0));
}

TEST_CASE("stored asset: a fragment that fails its own proof is no longer had") {
    MemoryFiles files;
    const auto asset = book();
    fill(files, asset);
    files.erase(proof_path(asset, 0));
    auto store = open_store(files);
    files.flip_byte(fragment_path(asset, 0), 9);
    CHECK(fault_of(store->load_proof(asset.ref(0))) == ErrorKind::io);
    CHECK_FALSE(store->has(asset.ref(0)));
    CHECK(files.exists(partial_path(asset, 0)));
}

TEST_CASE("stored asset: strangers in the store are left alone and named once") {
    MemoryFiles files;
    const auto asset = book();
    fill(files, asset);
    const auto other = make_store_asset("other", {100});
    const fs::path assets = kStore / "assets";
    files.put(assets / "note.txt", {1});
    files.put_link(assets / "link-00000000");
    files.put_folder(assets / "empty-00000000");
    files.put(assets / "broken-00000000" / kManifestFile, {1, 2, 3});
    put_cut_folder(files, assets / "other-00000000", other);
    put_cut_folder(files, assets / ("other-" + other.id.text().substr(0, 4)), other);
    put_cut_folder(files, assets / "zzz" / "deeper", other);
    put_cut_folder(files, assets / ("zweitens-" + asset.id.short_text()), asset);
    files.put(folder_of(asset) / "readme", {1});
    files.erase(fragment_path(asset, 1));
    files.put_link(fragment_path(asset, 1));
    const auto before = files.tree(assets);
    auto store = open_store(files);
    CHECK(store->assets().size() == 1);
    prove_all(*store);
    CHECK(counts(*store, asset.id) == "0,2");
    CHECK(files.tree(assets) == before);
    CHECK(store->notes().size() == 9);
    for (const char* what : {"note.txt", "link-00000000", "empty-00000000", "broken-00000000",
                             "other-00000000", "zzz", "zweitens-", "001.bin"})
        CHECK_MESSAGE(notes_about(*store, what) == 1, what);
    CHECK(notes_about(*store, "it is a second folder of " + asset.id.short_text()) == 1);
}

TEST_CASE("stored asset: a folder from `fragcast split` is proven and then counts") {
    MemoryFiles files;
    const auto asset = make_store_asset("film", {kChunk + 1, 10}, AssetKind::video);
    put_cut_folder(files, folder_of(asset), asset);
    auto store = open_store(files);
    CHECK(counts(*store, asset.id) == "-");
    prove_all(*store);
    CHECK(counts(*store, asset.id) == "0-1");
    CHECK(reads_right(*store, asset, 0));
}

TEST_CASE("stored asset: where a folder's name is taken the digits grow") {
    MemoryFiles files;
    const auto asset = book();
    const auto name = [&](std::size_t digits) { return folder_of(asset, digits); };
    files.put(name(8), {1});
    put_cut_folder(files, name(12), make_store_asset("other", {100}));
    {
        auto store = open_store(files);
        must(fetch(*store, asset, 0));
        CHECK(files.exists(name(16) / "000.bin"));
    }
    auto store = open_store(files);
    CHECK(counts(*store, asset.id) == "0");
    must(store->drop_asset(asset.id));
    for (std::size_t digits = 8; digits <= 64; digits += 4)
        files.put(name(digits), {1});
    CHECK(fault_of(store->keep_manifest(asset.id, asset.body)) == ErrorKind::exists);
    CHECK(files.tree(kStore / "incoming") == std::vector<std::string>{});
}

TEST_CASE("stored asset: rubbish of an earlier run is removed at the start") {
    MemoryFiles files;
    const auto asset = book();
    fill(files, asset);
    const auto before = files.tree(kStore);
    files.put(kStore / "incoming" / "a" / "b" / "c", {1});
    files.put(kStore / "incoming" / "d", {1});
    files.put_link(kStore / "incoming" / "e");
    for (const char* name : {"epoch.tmp", "peer.key.tmp", "ports.tmp"})
        files.put(kStore / name, {1});
    files.put(folder_of(asset) / "held.tmp", {1});
    files.put(partial_path(asset, 0), {1});
    auto store = open_store(files);
    CHECK(files.tree(kStore) == before);
    CHECK(counts(*store, asset.id) == "0-2");
}

TEST_CASE("stored asset: what nobody went on with for a day is given up") {
    constexpr std::uint64_t kThen = 1'800'000'000;
    constexpr std::uint64_t kDay = std::chrono::seconds(limits::kUnfinishedKept).count();
    MemoryFiles files;
    const auto asset = book();
    const auto other = make_store_asset("other", {10});
    files.set_seconds(kThen);
    {
        auto store = open_store(files);
        must(store->keep_manifest(other.id, other.body));
        must(store->keep_manifest(asset.id, asset.body));
        must(store->keep_proof(asset.ref(0), asset.proof(0)));
        must(store->keep_chunk(asset.ref(0, 0), asset.chunk(0, 0)));
    }
    SUBCASE("within the day it goes on") {
        files.set_seconds(kThen + kDay - 1);
        std::uint32_t given = 0;
        must(fetch(*open_store(files), asset, 0, &given));
        CHECK(given == 1);
    }
    SUBCASE("each chunk is a new beginning") {
        files.set_seconds(kThen + kDay - 1);
        {
            auto store = open_store(files);
            must(store->keep_proof(asset.ref(0), asset.proof(0)));
            must(store->keep_chunk(asset.ref(0, 1), asset.chunk(0, 1)));
        }
        files.set_seconds(kThen + 2 * kDay - 2);
        CHECK(must(open_store(files)->keep_proof(asset.ref(0), asset.proof(0))).count() == 2);
    }
    SUBCASE("then it is dropped") {
        files.set_seconds(kThen + kDay + 1);
        auto store = open_store(files);
        CHECK_FALSE(files.exists(folder_of(asset)));
        CHECK(counts(*store, asset.id) == "no such asset");
        CHECK(notes_about(*store, "book-") == 1);
        CHECK(notes_about(*store, "is dropped") == 1);
        // A manifest without anything begun stays.
        CHECK(counts(*store, other.id) == "-");
        CHECK(files.tree(kStore / "incoming").empty());
    }
    SUBCASE("what is whole stays, and what was begun goes") {
        must(fetch(*open_store(files), asset, 1));
        files.set_seconds(kThen + kDay + 1);
        auto store = open_store(files);
        CHECK(counts(*store, asset.id) == "1");
        CHECK_FALSE(files.exists(partial_path(asset, 0)));
        CHECK(store->notes().empty());
    }
}

TEST_CASE("adopt: a folder that was cut becomes an asset at once") {
    MemoryFiles files;
    const auto asset = book();
    auto store = open_store(files);
    put_cut_folder(files, store->incoming() / "cut", asset);
    const auto reads = watch_reads(files);
    const auto adopted = must(store->adopt(store->incoming() / "cut"));
    CHECK(adopted.id == asset.id);
    CHECK(adopted.holding.fragments == RangeSet::up_to(3));
    CHECK(*reads == 0);
    CHECK(files.tree(store->incoming()).empty());
    CHECK(reads_right(*store, asset, 0));
    store.reset();
    CHECK(counts(*open_store(files), asset.id) == "0-2");
}

TEST_CASE("adopt: into an asset that is here, only what is missing is moved") {
    MemoryFiles files;
    const auto asset = book();
    auto store = open_store(files);
    must(fetch(*store, asset, 1));
    must(store->keep_proof(asset.ref(0), asset.proof(0)));
    must(store->keep_chunk(asset.ref(0, 0), asset.chunk(0, 0)));
    const fs::path cut = store->incoming() / "cut";
    put_cut_folder(files, cut, asset);
    files.truncate(cut / "002.bin", 3);
    const auto adopted = must(store->adopt(cut));
    CHECK(adopted.holding.fragments == RangeSet::up_to(2));
    CHECK_FALSE(files.exists(partial_path(asset, 0)));
    CHECK_FALSE(files.exists(cut));
    CHECK(reads_right(*store, asset, 0));
    CHECK(reads_right(*store, asset, 1));
    must(fetch(*store, asset, 2));
    store.reset();
    CHECK(counts(*open_store(files), asset.id) == "0-2");
}

TEST_CASE("adopt: nothing from elsewhere, nothing without a manifest") {
    MemoryFiles files;
    const auto asset = book();
    auto store = open_store(files);
    put_cut_folder(files, "/elsewhere/cut", asset);
    CHECK(fault_of(store->adopt("/elsewhere/cut")) == ErrorKind::refused);
    CHECK(fault_of(store->adopt(store->incoming() / ".." / ".." / "elsewhere" / "cut")) ==
          ErrorKind::refused);
    CHECK(fault_of(store->adopt(store->incoming())) == ErrorKind::refused);
    files.put_folder(store->incoming() / "empty");
    CHECK(fault_of(store->adopt(store->incoming() / "empty")) == ErrorKind::not_found);
    CHECK(files.exists("/elsewhere/cut/000.bin"));
    CHECK(store->assets().empty());
}
