#include "peer/store/store_actor.hpp"

#include "messages/wire/hash.hpp"
#include "messages/wire/limits.hpp"
#include "messages/zmq/loop.hpp"
#include "peer/store/reader_loads.hpp"
#include "peer/store/store_work.hpp"

#include <array>
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
    StoreBody(StoreActor::End& pipe, LoadersEnd* readers, ChunkStore& store)
        : pipe_(pipe),
          readers_(readers),
          work_(store, Loop::now(), anywhere(),
                [this](StoreEvent event) { tell(std::move(event)); }) {}

    void run() {
        while (!(stopped_ && work_.all_written())) {
            read_commands();
            load_for_readers();
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
                loads_.drop_all();
                events_.clear();
                chunks_.clear();
                return;
            }
            add(std::move(*command));
        }
    }

    // Readers open before they ask: what they say first is heard first.
    void read_readers() {
        while (readers_ != nullptr) {
            const auto command = readers_->receive();
            if (!command) return;
            loads_.take(*command);
        }
    }

    void add(StoreCommand command) {
        const auto* load = std::get_if<store_command::LoadChunk>(&command);
        const auto* who = load != nullptr ? std::get_if<ForReader>(&load->who) : nullptr;
        if (who == nullptr || readers_ == nullptr) return work_.add(std::move(command));
        read_readers();
        if (loads_.add({load->chunk, *who})) return;
        tell(store_event::ChunkLoaded{load->chunk, *who,
                                      fail(ErrorKind::io, "its reader is gone, or too many wait")});
    }

    void load_for_readers() {
        read_readers();
        while (work_.may_add()) {
            const auto load = loads_.next();
            if (!load) return;
            work_.add(store_command::LoadChunk{load->chunk, load->who});
        }
    }

    // Whether it is a reader's, who was told or is gone.
    bool hand_over(StoreEvent& event) {
        auto* loaded = std::get_if<store_event::ChunkLoaded>(&event);
        const auto* who = loaded != nullptr ? std::get_if<ForReader>(&loaded->who) : nullptr;
        if (who == nullptr || readers_ == nullptr) return false;
        if (!loaded->payload) {
            loads_.failed(who->reader);
            return false;
        }
        read_readers();
        if (loads_.is_open(who->reader)) chunks_.push_back({*who, std::move(*loaded->payload)});
        return true;
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
        std::array<zmq::pollitem_t, 2> items{};
        items[0] = {pipe_.socket().handle(), 0, static_cast<short>(events), 0};
        if (readers_ != nullptr)
            items[1] = {readers_->socket().handle(), 0,
                        static_cast<short>(ZMQ_POLLIN | (chunks_.empty() ? 0 : ZMQ_POLLOUT)), 0};
        zmq::poll(items.data(), readers_ != nullptr ? 2 : 1, time);
    }

    void tell(StoreEvent event) {
        if (stopped_) return;
        if (!hand_over(event)) events_.push_back(std::move(event));
        flush();
    }
    void flush() {
        while (!events_.empty() && pipe_.send(events_.front()))
            events_.pop_front();
        while (!chunks_.empty() && readers_->send(chunks_.front()))
            chunks_.pop_front();
    }

    StoreActor::End& pipe_;
    LoadersEnd* readers_;  // nullptr: nobody reads here
    ReaderLoads loads_;
    std::deque<ReaderChunk> chunks_;  // not taken by the readers' pipe yet: at most what is out
    StoreWork work_;
    std::deque<StoreEvent> events_;  // not taken by the pipe yet
    bool stopped_ = false;
};

}  // namespace

std::unique_ptr<StoreActor> start_store_actor(zmq::context_t& context,
                                              std::unique_ptr<ChunkStore> store,
                                              std::optional<LoadersEnd> readers) {
    // std::function wants to be copied; the store has one owner all the same.
    const std::shared_ptr<ChunkStore> owned = std::move(store);
    const auto loaders = std::make_shared<std::optional<LoadersEnd>>(std::move(readers));
    return std::make_unique<StoreActor>(
        context, "store",
        [owned, loaders](StoreActor::End& pipe, const ActorThread::Ready& ready) {
            ready(Done{});
            StoreBody(pipe, *loaders ? &**loaders : nullptr, *owned).run();
        },
        StoreCommand{store_command::Stop{}});
}

}  // namespace fragcast
