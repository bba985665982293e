#include "peer/store/reader_loads.hpp"

#include <algorithm>

namespace fragcast {

static_assert(2 * limits::kUntakenChunks <= limits::kReadBuffers);

void ReaderLoads::take(const ReaderCommand& command) {
    if (const auto* open = std::get_if<reader_command::Open>(&command)) {
        readers_[open->reader].credit = open->credit;
        newest_ = std::max(newest_, open->reader);
    } else if (const auto* taken = std::get_if<reader_command::Taken>(&command)) {
        give_back(taken->reader, taken->chunks);
    } else {
        const ReaderId closed = std::get<reader_command::Close>(command).reader;
        const auto entry = readers_.extract(closed);
        if (!entry.empty()) out_ -= entry.mapped().out;
        std::erase_if(waiting_, [&](const Load& load) { return load.who.reader == closed; });
    }
}

bool ReaderLoads::add(const Load& load) {
    const bool closed = load.who.reader <= newest_ && !is_open(load.who.reader);
    if (closed || waiting_.size() >= limits::kStoreBacklog) return false;
    waiting_.push_back(load);
    return true;
}

std::optional<ReaderLoads::Load> ReaderLoads::next() {
    if (out_ >= limits::kUntakenChunks) return std::nullopt;
    const auto found = std::find_if(waiting_.begin(), waiting_.end(), [this](const Load& load) {
        const auto reader = readers_.find(load.who.reader);
        return reader != readers_.end() && reader->second.credit > 0;
    });
    if (found == waiting_.end()) return std::nullopt;
    const Load load = *found;
    waiting_.erase(found);
    Reader& reader = readers_.at(load.who.reader);
    --reader.credit;
    ++reader.out;
    ++out_;
    return load;
}

void ReaderLoads::give_back(ReaderId id, std::uint32_t chunks) {
    const auto found = readers_.find(id);
    if (found == readers_.end()) return;
    const std::uint32_t some = std::min(chunks, found->second.out);
    found->second.out -= some;
    found->second.credit += some;
    out_ -= some;
}

}  // namespace fragcast
