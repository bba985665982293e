// Fragments hashed once more: single ones, verifications, complaints, and slowly all of them.
#include "peer/store/store_checks.hpp"

#include "store_stage.hpp"

#include <algorithm>

using namespace fragcast;
using namespace fragcast::test;
using namespace std::chrono_literals;

namespace {

constexpr std::uint32_t kAll = 1 << 20;  // chunks

CheckStep check(FragmentStore& store, const FragmentRef& fragment) {
    CheckStep step;
    do
        step = store.check_some(fragment, 1);
    while (step.state == CheckStep::State::going);
    return step;
}

// What StoreChecks says.
struct Said {
    std::vector<FragmentRef> lost;
    std::vector<Verification> told;
};

StoreChecks checks_of(FragmentStore& store, Said& said) {
    return {
        store, Time{}, AssetId{},
        [&said](const FragmentRef& fragment, const CheckStep&) { said.lost.push_back(fragment); },
        [&said](Verification now) { said.told.push_back(std::move(now)); }};
}

}  // namespace

TEST_CASE("check: a whole fragment is good, or its bad chunks are named and the others kept") {
    MemoryFiles files;
    const auto asset = make_store_asset("film", {3 * kChunk + 9, 100});
    auto store = open_store(files);
    fill_store(*store, asset);
    CHECK(check(*store, asset.ref(0)).state == CheckStep::State::good);
    files.rot_byte(fragment_path(asset, 0), kChunk + 1);
    files.rot_byte(fragment_path(asset, 0), 3 * kChunk);
    SUBCASE("with its proof") {
        const auto step = check(*store, asset.ref(0));
        CHECK(step.state == CheckStep::State::bad);
        CHECK(step.bad == RangeSet{{1, 2}, {3, 4}});
    }
    SUBCASE("its proof is bad as well") {
        files.flip_byte(proof_path(asset, 0), 1);
        const auto step = check(*store, asset.ref(0));
        CHECK(step.state == CheckStep::State::bad);
        CHECK(step.bad.empty());
    }
    SUBCASE("by somebody's complaint") {
        CHECK(store->doubt(asset.ref(0, 0)).state == CheckStep::State::good);
        const auto step = store->doubt(asset.ref(0, 1));
        CHECK(step.state == CheckStep::State::bad);
        CHECK(step.bad == RangeSet{{1, 2}});
    }
    CHECK(counts(*store, asset.id) == "1");
    CHECK(check(*store, asset.ref(0)).state == CheckStep::State::absent);
    // Also after a power cut: it does not come back.
    store.reset();
    files.crash(Unsynced::lost, 1);
    store = open_store(files);
    prove_all(*store);
    CHECK(counts(*store, asset.id) == "1");
    std::uint32_t given = 0;
    must(fetch(*store, asset, 0, &given));
    CHECK(given == 2);
    CHECK(reads_right(*store, asset, 0));
}

TEST_CASE("check: a fragment whose file is gone is bad; without a descriptor it is not looked at") {
    MemoryFiles files;
    const auto asset = make_store_asset("film", {kChunk, 100});
    auto store = open_store(files);
    fill_store(*store, asset);
    files.set_fault([&](Op op, const fs::path&) {
        return op == Op::open ? std::optional(ErrorKind::busy) : std::nullopt;
    });
    CHECK(check(*store, asset.ref(0)).state == CheckStep::State::unread);
    files.set_fault(nullptr);
    CHECK(counts(*store, asset.id) == "0-1");
    files.erase(fragment_path(asset, 0));
    CHECK(check(*store, asset.ref(0)).state == CheckStep::State::bad);
    CHECK(counts(*store, asset.id) == "1");
}

TEST_CASE(
    "check: a doubted chunk of an unfinished fragment is hashed with the rest when next wanted") {
    MemoryFiles files;
    const auto asset = make_store_asset("film", {2 * kChunk});
    auto store = open_store(files);
    must(store->keep_manifest(asset.id, asset.body));
    must(store->keep_proof(asset.ref(0), asset.proof(0)));
    must(store->keep_chunk(asset.ref(0, 0), asset.chunk(0, 0)));
    CHECK(store->doubt(asset.ref(0, 0)).state == CheckStep::State::good);
    CHECK(store->doubt(asset.ref(0, 1)).state == CheckStep::State::absent);
    files.flip_byte(partial_path(asset, 0), 4);
    CHECK(store->doubt(asset.ref(0, 0)).state == CheckStep::State::bad);
    CHECK_FALSE(store->has(asset.ref(0)));
    CHECK(must(store->keep_proof(asset.ref(0), asset.proof(0))).empty());
}

