// What cannot be read: it does not count, is not given up, and counts again when it can be read.
#include "peer/store/store_work.hpp"
#include "store_stage.hpp"

#include <algorithm>

using namespace fragcast;
using namespace fragcast::test;
using namespace std::chrono_literals;

namespace {

using How = store_event::FragmentLost::How;

// A store of one asset of three fragments, and what it tells. `bad`: the file that cannot be read.
struct Shelf {
    MemoryFiles files;
    StoreAsset asset = make_store_asset("film", {2 * kChunk + 9, 100, 50});
    std::string bad;
    std::unique_ptr<FragmentStore> store = open_store(files);
    Time now{};
    std::vector<StoreEvent> told;
    std::unique_ptr<StoreWork> work;

    Shelf() {
        for (std::uint32_t i = 0; i < 3; ++i)
            must(fetch(*store, asset, i));
        work = std::make_unique<StoreWork>(
            *store, now, AssetId{}, [this](StoreEvent event) { told.push_back(std::move(event)); });
        settle();
        files.set_fault([this](Op op, const fs::path& path) -> std::optional<ErrorKind> {
            if (op == Op::read && !bad.empty() && path.string().ends_with(bad))
                return ErrorKind::io;
            return std::nullopt;
        });
    }
    // All that is due now.
    void settle() {
        for (int i = 0; i < 1000 && work->work_at(now) <= now; ++i)
            work->work(now);
        REQUIRE(work->work_at(now) > now);
    }
    void wait(Duration time) {
        for (const Time until = now + time; now < until;) {
            now = std::clamp<Time>(work->work_at(now), now + Duration(1), until);
            work->work(now);
        }
        settle();
    }
    void load(std::uint32_t fragment, std::uint32_t chunk = 0) {
        work->add(store_command::LoadChunk{asset.ref(fragment, chunk), ForRead{}});
        settle();
    }
    template <class Event>
    std::vector<const Event*> all() const {
        std::vector<const Event*> out;
        for (const StoreEvent& event : told)
            if (const auto* one = std::get_if<Event>(&event)) out.push_back(one);
        return out;
    }
    std::string here() const { return counts(*store, asset.id); }
};

}  // namespace

TEST_CASE("unread: a load that fails once costs no copy") {
    Shelf shelf;
    shelf.bad = "000.bin";
    shelf.load(0);
    CHECK(shelf.here() == "1-2");
    REQUIRE(shelf.all<store_event::FragmentLost>().size() == 1);
    CHECK(shelf.all<store_event::FragmentLost>()[0]->how == How::unread);
    CHECK_FALSE(shelf.all<store_event::ChunkLoaded>()[0]->payload.ok());
    CHECK(shelf.files.exists(fragment_path(shelf.asset, 0)));

    shelf.bad.clear();
    shelf.told.clear();
    shelf.wait(limits::kUnreadAgain - 1ms);
    CHECK(shelf.here() == "1-2");
    shelf.wait(1ms);
    CHECK(shelf.here() == "0-2");
    REQUIRE(shelf.all<store_event::FragmentDone>().size() == 1);
    CHECK(shelf.all<store_event::FragmentDone>()[0]->fragment == shelf.asset.ref(0));
    CHECK(reads_right(*shelf.store, shelf.asset, 0));
}

TEST_CASE("unread: it is tried again as long as it lies there, and told once") {
    Shelf shelf;
    shelf.bad = "001.bin";
    shelf.load(1);
    for (int i = 0; i < 5; ++i)
        shelf.wait(limits::kUnreadAgain);
    CHECK(shelf.all<store_event::FragmentLost>().size() == 1);
    CHECK(shelf.all<store_event::FragmentRefused>().empty());
    SUBCASE("then it can be read") {
        shelf.bad.clear();
        shelf.wait(limits::kUnreadAgain);
        CHECK(shelf.here() == "0-2");
    }
    SUBCASE("then it is wrong: its good chunks are kept for whoever sends the rest") {
        shelf.files.rot_byte(fragment_path(shelf.asset, 1), 7);
        shelf.bad.clear();
        shelf.wait(limits::kUnreadAgain);
        CHECK(shelf.here() == "0,2");
        CHECK(shelf.files.exists(partial_path(shelf.asset, 1)));
        CHECK(shelf.all<store_event::FragmentRefused>().size() == 1);
    }
    SUBCASE("then somebody takes it away") {
        shelf.files.erase(fragment_path(shelf.asset, 1));
        shelf.wait(2 * limits::kUnreadAgain);
        CHECK(shelf.here() == "0,2");
        CHECK_FALSE(shelf.store->read_again());
    }
    SUBCASE("then it is dropped") {
        must(shelf.store->drop_fragment(shelf.asset.ref(1)));
        CHECK_FALSE(shelf.store->read_again());
    }
    // Nothing is left to be tried.
    if (shelf.bad.empty()) {
        shelf.wait(limits::kUnreadAgain);
        CHECK_FALSE(shelf.store->read_again());
    }
}

