// Which fragments may be dropped to make room: remembered over a restart, and never of one that is
// to be kept, whatever is lost.
#include "peer/store/held_file.hpp"
#include "store_stage.hpp"

#include <functional>

using namespace fragcast;
using namespace fragcast::test;

namespace {

RangeSet loose_in(const FragmentStore& store, const AssetId& id) {
    for (const StoredAsset& asset : store.assets())
        if (asset.id == id) return asset.loose;
    return {};
}

StoreAsset loose_film() {
    return make_store_asset("film", {kChunk + 9, 100, 50});
}

void fill(FragmentStore& store, const StoreAsset& asset) {
    for (std::uint32_t i = 0; i < asset.fragments.size(); ++i)
        must(fetch(store, asset, i));
}

// A store in which fragments 0 and 1 are loose, for good.
void make_loose(MemoryFiles& files, const StoreAsset& asset) {
    auto store = open_store(files);
    fill(*store, asset);
    must(store->mark(asset.id, RangeSet{{0, 2}}, false));
    store.reset();
    files.crash(Unsynced::kept, 1);
    const Bytes list = files.get(folder_of(asset) / kHeldFile);
    files.put(folder_of(asset) / kHeldFile, list);
}

}  // namespace

TEST_CASE("loose: what comes is kept, until it is said that it may go") {
    MemoryFiles files;
    const auto asset = loose_film();
    auto store = open_store(files);
    fill(*store, asset);
    CHECK(loose_in(*store, asset.id).empty());
    must(store->mark(asset.id, RangeSet{{0, 2}, {7, 9}}, false));
    CHECK(loose_in(*store, asset.id) == RangeSet{{0, 2}});
    store.reset();
    store = open_store(files);
    CHECK(counts(*store, asset.id) == "0-2");
    CHECK(loose_in(*store, asset.id) == RangeSet{{0, 2}});
    SUBCASE("and is kept again, for good") {
        must(store->mark(asset.id, RangeSet{{1, 3}}, true));
        CHECK(loose_in(*store, asset.id) == RangeSet{{0, 1}});
        store.reset();
        files.crash(Unsynced::lost, 1);
        CHECK_FALSE(loose_in(*open_store(files), asset.id).contains(1));
    }
    SUBCASE("what a power cut took of that is kept") {
        store.reset();
        files.crash(Unsynced::lost, 1);
        store = open_store(files);
        prove_all(*store);
        CHECK(counts(*store, asset.id) == "0-2");
        CHECK(loose_in(*store, asset.id).empty());
    }
    SUBCASE("and of an asset that is not here nothing is said") {
        must(store->mark(AssetId{}, RangeSet{{0, 1}}, false));
    }
}

TEST_CASE("loose: not what was put there by hand") {
    MemoryFiles files;
    const auto asset = loose_film();
    make_loose(files, asset);
    auto store = open_store(files);
    REQUIRE(loose_in(*store, asset.id) == RangeSet{{0, 2}});
    SUBCASE("another file") {
        files.put(fragment_path(asset, 1), asset.fragments[1]);
        must(store->relist());
        prove_all(*store);
    }
    SUBCASE("the same one, taken away and put back with its time") {
        auto before = files.copy();
        must(files.rename(fragment_path(asset, 1), "/store/elsewhere", Files::Replace::yes));
        CHECK(must(store->relist()).gone == std::vector{asset.ref(1)});
        must(files.rename("/store/elsewhere", fragment_path(asset, 1), Files::Replace::yes));
        CHECK(must(store->relist()).counting == std::vector{asset.ref(1)});
    }
    SUBCASE("the same one, after it was dropped") {
        must(files.make_folder("/saved", Files::Access::normal));
        must(files.rename(fragment_path(asset, 1), "/saved/1", Files::Replace::yes));
        must(store->drop_fragment(asset.ref(1)));
        store.reset();
        must(files.rename("/saved/1", fragment_path(asset, 1), Files::Replace::yes));
        store = open_store(files);
        prove_all(*store);
    }
    SUBCASE("a cut of it that is adopted") {
        put_cut_folder(files, store->incoming() / "cut", asset);
        must(store->adopt(store->incoming() / "cut"));
        CHECK(loose_in(*store, asset.id).empty());
    }
    CHECK(counts(*store, asset.id) == "0-2");
    CHECK_FALSE(loose_in(*store, asset.id).contains(1));
    store.reset();
    files.crash(Unsynced::kept, 1);
    CHECK_FALSE(loose_in(*open_store(files), asset.id).contains(1));
}

