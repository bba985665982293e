#include "tests/sim/sim_outcome.hpp"

#include "tests/sim/sim_fold.hpp"

#include <algorithm>

namespace fragcast::sim {

void SimOutcome::acted(NodeId node, const Actions& actions) {
    for (const Action& action : actions)
        if (const auto* fragment = std::get_if<DropFragment>(&action))
            ++dropped_[{node, fragment->fragment.asset,
                        std::to_string(fragment->fragment.index.value)}];
        else if (const auto* asset = std::get_if<DropAsset>(&action))
            ++dropped_[{node, asset->asset, "all"}];
}

std::size_t SimOutcome::reports(const std::string& kind) const {
    std::size_t count = 0;
    for (const auto& [what, so_many] : reports_)
        if (std::get<std::string>(what) == kind) count += so_many;
    return count;
}

std::vector<std::string> SimOutcome::lines(const std::deque<SimNode>& nodes) const {
    constexpr const char* kLevels[] = {"debug", "info", "warning", "error"};
    const auto name = [&](NodeId node) {  // names may repeat
        return nodes[node.value].name() + "#" + std::to_string(node.value);
    };
    std::vector<std::string> out;
    for (const auto& [pair, bytes] : sent_)
        out.push_back(name(pair.first) + " sent " + name(pair.second) + " " +
                      std::to_string(bytes) + " bytes");
    for (const auto& [node, bytes] : wasted_)
        out.push_back(name(node) + " threw away " + std::to_string(bytes) + " bytes");
    for (const auto& [what, count] : reports_) {
        const auto& [node, level, kind] = what;
        out.push_back(name(node) + " reported " + kLevels[static_cast<int>(level)] + " " + kind +
                      " " + std::to_string(count) + " times");
    }
    for (const auto& [node, asset, ms] : whole_)
        out.push_back(name(node) + " had " + asset.short_text() + " whole at " +
                      std::to_string(ms) + " ms");
    for (const auto& [what, count] : dropped_) {
        const auto& [node, asset, part] = what;
        out.push_back(name(node) + " dropped " + asset.short_text() + "/" + part + " " +
                      std::to_string(count) + " times");
    }
    for (const SimNode& node : nodes)
        for (const auto& [asset, held] : node.disk().assets())
            out.push_back(name(node.id()) + " holds " + node.disk().done(asset).text() + " of " +
                          asset.short_text());
    std::sort(out.begin(), out.end());
    return out;
}

std::uint64_t digest_of(const std::vector<std::string>& lines) {
    Fold fold;
    for (const std::string& line : lines)
        fold.add(line);
    return fold.value();
}

}  // namespace fragcast::sim
