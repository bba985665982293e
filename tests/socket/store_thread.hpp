// One thread (the test's). The store in its thread, by its real pipes. The files are only looked at
// before the thread starts and after it ended; in between they are steered by atomics.
#pragma once

#include "messages/wire/limits.hpp"
#include "peer/store/fragment_store.hpp"
#include "peer/store/store_actor.hpp"
#include "tests/peer/store/store_stage.hpp"
#include "wait.hpp"

#include <atomic>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>

namespace fragcast::test {

namespace command = store_command;
namespace event = store_event;

inline constexpr LinkId kFrom{7};

inline Payload copy_of(std::span<const std::uint8_t> bytes) {
    return Payload(Bytes(bytes.begin(), bytes.end()));
}

// Where the store's thread waits until it may go on.
class StoreGate {
public:
    void pass() {
        std::unique_lock lock(mutex_);
        waiting_ = true;
        changed_.notify_all();
        changed_.wait(lock, [this] { return open_; });
    }
    void await_visitor() {
        std::unique_lock lock(mutex_);
        REQUIRE(changed_.wait_for(lock, kPatience, [this] { return waiting_; }));
    }
    void open() {
        const std::lock_guard lock(mutex_);
        open_ = true;
        changed_.notify_all();
    }

private:
    std::mutex mutex_;
    std::condition_variable changed_;
    bool waiting_ = false;
    bool open_ = false;
};

class StoreThread {
public:
    explicit StoreThread(MemoryFiles& files) : StoreThread(open_store(files)) {}
    explicit StoreThread(std::unique_ptr<ChunkStore> store) {
        auto [readers, loaders] = make_pipe<ReaderCommand, ReaderChunk>(context_);
        readers_.emplace(std::move(readers));
        actor_ = start_store_actor(context_, std::move(store), std::move(loaders));
        REQUIRE(actor_->started());
        loop_.add(actor_->pipe().socket(), [this] {
            while (auto event = actor_->pipe().receive())
                events_.push_back(std::move(*event));
        });
        loop_.add(readers_->socket(), [this] { read_chunks(); });
    }

    template <class Command>
    void tell(Command command) {
        REQUIRE(actor_->pipe().send(StoreCommand(std::move(command))));
    }
    template <class Command>
    bool try_tell(Command command) {
        return actor_->pipe().send(StoreCommand(std::move(command)));
    }

    StoreEvent next_of_any() {
        REQUIRE(wait_for(loop_, [this] { return !events_.empty(); }));
        StoreEvent event = std::move(events_.front());
        events_.pop_front();
        return event;
    }
    template <class Event>
    Event next() {
        StoreEvent event = next_of_any();
        REQUIRE(std::holds_alternative<Event>(event));
        return std::get<Event>(std::move(event));
    }

    // Nothing else comes before its answer.
    template <class Question>
    Result<typename Question::Answer> ask(Question question) {
        const CallId<Question> id{++asked_};
        tell(command::Call<Question>{id, std::move(question)});
        auto told = next<event::Answer<Question>>();
        CHECK(told.id == id);
        return std::move(told.answer);
    }

    // --- by the readers' pipe
    void tell_reader(ReaderCommand command) { REQUIRE(readers_->send(command)); }
    ReaderChunk next_chunk() {
        REQUIRE(wait_for(loop_, [this] { return !chunks_.empty(); }));
        ReaderChunk chunk = std::move(chunks_.front());
        chunks_.pop_front();
        return chunk;
    }
    bool has_chunk() {
        read_chunks();
        return !chunks_.empty();
    }

    // --- what the tests send most
    void manifest(const StoreAsset& asset) {
        tell(command::KeepManifest{asset.id, asset.body, kFrom});
    }
    void proof(const StoreAsset& asset, std::uint32_t fragment) {
        tell(command::KeepProof{asset.ref(fragment), Payload(asset.proof(fragment)), kFrom});
    }
    void chunk(const StoreAsset& asset, std::uint32_t fragment, std::uint32_t index) {
        tell(command::KeepChunk{asset.ref(fragment, index), copy_of(asset.chunk(fragment, index)),
                                kFrom});
    }
    void load(const StoreAsset& asset, std::uint32_t fragment, std::uint32_t index,
              std::uint64_t read) {
        tell(command::LoadChunk{asset.ref(fragment, index), ForRead{ReadId{read}}});
    }
    StoreVerdict verdict_of_chunk() { return next<event::ChunkKept>().verdict; }

    void end() { actor_.reset(); }

private:
    void read_chunks() {
        while (auto chunk = readers_->receive())
            chunks_.push_back(std::move(*chunk));
    }

    zmq::context_t context_;
    std::optional<ReadersEnd> readers_;
    std::unique_ptr<StoreActor> actor_;
    Loop loop_;
    std::deque<StoreEvent> events_;
    std::uint64_t asked_ = 0;
    std::deque<ReaderChunk> chunks_;
};

// A store that has these fragments of the asset, closed.
inline void fill_store(MemoryFiles& files, const StoreAsset& asset) {
    auto store = open_store(files);
    for (std::uint32_t i = 0; i < asset.fragments.size(); ++i)
        must(fetch(*store, asset, i));
}

inline std::uint64_t read_of(const event::ChunkLoaded& loaded) {
    return std::get<ForRead>(loaded.who).read.value;
}

// The store stands at the gate when it first writes a chunk.
inline void hold_writes(MemoryFiles& files, StoreGate& gate) {
    files.set_fault([&gate](Op op, const fs::path& path) -> std::optional<ErrorKind> {
        if (op == Op::open && path.extension() == ".partial") gate.pass();
        return std::nullopt;
    });
}

}  // namespace fragcast::test
