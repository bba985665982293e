#include "peer/store/store_actor.hpp"

#include "messages/wire/limits.hpp"
#include "messages/zmq/loop.hpp"

#include <deque>
#include <vector>

namespace fragcast {

namespace {

StoreVerdict verdict_of(const Error& error) {
    switch (error.kind) {
        case ErrorKind::invalid:
            return StoreVerdict::bad;
        case ErrorKind::full:
            return StoreVerdict::full;
        case ErrorKind::exists:
        case ErrorKind::not_found:
            return StoreVerdict::unwanted;
        default:
            return StoreVerdict::failed;
    }
}

// Store thread. Reads commands into two queues, so that who waits for a load (viewers, neighbours)
// is not kept behind all that arrives, and answers each.
class StoreBody {
public:
    StoreBody(StoreActor::End& pipe, ChunkStore& store)
        : pipe_(pipe),
          store_(store),
          checks_(
              store, Loop::now(),
              [this](const FragmentRef& fragment, const std::string& why) {
                  tell(store_event::FragmentLost{fragment, why, true});
              },
              [this](Verification now) { tell(store_event::Verified{std::move(now)}); }) {}

    void run() {
        while (!(stopped_ && writes_.empty())) {
            read_commands();
            flush();
            if (events_.size() < limits::kStoreBacklog) work();
            wait();
        }
    }

private:
    using Commands = std::deque<StoreCommand>;

    void read_commands() {
        while (loads_.size() + writes_.size() < limits::kStoreBacklog) {
            auto command = pipe_.receive();
            if (!command) return;
            if (std::holds_alternative<store_command::Stop>(*command)) {
                // Nobody listens any more, but what was to be written is.
                stopped_ = true;
                loads_.clear();
                events_.clear();
                return;
            }
            const bool load = std::holds_alternative<store_command::LoadChunk>(*command) ||
                              std::holds_alternative<store_command::LoadProof>(*command);
            (load ? loads_ : writes_).push_back(std::move(*command));
        }
    }

    // A bounded piece of work: some loads, one write; with nothing to do, a little is hashed. Who
    // waits for that gets his share of a busy store as well.
    void work() {
        if (loads_.empty() && writes_.empty()) return hash(limits::kProveChunks);
        if (++turns_ % limits::kTurnsPerCheck == 0 && (checks_.waiting() || !all_proven_)) hash(1);
        starved_ = false;
        for (int i = 0; i < limits::kLoadsPerWrite && !loads_.empty() && !starved_; ++i)
            std::visit([this](auto& load) { handle(load); }, loads_.front());
        if (writes_.empty()) return;
        StoreCommand command = std::move(writes_.front());
        writes_.pop_front();
        std::visit([this](auto& write) { handle(write); }, command);
    }

    void hash(std::uint32_t chunks) {
        if (checks_.waiting() && (all_proven_ || ++hashes_ % 2 == 0)) return checks_.step(chunks);
        if (!all_proven_) return prove(chunks);
        if (const Time now = Loop::now(); now >= checks_.slow_time()) checks_.slow_step(now);
    }

    void prove(std::uint32_t chunks) {
        Proving found;
        all_proven_ = !store_.prove_some(found, chunks);
        for (const FragmentRef& fragment : found.counting)
            tell_done(fragment, Status(Done{}));
        for (auto& [fragment, why] : found.refused)
            tell(store_event::FragmentRefused{fragment, std::move(why)});
    }

    void wait() {
        if (stopped_) return;
        using std::chrono::milliseconds;
        if (!room_) probe_room();
        const bool jammed = events_.size() >= limits::kStoreBacklog;
        milliseconds time{-1};
        if (!room_) time = std::chrono::duration_cast<milliseconds>(limits::kRoomProbe);
        if (starved_ && !loads_.empty()) time = limits::kBufferWait;
        if (loads_.empty() && writes_.empty()) time = sooner(time, until_slow_check());
        if (!writes_.empty() || (!loads_.empty() && !starved_) || !all_proven_ || checks_.waiting())
            time = milliseconds{0};
        if (jammed) time = milliseconds{-1};  // only room in the pipe can help
        const int events = (jammed ? 0 : ZMQ_POLLIN) | (events_.empty() ? 0 : ZMQ_POLLOUT);
        zmq::pollitem_t item{pipe_.socket().handle(), 0, static_cast<short>(events), 0};
        zmq::poll(&item, 1, time);
    }

    static std::chrono::milliseconds sooner(std::chrono::milliseconds a,
                                            std::chrono::milliseconds b) {
        return a.count() < 0 ? b : std::min(a, b);  // below 0: no limit
    }
    std::chrono::milliseconds until_slow_check() const {
        const auto left =
            std::chrono::ceil<std::chrono::milliseconds>(checks_.slow_time() - Loop::now());
        return std::max(left, std::chrono::milliseconds{0});
    }

    void probe_room() {
        const Time now = Loop::now();
        if (now - probed_ < limits::kRoomProbe) return;
        probed_ = now;
        if (!store_.has_room()) return;
        room_ = true;
        tell(store_event::Room{true});
    }

    void note_full(StoreVerdict verdict) {
        if (verdict != StoreVerdict::full || !room_) return;
        room_ = false;
        probed_ = Loop::now();
        tell(store_event::Room{false});
    }

    template <class Event>
    void tell(Event event) {
        if (stopped_) return;
        events_.emplace_back(std::move(event));
        flush();
    }
    void flush() {
        while (!events_.empty() && pipe_.send(events_.front()))
            events_.pop_front();
    }

    void handle(store_command::Stop&) {}

