#include "peer/http/store_jobs.hpp"

#include "messages/wire/limits.hpp"

#include <algorithm>
#include <utility>

namespace fragcast {

namespace {

void remove_from(FragmentSets& sets, const FragmentRef& fragment) {
    const auto found = sets.find(fragment.asset);
    if (found == sets.end()) return;
    found->second.remove(RangeSet{{fragment.index.value, fragment.index.value + 1}});
    if (found->second.empty()) sets.erase(found);
}

bool holds(const FragmentSets& sets, const FragmentRef& fragment) {
    const auto found = sets.find(fragment.asset);
    return found != sets.end() && found->second.contains(fragment.index.value);
}

}  // namespace

StoreJobs::StoreJobs(Loop& loop, Node& node, std::function<Time()> now)
    : loop_(loop), node_(node), now_(std::move(now)) {}

StoreJobs::~StoreJobs() {
    if (looking_ != 0) loop_.cancel(looking_);
}

// --- beginning and waiting -----------------------------------------------------------------------

template <class T, class Begin>
StoreJobs::Job<T>* StoreJobs::job_of(Jobs<T>& jobs, std::uint64_t number, Answer<T>& answer,
                                     Begin&& begin) {
    look();
    if (number != 0) {
        const auto known = jobs.find(number);
        if (known != jobs.end()) return &known->second;
        answer(fail(ErrorKind::not_found, "there is no such job (any more); begin anew"));
        return nullptr;
    }
    if (jobs.size() >= limits::kMaxJobs) {
        const auto over = std::min_element(jobs.begin(), jobs.end(), [](auto& a, auto& b) {
            return a.second.ended < b.second.ended;
        });
        if (over->second.ended == kNever) {
            answer(fail(ErrorKind::busy, "too many such jobs are under way; try again later"));
            return nullptr;
        }
        jobs.erase(over);
    }
    number = next_++;
    jobs[number].so_far.job = number;
    begin(number);
    const auto begun = jobs.find(number);
    if (begun != jobs.end()) return &begun->second;
    answer(fail(ErrorKind::busy, "the store is too busy; try again"));
    return nullptr;
}

template <class T>
void StoreJobs::wait(Job<T>& job, Duration time, Answer<T> answer) {
    job.waiters.push_back({std::move(answer), now_() + time});
    look();
}

void StoreJobs::refresh(std::uint64_t number, Duration time, Answer<Refreshed> answer) {
    auto* job = job_of<Refreshed>(refreshes_, number, answer, [this](std::uint64_t begun) {
        node_.ask_store<store_question::Relist>(
            {}, [this, begun](const Result<store_question::Relisted>& listed) {
                found(begun, listed);
                look();
            });
    });
    if (job != nullptr) wait(*job, time, std::move(answer));
}

void StoreJobs::verify(std::uint64_t number, const AssetId& asset, Duration time,
                       Answer<VerifyReport> answer) {
    auto* job = job_of<VerifyReport>(verifications_, number, answer, [&](std::uint64_t cookie) {
        if (!node_.tell_store(store_command::Verify{cookie, asset})) verifications_.erase(cookie);
    });
    if (job != nullptr) wait(*job, time, std::move(answer));
}

template <class T>
void StoreJobs::answer_due(Job<T>& job, Time now) {
    std::list<typename Job<T>::Waiter> due;
    for (auto it = job.waiters.begin(); it != job.waiters.end();) {
        const auto next = std::next(it);
        if (job.so_far.done || it->until <= now) due.splice(due.end(), job.waiters, it);
        it = next;
    }
    for (auto& waiter : due)
        waiter.answer(job.so_far);
}

template <class T>
void StoreJobs::look(Jobs<T>& jobs, Time now) {
    for (auto& [number, job] : jobs) {
        if (job.so_far.done && job.ended == kNever) job.ended = now;
        answer_due(job, now);
    }
    std::erase_if(jobs, [now](const auto& one) {
        return one.second.ended != kNever && now - one.second.ended >= limits::kJobKept;
    });
}

void StoreJobs::look() {
    if (looking_ != 0) loop_.cancel(looking_);
    looking_ = 0;
    const Time now = now_();
    look(refreshes_, now);
    look(verifications_, now);
    const Time next = next_look();
    if (next == kNever) return;
    looking_ = loop_.at(Loop::now() + std::max(next - now, Duration{}), [this] {
        looking_ = 0;
        look();
    });
}

Time StoreJobs::next_look() const {
    Time next = kNever;
    const auto need = [&next](const auto& jobs) {
        for (const auto& [number, job] : jobs) {
            if (job.ended != kNever) next = std::min(next, job.ended + limits::kJobKept);
            for (const auto& waiter : job.waiters)
                next = std::min(next, waiter.until);
        }
    };
    need(refreshes_);
    need(verifications_);
    return next;
}

// --- what the store says -------------------------------------------------------------------------

std::string StoreJobs::name_of(const AssetId& asset) const {
    const auto view = node_.swarm().asset_view(asset, Loop::now());
    return view ? view->asset.name : std::string();
}

void StoreJobs::on_store(const StoreEvent& event) {
    if (const auto* done = std::get_if<store_event::FragmentDone>(&event))
        done->status ? proven(done->fragment, nullptr) : void();
    else if (const auto* refused = std::get_if<store_event::FragmentRefused>(&event))
        proven(refused->fragment, &refused->why);
    else if (const auto* now = std::get_if<store_event::Verified>(&event))
        verified(now->now);
    else if (const auto* dropped = std::get_if<store_event::AssetDropped>(&event))
        for (auto& [number, job] : refreshes_)
            if (job.so_far.proving.erase(dropped->asset) > 0)
                job.so_far.done = job.so_far.proving.empty();
    if (!std::holds_alternative<store_event::ChunkLoaded>(event) &&
        !std::holds_alternative<store_event::ChunkKept>(event) &&
        !(refreshes_.empty() && verifications_.empty()))
        look();
}

void StoreJobs::found(std::uint64_t number, const Result<store_question::Relisted>& listed) {
    const auto known = refreshes_.find(number);
    if (known == refreshes_.end()) return;
    Refreshed& job = known->second.so_far;
    if (!listed) {
        const auto waiters = std::move(known->second.waiters);
        refreshes_.erase(known);
        for (const auto& waiter : waiters)
            waiter.answer(listed.error());
        return;
    }
    const auto add = [&](FragmentSets& to, const std::vector<FragmentRef>& fragments) {
        for (const FragmentRef& fragment : fragments) {
            to[fragment.asset].add(fragment.index.value);
            if (!job.names.contains(fragment.asset))
                job.names[fragment.asset] = name_of(fragment.asset);
        }
    };
    add(job.gone, listed->found.gone);
    add(job.added, listed->found.counting);
    add(job.proving, listed->found.proving);
    for (const StoredAsset& asset : listed->found.assets)
        for (const Span& span : asset.holding.fragments.spans()) {
            job.added[asset.id].add(span);
            job.names[asset.id] = asset.manifest->name;
        }
    job.done = job.proving.empty();
}

void StoreJobs::proven(const FragmentRef& fragment, const std::string* refused) {
    for (auto& [number, job] : refreshes_) {
        Refreshed& so_far = job.so_far;
        if (!holds(so_far.proving, fragment)) continue;
        remove_from(so_far.proving, fragment);
        if (refused == nullptr)
            so_far.added[fragment.asset].add(fragment.index.value);
        else if (so_far.refused.size() < limits::kMaxBadListed)
            so_far.refused.push_back({fragment, *refused});
        so_far.done = so_far.proving.empty();
    }
}

void StoreJobs::verified(const Verification& now) {
    const auto known = verifications_.find(now.cookie);
    if (known == verifications_.end()) return;
    VerifyReport& job = known->second.so_far;
    job.done = now.done;
    job.fragments = now.fragments;
    job.bytes = now.bytes;
    job.fragments_total = now.fragments_total;
    job.bytes_total = now.bytes_total;
    job.error = now.error;
    job.bad_count += now.bad.size();
    for (const BadFragment& bad : now.bad) {
        job.names[bad.fragment.asset] = name_of(bad.fragment.asset);
        if (job.bad.size() < limits::kMaxBadListed) job.bad.push_back(bad);
    }
}

}  // namespace fragcast
