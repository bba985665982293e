// Store thread (or whoever owns it: the simulator runs it on its clock).
//
// What a store has to do, and in which order: who waits for a load (viewers, neighbours) is not
// kept behind all that arrives, hashing what nobody waits for comes when nothing else is to be
// done. Each call of work() does a bounded piece; what comes of it is told at once.
#pragma once

#include "peer/store/fragment_store.hpp"
#include "peer/store/store_checks.hpp"
#include "peer/store/store_talk.hpp"

#include <cstddef>
#include <deque>
#include <functional>

namespace fragcast {

class StoreWork {
public:
    using Tell = std::function<void(StoreEvent)>;

    // `store` outlives it. `slow_from`: as StoreChecks'.
    StoreWork(ChunkStore& store, Time now, const AssetId& slow_from, Tell tell);

    // Not Stop.
    void add(StoreCommand command);
    bool may_add() const;  // below limits::kStoreBacklog
    // Loads are nobody's any more; what is to be written still is.
    void drop_loads() { loads_.clear(); }
    // Something is to be done: nothing more may be, though, before work_at().
    void work(Time now);
    // The next piece; now or before: at once.
    Time work_at(Time now) const;
    bool all_written() const { return writes_.empty(); }

private:
    void hash(std::uint32_t chunks, Time now);
    void prove(std::uint32_t chunks);
    void read_again(Time now);
    void look_again();
    void tell_lost(store_event::FragmentLost lost);
    void probe_room(Time now);
    void note_full(StoreVerdict verdict);

    void handle(store_command::Stop& command);
    void handle(store_command::KeepManifest& command);
    void handle(store_command::KeepProof& command);
    void handle(store_command::KeepChunk& command);
    void handle(store_command::LoadChunk& command);
    void handle(store_command::LoadProof& command);
    void handle(store_command::DropFragment& command);
    void handle(store_command::DropAsset& command);
    void handle(store_command::Mark& command);
    void handle(store_command::Decline& command);
    void handle(store_command::Verify& command);
    void handle(store_command::Doubt& command);
    void handle(store_command::DrawKey& command);
    template <class Question>
    void handle(store_command::Call<Question>& call);
    template <class Question>
    Result<typename Question::Answer> answer(Question& question);  // of each, in store_work.cpp
    void tell_done(const FragmentRef& fragment, Status status);
    void finish_if_complete(const FragmentRef& fragment);
    void tell_if_lost(bool had, const FragmentRef& fragment, const Error& why);
    bool answerable(const Result<Payload>& result, bool had, const FragmentRef& fragment);

    ChunkStore& store_;
    Tell tell_;
    StoreChecks checks_;
    std::deque<StoreCommand> loads_;
    std::deque<StoreCommand> writes_;
    bool room_ = true;
    bool all_proven_ = false;
    bool starved_ = false;  // of buffers
    Time now_{};
    Time probed_{};
    Time unread_at_ = kNever;
    int turns_ = 0;
    int hashes_ = 0;
};

}  // namespace fragcast
