#include "peer/swarm/buses/question.hpp"

#include "messages/wire/limits.hpp"

#include <tuple>

namespace fragcast {

namespace {

template <class... Ts>
bool number_any(Body& body, RequestId request) {
    const auto one = [&](auto* question) {
        if (question != nullptr) question->request = request;
        return question != nullptr;
    };
    return (one(std::get_if<Ts>(&body)) || ...);
}

template <class Question, class Answer>
bool pair(const Body& question, const Body& answer) {
    return std::holds_alternative<Question>(question) && std::holds_alternative<Answer>(answer);
}

}  // namespace

bool number_question(Body& question, RequestId request) {
    return number_any<Locate, ListPeers, ListAssets, Dump, AskStats, AskEvents>(question, request);
}

bool answers(const Body& question, const Body& answer) {
    return pair<Locate, Located>(question, answer) || pair<ListPeers, Peers>(question, answer) ||
           pair<ListAssets, Assets>(question, answer) || pair<Dump, Dumped>(question, answer) ||
           pair<AskStats, Stats>(question, answer) || pair<AskEvents, Events>(question, answer) ||
           std::holds_alternative<Refused>(answer);
}

bool moves_on(const Body& question, const Body& next) {
    if (const auto* to = std::get_if<ListPeers>(&next))
        return to->after > std::get<ListPeers>(question).after;
    if (const auto* to = std::get_if<ListAssets>(&next))
        return to->after > std::get<ListAssets>(question).after;
    const auto& from = std::get<Dump>(question);
    const auto& to = std::get<Dump>(next);
    return std::tie(to.after_peer, to.after_asset) > std::tie(from.after_peer, from.after_asset);
}

std::size_t entries_of(const Body& answer) {
    if (const auto* page = std::get_if<Peers>(&answer)) return page->peers.size();
    if (const auto* page = std::get_if<Assets>(&answer)) return page->assets.size();
    std::size_t entries = 0;
    if (const auto* page = std::get_if<Dumped>(&answer))
        for (const HoldingRecord& holding : page->holdings)
            entries += 1 + holding.fragments.spans().size() / limits::kSpansToldAsOne;
    return entries;
}

std::size_t most_of(const Body& question) {
    if (std::holds_alternative<ListPeers>(question)) return limits::kMaxBusPeers;
    if (std::holds_alternative<ListAssets>(question)) return limits::kMaxAssetsKnown;
    const auto* dump = std::get_if<Dump>(&question);
    if (dump != nullptr && !dump->peer.is_zero()) return limits::kMaxAssetsPerPeer;
    return limits::kMaxHoldingsTold;
}

bool is_of(const AssetId& asset, const Body& answer) {
    const auto* located = std::get_if<Located>(&answer);
    return located == nullptr || located->found != Found::ok ||
           (located->assets.size() == 1 && located->assets.front().id == asset);
}

}  // namespace fragcast
