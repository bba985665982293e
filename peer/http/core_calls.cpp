#include "peer/http/core_calls.hpp"

#include <utility>

namespace fragcast {

ReadId CoreCalls::begin(Asked then) {
    const ReadId read{++last_};
    asked_.emplace(read, std::move(then));
    return read;
}

ReadId CoreCalls::manifest(const AssetId& asset, Time deadline, OnManifest then) {
    const ReadId read = begin(std::move(then));
    tell_(facts::ManifestAsked{read, asset, deadline});
    return read;
}

ReadId CoreCalls::chunk(ViewerId viewer, const ChunkRef& chunk, Time deadline, const ForReader& who,
                        OnNoChunk then) {
    const ReadId read = begin(Reading{who, std::move(then)});
    tell_(facts::ReadAsked{read, viewer, chunk, deadline});
    return read;
}

ReadId CoreCalls::question(Body question, bool friends, Time deadline, OnBody then) {
    const ReadId read = begin(std::move(then));
    tell_(facts::QuestionAsked{read, std::move(question), friends, deadline});
    return read;
}

void CoreCalls::cancel(ReadId read) {
    if (asked_.erase(read) > 0) tell_(facts::ReadCancelled{read});
}

template <class F, class What>
void CoreCalls::end(ReadId read, What what) {
    const auto found = asked_.find(read);
    if (found == asked_.end()) return;
    auto* kept = std::get_if<F>(&found->second);
    if (kept == nullptr) return;
    const F then = std::move(*kept);
    asked_.erase(found);
    then(std::move(what));
}

void CoreCalls::on_manifest(ReadId read, std::shared_ptr<const Manifest> manifest) {
    end<OnManifest>(read, std::move(manifest));
}

std::optional<ForReader> CoreCalls::hand_over(ReadId read) {
    const auto found = asked_.find(read);
    if (found == asked_.end()) return std::nullopt;
    const auto* reading = std::get_if<Reading>(&found->second);
    if (reading == nullptr) return std::nullopt;
    const ForReader who = reading->who;
    asked_.erase(found);
    return who;
}

void CoreCalls::on_answer(ReadId read, Body body) {
    end<OnBody>(read, std::move(body));
}

void CoreCalls::on_failure(ReadId read, const Error& error) {
    auto entry = asked_.extract(read);
    if (!entry.empty()) std::visit([&](const auto& then) { then(error); }, entry.mapped());
}

}  // namespace fragcast