TEST_CASE("loose: a list that is written anew says the same") {
    MemoryFiles files;
    const auto asset = loose_film();
    make_loose(files, asset);
    const fs::path path = folder_of(asset) / kHeldFile;
    const Bytes good = files.get(path);
    Bytes many;
    for (int i = 0; i < 100; ++i)
        many.insert(many.end(), good.begin(), good.begin() + 32);
    many.insert(many.end(), good.begin(), good.end());
    files.put(path, many);
    CHECK(loose_in(*open_store(files), asset.id) == RangeSet{{0, 2}});
    CHECK(files.get(path).size() == 96);
    CHECK(loose_in(*open_store(files), asset.id) == RangeSet{{0, 2}});
}

TEST_CASE("loose: a damaged list makes nothing loose") {
    MemoryFiles files;
    const auto asset = loose_film();
    make_loose(files, asset);
    const fs::path path = folder_of(asset) / kHeldFile;
    const std::size_t size = files.get(path).size();
    for (std::size_t at = 0; at < size; ++at) {
        const auto other = files.copy();
        other->flip_byte(path, at);
        const auto store = open_store(*other);
        prove_all(*store);
        const RangeSet loose = loose_in(*store, asset.id);
        CHECK(loose.common(RangeSet{{2, 3}}).empty());
        CHECK(counts(*store, asset.id) == "0-2");
    }
}

TEST_CASE("loose: at every operation, what was said to be kept is") {
    const auto asset = loose_film();
    MemoryFiles ready;
    make_loose(ready, asset);
    std::uint64_t before = 0;
    for (bool died = true; died; ++before)
        for (const auto unsynced : {Unsynced::lost, Unsynced::kept, Unsynced::mixed}) {
            const auto files = ready.copy();
            std::uint64_t operations = 0;
            RangeSet kept{{2, 3}};
            {
                auto store = open_store(*files);
                files->set_fault([&](Op, const fs::path&) {
                    return operations++ >= before ? std::optional(ErrorKind::io) : std::nullopt;
                });
                if (store->mark(asset.id, RangeSet{{0, 1}}, true)) kept.add(0);
                (void)store->mark(asset.id, RangeSet{{2, 3}}, false);
                if (store->mark(asset.id, RangeSet{{1, 3}}, true))
                    kept.add(Span{1, 3});
                else
                    kept.remove(RangeSet{{2, 3}});
                files->set_fault(nullptr);
            }
            died = operations > before;
            files->crash(unsynced, before + 1);
            INFO("before operation " << before << ", unsynced: " << static_cast<int>(unsynced));
            const auto store = open_store(*files);
            prove_all(*store);
            CHECK(counts(*store, asset.id) == "0-2");
            CHECK(loose_in(*store, asset.id).common(kept).empty());
        }
    CHECK(before > 10);
}

TEST_CASE("loose: where it cannot be written that one is kept, the list goes, and all are kept") {
    const auto asset = loose_film();
    MemoryFiles files;
    make_loose(files, asset);
    auto store = open_store(files);
    fail_once(files, Op::sync, "held");
    must(store->mark(asset.id, RangeSet{{0, 1}}, true));
    files.set_fault(nullptr);
    CHECK_FALSE(files.exists(folder_of(asset) / kHeldFile));
    store.reset();
    files.crash(Unsynced::lost, 1);
    store = open_store(files);
    prove_all(*store);
    CHECK(counts(*store, asset.id) == "0-2");
    CHECK(loose_in(*store, asset.id).empty());
}
