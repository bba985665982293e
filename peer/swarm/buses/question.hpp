// Any thread. Pure: which messages are questions to buses and friends, and what answers them.
#pragma once

#include "messages/wire/message.hpp"

namespace fragcast {

// Puts its number into a question. False: it is none.
bool number_question(Body& question, RequestId request);
// Of that kind, or a refusal.
bool answers(const Body& question, const Body& answer);
// Who is asked for the holders of one asset tells of that one or of none.
bool is_of(const AssetId& asset, const Body& answer);
// Of pages: whether `next` asks for what comes after all that `question` asked for; how many
// entries an answer has; and how many all pages of an answer may have.
bool moves_on(const Body& question, const Body& next);
std::size_t entries_of(const Body& answer);
std::size_t most_of(const Body& question);

}  // namespace fragcast
