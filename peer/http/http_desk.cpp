#include "peer/http/http_desk.hpp"

#include "messages/wire/limits.hpp"

#include <algorithm>
#include <utility>

namespace fragcast {

HttpDesk::HttpDesk(Loop& loop, Send send) : loop_(loop), out_(loop, std::move(send)) {}

ReadId HttpDesk::begin(Then then, const AssetId& asset) {
    const ReadId read{next_read_++};
    asked_.emplace(read, Asked{std::move(then), asset});
    return read;
}

ReadId HttpDesk::manifest(const AssetId& id, Time deadline, OnManifest then) {
    if (auto known = known_manifest(id)) {
        then(std::move(known));
        return {};
    }
    const ReadId read = begin(std::move(then), id);
    tell(http_event::NeedManifest{read, id, deadline});
    return read;
}

ReadId HttpDesk::read(ViewerId viewer, const ChunkRef& chunk, Time deadline, OnChunk then) {
    const ReadId read = begin(std::move(then), {});
    tell(http_event::Read{read, viewer, chunk, deadline});
    return read;
}

ReadId HttpDesk::ask(const Question& question, Time deadline, OnAnswer then) {
    const ReadId read = begin(std::move(then), {});
    tell(http_event::Ask{read, question, deadline});
    return read;
}

ReadId HttpDesk::command(const Command& command, Time deadline, OnCarriedOut then) {
    const ReadId read = begin(std::move(then), {});
    tell(http_event::Tell{read, command, deadline});
    return read;
}

void HttpDesk::cancel(ReadId read) {
    if (asked_.erase(read) > 0) tell(http_event::Cancel{read});
}

template <class F>
F HttpDesk::end(ReadId read) {
    const auto found = asked_.find(read);
    if (found == asked_.end()) return {};
    auto* kept = std::get_if<F>(&found->second.then);
    if (kept == nullptr) return {};
    F then = std::move(*kept);
    asked_.erase(found);
    return then;
}

void HttpDesk::take(HttpCommand& command) {
    if (auto* show = std::get_if<http_command::Show>(&command)) {
        take(*show);
    } else if (auto* self = std::get_if<http_command::Self>(&command)) {
        self_ = std::move(self->self);
    } else if (std::holds_alternative<http_command::Removed>(command)) {
        // Of what was removed nothing is here any more, and who asks for it must say so again.
        manifests_.clear();
    } else if (auto* happened = std::get_if<http_command::Happened>(&command)) {
        events_.push_back(std::move(happened->event));
        if (events_.size() > limits::kRecentEvents) events_.pop_front();
        if (told_) told_(nullptr);
    } else if (auto* chunk = std::get_if<http_command::Chunk>(&command)) {
        if (const auto then = end<OnChunk>(chunk->read)) then(std::move(chunk->payload));
    } else if (auto* here = std::get_if<http_command::ManifestHere>(&command)) {
        const auto found = asked_.find(here->read);
        if (found == asked_.end()) return;
        keep(found->second.asset, here->manifest);
        if (const auto then = end<OnManifest>(here->read)) then(std::move(here->manifest));
    } else if (auto* answered = std::get_if<http_command::Answered>(&command)) {
        if (const auto then = end<OnAnswer>(answered->read)) then(std::move(answered->answer));
    } else if (auto* done = std::get_if<http_command::CarriedOut>(&command)) {
        if (const auto then = end<OnCarriedOut>(done->read)) then(std::move(done->answer));
    } else if (auto* failed = std::get_if<http_command::Failed>(&command)) {
        const auto found = asked_.find(failed->read);
        if (found == asked_.end()) return;
        const Then then = std::move(found->second.then);
        asked_.erase(found);
        std::visit([&](const auto& one) { one(failed->error); }, then);
    }
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
    assets_.take(show.news);
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
