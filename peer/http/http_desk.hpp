// HTTP thread.
//
// What the routes share: what was seen last, the last events, manifests; and the way to look, and
// to ask the loop for chunks, manifests, answers and deeds.
#pragma once

#include "messages/wire/result.hpp"
#include "messages/zmq/loop.hpp"
#include "peer/http/asset_list.hpp"
#include "peer/http/http_actor.hpp"
#include "peer/http/outbox.hpp"

#include <deque>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <variant>
#include <vector>

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
    // Where our page is. What others are told of it is in our record, and may be nothing.
    void serve_at(std::string page) { page_ = std::move(page); }
    const std::string& page() const { return page_; }
    // Called before news is taken, and after each event (nullptr).
    void on_news(std::function<void(const News*)> told) { told_ = std::move(told); }

    // --- looking. Never from inside; in the order in which they were asked for.
    // Then overview() and assets() are as they are now.
    void look(std::function<void()> then);
    // Then they are otherwise than they were last seen. One at a time.
    void await_news(std::function<void()> then);
    const Overview& overview() const { return *overview_; }
    std::shared_ptr<const Overview> shown() const { return overview_; }
    const AssetList& assets() const { return assets_; }
    // Who we are: id zero until the core says.
    const PeerRecord& self() const { return self_; }
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
    void take(http_command::Show& show);

    PeerRecord self_;
    std::shared_ptr<const Overview> overview_ = std::make_shared<Overview>();
    AssetList assets_;
    std::vector<std::function<void()>> looking_;    // answered by the Show that is asked for
    std::vector<std::function<void()>> look_next_;  // came since: by the one after it
    std::function<void()> awaiting_;
    std::string page_;
    std::deque<EventView> events_;
    std::map<ReadId, Asked> asked_;
    std::list<std::pair<AssetId, ManifestPtr>> manifests_;  // the last used first
    std::uint64_t next_read_ = 1;
    std::function<void(const News*)> told_;
};

}  // namespace fragcast
