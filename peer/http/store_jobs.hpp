// Loop thread.
//
// What a user has the store look at again (HTTP.md: refresh, verify), which may take longer than a
// request is held: a job goes on by itself, and who asks again is told how far it is.
#pragma once

#include "messages/zmq/loop.hpp"
#include "peer/engine/node.hpp"

#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace fragcast {

// Of some assets, by id.
using FragmentSets = std::map<AssetId, RangeSet>;

struct RefusedFile {
    FragmentRef fragment;
    std::string why;
};
struct Refreshed {
    std::uint64_t job = 0;
    bool done = false;     // nothing is left to be proven
    FragmentSets added;    // count now
    FragmentSets gone;     // counted before
    FragmentSets proving;  // were found, and are being hashed
    std::vector<RefusedFile> refused;
    std::map<AssetId, std::string> names;
};
struct VerifyReport {
    std::uint64_t job = 0;
    bool done = false;
    std::uint64_t fragments = 0, bytes = 0;  // hashed
    std::uint64_t fragments_total = 0, bytes_total = 0;
    std::uint64_t bad_count = 0;
    std::vector<BadFragment> bad;  // the first kMaxBadListed of them
    std::map<AssetId, std::string> names;
    std::string error;  // why it ended before its time
};

class StoreJobs {
public:
    template <class T>
    using Answer = std::function<void(Result<T>)>;

    // `now`: another clock than the loop's, for tests of what is kept for minutes.
    StoreJobs(Loop& loop, Node& node, std::function<Time()> now = Loop::now);
    ~StoreJobs();
    StoreJobs(const StoreJobs&) = delete;
    StoreJobs& operator=(const StoreJobs&) = delete;

    // Begins (job 0) or goes on waiting: `answer` is called once, at the job's end or after `wait`
    // with what is so far. Errors: not_found (no such job), busy.
    void refresh(std::uint64_t job, Duration wait, Answer<Refreshed> answer);
    void verify(std::uint64_t job, const AssetId& asset, Duration wait,
                Answer<VerifyReport> answer);
    // After the core knows of it.
    void on_store(const StoreEvent& event);

private:
    template <class T>
    struct Job {
        T so_far;
        struct Waiter {
            Answer<T> answer;
            Time until;
        };
        std::list<Waiter> waiters;
        Time ended = kNever;
    };
    template <class T>
    using Jobs = std::map<std::uint64_t, Job<T>>;

    // The one to wait for; nullptr, and answered: there is none.
    template <class T, class Begin>
    Job<T>* job_of(Jobs<T>& jobs, std::uint64_t number, Answer<T>& answer, Begin&& begin);
    template <class T>
    void wait(Job<T>& job, Duration time, Answer<T> answer);
    template <class T>
    void answer_due(Job<T>& job, Time now);
    template <class T>
    void look(Jobs<T>& jobs, Time now);
    void look();
    Time next_look() const;
    void found(std::uint64_t number, const Result<store_question::Relisted>& listed);
    void proven(const FragmentRef& fragment, const std::string* refused);
    void verified(const Verification& now);
    std::string name_of(const AssetId& asset) const;

    Loop& loop_;
    Node& node_;
    std::function<Time()> now_;
    Jobs<Refreshed> refreshes_;
    Jobs<VerifyReport> verifications_;
    std::uint64_t next_ = 1;
    Loop::Handle looking_ = 0;
};

}  // namespace fragcast
