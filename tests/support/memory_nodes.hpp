// Any thread, under the mutex. What files in memory are made of, and what a power cut leaves of
// them.
#pragma once

#include "tests/support/memory_files.hpp"

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <span>
#include <string>

namespace fragcast::test {

inline constexpr std::size_t kMemoryBlock = 4096;

struct MemoryFiles::Node {
    EntryKind kind = EntryKind::file;
    Bytes data;
    std::set<std::size_t> blocks;  // that hold data; the rest are holes
    Bytes durable;
    std::int64_t modified_ns = 0;
    bool locked = false;
    std::string holder;
    using Names = std::map<std::string, std::shared_ptr<Node>>;
    Names names;
    Names durable_names;
};

struct MemoryFiles::State {
    std::recursive_mutex mutex;  // the cutter hashes in a thread of its own
    std::shared_ptr<Node> root = std::make_shared<Node>();
    Fault fault;
    std::uint64_t capacity = ~0ULL;
    std::int64_t now_ns = 1'700'000'000LL * 1'000'000'000;

    std::int64_t tick() { return now_ns += 1000; }
    Status ask(Op op, const std::filesystem::path& path) const {
        if (fault)
            if (const auto kind = fault(op, path))
                return fail(*kind, "cannot use " + path.string() + ": a fault was injected");
        return Done{};
    }
    std::shared_ptr<Node> find(const std::filesystem::path& path) const {
        auto node = root;
        for (const auto& part : path.relative_path()) {
            if (node->kind != EntryKind::folder) return nullptr;
            const auto next = node->names.find(part.string());
            if (next == node->names.end()) return nullptr;
            node = next->second;
        }
        return node;
    }
    std::shared_ptr<Node> parent_of(const std::filesystem::path& path) const {
        auto parent = find(path.parent_path());
        return parent && parent->kind == EntryKind::folder ? parent : nullptr;
    }
    static std::uint64_t used(const Node& node) {
        std::uint64_t sum = node.blocks.size() * kMemoryBlock;
        for (const auto& [name, inside] : node.names)
            sum += used(*inside);
        return sum;
    }
    static void write(Node& node, std::uint64_t offset, std::span<const std::uint8_t> data) {
        if (data.empty()) return;
        if (node.data.size() < offset + data.size()) node.data.resize(offset + data.size());
        std::copy(data.begin(), data.end(),
                  node.data.begin() + static_cast<std::ptrdiff_t>(offset));
        for (std::size_t i = offset / kMemoryBlock; i <= (offset + data.size() - 1) / kMemoryBlock;
             ++i)
            node.blocks.insert(i);
    }
};

// One power cut: what of each file and each change of names gets through.
void cut_power(MemoryFiles::Node& root, MemoryFiles::Unsynced unsynced, std::uint64_t seed);

// Once the new place of what was moved is durable, the old one is given up: renames are atomic.
void forget_moved(MemoryFiles::Node& below, const MemoryFiles::Node& synced);

}  // namespace fragcast::test
