// Jobs of a real peer's store: who waits is answered at the end or when his time is up, and how a
// job ended is told for a while.
#include "peer/http/store_jobs.hpp"

#include "real_peer.hpp"
#include "tests/player/cut/temp_folder.hpp"
#include "wait.hpp"

using namespace fragcast;
using namespace fragcast::test;
using namespace std::chrono_literals;

namespace {

struct JobStage {
    Loop loop;
    TempFolder folder;
    RealPeer peer{loop, folder.path() / "store", {}};
    Duration later{};
    StoreJobs jobs{loop, peer.node(), [this] { return Loop::now() + later; }};

    JobStage() {
        peer.on_store([this](const StoreEvent& event) { jobs.on_store(event); });
    }
};

Verification ended(std::uint64_t cookie) {
    Verification now;
    now.cookie = cookie;
    now.done = true;
    return now;
}

// Not inline: there GCC 12 takes what a variant does not hold for used and not set.
[[gnu::noinline]] ErrorKind failure_of(const Result<VerifyReport>& answer) {
    REQUIRE_FALSE(answer.ok());
    return answer.error().kind;
}

}  // namespace

TEST_CASE(
    "store jobs: a verification is awaited, asked for again by its number, and unknown ones are "
    "none") {
    JobStage stage;
    const AssetId asset = stage.peer.add_file("film", 3'000'000);
    REQUIRE(wait_for(stage.loop, [&] { return stage.peer.has_all(asset); }));
    std::optional<VerifyReport> report;
    const auto take = [&](Result<VerifyReport> result) {
        REQUIRE(result.ok());
        report = std::move(*result);
    };
    stage.jobs.verify(0, asset, 20s, take);
    REQUIRE(wait_for(stage.loop, [&] { return report.has_value(); }));
    CHECK(report->done);
    CHECK(report->bytes == 3'000'000);
    CHECK(report->bytes_total == 3'000'000);
    CHECK(report->fragments == report->fragments_total);
    const std::uint64_t number = report->job;
    report.reset();
    stage.jobs.verify(number, {}, 20s, take);
    REQUIRE(report.has_value());
    CHECK(report->job == number);
    std::optional<ErrorKind> error;
    stage.jobs.verify(number + 1, {}, 20s,
                      [&](Result<VerifyReport> result) { error = failure_of(result); });
    CHECK(error == ErrorKind::not_found);
}

TEST_CASE("store jobs: a refresh tells of what was copied in, and is known by its number") {
    JobStage stage;
    const AssetId asset = stage.peer.add_file("film", 300'000);
    REQUIRE(wait_for(stage.loop, [&] { return stage.peer.has_all(asset); }));
    std::optional<Refreshed> told;
    const auto take = [&](Result<Refreshed> result) {
        REQUIRE(result.ok());
        told = std::move(*result);
    };
    stage.jobs.refresh(0, 20s, take);
    REQUIRE(wait_for(stage.loop, [&] { return told.has_value(); }));
    CHECK(told->done);
    CHECK(told->added.empty());
    CHECK(told->gone.empty());
    const std::uint64_t number = told->job;
    told.reset();
    stage.jobs.refresh(number, 0s, take);
    REQUIRE(told.has_value());
    CHECK(told->job == number);
}

TEST_CASE("store jobs: whose time is up is told what is so far") {
    JobStage stage;
    const AssetId asset = stage.peer.add_file("film", 3'000'000);
    REQUIRE(wait_for(stage.loop, [&] { return stage.peer.has_all(asset); }));
    std::vector<VerifyReport> reports;
    const auto take = [&](Result<VerifyReport> result) { reports.push_back(std::move(*result)); };
    stage.jobs.verify(0, asset, 0s, take);
    REQUIRE(reports.size() == 1);
    CHECK_FALSE(reports[0].done);
    stage.jobs.verify(reports[0].job, asset, 20s, take);
    REQUIRE(wait_for(stage.loop, [&] { return reports.size() == 2; }));
    CHECK(reports[1].done);
}

TEST_CASE("store jobs: how one ended is told for ten minutes") {
    JobStage stage;
    std::optional<Result<VerifyReport>> answer;
    const auto take = [&](Result<VerifyReport> result) { answer = std::move(result); };
    stage.jobs.verify(0, {}, 20s, take);
    REQUIRE(wait_for(stage.loop, [&] { return answer.has_value(); }));
    REQUIRE(answer->ok());
    const std::uint64_t number = (*answer)->job;
    stage.later = limits::kJobKept - 20s;
    stage.jobs.verify(number, {}, 0s, take);
    REQUIRE(answer->ok());
    CHECK((*answer)->job == number);
    stage.later = limits::kJobKept;
    stage.jobs.verify(number, {}, 0s, take);
    CHECK(failure_of(*answer) == ErrorKind::not_found);
}

TEST_CASE("store jobs: so many at a time; one that has ended makes room") {
    JobStage stage;
    std::size_t answers = 0;
    std::uint64_t last = 0;
    std::optional<ErrorKind> error;
    const auto take = [&](Result<VerifyReport> result) {
        ++answers;
        if (result)
            last = result->job;
        else
            error = failure_of(result);
    };
    for (std::size_t i = 0; i < limits::kMaxJobs; ++i)
        stage.jobs.verify(0, {}, 20s, take);
    CHECK(answers == 0);
    stage.jobs.verify(0, {}, 20s, take);
    CHECK(error == ErrorKind::busy);
    REQUIRE(wait_for(stage.loop, [&] { return answers == limits::kMaxJobs + 1; }));
    error.reset();
    stage.jobs.verify(0, {}, 0s, take);
    CHECK_FALSE(error.has_value());
    CHECK(last == limits::kMaxJobs + 1);
    // One that had ended had to go: the one that ended first.
    std::size_t gone = 0;
    for (std::uint64_t job = 1; job <= limits::kMaxJobs; ++job) {
        error.reset();
        stage.jobs.verify(job, {}, 0s, take);
        gone += error == ErrorKind::not_found;
    }
    CHECK(gone == 1);
}

TEST_CASE("store jobs: of very many bad fragments the first are listed, and all are counted") {
    JobStage stage;
    std::optional<VerifyReport> report;
    stage.jobs.verify(0, {}, 20s,
                      [&](Result<VerifyReport> result) { report = std::move(*result); });
    Verification now = ended(1);
    for (std::uint32_t i = 0; i < limits::kMaxBadListed + 5; ++i)
        now.bad.push_back({{AssetId{}, {i}}, {}, "damaged"});
    stage.jobs.on_store(store_event::Verified{std::move(now)});
    REQUIRE(report.has_value());
    CHECK(report->bad.size() == limits::kMaxBadListed);
    CHECK(report->bad_count == limits::kMaxBadListed + 5);
}
