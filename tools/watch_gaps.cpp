#include "tools/watch_gaps.hpp"

#include <variant>

namespace fragcast::tools {

namespace {

bool is_change(const Body& body) {
    return std::holds_alternative<FragmentAvailable>(body) ||
           std::holds_alternative<FragmentGone>(body);
}

// Others carry 0.
bool carries_sequence(const Body& body) {
    return is_change(body) || std::holds_alternative<AssetPublished>(body) ||
           std::holds_alternative<AssetRemoved>(body) || std::holds_alternative<PeerAlive>(body);
}

}  // namespace

std::optional<MissedChanges> GapWatch::see(const Message& message) {
    if (!carries_sequence(message.body)) return std::nullopt;
    const Header& header = message.header;
    const std::uint64_t told = header.sequence.value;
    const auto found = senders_.find(header.sender);
    if (found == senders_.end()) {
        if (senders_.size() < kMaxSendersWatched) senders_[header.sender] = {header.epoch, told};
        return std::nullopt;
    }
    Heard& heard = found->second;
    if (header.epoch < heard.epoch) return std::nullopt;
    if (header.epoch > heard.epoch) {
        heard = {header.epoch, told};
        return std::nullopt;
    }
    if (told <= heard.sequence) return std::nullopt;
    MissedChanges gap{header.sender, header.epoch, heard.sequence + 1, told};
    if (is_change(message.body)) --gap.last;  // that one is told by this message
    heard.sequence = told;
    if (gap.last < gap.first) return std::nullopt;
    missed_ += gap.last - gap.first + 1;
    return gap;
}

}  // namespace fragcast::tools
