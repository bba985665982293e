#include "peer/swarm/buses/question.hpp"

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

bool is_of(const AssetId& asset, const Body& answer) {
    const auto* located = std::get_if<Located>(&answer);
    return located == nullptr || located->found != Found::ok ||
           (located->assets.size() == 1 && located->assets.front().id == asset);
}

}  // namespace fragcast
