// A power cut or a kill at every single operation of the store: nothing acknowledged is lost,
// nothing wrong counts, no rubbish is left, and it goes on.
#include "messages/wire/limits.hpp"
#include "peer/store/held_file.hpp"
#include "store_stage.hpp"

#include <functional>
#include <set>

using namespace fragcast;
using namespace fragcast::test;

namespace {

// What the store has said is durable.
struct Acknowledged {
    bool manifest = false;
    bool dropped = false;
    RangeSet fragments;
    PeerId id;
    Epoch epoch;
    std::uint16_t port = 0;
};

// Fetches what is missing, until something fails.
bool fetch_all(FragmentStore& store, const StoreAsset& asset, Acknowledged& told) {
    if (!store.keep_manifest(asset.id, asset.body)) return false;
    told.manifest = true;
    for (std::uint32_t f = 0; f < asset.fragments.size(); ++f) {
        const auto done = fetch(store, asset, f);
        if (!done && done.error().kind != ErrorKind::exists) return false;
        told.fragments.add(f);
    }
    return true;
}

// Every file is one that STORE.md names.
void check_tidy(MemoryFiles& files, const StoreAsset& asset) {
    std::set<std::string> known = {"lock", "peer.key", "epoch", "ports", "assets/", "incoming/"};
    const std::string folder =
        "assets/" + asset_folder_name(asset.manifest.name, asset.id, 8) + "/";
    for (const char* name : {kManifestFile, kInitFile, kHeldFile})
        known.insert(folder + name);
    for (std::uint32_t i = 0; i < asset.fragments.size(); ++i)
        for (const auto& name : {fragment_file(asset.manifest, FragmentIndex{i}),
                                 partial_file(asset.manifest, FragmentIndex{i}),
                                 proof_file(asset.manifest, FragmentIndex{i})})
            known.insert(folder + name);
    for (const auto& path : files.tree(kStore))
        CHECK_MESSAGE(known.contains(path), path << " is rubbish");
}

void check_after(MemoryFiles& files, const StoreAsset& asset, const Acknowledged& told) {
    const auto store = open_store(files);
    if (!told.id.is_zero()) {
        CHECK(store->identity().id == told.id);
        CHECK(store->identity().epoch > told.epoch);
    }
    if (told.port != 0) CHECK(store->identity().http_port == told.port);
    prove_all(*store);
    check_tidy(files, asset);
    RangeSet held;
    const auto assets = store->assets();
    CHECK(assets.size() <= 1);
    if (told.manifest) CHECK(assets.size() == 1);
    if (told.dropped) CHECK(assets.empty());
    for (const auto& one : assets)
        held = one.holding.fragments;
    RangeSet lost = told.fragments;
    lost.remove(held);
    CHECK_MESSAGE(lost.empty(), "acknowledged and lost: " << lost.text());
    for (std::uint32_t f = 0; f < asset.fragments.size(); ++f)
        if (held.contains(f)) CHECK(reads_right(*store, asset, f));
    // And on it goes.
    Acknowledged rest;
    CHECK(fetch_all(*store, asset, rest));
    for (std::uint32_t f = 0; f < asset.fragments.size(); ++f) {
        CHECK(reads_right(*store, asset, f));
        CHECK(files.get(fragment_path(asset, f)) == asset.fragments[f]);
        CHECK_FALSE(files.exists(partial_path(asset, f)));
    }
}

using Prepare = std::function<void(MemoryFiles& files)>;
using Story = std::function<void(MemoryFiles& files, FragmentStore& store, Acknowledged& told)>;

void make_store(MemoryFiles& files) {
    (void)open_store(files);
}

// Plays the story with the end of the process before each of its operations, the opening of the
// store included; tells how many there were.
std::uint64_t die_everywhere(const StoreAsset& asset, const Prepare& prepare, const Story& story) {
    for (std::uint64_t before = 0;; ++before) {
        bool died = false;
        for (const auto unsynced : {Unsynced::lost, Unsynced::kept, Unsynced::mixed}) {
            MemoryFiles files;
            if (prepare) prepare(files);
            Acknowledged told;
            {
                DyingAt dying(files, before);
                if (auto store = FragmentStore::open(files, kStore, "dying")) {
                    told.id = (*store)->identity().id;
                    told.epoch = (*store)->identity().epoch;
                    story(files, **store, told);
                }
                died = dying.count() > before;
            }
            files.crash(unsynced, before + 1);
            INFO("before operation " << before << ", unsynced: " << static_cast<int>(unsynced));
            check_after(files, asset, told);
        }
        if (!died) return before;
    }
}

}  // namespace

TEST_CASE("crash: at every operation of a first start and a fetch") {
    const auto asset = make_store_asset("film", {2 * kChunk + 9, 100}, AssetKind::video);
    const auto operations =
        die_everywhere(asset, nullptr, [&](MemoryFiles&, FragmentStore& store, Acknowledged& told) {
            fetch_all(store, asset, told);
        });
    CHECK(operations > 40);
}

