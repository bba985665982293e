#include "messages/wire/codec.hpp"
#include "messages/wire/limits.hpp"
#include "messages/wire/topic.hpp"
#include "tests/fuzz/targets.hpp"

namespace fragcast::fuzz {

void decode(Input input) {
    const auto result = fragcast::decode(input);
    if (const auto* error = std::get_if<DecodeError>(&result))
        return must(!error->text.empty(), "a refused frame has a reason");
    const auto& message = std::get<Message>(result);
    const auto again = fragcast::decode(encode(message));
    must(std::holds_alternative<Message>(again) && std::get<Message>(again) == message,
         "what was decoded survives another round");
    must(describe(message).find('\n') == std::string::npos, "a description is one line");
    if (topic_prefix(kind_of(message.body)))
        must(topic_of(message).size() <= limits::kMaxTopicBytes, "a topic is within its limit");
}

}  // namespace fragcast::fuzz
