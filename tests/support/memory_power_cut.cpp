#include "tests/support/memory_nodes.hpp"

#include <algorithm>
#include <map>
#include <random>
#include <set>
#include <utility>

namespace fragcast::test {

namespace {

class PowerCut {
public:
    PowerCut(MemoryFiles::Unsynced unsynced, std::uint64_t seed)
        : unsynced_(unsynced), chance_(seed) {}

    void cut(MemoryFiles::Node& node) {
        if (!seen_.insert(&node).second) return;
        node.locked = false;
        if (node.kind != EntryKind::folder) return cut_file(node);
        // By node, not by name: a rename happens or does not, and is never half of it.
        MemoryFiles::Node::Names after;
        for (const auto& [name, inside] : node.durable_names)
            if (stays(node.names, name, inside)) after[name] = inside;
        for (const auto& [name, inside] : node.names)
            if (moves(inside)) after[name] = inside;
        node.names = node.durable_names = after;
        for (const auto& [name, inside] : after)
            cut(*inside);
    }

private:
    using Unsynced = MemoryFiles::Unsynced;

    static bool holds(const MemoryFiles::Node::Names& names, const std::string& name,
                      const std::shared_ptr<MemoryFiles::Node>& node) {
        const auto found = names.find(name);
        return found != names.end() && found->second == node;
    }
    // What was replaced goes when its successor is there, and not before.
    bool stays(const MemoryFiles::Node::Names& names, const std::string& name,
               const std::shared_ptr<MemoryFiles::Node>& node) {
        const auto now = names.find(name);
        const bool elsewhere = std::any_of(names.begin(), names.end(),
                                           [&](const auto& one) { return one.second == node; });
        if (now != names.end() && !elsewhere) return !moves(now->second);
        return !moves(node) || holds(names, name, node);
    }
    bool by_chance() {
        return unsynced_ == Unsynced::kept || (unsynced_ == Unsynced::mixed && chance_() % 2 == 0);
    }
    // Whether the node is where it was put last, or where it was at the last sync.
    bool moves(const std::shared_ptr<MemoryFiles::Node>& node) {
        const auto [found, made] = moves_.try_emplace(node.get(), false);
        if (made) found->second = by_chance();
        return found->second;
    }
    void cut_file(MemoryFiles::Node& node) {
        Bytes after = by_chance() ? node.data : node.durable;
        const Bytes& other = after.size() == node.data.size() ? node.durable : node.data;
        const std::size_t both = std::min(after.size(), other.size());
        if (unsynced_ == Unsynced::mixed)
            for (std::size_t at = 0; at < both; at += kMemoryBlock)
                if (chance_() % 2 == 0)
                    std::copy_n(other.begin() + static_cast<std::ptrdiff_t>(at),
                                std::min(kMemoryBlock, both - at),
                                after.begin() + static_cast<std::ptrdiff_t>(at));
        node.data = node.durable = after;
        const std::size_t blocks = (after.size() + kMemoryBlock - 1) / kMemoryBlock;
        node.blocks.erase(node.blocks.lower_bound(blocks), node.blocks.end());
    }

    Unsynced unsynced_;
    std::mt19937_64 chance_;
    std::map<const MemoryFiles::Node*, bool> moves_;
    std::set<const MemoryFiles::Node*> seen_;
};

}  // namespace

void cut_power(MemoryFiles::Node& root, MemoryFiles::Unsynced unsynced, std::uint64_t seed) {
    PowerCut(unsynced, seed).cut(root);
}

void forget_moved(MemoryFiles::Node& below, const MemoryFiles::Node& synced) {
    for (auto& [name, inside] : below.names)
        if (inside->kind == EntryKind::folder) forget_moved(*inside, synced);
    if (&below == &synced) return;
    std::erase_if(below.durable_names, [&](const auto& was) {
        const auto now = below.names.find(was.first);
        if (now != below.names.end() && now->second == was.second) return false;
        return std::any_of(synced.names.begin(), synced.names.end(),
                           [&](const auto& here) { return here.second == was.second; });
    });
}

}  // namespace fragcast::test
