#include "tests/support/memory_files.hpp"

#include <algorithm>
#include <map>
#include <mutex>
#include <random>
#include <set>
#include <stdexcept>

namespace fragcast::test {

namespace fs = std::filesystem;

namespace {
constexpr std::size_t kBlock = 4096;

// The test is wrong where it is not.
void must(bool holds, const fs::path& path) {
    if (!holds) throw std::logic_error("there is no " + path.string());
}
}  // namespace

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
    Status ask(Op op, const fs::path& path) const {
        if (fault)
            if (const auto kind = fault(op, path))
                return fail(*kind, "cannot use " + path.string() + ": a fault was injected");
        return Done{};
    }
    std::shared_ptr<Node> find(const fs::path& path) const {
        auto node = root;
        for (const auto& part : path.relative_path()) {
            if (node->kind != EntryKind::folder) return nullptr;
            const auto next = node->names.find(part.string());
            if (next == node->names.end()) return nullptr;
            node = next->second;
        }
        return node;
    }
    std::shared_ptr<Node> parent_of(const fs::path& path) const {
        auto parent = find(path.parent_path());
        return parent && parent->kind == EntryKind::folder ? parent : nullptr;
    }
    static std::uint64_t used(const Node& node) {
        std::uint64_t sum = node.blocks.size() * kBlock;
        for (const auto& [name, inside] : node.names)
            sum += used(*inside);
        return sum;
    }
    static void write(Node& node, std::uint64_t offset, std::span<const std::uint8_t> data) {
        if (data.empty()) return;
        if (node.data.size() < offset + data.size()) node.data.resize(offset + data.size());
        std::copy(data.begin(), data.end(),
                  node.data.begin() + static_cast<std::ptrdiff_t>(offset));
        for (std::size_t i = offset / kBlock; i <= (offset + data.size() - 1) / kBlock; ++i)
            node.blocks.insert(i);
    }
};

namespace {

using FileNode = MemoryFiles::Node;  // not Node: a unity build has a peer's, too
using State = MemoryFiles::State;

Error missing(const fs::path& path) {
    return fail(ErrorKind::not_found, "cannot open " + path.string() + ": no such file");
}

Entry entry_of(const FileNode& node) {
    return {{}, node.kind, node.data.size(), node.modified_ns};
}

class MemoryFile final : public File {
public:
    MemoryFile(std::shared_ptr<State> state, std::shared_ptr<FileNode> node, fs::path path)
        : state_(std::move(state)), node_(std::move(node)), path_(std::move(path)) {}

    Result<std::size_t> read_at(std::uint64_t offset, std::span<std::uint8_t> out) override {
        const std::lock_guard guard(state_->mutex);
        if (auto asked = state_->ask(Op::read, path_); !asked) return asked.error();
        if (offset >= node_->data.size()) return std::size_t{0};
        const auto size = std::min<std::uint64_t>(out.size(), node_->data.size() - offset);
        std::copy_n(node_->data.begin() + static_cast<std::ptrdiff_t>(offset), size, out.begin());
        return static_cast<std::size_t>(size);
    }
    Status write_at(std::uint64_t offset, std::span<const std::uint8_t> data) override {
        const std::lock_guard guard(state_->mutex);
        if (auto asked = state_->ask(Op::write, path_); !asked) {
            State::write(*node_, offset, data.first(data.size() / 2));
            return asked;
        }
        if (State::used(*state_->root) + data.size() > state_->capacity)
            return fail(ErrorKind::full, "cannot write " + path_.string() + ": no space left");
        State::write(*node_, offset, data);
        node_->modified_ns = state_->tick();
        return Done{};
    }
    Status resize(std::uint64_t size) override {
        const std::lock_guard guard(state_->mutex);
        if (auto asked = state_->ask(Op::resize, path_); !asked) return asked;
        if (node_->data.size() == size) return Done{};
        node_->data.resize(size);
        node_->blocks.erase(node_->blocks.lower_bound((size + kBlock - 1) / kBlock),
                            node_->blocks.end());
        node_->modified_ns = state_->tick();
        return Done{};
    }
    Status sync() override {
        const std::lock_guard guard(state_->mutex);
        if (auto asked = state_->ask(Op::sync, path_); !asked) return asked;
        node_->durable = node_->data;
        return Done{};
    }
    void start_writeback(std::uint64_t, std::uint64_t) override {}
    std::uint64_t next_data(std::uint64_t offset) override {
        const auto block = node_->blocks.lower_bound(offset / kBlock);
        if (block == node_->blocks.end())
            return std::max<std::uint64_t>(offset, node_->data.size());
        return std::max<std::uint64_t>(offset, *block * kBlock);
    }
    Result<Entry> stat() override {
        const std::lock_guard guard(state_->mutex);
        if (auto asked = state_->ask(Op::stat, path_); !asked) return asked.error();
        return entry_of(*node_);
    }

private:
    std::shared_ptr<State> state_;
    std::shared_ptr<FileNode> node_;
    fs::path path_;
};

class MemoryLock final : public FileLock {
public:
    explicit MemoryLock(std::shared_ptr<FileNode> node) : node_(std::move(node)) {
        node_->locked = true;
    }
    ~MemoryLock() override { node_->locked = false; }

private:
    std::shared_ptr<FileNode> node_;
};

// One power cut: what of each file and each change of names gets through.
class PowerCut {
public:
    PowerCut(MemoryFiles::Unsynced unsynced, std::uint64_t seed)
        : unsynced_(unsynced), chance_(seed) {}

