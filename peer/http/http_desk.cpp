#include "peer/http/http_desk.hpp"

#include "messages/wire/limits.hpp"

#include <algorithm>
#include <utility>

namespace fragcast {

HttpDesk::HttpDesk(Loop& loop, Outbox<HttpEvent>::Way to_loop, Outbox<ReaderCommand>::Way to_store)
    : loop_(loop), out_(loop, std::move(to_loop)), to_store_(loop, std::move(to_store)) {}

CallId<ManifestQuestion> HttpDesk::manifest(const AssetId& id, Time deadline,
                                            Then<ManifestQuestion> then) {
    if (auto known = known_manifest(id)) {
        then(std::move(known));
        return {};
    }
    return ask<ManifestQuestion>({id}, deadline,
                                 [this, id, then = std::move(then)](Result<ManifestPtr> manifest) {
                                     if (manifest) keep(id, *manifest);
                                     then(std::move(manifest));
                                 });
}

void HttpDesk::take(HttpCommand& command) {
    std::visit([this](auto& one) { take(one); }, command);
}

void HttpDesk::take(ReaderChunk& chunk) {
    if (const auto then = callers_.take(CallId<ChunkQuestion>{chunk.who.call}))
        return then(std::move(chunk.payload));
    // Asked for by nobody any more; its reader may ask for others.
    tell(reader_command::Taken{chunk.who.reader, 1});
}

void HttpDesk::take(http_command::Self& self) {
    self_ = std::move(self.self);
}

// Of what was removed nothing is here any more, and who asks for it must say so again.
void HttpDesk::take(http_command::Removed&) {
    manifests_.clear();
}

void HttpDesk::take(http_command::Happened& happened) {
    events_.push_back(std::move(happened.event));
    if (events_.size() > limits::kRecentEvents) events_.pop_front();
    if (told_) told_(nullptr);
}

// --- looking -------------------------------------------------------------------------------------

// What is on its way may have been made before this was asked: it is no answer to it.
void HttpDesk::look(std::function<void()> then) {
    if (!looking_.empty()) return look_next_.push_back(std::move(then));
    looking_.push_back(std::move(then));
    tell(http_event::Look{});
}

void HttpDesk::await_news(std::function<void()> then) {
    awaiting_ = std::move(then);
    tell(http_event::Look{true});
}

void HttpDesk::take(http_command::Show& show) {
    if (told_) told_(&show.news);
    overview_ = std::move(show.news.overview);
    assets_.take(show.news.changed, show.news.gone);
    peers_.take(show.news.changed_peers, show.news.gone_peers);
    if (show.awaited) {
        if (const auto then = std::exchange(awaiting_, {})) then();
        return;
    }
    const auto answered = std::exchange(looking_, std::exchange(look_next_, {}));
    if (!looking_.empty()) tell(http_event::Look{});
    for (const auto& then : answered)
        then();
}

HttpDesk::ManifestPtr HttpDesk::known_manifest(const AssetId& id) {
    const auto found = std::find_if(manifests_.begin(), manifests_.end(),
                                    [&](const auto& entry) { return entry.first == id; });
    if (found == manifests_.end()) return nullptr;
    manifests_.splice(manifests_.begin(), manifests_, found);
    return manifests_.front().second;
}

void HttpDesk::keep(const AssetId& id, ManifestPtr manifest) {
    if (known_manifest(id)) return;
    manifests_.emplace_front(id, std::move(manifest));
    if (manifests_.size() > limits::kManifestsForHttp) manifests_.pop_back();
}

}  // namespace fragcast