TEST_CASE("crash: at every operation while fragments are dropped and fetched again") {
    const auto asset = make_store_asset("film", {kChunk + 9, 100});
    const auto operations = die_everywhere(
        asset, make_store, [&](MemoryFiles&, FragmentStore& store, Acknowledged& told) {
            if (!fetch_all(store, asset, told)) return;
            told.fragments.remove(1);
            if (!store.drop_fragment(asset.ref(1))) return;
            fetch_all(store, asset, told);
        });
    CHECK(operations > 40);
}

TEST_CASE("crash: at every operation while an asset is dropped and comes back") {
    const auto asset = make_store_asset("film", {kChunk + 9, 100});
    const auto operations = die_everywhere(
        asset, make_store, [&](MemoryFiles&, FragmentStore& store, Acknowledged& told) {
            if (!fetch_all(store, asset, told)) return;
            told.manifest = false;
            told.fragments = {};
            if (store.drop_asset(asset.id)) fetch_all(store, asset, told);
        });
    CHECK(operations > 40);
}

TEST_CASE("crash: after a drop that was acknowledged the asset is gone for good") {
    const auto asset = make_store_asset("film", {kChunk + 9, 100});
    const auto fill = [&](MemoryFiles& files) {
        Acknowledged ignored;
        REQUIRE(fetch_all(*open_store(files), asset, ignored));
    };
    const auto operations =
        die_everywhere(asset, fill, [&](MemoryFiles&, FragmentStore& store, Acknowledged& told) {
            if (store.manifest_body(asset.id) != nullptr)
                told.dropped = store.drop_asset(asset.id).ok();
        });
    CHECK(operations > 10);
}

TEST_CASE("crash: at every operation of an adoption") {
    const auto asset = make_store_asset("film", {kChunk + 9, 100}, AssetKind::video);
    const auto adopt = [&](MemoryFiles& files, FragmentStore& store, Acknowledged& told) {
        put_cut_folder(files, store.incoming() / "cut", asset);
        const auto adopted = store.adopt(store.incoming() / "cut");
        if (!adopted) return;
        CHECK(adopted->holding.fragments == RangeSet::up_to(2));
        told.manifest = true;
        told.fragments = RangeSet::up_to(2);
        if (store.remember_ports(7, 8)) told.port = 7;
    };
    SUBCASE("of a new asset") {
        CHECK(die_everywhere(asset, make_store, adopt) > 10);
    }
    SUBCASE("into one that is here, one fragment whole and one begun") {
        const auto operations = die_everywhere(
            asset,
            [&](MemoryFiles& files) {
                auto store = open_store(files);
                must(fetch(*store, asset, 1));
                must(store->keep_proof(asset.ref(0), asset.proof(0)));
                must(store->keep_chunk(asset.ref(0, 0), asset.chunk(0, 0)));
            },
            [&](MemoryFiles& files, FragmentStore& store, Acknowledged& told) {
                told.manifest = true;
                told.fragments = RangeSet{{1, 2}};
                adopt(files, store, told);
            });
        CHECK(operations > 10);
    }
}

TEST_CASE("crash: at every operation of a start that has much to tidy and to prove") {
    const auto asset = make_store_asset("film", {kChunk + 9, 100, 50});
    const auto operations = die_everywhere(
        asset,
        [&](MemoryFiles& files) {
            Acknowledged ignored;
            REQUIRE(fetch_all(*open_store(files), asset, ignored));
            files.put(kStore / "incoming" / "a" / "b", {1});
            files.put(kStore / "epoch.tmp", {1});
            files.put(folder_of(asset) / "held.tmp", {1});
            files.put(partial_path(asset, 0), {1});
            files.erase(proof_path(asset, 1));
            files.flip_byte(fragment_path(asset, 2), 3);
            files.put(fragment_path(asset, 1), asset.fragments[1]);
        },
        [&](MemoryFiles&, FragmentStore& store, Acknowledged& told) {
            told.manifest = true;
            told.fragments = RangeSet{{0, 1}};
            for (const auto& proven : prove_all(store))
                told.fragments.add(proven.index.value);
        });
    CHECK(operations > 10);
}

TEST_CASE("crash: at every operation while a new identity is drawn") {
    const auto asset = make_store_asset("film", {100});
    die_everywhere(asset, make_store, [&](MemoryFiles&, FragmentStore& store, Acknowledged& told) {
        // While it is drawn it is the old one or the new one.
        told.id = {};
        if (!store.draw_new_identity()) return;
        told.id = store.identity().id;
        if (store.remember_ports(1, 2)) told.port = 1;
    });
}

TEST_CASE("crash: a fragment that somebody copied in is durable before it counts") {
    const auto asset = make_store_asset("film", {kChunk + 9, 100});
    MemoryFiles files;
    {
        auto store = open_store(files);
        must(store->keep_manifest(asset.id, asset.body));
    }
    {
        // By another program, which syncs nothing.
        auto file = must(files.open(fragment_path(asset, 0), Files::Mode::write));
        must(file->write_at(0, asset.fragments[0]));
    }
    CHECK(prove_all(*open_store(files)) == std::vector{asset.ref(0)});
    files.crash(Unsynced::lost, 1);
    auto store = open_store(files);
    CHECK(prove_all(*store) == std::vector{asset.ref(0)});
    CHECK(reads_right(*store, asset, 0));
}