    void cut(FileNode& node) {
        if (!seen_.insert(&node).second) return;
        node.locked = false;
        if (node.kind != EntryKind::folder) return cut_file(node);
        // By node, not by name: a rename happens or does not, and is never half of it.
        FileNode::Names after;
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

    static bool holds(const FileNode::Names& names, const std::string& name,
                      const std::shared_ptr<FileNode>& node) {
        const auto found = names.find(name);
        return found != names.end() && found->second == node;
    }
    // What was replaced goes when its successor is there, and not before.
    bool stays(const FileNode::Names& names, const std::string& name,
               const std::shared_ptr<FileNode>& node) {
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
    bool moves(const std::shared_ptr<FileNode>& node) {
        const auto [found, made] = moves_.try_emplace(node.get(), false);
        if (made) found->second = by_chance();
        return found->second;
    }
    void cut_file(FileNode& node) {
        Bytes after = by_chance() ? node.data : node.durable;
        const Bytes& other = after.size() == node.data.size() ? node.durable : node.data;
        const std::size_t both = std::min(after.size(), other.size());
        if (unsynced_ == Unsynced::mixed)
            for (std::size_t at = 0; at < both; at += kBlock)
                if (chance_() % 2 == 0)
                    std::copy_n(other.begin() + static_cast<std::ptrdiff_t>(at),
                                std::min(kBlock, both - at),
                                after.begin() + static_cast<std::ptrdiff_t>(at));
        node.data = node.durable = after;
        const std::size_t blocks = (after.size() + kBlock - 1) / kBlock;
        node.blocks.erase(node.blocks.lower_bound(blocks), node.blocks.end());
    }

    Unsynced unsynced_;
    std::mt19937_64 chance_;
    std::map<const FileNode*, bool> moves_;
    std::set<const FileNode*> seen_;
};

// Once the new place of what was moved is durable, the old one is given up: renames are atomic.
void forget_moved(FileNode& below, const FileNode& synced) {
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

void walk(const FileNode& node, const std::string& name, std::vector<std::string>& out) {
    if (node.kind != EntryKind::folder || (node.names.empty() && !name.empty()))
        out.push_back(name + (node.kind == EntryKind::folder ? "/" : ""));
    for (const auto& [inside, child] : node.names)
        walk(*child, name.empty() ? inside : name + "/" + inside, out);
}

std::shared_ptr<FileNode> clone(const FileNode& node) {
    auto twin = std::make_shared<FileNode>(node);
    twin->locked = false;
    for (auto& [name, child] : twin->names)
        child = clone(*child);
    twin->durable_names = twin->names;
    return twin;
}

}  // namespace

MemoryFiles::MemoryFiles() : state_(std::make_shared<State>()) {
    state_->root->kind = EntryKind::folder;
}
MemoryFiles::~MemoryFiles() = default;

void MemoryFiles::crash(Unsynced unsynced, std::uint64_t seed) {
    PowerCut(unsynced, seed).cut(*state_->root);
}

void MemoryFiles::set_fault(Fault fault) {
    state_->fault = std::move(fault);
}
void MemoryFiles::set_capacity(std::uint64_t bytes) {
    state_->capacity = bytes;
}
void MemoryFiles::set_seconds(std::uint64_t seconds) {
    state_->now_ns = static_cast<std::int64_t>(seconds) * 1'000'000'000;
}

void MemoryFiles::put_folder(const fs::path& path) {
    auto node = state_->root;
    for (const auto& part : path.relative_path()) {
        auto& next = node->names[part.string()];
        if (!next) {
            next = std::make_shared<FileNode>();
            next->kind = EntryKind::folder;
        }
        node->durable_names[part.string()] = next;
        node = next;
    }
}

void MemoryFiles::put(const fs::path& path, const Bytes& bytes) {
    put_folder(path.parent_path());
    auto node = std::make_shared<FileNode>();
    State::write(*node, 0, bytes);
    node->durable = node->data;
    node->modified_ns = state_->tick();
    const auto parent = state_->find(path.parent_path());
    parent->names[path.filename().string()] = node;
    parent->durable_names[path.filename().string()] = node;
}

void MemoryFiles::put_link(const fs::path& path) {
    put(path, {});
    state_->find(path)->kind = EntryKind::other;
}

Bytes MemoryFiles::get(const fs::path& path) const {
    const auto node = state_->find(path);
    must(node != nullptr, path);
    return node->data;
}

void MemoryFiles::truncate(const fs::path& path, std::uint64_t size) {
    const auto node = state_->find(path);
    must(node != nullptr, path);
    node->data.resize(size);
    node->durable = node->data;
    node->modified_ns = state_->tick();
}

void MemoryFiles::flip_byte(const fs::path& path, std::uint64_t offset) {
    rot_byte(path, offset);
    state_->find(path)->modified_ns = state_->tick();
}

void MemoryFiles::rot_byte(const fs::path& path, std::uint64_t offset) {
    const auto node = state_->find(path);
    must(node != nullptr, path);
    node->data.at(offset) ^= 0x40;
    node->durable = node->data;
}

bool MemoryFiles::exists(const fs::path& path) const {
    return state_->find(path) != nullptr;
}

void MemoryFiles::erase(const fs::path& path) {
    const auto parent = state_->parent_of(path);
    must(parent != nullptr, path);
    parent->names.erase(path.filename().string());
    parent->durable_names.erase(path.filename().string());
}

std::vector<std::string> MemoryFiles::tree(const fs::path& folder) const {
    std::vector<std::string> out;
    if (const auto node = state_->find(folder)) walk(*node, "", out);
    std::sort(out.begin(), out.end());
    return out;
}

std::unique_ptr<MemoryFiles> MemoryFiles::copy() const {
    auto twin = std::make_unique<MemoryFiles>();
    twin->state_->root = clone(*state_->root);
    twin->state_->now_ns = state_->now_ns;
    return twin;
}

// --- Files ---------------------------------------------------------------------------------------

Result<std::unique_ptr<File>> MemoryFiles::open(const fs::path& path, Mode mode) {
    const std::lock_guard guard(state_->mutex);
    if (auto asked = state_->ask(Op::open, path); !asked) return asked.error();
    auto node = state_->find(path);
    if (!node) {
        const auto parent = state_->parent_of(path);
        if (!parent || mode == Mode::read || mode == Mode::update) return missing(path);
        node = std::make_shared<FileNode>();
        node->modified_ns = state_->tick();
        parent->names[path.filename().string()] = node;
    }
    if (node->kind != EntryKind::file)
        return fail(ErrorKind::io, path.string() + " is not a regular file");
    return std::unique_ptr<File>(std::make_unique<MemoryFile>(state_, node, path));
}

Result<std::vector<Entry>> MemoryFiles::list(const fs::path& folder) {
    const std::lock_guard guard(state_->mutex);
    if (auto asked = state_->ask(Op::list, folder); !asked) return asked.error();
    const auto node = state_->find(folder);
    if (!node || node->kind != EntryKind::folder) return missing(folder);
    std::vector<Entry> entries;
    for (const auto& [name, inside] : node->names) {
        entries.push_back(entry_of(*inside));
        entries.back().name = name;
    }
    return entries;
}

Result<Entry> MemoryFiles::stat(const fs::path& path) {
    const std::lock_guard guard(state_->mutex);
    if (auto asked = state_->ask(Op::stat, path); !asked) return asked.error();
    const auto node = state_->find(path);
    if (!node) return missing(path);
    auto entry = entry_of(*node);
    entry.name = path.filename().string();
    return entry;
}

Status MemoryFiles::make_folder(const fs::path& path, Access access) {
    const std::lock_guard guard(state_->mutex);
    if (auto asked = state_->ask(Op::make_folder, path); !asked) return asked;
    if (const auto node = state_->find(path))
        return node->kind == EntryKind::folder
                   ? Status(Done{})
                   : fail(ErrorKind::io, path.string() + " is in the way: it is not a folder");
    if (!state_->find(path.parent_path()))
        if (auto made = make_folder(path.parent_path(), access); !made) return made;
    const auto parent = state_->parent_of(path);
    if (!parent) return missing(path);
    auto node = std::make_shared<FileNode>();
    node->kind = EntryKind::folder;
    parent->names[path.filename().string()] = node;
    return Done{};
}

Status MemoryFiles::remove(const fs::path& path) {
    const std::lock_guard guard(state_->mutex);
    if (auto asked = state_->ask(Op::remove, path); !asked) return asked;
    const auto node = state_->find(path);
    if (!node) return Done{};
    if (node->kind == EntryKind::folder && !node->names.empty())
        return fail(ErrorKind::exists, "cannot remove " + path.string() + ": not empty");
    state_->parent_of(path)->names.erase(path.filename().string());
    return Done{};
}

Status MemoryFiles::rename(const fs::path& from, const fs::path& to, Replace replace) {
    const std::lock_guard guard(state_->mutex);
    if (auto asked = state_->ask(Op::rename, to); !asked) return asked;
    const auto node = state_->find(from);
    const auto target = state_->parent_of(to);
    if (!node || !target) return missing(from);
    const auto there = state_->find(to);
    const auto is_folder = [](const auto& one) { return one->kind == EntryKind::folder; };
    if (there &&
        (replace == Replace::no || is_folder(there) != is_folder(node) || !there->names.empty()))
        return fail(ErrorKind::exists, "cannot rename to " + to.string() + ": it exists");
    state_->parent_of(from)->names.erase(from.filename().string());
    target->names[to.filename().string()] = node;
    return Done{};
}

Status MemoryFiles::sync_folder(const fs::path& folder) {
    const std::lock_guard guard(state_->mutex);
    if (auto asked = state_->ask(Op::sync_folder, folder); !asked) return asked;
    const auto node = state_->find(folder);
    if (!node) return missing(folder);
    node->durable_names = node->names;
    forget_moved(*state_->root, *node);
    return Done{};
}

Result<std::uint64_t> MemoryFiles::free_bytes(const fs::path& folder) {
    const std::lock_guard guard(state_->mutex);
    if (auto asked = state_->ask(Op::free_bytes, folder); !asked) return asked.error();
    const std::uint64_t used = State::used(*state_->root);
    return used < state_->capacity ? state_->capacity - used : 0;
}

Result<std::unique_ptr<FileLock>> MemoryFiles::lock(const fs::path& path, std::string_view holder) {
    const std::lock_guard guard(state_->mutex);
    if (auto asked = state_->ask(Op::lock, path); !asked) return asked.error();
    const auto there = state_->find(path);
    if (!there || there->kind != EntryKind::folder)
        if (auto file = open(path, Mode::write); !file) return file.error();
    const auto node = state_->find(path);
    if (node->locked) return fail(ErrorKind::busy, node->holder);
    node->holder = "process 4711 (" + std::string(holder) + ")";
    node->modified_ns = state_->tick();
    return std::unique_ptr<FileLock>(std::make_unique<MemoryLock>(node));
}

// --- dying ---------------------------------------------------------------------------------------

DyingAt::DyingAt(MemoryFiles& files, std::uint64_t before)
    : files_(files), count_(std::make_shared<std::uint64_t>(0)) {
    files.set_fault([count = count_, before](Op op, const fs::path&) -> std::optional<ErrorKind> {
        if (op == Op::read || op == Op::stat || op == Op::list || op == Op::free_bytes)
            return *count > before ? std::optional(ErrorKind::io) : std::nullopt;
        return ++*count > before ? std::optional(ErrorKind::io) : std::nullopt;
    });
}

DyingAt::~DyingAt() {
    files_.set_fault(nullptr);
}

}  // namespace fragcast::test