TEST_CASE("unread: what others send goes into it, and only what cannot be read") {
    Shelf shelf;
    shelf.bad = "000.bin";
    shelf.load(0);
    shelf.bad.clear();
    // The second chunk is on a bad block of the disk.
    int reads = 0;
    shelf.files.set_fault([&](Op op, const fs::path& path) -> std::optional<ErrorKind> {
        if (op != Op::read || !path.string().ends_with("000.partial")) return std::nullopt;
        return ++reads == 2 ? std::optional(ErrorKind::io) : std::nullopt;
    });
    std::uint32_t given = 0;
    must(fetch(*shelf.store, shelf.asset, 0, &given));
    CHECK(given == 1);
    CHECK(shelf.here() == "0-2");
    CHECK_FALSE(shelf.store->read_again());
    CHECK(reads_right(*shelf.store, shelf.asset, 0));
}

TEST_CASE("unread: looking again takes what cannot be read for neither right nor wrong") {
    Shelf shelf;
    shelf.bad = "000.bin";
    SUBCASE("a neighbour complains") {
        shelf.work->add(store_command::Doubt{shelf.asset.ref(0, 1)});
    }
    SUBCASE("a neighbour complains, and there is no proof") {
        shelf.files.erase(proof_path(shelf.asset, 0));
        shelf.work->add(store_command::Doubt{shelf.asset.ref(0, 1)});
    }
    SUBCASE("its proof is made anew") {
        shelf.files.erase(proof_path(shelf.asset, 0));
        shelf.work->add(store_command::LoadProof{shelf.asset.ref(0), {}});
    }
    SUBCASE("the slow look") {
        shelf.wait(limits::kSlowCheckAfter + 2s);
    }
    SUBCASE("its user verifies all") {
        shelf.work->add(store_command::Verify{7, {}});
    }
    shelf.settle();
    CHECK(shelf.here() == "1-2");
    REQUIRE(shelf.all<store_event::FragmentLost>().size() == 1);
    CHECK(shelf.all<store_event::FragmentLost>()[0]->how == How::unread);
    CHECK(shelf.files.exists(fragment_path(shelf.asset, 0)));
    for (const auto* verified : shelf.all<store_event::Verified>())
        if (verified->now.done) {
            CHECK(verified->now.error.empty());
            CHECK(verified->now.fragments == 3);
        }
    shelf.bad.clear();
    shelf.wait(limits::kUnreadAgain);
    CHECK(shelf.here() == "0-2");
}

TEST_CASE("unread: a listing does not believe what could not be read") {
    Shelf shelf;
    shelf.bad = "002.bin";
    shelf.load(2);
    CHECK(must(shelf.store->relist()).counting.empty());
    CHECK(prove_all(*shelf.store).empty());
    CHECK(shelf.here() == "0-1");
    shelf.bad.clear();
    must(shelf.store->relist());
    CHECK(prove_all(*shelf.store) == std::vector{shelf.asset.ref(2)});
}

TEST_CASE("unread: what was found and cannot be read yet is tried again") {
    Shelf shelf;
    const auto other = make_store_asset("other", {300, 40});
    put_cut_folder(shelf.files, folder_of(other), other);
    shelf.files.set_fault([&](Op op, const fs::path& path) -> std::optional<ErrorKind> {
        const bool it = path.string().find("other") != std::string::npos;
        return op == Op::read && it && path.string().ends_with("000.bin")
                   ? std::optional(ErrorKind::io)
                   : std::nullopt;
    });
    shelf.work->add(store_command::Call<store_question::Relist>{});
    shelf.settle();
    CHECK(counts(*shelf.store, other.id) == "1");
    CHECK(shelf.all<store_event::FragmentRefused>().size() == 1);
    shelf.files.set_fault({});
    shelf.wait(limits::kUnreadAgain);
    CHECK(counts(*shelf.store, other.id) == "0-1");
}
