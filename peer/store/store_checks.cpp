#include "peer/store/store_checks.hpp"

#include <algorithm>
#include <utility>

namespace fragcast {

namespace {
FragmentRef after(const FragmentRef& fragment) {
    return {fragment.asset, FragmentIndex{fragment.index.value + 1}};
}
}  // namespace

StoreChecks::StoreChecks(ChunkStore& store, Time now, const AssetId& slow_from, Lost lost,
                         Told told)
    : store_(store),
      lost_(std::move(lost)),
      told_(std::move(told)),
      slow_time_(now + limits::kSlowCheckAfter),
      slow_{slow_from, {}} {}

void StoreChecks::verify(std::uint64_t cookie, const AssetId& asset) {
    Job job;
    job.asset = asset;
    job.next.asset = asset;
    job.so_far.cookie = cookie;
    if (jobs_.size() >= limits::kMaxVerifications) {
        job.so_far.done = true;
        job.so_far.error = "too many verifications are under way; try again later";
        return told_(std::move(job.so_far));
    }
    for (auto one = store_.next_whole(job.next);
         one && (asset.is_zero() || one->fragment.asset == asset);
         one = store_.next_whole(after(one->fragment))) {
        ++job.so_far.fragments_total;
        job.so_far.bytes_total += one->size;
    }
    told_(job.so_far);
    jobs_.push_back(std::move(job));
}

// Beyond the limit a complaint is as if it had not been made: the slow check finds what is wrong.
void StoreChecks::doubt(const ChunkRef& chunk) {
    if (doubts_.size() < limits::kMaxDoubts) doubts_.push_back(chunk);
}

void StoreChecks::step(std::uint32_t chunks) {
    if (!doubts_.empty()) {
        const ChunkRef chunk = doubts_.front();
        doubts_.pop_front();
        const CheckStep step = store_.doubt(chunk);
        tell_if_lost(chunk.of(), step);
        if (step.state == CheckStep::State::going && doubted_.size() < limits::kMaxDoubts)
            doubted_.insert(chunk.of());
    } else if (!doubted_.empty()) {
        const FragmentRef fragment = *doubted_.begin();  // it does not stay in the set
        check(fragment, chunks);
    } else if (!jobs_.empty()) {
        go_on(jobs_.front(), chunks);
    }
}

bool StoreChecks::tell_if_lost(const FragmentRef& fragment, const CheckStep& step) {
    const bool bad = step.state == CheckStep::State::bad;
    if (!bad && (step.state != CheckStep::State::unread || store_.has(fragment))) return false;
    lost_(fragment, step);
    return true;
}

void StoreChecks::check(const FragmentRef& fragment, std::uint32_t chunks) {
    const CheckStep step = store_.check_some(fragment, chunks);
    if (step.state == CheckStep::State::going) return;
    doubted_.erase(fragment);
    tell_if_lost(fragment, step);
}

// --- what a user wants verified ------------------------------------------------------------------

void StoreChecks::go_on(Job& job, std::uint32_t chunks) {
    const auto whole = store_.next_whole(job.next);
    if (!whole || (!job.asset.is_zero() && whole->fragment.asset != job.asset)) return end(job);
    job.next = whole->fragment;
    CheckStep step = store_.check_some(whole->fragment, chunks);
    job.so_far.bytes += step.bytes;
    if (step.state == CheckStep::State::going) return;
    const bool lost = tell_if_lost(whole->fragment, step);
    if (step.state == CheckStep::State::unread && !lost) {
        job.so_far.error = "could not read all of it: " + step.why;
        return end(job);
    }
    job.next = after(whole->fragment);
    ++job.so_far.fragments;
    if (lost) job.so_far.bad.push_back({whole->fragment, std::move(step.bad), std::move(step.why)});
    told_(job.so_far);
    job.so_far.bad.clear();
}

void StoreChecks::end(Job& job) {
    job.so_far.done = true;
    Verification last = std::move(job.so_far);
    jobs_.pop_front();
    told_(std::move(last));
}

// --- slowly, all of it ---------------------------------------------------------------------------

// A round goes once through all there is; the first one begins somewhere and goes on at the
// beginning.
void StoreChecks::slow_step(Time now) {
    slow_time_ = now + limits::kSlowCheckEvery;
    if (!in_round_) {
        in_round_ = true;
        round_began_ = now;
    }
    const auto whole = store_.next_whole(slow_);
    if (!whole) {
        slow_ = {};
        if (std::exchange(from_the_middle_, false)) return;
        in_round_ = false;
        slow_time_ = round_began_ + limits::kSlowCheckRound;
        return;
    }
    slow_ = whole->fragment;
    const CheckStep step = store_.check_some(whole->fragment, limits::kSlowCheckChunks);
    if (step.state == CheckStep::State::going) return;
    tell_if_lost(whole->fragment, step);
    slow_ = after(whole->fragment);
}

}  // namespace fragcast
