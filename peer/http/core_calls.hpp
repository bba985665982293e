// Loop thread. Pure.
//
// What is asked of the core by this process: gives each question its ReadId, which nobody else
// does, and each answer to its asker, by the kind of the question. An asker is called once, perhaps
// from inside, and may ask again; one that asked for something else than what comes is not.
#pragma once

#include "messages/wire/result.hpp"
#include "peer/store/reader_pipe.hpp"
#include "peer/swarm/facts.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <variant>

namespace fragcast {

class CoreCalls {
public:
    using OnManifest = std::function<void(Result<std::shared_ptr<const Manifest>>)>;
    using OnNoChunk = std::function<void(const Error&)>;
    using OnBody = std::function<void(Result<Body>)>;

    explicit CoreCalls(std::function<void(Fact)> tell) : tell_(std::move(tell)) {}

    ReadId manifest(const AssetId& asset, Time deadline, OnManifest then);
    // It is handed to `who`, and only a failure comes back.
    ReadId chunk(ViewerId viewer, const ChunkRef& chunk, Time deadline, const ForReader& who,
                 OnNoChunk then);
    // Of buses, or of `friends`.
    ReadId question(Body question, bool friends, Time deadline, OnBody then);
    // Who wants fragments (facts::FetchAsked).
    ReadId asker() { return ReadId{++last_}; }
    // Of a manifest or chunk. The asker is not called any more.
    void cancel(ReadId read);

    // From the engine's hooks.
    void on_manifest(ReadId read, std::shared_ptr<const Manifest> manifest);
    // Whose this read is, which ends so; nobody's: none.
    std::optional<ForReader> hand_over(ReadId read);
    void on_answer(ReadId read, Body body);
    void on_failure(ReadId read, const Error& error);

    std::size_t size() const { return asked_.size(); }

private:
    struct Reading {
        ForReader who;
        OnNoChunk then;
        void operator()(const Error& error) const { then(error); }
    };
    using Asked = std::variant<OnManifest, Reading, OnBody>;
    ReadId begin(Asked then);
    template <class F, class What>
    void end(ReadId read, What what);

    std::function<void(Fact)> tell_;
    std::map<ReadId, Asked> asked_;
    std::uint64_t last_ = 0;
};

}  // namespace fragcast