    void handle(store_command::KeepManifest& command) {
        auto kept = store_.keep_manifest(command.asset, std::move(command.body));
        const auto verdict = kept ? StoreVerdict::stored : verdict_of(kept.error());
        note_full(verdict);
        tell(store_event::ManifestKept{command.asset, command.from, verdict, kept ? *kept : nullptr,
                                       kept ? store_.manifest_body(command.asset) : nullptr});
        all_proven_ = false;  // its folder may have been there
    }

    void handle(store_command::KeepProof& command) {
        const auto proven = store_.keep_proof(command.fragment, command.payload.view());
        const auto verdict = proven ? StoreVerdict::stored : verdict_of(proven.error());
        note_full(verdict);
        tell(store_event::ProofKept{command.fragment, command.from, verdict,
                                    proven ? *proven : RangeSet{}});
        if (proven) finish_if_complete(command.fragment);
    }

    void handle(store_command::KeepChunk& command) {
        const bool had = store_.has(command.chunk.of());
        const auto done = store_.keep_chunk(command.chunk, command.payload.view());
        const auto verdict = done ? StoreVerdict::stored : verdict_of(done.error());
        note_full(verdict);
        tell(store_event::ChunkKept{command.chunk, command.from, verdict});
        if (done)
            finish_if_complete(command.chunk.of());
        else
            tell_if_lost(had, command.chunk.of(), done.error());
    }

    // Inlined, g++ 12 thinks that a good status has an error which is not initialised.
    [[gnu::noinline]] void tell_done(const FragmentRef& fragment, Status status) {
        tell(store_event::FragmentDone{fragment, std::move(status)});
    }

    void finish_if_complete(const FragmentRef& fragment) {
        if (!store_.is_complete(fragment)) return;
        auto done = store_.finish_fragment(fragment);
        if (!done) {
            note_full(verdict_of(done.error()));
            all_proven_ = false;  // it may lie there under its name
        }
        tell_done(fragment, std::move(done));
    }

    void tell_if_lost(bool had, const FragmentRef& fragment, const Error& why) {
        if (had && !store_.has(fragment)) tell(store_event::FragmentLost{fragment, why.text});
    }

    // A load stays at the front of its queue while no buffer is free for it. That a fragment was
    // lost is told before the load that found out.
    bool answerable(const Result<Payload>& result, bool had, const FragmentRef& fragment) {
        starved_ = !result && result.error().kind == ErrorKind::busy;
        if (!result && !starved_) tell_if_lost(had, fragment, result.error());
        return !starved_;
    }

    void handle(store_command::LoadChunk& command) {
        const bool had = store_.has(command.chunk.of());
        auto result = store_.load_chunk(command.chunk);
        if (!answerable(result, had, command.chunk.of())) return;
        tell(store_event::ChunkLoaded{command.chunk, command.who, std::move(result)});
        loads_.pop_front();
    }

    void handle(store_command::LoadProof& command) {
        const bool had = store_.has(command.fragment);
        auto result = store_.load_proof(command.fragment);
        if (!answerable(result, had, command.fragment)) return;
        tell(store_event::ProofLoaded{command.fragment, command.who, std::move(result)});
        loads_.pop_front();
    }

    void handle(store_command::DropFragment& command) {
        (void)store_.drop_fragment(command.fragment);
    }
    void handle(store_command::DropAsset& command) {
        store_event::AssetDropped event{command.asset, store_.drop_asset(command.asset), {}};
        if (!event.status) {
            event.still = store_.stored(command.asset);
            event.body = store_.manifest_body(command.asset);
        } else if (command.decline) {
            // Only now: on a full disk there was no room for it before.
            event.status = store_.decline(command.asset, true);
        }
        tell(std::move(event));
    }
    void handle(store_command::Mark& command) {
        (void)store_.mark(command.asset, command.fragments, command.kept);
    }
    void handle(store_command::Decline& command) {
        (void)store_.decline(command.asset, command.declined);
    }

    void handle(store_command::Relist& command) {
        store_event::Relisted event{command.cookie, store_.relist(), {}};
        if (event.found)
            for (const StoredAsset& asset : event.found->assets)
                event.bodies[asset.id] = store_.manifest_body(asset.id);
        tell(std::move(event));
        all_proven_ = false;
    }
    void handle(store_command::Verify& command) { checks_.verify(command.cookie, command.asset); }
    void handle(store_command::Doubt& command) { checks_.doubt(command.chunk); }

    void handle(store_command::Adopt& command) {
        auto adopted = store_.adopt(command.folder);
        auto body = adopted ? store_.manifest_body(adopted->id) : nullptr;
        tell(store_event::Adopted{command.cookie, std::move(adopted), std::move(body)});
        all_proven_ = false;  // what could not be synced is looked at again
    }

    void handle(store_command::DrawKey&) { tell(store_event::KeyDrawn{store_.draw_key()}); }

    StoreActor::End& pipe_;
    ChunkStore& store_;
    Commands loads_;
    Commands writes_;
    std::deque<StoreEvent> events_;  // not taken by the pipe yet
    bool stopped_ = false;
    bool room_ = true;
    bool all_proven_ = false;
    bool starved_ = false;  // of buffers
    Time probed_{};
    StoreChecks checks_;
    int turns_ = 0;
    int hashes_ = 0;
};

}  // namespace

std::unique_ptr<StoreActor> start_store_actor(zmq::context_t& context,
                                              std::unique_ptr<ChunkStore> store) {
    // std::function wants to be copied; the store has one owner all the same.
    const std::shared_ptr<ChunkStore> owned = std::move(store);
    return std::make_unique<StoreActor>(
        context, "store",
        [owned](StoreActor::End& pipe, const ActorThread::Ready& ready) {
            ready(Done{});
            StoreBody(pipe, *owned).run();
        },
        StoreCommand{store_command::Stop{}});
}

}  // namespace fragcast