TEST_CASE("checks: a verification tells how far it is, what is bad, and that it is done") {
    MemoryFiles files;
    const auto film = make_store_asset("film", {kChunk + 9, 100});
    const auto song = make_store_asset("song", {50});
    auto store = open_store(files);
    fill_store(*store, film);
    fill_store(*store, song);
    files.rot_byte(fragment_path(film, 0), 1);
    Said said;
    StoreChecks checks = checks_of(*store, said);
    SUBCASE("of all") {
        checks.verify(7, {});
        while (checks.waiting())
            checks.step(1);
        REQUIRE(said.told.size() == 5);
        CHECK(said.told.front().fragments_total == 3);
        CHECK(said.told.front().bytes_total == kChunk + 9 + 100 + 50);
        const auto& last = said.told.back();
        CHECK(last.done);
        CHECK(last.cookie == 7);
        CHECK(last.fragments == 3);
        CHECK(last.bytes == last.bytes_total);
        CHECK(last.error.empty());
        CHECK(said.lost == refs(film, {0}));
        std::size_t bad = 0;
        for (const auto& one : said.told)
            bad += one.bad.size();
        CHECK(bad == 1);
    }
    SUBCASE("of one") {
        checks.verify(8, song.id);
        while (checks.waiting())
            checks.step(kAll);
        CHECK(said.told.back().fragments == 1);
        CHECK(said.lost.empty());
    }
    SUBCASE("of nothing") {
        checks.verify(9, make_store_asset("other", {5}).id);
        while (checks.waiting())
            checks.step(kAll);
        CHECK(said.told.back().done);
        CHECK(said.told.back().fragments == 0);
    }
    SUBCASE("too many at a time are told so") {
        for (std::size_t i = 0; i < limits::kMaxVerifications; ++i)
            checks.verify(i, {});
        CHECK_FALSE(said.told.back().done);
        checks.verify(99, {});
        CHECK(said.told.back().done);
        CHECK(said.told.back().cookie == 99);
        CHECK_FALSE(said.told.back().error.empty());
    }
    SUBCASE("what cannot be read now ends it, and stays") {
        files.set_fault([&](Op op, const fs::path&) {
            return op == Op::open ? std::optional(ErrorKind::busy) : std::nullopt;
        });
        checks.verify(7, {});
        while (checks.waiting())
            checks.step(1);
        files.set_fault(nullptr);
        CHECK(said.told.back().done);
        CHECK_FALSE(said.told.back().error.empty());
        CHECK(said.lost.empty());
    }
}

TEST_CASE("checks: complaints go first, so many wait, and without a proof all of it is hashed") {
    MemoryFiles files;
    const auto film = make_store_asset("film", {kChunk + 9, 100});
    auto store = open_store(files);
    fill_store(*store, film);
    files.rot_byte(fragment_path(film, 0), 1);
    files.erase(proof_path(film, 0));
    Said said;
    StoreChecks checks = checks_of(*store, said);
    checks.verify(7, {});
    for (std::size_t i = 0; i < limits::kMaxDoubts + 10; ++i)
        checks.doubt(film.ref(0, 0));
    std::size_t steps = 0;
    while (said.lost.empty() && ++steps < 1000)
        checks.step(1);
    CHECK(said.lost == refs(film, {0}));
    CHECK(said.told.size() == 1);  // the verification has only begun
    CHECK(steps == limits::kMaxDoubts + 2);
}

TEST_CASE("checks: slowly all of it is looked at, once a round") {
    MemoryFiles files;
    const auto film = make_store_asset("film", {6 * kChunk, 100});
    const auto song = make_store_asset("song", {50});
    auto store = open_store(files);
    fill_store(*store, film);
    fill_store(*store, song);
    files.rot_byte(fragment_path(film, 0), 5 * kChunk + 1);
    files.rot_byte(fragment_path(song, 0), 1);
    Said said;
    StoreChecks checks = checks_of(*store, said);
    CHECK_FALSE(checks.waiting());
    Time now = checks.slow_time();
    CHECK(now == Time{} + limits::kSlowCheckAfter);
    const Time began = now;
    std::size_t steps = 0;
    while (checks.slow_time() < Time(1h) && ++steps < 100) {
        checks.slow_step(now);
        CHECK(checks.slow_time() >= now + limits::kSlowCheckEvery);
        now = std::max(now, checks.slow_time());
    }
    std::sort(said.lost.begin(), said.lost.end());
    auto wrong = refs(film, {0});
    wrong.push_back(song.ref(0));
    std::sort(wrong.begin(), wrong.end());
    CHECK(said.lost == wrong);
    CHECK(steps < 12);
    // The next round begins a day after this one.
    CHECK(checks.slow_time() == began + limits::kSlowCheckRound);
}

TEST_CASE(
    "decline: remembered in order and for good, up to a limit; a damaged record declines nothing") {
    MemoryFiles files;
    const auto film = make_store_asset("film", {100});
    const auto song = make_store_asset("song", {50});
    {
        auto store = open_store(files);
        CHECK(store->declined().empty());
        must(store->decline(film.id, true));
        must(store->decline(song.id, true));
        must(store->decline(song.id, true));
        must(store->decline(film.id, false));
        must(store->decline(film.id, true));
    }
    files.crash(Unsynced::lost, 1);
    auto store = open_store(files);
    CHECK(store->declined() == std::vector{song.id, film.id});
    files.set_fault([](Op op, const fs::path&) {
        return op == Op::rename ? std::optional(ErrorKind::io) : std::nullopt;
    });
    CHECK(fault_of(store->decline(film.id, false)) == ErrorKind::io);
    CHECK(store->declined().size() == 2);
    files.set_fault(nullptr);
    store.reset();
    files.flip_byte(kStore / "declined", 20);
    CHECK(open_store(files)->declined().empty());
}
