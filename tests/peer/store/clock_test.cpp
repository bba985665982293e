// The wall clock is set back by an hour. Nothing but a store's epoch and the age of what is
// unfinished looks at it; all that waits is measured on a clock that only goes on.
#include "tests/peer/store/store_stage.hpp"

#include <doctest/doctest.h>

using namespace fragcast;
using namespace fragcast::test;

TEST_CASE("store: a clock set back an hour loses nothing, and the epoch goes on") {
    MemoryFiles files;
    constexpr std::uint64_t kNow = 1'800'000'000;
    constexpr std::uint64_t kHour = 3600;
    files.set_seconds(kNow);
    const auto asset = make_store_asset("film", {2 * limits::kChunkBytes, 3 * limits::kChunkBytes});
    Epoch before;
    {
        auto store = open_store(files);
        before = store->identity().epoch;
        must(fetch(*store, asset, 0));
        must(store->keep_proof(asset.ref(1), asset.proof(1)));
        must(store->keep_chunk(asset.ref(1, 0), asset.chunk(1, 0)));
    }
    files.set_seconds(kNow - kHour);
    {
        auto store = open_store(files);
        CHECK(store->identity().epoch > before);
        before = store->identity().epoch;
        CHECK(counts(*store, asset.id) == "0");
        CHECK(reads_right(*store, asset, 0));
        std::uint32_t given = 0;
        must(fetch(*store, asset, 1, &given));
        CHECK(given == 2);  // what was proven before is still there
    }
    // And forth again, past what was written meanwhile.
    files.set_seconds(kNow + kHour);
    auto store = open_store(files);
    CHECK(store->identity().epoch > before);
    CHECK(counts(*store, asset.id) == "0-1");
    CHECK(reads_right(*store, asset, 1));
}
