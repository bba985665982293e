// HTTP thread.
//
// What the routes share: the newest snapshot, the last events, manifests; and the way to ask the
// loop for chunks, manifests, answers and deeds.
#pragma once

#include "messages/wire/result.hpp"
#include "messages/zmq/loop.hpp"
#include "peer/http/http_actor.hpp"
#include "peer/http/outbox.hpp"

#include <deque>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <variant>

namespace fragcast {

class HttpDesk {
public:
    using ManifestPtr = std::shared_ptr<const Manifest>;
    using OnManifest = std::function<void(Result<ManifestPtr>)>;
    using OnChunk = std::function<void(Result<Payload>)>;
    using OnAnswer = std::function<void(Result<QuestionAnswer>)>;
    using OnCarriedOut = std::function<void(Result<CommandAnswer>)>;
    using Send = std::function<bool(HttpEvent&)>;

    HttpDesk(Loop& loop, Send send);

    Loop& loop() { return loop_; }
    // Each ends by one call of its function, unless cancelled; never from inside (but manifest()
    // when it is known already: then the ReadId is zero).
    ReadId manifest(const AssetId& asset, Time deadline, OnManifest then);
    ReadId read(ViewerId viewer, const ChunkRef& chunk, Time deadline, OnChunk then);
    ReadId ask(const Question& question, Time deadline, OnAnswer then);
    ReadId command(const Command& command, Time deadline, OnCarriedOut then);
    void cancel(ReadId read);
    // Facts that have no answer.
    void tell(HttpEvent event) { out_.push(std::move(event)); }

    // From the loop.
    void take(HttpCommand& command);
    // Where our page is. What others are told of it is in the snapshot, and may be nothing.
    void serve_at(std::string page) { page_ = std::move(page); }
    const std::string& page() const { return page_; }
    // Called after each new snapshot and event.
    void on_news(std::function<void()> changed) { changed_ = std::move(changed); }

    const Snapshot& snapshot() const { return *snapshot_; }
    std::shared_ptr<const Snapshot> shown() const { return snapshot_; }
    std::shared_ptr<const AssetView> asset(const AssetId& id) const;
    ManifestPtr known_manifest(const AssetId& id);
    const std::deque<EventView>& events() const { return events_; }  // by number

private:
    using Then = std::variant<OnManifest, OnChunk, OnAnswer, OnCarriedOut>;
    struct Asked {
        Then then;
        AssetId asset;  // of a manifest
    };
    ReadId begin(Then then, const AssetId& asset);
    // The function that waits for this, if it is of that kind; forgets it.
    template <class F>
    F end(ReadId read);
    void keep(const AssetId& id, ManifestPtr manifest);

    Loop& loop_;
    Outbox<HttpEvent> out_;
    std::shared_ptr<const Snapshot> snapshot_ = std::make_shared<Snapshot>();
    std::string page_;
    std::deque<EventView> events_;
    std::map<ReadId, Asked> asked_;
    std::list<std::pair<AssetId, ManifestPtr>> manifests_;  // the last used first
    std::uint64_t next_read_ = 1;
    std::function<void()> changed_;
};

}  // namespace fragcast
