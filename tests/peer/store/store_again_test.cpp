// A store that is looked at again while it is in use: files copied in and taken away, fragments
// hashed once more, what its user does not want.
#include "peer/store/held_file.hpp"
#include "peer/store/store_checks.hpp"
#include "peer/store/store_records.hpp"
#include "store_stage.hpp"

#include <algorithm>

using namespace fragcast;
using namespace fragcast::test;
using namespace std::chrono_literals;

namespace {

constexpr std::uint32_t kAll = 1 << 20;  // chunks

std::vector<FragmentRef> refs(const StoreAsset& asset, std::initializer_list<std::uint32_t> which) {
    std::vector<FragmentRef> out;
    for (const std::uint32_t i : which)
        out.push_back(asset.ref(i));
    return out;
}

void fill_store(FragmentStore& store, const StoreAsset& asset) {
    for (std::uint32_t i = 0; i < asset.fragments.size(); ++i)
        must(fetch(store, asset, i));
}

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
