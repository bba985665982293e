// HTTP thread.
//
// What the routes share: what was seen last, the last events, manifests; and the way to look, and
// to ask the loop for chunks, manifests, answers and deeds.
#pragma once

#include "messages/wire/result.hpp"
#include "messages/zmq/loop.hpp"
#include "messages/zmq/outbox.hpp"
#include "peer/http/http_actor.hpp"
#include "peer/http/shown_lists.hpp"

#include <deque>
#include <functional>
#include <list>
#include <memory>
#include <type_traits>
#include <vector>

namespace fragcast {

class HttpDesk {
public:
    using ManifestPtr = std::shared_ptr<const Manifest>;

    HttpDesk(Loop& loop, Outbox<HttpEvent>::Way to_loop, Outbox<ReaderCommand>::Way to_store);

    Loop& loop() { return loop_; }
    // `then` is called once, unless cancelled; never from inside.
    template <class Question>
    CallId<Question> ask(Question question, Time deadline, Then<Question> then) {
        const CallId<Question> id = callers_.add<Question>(std::move(then));
        tell(http_event::Call<Question>{id, std::move(question), deadline});
        return id;
    }
    // The same, but from inside when it is known already: then the id is zero.
    CallId<ManifestQuestion> manifest(const AssetId& asset, Time deadline,
                                      Then<ManifestQuestion> then);
    // Of what goes on to its end whatever happens, the answer is heard by nobody.
    template <class Question>
    void cancel(CallId<Question> id) {
        if (!callers_.take(id)) return;
        if constexpr (std::is_constructible_v<HttpEvent, http_event::Cancel<Question>>)
            tell(http_event::Cancel<Question>{id});
    }
    // Facts that have no answer.
    void tell(HttpEvent event) { out_.push(std::move(event)); }

    // To the store, of one that reads.
    void tell(ReaderCommand command) { to_store_.push(std::move(command)); }

    // From the loop.
    void take(HttpCommand& command);
    // From the store.
    void take(ReaderChunk& chunk);
    // Where our page is. What others are told of it is in our record, and may be nothing.
    void serve_at(std::string page) { page_ = std::move(page); }
    const std::string& page() const { return page_; }
    // Called before news is taken, and after each event (nullptr).
    void on_news(std::function<void(const News*)> told) { told_ = std::move(told); }

    // --- looking. Never from inside; in the order in which they were asked for.
    // Then overview(), assets() and peers() are as they are now.
    void look(std::function<void()> then);
    // Then they are otherwise than they were last seen. One at a time.
    void await_news(std::function<void()> then);
    const Overview& overview() const { return *overview_; }
    std::shared_ptr<const Overview> shown() const { return overview_; }
    const AssetList& assets() const { return assets_; }
    const PeerList& peers() const { return peers_; }
    // Who we are: id zero until the core says.
    const PeerRecord& self() const { return self_; }
    ManifestPtr known_manifest(const AssetId& id);
    const std::deque<EventView>& events() const { return events_; }  // by number

private:
    template <class Question>
    void take(http_command::Answer<Question>& answer) {
        if (const auto then = callers_.take(answer.id)) then(std::move(answer.answer));
    }
    void take(http_command::Stop&) {}
    void take(http_command::Self& self);
    void take(http_command::Removed&);
    void take(http_command::Show& show);
    void take(http_command::Happened& happened);
    void keep(const AssetId& id, ManifestPtr manifest);

    Loop& loop_;
    Outbox<HttpEvent> out_;
    Outbox<ReaderCommand> to_store_;
    PeerRecord self_;
    std::shared_ptr<const Overview> overview_ = std::make_shared<Overview>();
    AssetList assets_;
    PeerList peers_;
    std::vector<std::function<void()>> looking_;    // answered by the Show that is asked for
    std::vector<std::function<void()>> look_next_;  // came since: by the one after it
    std::function<void()> awaiting_;
    std::string page_;
    std::deque<EventView> events_;
    HttpTalk::Callers callers_;
    std::list<std::pair<AssetId, ManifestPtr>> manifests_;  // the last used first
    std::function<void(const News*)> told_;
};

}  // namespace fragcast
