#include "tests/support/memory_files.hpp"

#include "tests/support/memory_nodes.hpp"

#include <algorithm>
#include <stdexcept>

namespace fragcast::test {

namespace fs = std::filesystem;

namespace {
// The test is wrong where it is not.
void must(bool holds, const fs::path& path) {
    if (!holds) throw std::logic_error("there is no " + path.string());
}
}  // namespace

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
        node_->blocks.erase(node_->blocks.lower_bound((size + kMemoryBlock - 1) / kMemoryBlock),
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
        const auto block = node_->blocks.lower_bound(offset / kMemoryBlock);
        if (block == node_->blocks.end())
            return std::max<std::uint64_t>(offset, node_->data.size());
        return std::max<std::uint64_t>(offset, *block * kMemoryBlock);
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
    cut_power(*state_->root, unsynced, seed);
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
