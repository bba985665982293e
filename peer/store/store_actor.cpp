#include "peer/store/store_actor.hpp"

#include "messages/wire/hash.hpp"
#include "messages/wire/limits.hpp"
#include "messages/zmq/loop.hpp"
#include "peer/store/store_work.hpp"

#include <deque>

namespace fragcast {

namespace {

AssetId anywhere() {
    AssetId out;
    random_bytes(out.bytes);
    return out;
}

// Store thread. Reads commands, does a piece of work, tells what came of it.
class StoreBody {
public:
    StoreBody(StoreActor::End& pipe, ChunkStore& store)
        : pipe_(pipe), work_(store, Loop::now(), anywhere(), [this](StoreEvent event) {
              tell(std::move(event));
          }) {}

    void run() {
        while (!(stopped_ && work_.all_written())) {
            read_commands();
            flush();
            if (events_.size() < limits::kStoreBacklog) work_.work(Loop::now());
            wait();
        }
    }

private:
    void read_commands() {
        while (work_.may_add()) {
            auto command = pipe_.receive();
            if (!command) return;
            if (std::holds_alternative<store_command::Stop>(*command)) {
                // Nobody listens any more, but what was to be written is.
                stopped_ = true;
                work_.drop_loads();
                events_.clear();
                return;
            }
            work_.add(std::move(*command));
        }
    }

    void wait() {
        if (stopped_) return;
        using std::chrono::milliseconds;
        milliseconds time{-1};  // jammed: only room in the pipe can help
        const bool jammed = events_.size() >= limits::kStoreBacklog;
        const Time now = Loop::now();
        if (const Time next = work_.work_at(now); !jammed && next != kNever)
            time = std::max(std::chrono::ceil<milliseconds>(next - now), milliseconds{0});
        const int events = (jammed ? 0 : ZMQ_POLLIN) | (events_.empty() ? 0 : ZMQ_POLLOUT);
        zmq::pollitem_t item{pipe_.socket().handle(), 0, static_cast<short>(events), 0};
        zmq::poll(&item, 1, time);
    }

    void tell(StoreEvent event) {
        if (stopped_) return;
        events_.push_back(std::move(event));
        flush();
    }
    void flush() {
        while (!events_.empty() && pipe_.send(events_.front()))
            events_.pop_front();
    }

    StoreActor::End& pipe_;
    StoreWork work_;
    std::deque<StoreEvent> events_;  // not taken by the pipe yet
    bool stopped_ = false;
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
