// Loop thread. Pure.
//
// What is asked of the core by this process: gives each question its ReadId, which nobody else
// does, and each answer to its asker, by the kind of the question. An asker is called once, perhaps
// from inside, and may ask again; one that asked for something else than what comes is not.
#pragma once

#include "messages/wire/payload.hpp"
#include "messages/wire/result.hpp"
#include "peer/swarm/facts.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <variant>

namespace fragcast {

class CoreCalls {
public:
    using OnManifest = std::function<void(Result<std::shared_ptr<const Manifest>>)>;
    using OnChunk = std::function<void(Result<Payload>)>;
    using OnBody = std::function<void(Result<Body>)>;

    explicit CoreCalls(std::function<void(Fact)> tell) : tell_(std::move(tell)) {}

    ReadId manifest(const AssetId& asset, Time deadline, OnManifest then);
    ReadId chunk(ViewerId viewer, const ChunkRef& chunk, Time deadline, OnChunk then);
    // Of buses, or of `friends`.
    ReadId question(Body question, bool friends, Time deadline, OnBody then);
    // Who wants fragments (facts::FetchAsked).
    ReadId asker() { return ReadId{++last_}; }
    // Of a manifest or chunk. The asker is not called any more.
    void cancel(ReadId read);

    // From the engine's hooks.
    void on_manifest(ReadId read, std::shared_ptr<const Manifest> manifest);
    void on_chunk(ReadId read, Payload payload);
    void on_answer(ReadId read, Body body);
    void on_failure(ReadId read, const Error& error);

    std::size_t size() const { return asked_.size(); }

private:
    using Asked = std::variant<OnManifest, OnChunk, OnBody>;
    ReadId begin(Asked then);
    template <class F, class What>
    void end(ReadId read, What what);

    std::function<void(Fact)> tell_;
    std::map<ReadId, Asked> asked_;
    std::uint64_t last_ = 0;
};

}  // namespace fragcast
