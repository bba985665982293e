// A power cut or a kill at every single operation of the store: nothing acknowledged is lost,
// nothing wrong counts, no rubbish is left, and it goes on.
#include "messages/limits.hpp"
#include "peer/fragment_store.hpp"
#include "tests/support/memory_files.hpp"
#include "tests/support/store_asset.hpp"

#include <algorithm>
#include <functional>

#include <doctest/doctest.h>

using namespace fragcast;
using namespace fragcast::test;

namespace {

constexpr const char* kRoot = "/store";
constexpr std::size_t kChunk = limits::kChunkBytes;

// What the store has said is durable.
struct Acknowledged {
    bool manifest = false;
    RangeSet fragments;
    PeerId id;
    Epoch epoch;
};

// Fetches what is missing, until something fails.
void fetch(FragmentStore& store, const StoreAsset& asset, Acknowledged& told) {
    told.id = store.identity().id;
    told.epoch = store.identity().epoch;
    if (!store.keep_manifest(asset.id, asset.body)) return;
    told.manifest = true;
    for (std::uint32_t f = 0; f < asset.fragments.size(); ++f) {
        if (store.has(asset.ref(f)) && !store.is_complete(asset.ref(f)) &&
            store.load_chunk(asset.ref(f, 0)) && !store.keep_proof(asset.ref(f), asset.proof(f)))
            continue;
        const auto proven = store.keep_proof(asset.ref(f), asset.proof(f));
        if (!proven) {
            if (proven.error().kind == ErrorKind::exists) continue;
            return;
        }
        for (std::uint32_t i = 0; i < asset.chunks(f); ++i)
            if (!proven->contains(i) && !store.keep_chunk(asset.ref(f, i), asset.chunk(f, i)))
                return;
        if (!store.finish_fragment(asset.ref(f))) return;
        told.fragments.add(f);
    }
}

void check_after(MemoryFiles& files, const StoreAsset& asset, const Acknowledged& told) {
    auto opened = FragmentStore::open(files, kRoot, "again");
    REQUIRE_MESSAGE(opened, (opened ? "" : opened.error().text));
    FragmentStore& store = **opened;
    if (!told.id.is_zero()) {
        CHECK(store.identity().id == told.id);
        CHECK(store.identity().epoch > told.epoch);
    }
    std::vector<FragmentRef> counting;
    while (store.prove_some(counting)) {
    }
    RangeSet held;
    bool known = false;
    for (const auto& one : store.assets()) {
        CHECK(one.id == asset.id);
        held = one.holding.fragments;
        known = true;
    }
    if (told.manifest) CHECK(known);
    RangeSet lost = told.fragments;
    lost.remove(held);
    CHECK_MESSAGE(lost.empty(), "acknowledged and lost: " << lost.text());
    for (const Span& span : held.spans())
        for (std::uint32_t f = span.begin; f < span.end; ++f)
            for (std::uint32_t i = 0; i < asset.chunks(f); ++i) {
                const auto chunk = store.load_chunk(asset.ref(f, i));
                const auto right = asset.chunk(f, i);
                REQUIRE(chunk);
                REQUIRE(std::equal(right.begin(), right.end(), chunk->view().begin(),
                                   chunk->view().end()));
            }
    CHECK(files.tree(std::string(kRoot) + "/incoming").empty());
    for (const auto& file : files.tree(kRoot))
        CHECK_MESSAGE(file.find(".tmp") == std::string::npos, file);
    // And on it goes.
    Acknowledged rest;
    fetch(store, asset, rest);
    for (std::uint32_t f = 0; f < asset.fragments.size(); ++f)
        CHECK(store.load_chunk(asset.ref(f, asset.chunks(f) - 1)));
}

using Story = std::function<void(FragmentStore& store, Acknowledged& told)>;

// Plays the story with the end of the process before each of its operations.
std::uint64_t die_everywhere(const StoreAsset& asset, const Story& story, bool with_store) {
    std::uint64_t operations = 0;
    for (std::uint64_t before = 0;; ++before) {
        bool died = false;
        for (const auto unsynced : {MemoryFiles::Unsynced::lost, MemoryFiles::Unsynced::kept,
                                    MemoryFiles::Unsynced::mixed}) {
            MemoryFiles files;
            if (with_store) {
                auto store = FragmentStore::open(files, kRoot, "first");
                REQUIRE(store);
            }
            Acknowledged told;
            {
                DyingAt dying(files, before);
                if (auto store = FragmentStore::open(files, kRoot, "dying")) story(**store, told);
                died = dying.count() > before;
                operations = std::max(operations, dying.count());
            }
            files.crash(unsynced, before + 1);
            INFO("before operation " << before);
            check_after(files, asset, told);
        }
        if (!died) return operations;
    }
}

}  // namespace

TEST_CASE("store: killed at every operation of a first start and a fetch") {
    const StoreAsset asset = make_store_asset("film", {2 * kChunk + 9, 100}, AssetKind::video);
    const auto operations = die_everywhere(
        asset, [&](FragmentStore& store, Acknowledged& told) { fetch(store, asset, told); }, false);
    CHECK(operations > 20);
}

TEST_CASE("store: killed at every operation while fragments are dropped and fetched again") {
    const StoreAsset asset = make_store_asset("film", {kChunk + 9, 100});
    const auto operations = die_everywhere(
        asset,
        [&](FragmentStore& store, Acknowledged& told) {
            fetch(store, asset, told);
            told.fragments.remove(1);
            if (!store.drop_fragment(asset.ref(1))) return;
            fetch(store, asset, told);
        },
        true);
    CHECK(operations > 20);
}

TEST_CASE("store: killed at every operation while an asset is dropped") {
    const StoreAsset asset = make_store_asset("film", {kChunk + 9, 100});
    const auto operations = die_everywhere(
        asset,
        [&](FragmentStore& store, Acknowledged& told) {
            fetch(store, asset, told);
            told.manifest = false;
            told.fragments = {};
            (void)store.drop_asset(asset.id);
        },
        true);
    CHECK(operations > 20);
}

TEST_CASE("store: killed at every operation while a new identity is drawn") {
    const StoreAsset asset = make_store_asset("film", {100});
    die_everywhere(
        asset,
        [&](FragmentStore& store, Acknowledged& told) {
            (void)store.draw_new_identity();
            (void)store.remember_ports(1, 2);
            told.epoch = store.identity().epoch;
        },
        true);
}
