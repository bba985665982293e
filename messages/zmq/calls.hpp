// messages_zmq. Any thread: value types.
//
// A question that one thread puts to another: each is a type that names its answer's (`Answer`),
// and has numbers of its own, so that an answer finds its asker by its type.
#pragma once

#include "messages/wire/result.hpp"

#include <compare>
#include <cstdint>
#include <functional>
#include <map>
#include <tuple>
#include <utility>

namespace fragcast {

template <class Question>
struct CallId {
    std::uint64_t value = 0;  // 0: none
    auto operator<=>(const CallId&) const = default;
};

template <class Question>
using Then = std::function<void(Result<typename Question::Answer>)>;

// One thread. Who waits for an answer, by the type of the question.
template <class... Questions>
class Callers {
public:
    template <class Question>
    CallId<Question> add(Then<Question> then) {
        const CallId<Question> id{++last_};
        table<Question>().emplace(id, std::move(then));
        return id;
    }
    // Empty: nobody waits for it (any more).
    template <class Question>
    Then<Question> take(CallId<Question> id) {
        const auto entry = table<Question>().extract(id);
        return entry.empty() ? Then<Question>{} : std::move(entry.mapped());
    }

private:
    template <class Question>
    auto& table() {
        return std::get<std::map<CallId<Question>, Then<Question>>>(tables_);
    }

    std::tuple<std::map<CallId<Questions>, Then<Questions>>...> tables_;
    std::uint64_t last_ = 0;
};

}  // namespace fragcast
