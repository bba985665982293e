#include "peer/store_actor.hpp"

#include "messages/limits.hpp"
#include "messages/loop.hpp"

#include <deque>
#include <map>
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
    StoreBody(StoreActor::End& pipe, ChunkStore& store) : pipe_(pipe), store_(store) {}

    void run() {
        while (!(stopped_ && loads_.empty() && writes_.empty())) {
            read_commands();
            if (stopped_) events_.clear();  // nobody listens any more
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
                stopped_ = true;
                loads_.clear();
                return;
            }
            const bool load = std::holds_alternative<store_command::LoadChunk>(*command) ||
                              std::holds_alternative<store_command::LoadProof>(*command);
            (load ? loads_ : writes_).push_back(std::move(*command));
        }
    }

    // A bounded piece of work: some loads, one write; with nothing to do, one fragment proven.
    void work() {
        if (loads_.empty() && writes_.empty() && !stopped_) return prove();
        for (int i = 0; i < limits::kLoadsPerWrite && !loads_.empty(); ++i)
            do_front(loads_);
        if (!writes_.empty()) do_front(writes_);
    }

    void do_front(Commands& queue) {
        StoreCommand command = std::move(queue.front());
        queue.pop_front();
        std::visit([this](auto& one) { handle(one); }, command);
    }

    void prove() {
        if (all_proven_) return;
        const auto fragment = store_.prove_next();
        all_proven_ = !fragment.has_value();
        if (fragment) tell(store_event::FragmentDone{*fragment, Done{}});
    }

    bool idle() const { return loads_.empty() && writes_.empty() && events_.empty(); }

    void wait() {
        if (stopped_) return;
        using std::chrono::milliseconds;
        milliseconds time{-1};
        if (!loads_.empty() || !writes_.empty() || (idle() && !all_proven_)) time = milliseconds{0};
        if (!room_) {
            probe_room();
            if (time.count() < 0)
                time = std::chrono::duration_cast<milliseconds>(limits::kRoomProbe);
        }
        const auto events = static_cast<short>(ZMQ_POLLIN | (events_.empty() ? 0 : ZMQ_POLLOUT));
        // With a full event pipe only room in it can help.
        if (events_.size() >= limits::kStoreBacklog) time = milliseconds{-1};
        zmq::pollitem_t item{pipe_.socket().handle(), 0, events, 0};
        zmq::poll(&item, 1, time);
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
        const auto done = store_.keep_chunk(command.chunk, command.payload.view());
        const auto verdict = done ? StoreVerdict::stored : verdict_of(done.error());
        note_full(verdict);
        tell(store_event::ChunkKept{command.chunk, command.from, verdict});
        if (done) finish_if_complete(command.chunk.of());
    }

    void finish_if_complete(const FragmentRef& fragment) {
        if (!store_.is_complete(fragment)) return;
        auto done = store_.finish_fragment(fragment);
        if (!done) note_full(verdict_of(done.error()));
        tell(store_event::FragmentDone{fragment, std::move(done)});
    }

    void handle(store_command::LoadChunk& command) {
        auto loaded = store_.load_chunk(command.chunk);
        const bool broken = !loaded && loaded.error().kind != ErrorKind::busy;
        const std::string why = loaded ? "" : loaded.error().text;
        tell(store_event::ChunkLoaded{command.chunk, command.who, std::move(loaded)});
        if (broken) tell(store_event::FragmentLost{command.chunk.of(), why});
    }

    void handle(store_command::LoadProof& command) {
        auto loaded = store_.load_proof(command.fragment);
        const bool broken = !loaded && loaded.error().kind != ErrorKind::busy;
        const std::string why = loaded ? "" : loaded.error().text;
        tell(store_event::ProofLoaded{command.fragment, command.who, std::move(loaded)});
        if (broken) tell(store_event::FragmentLost{command.fragment, why});
    }

    void handle(store_command::DropFragment& command) {
        (void)store_.drop_fragment(command.fragment);
    }
    void handle(store_command::DropAsset& command) { (void)store_.drop_asset(command.asset); }

    void handle(store_command::Adopt& command) {
        auto adopted = store_.adopt(command.folder);
        auto body = adopted ? store_.manifest_body(adopted->id) : nullptr;
        tell(store_event::Adopted{command.cookie, std::move(adopted), std::move(body)});
    }

    StoreActor::End& pipe_;
    ChunkStore& store_;
    Commands loads_;
    Commands writes_;
    std::deque<StoreEvent> events_;  // not taken by the pipe yet
    bool stopped_ = false;
    bool room_ = true;
    bool all_proven_ = false;
    Time probed_{};
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