TEST_CASE("crash: so is a folder that somebody copied in") {
    const auto asset = make_store_asset("film", {kChunk + 9, 100});
    MemoryFiles files;
    (void)open_store(files);
    const auto copy_in = [&] {
        must(files.make_folder(folder_of(asset), Files::Access::normal));
        for (const auto& [path, bytes] :
             {std::pair(folder_of(asset) / kManifestFile, encode_envelope({asset.body, {}, {}})),
              std::pair(fragment_path(asset, 1), asset.fragments[1])})
            must(must(files.open(path, Files::Mode::write))->write_at(0, bytes));
    };
    Acknowledged told;
    told.manifest = true;
    SUBCASE("before a start") {
        copy_in();
        CHECK(prove_all(*open_store(files)) == std::vector{asset.ref(1)});
        told.fragments = RangeSet{{1, 2}};
    }
    SUBCASE("and was looked for") {
        auto store = open_store(files);
        copy_in();
        CHECK(must(store->relist()).assets.size() == 1);
        SUBCASE("what is proven in it") {
            CHECK(prove_all(*store) == std::vector{asset.ref(1)});
            told.fragments = RangeSet{{1, 2}};
        }
        SUBCASE("what is fetched into it") {
            must(store->keep_proof(asset.ref(0), asset.proof(0)));
            for (std::uint32_t i = 0; i < 2; ++i)
                must(store->keep_chunk(asset.ref(0, i), asset.chunk(0, i)));
            must(store->finish_fragment(asset.ref(0)));
            told.fragments = RangeSet{{0, 1}};
        }
    }
    SUBCASE("and was not looked for") {
        auto store = open_store(files);
        copy_in();
        must(store->keep_manifest(asset.id, asset.body));
    }
    files.crash(Unsynced::lost, 1);
    check_after(files, asset, told);
}

TEST_CASE("crash: a store in folders that were made for it is found again") {
    const auto asset = make_store_asset("film", {100});
    const fs::path deep = "/home/me/share/peer1";
    MemoryFiles files;
    files.put_folder("/home");
    {
        auto store = open_store(files, deep);
        must(fetch(*store, asset, 0));
    }
    files.crash(Unsynced::lost, 1);
    auto store = open_store(files, deep);
    CHECK(prove_all(*store) == std::vector{asset.ref(0)});
}

TEST_CASE("crash: after a manifest whose folder could not be synced it is whole or not there") {
    const auto asset = make_store_asset("film", {100}, AssetKind::video);
    for (const std::string folder : {"/store/assets", "/store/incoming"}) {
        for (std::uint64_t seed = 0; seed < 32; ++seed) {
            INFO(folder << ", power cut " << seed);
            MemoryFiles files;
            {
                auto store = open_store(files);
                fail_once(files, Op::sync_folder, folder);
                CHECK(fault_of(store->keep_manifest(asset.id, asset.body)) == ErrorKind::io);
                files.set_fault(nullptr);
            }
            files.crash(Unsynced::mixed, seed);
            check_after(files, asset, {});
        }
    }
}

TEST_CASE("crash: nor is a dropped asset a half one when a restart empties what was not synced") {
    const auto asset = make_store_asset("film", {100}, AssetKind::video);
    for (std::uint64_t seed = 0; seed < 32; ++seed) {
        INFO("power cut " << seed);
        MemoryFiles files;
        {
            auto store = open_store(files);
            must(fetch(*store, asset, 0));
            fail_once(files, Op::sync_folder, "/store/assets");
            CHECK(fault_of(store->drop_asset(asset.id)) == ErrorKind::io);
            files.set_fault(nullptr);
        }
        (void)open_store(files);
        files.crash(Unsynced::mixed, seed);
        check_after(files, asset, {});
    }
}

TEST_CASE("crash: what a killed process left unsynced lasts once it was found at a start") {
    const auto asset = make_store_asset("film", {100}, AssetKind::video);
    MemoryFiles files;
    {
        auto store = open_store(files);
        // Killed when the folder is in its place, and not for good.
        files.set_fault([renamed = false](Op op, const fs::path& path) mutable {
            const bool dead = renamed;
            renamed = renamed || (op == Op::rename && path.parent_path() == "/store/assets");
            return dead ? std::optional(ErrorKind::io) : std::nullopt;
        });
        CHECK_FALSE(store->keep_manifest(asset.id, asset.body));
    }
    files.set_fault(nullptr);
    REQUIRE(files.exists(folder_of(asset)));
    Acknowledged told;
    CHECK(fetch_all(*open_store(files), asset, told));
    files.crash(Unsynced::lost, 1);
    check_after(files, asset, told);
}
