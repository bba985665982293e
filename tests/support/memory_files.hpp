// Any thread, faults and crashes aside. Files in memory that remember what was synced, so that a
// power cut can be tried at any moment (after LevelDB's in-memory and fault-injecting
// environments).
#pragma once

#include "messages/files/files.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace fragcast::test {

enum class Op {
    open,
    read,
    write,
    resize,
    sync,
    list,
    stat,
    make_folder,
    remove,
    rename,
    sync_folder,
    lock,
    free_bytes
};

class MemoryFiles final : public Files {
public:
    MemoryFiles();
    ~MemoryFiles() override;

    // What a power cut does with what was not synced: file contents and folder entries.
    enum class Unsynced {
        lost,
        kept,  // a kill -9
        mixed  // each block and each name by chance
    };
    // Call with no store open. Locks are gone.
    void crash(Unsynced unsynced, std::uint64_t seed);

    // Asked before each operation; an answer makes it fail with that, a write after its first half.
    using Fault = std::function<std::optional<ErrorKind>(Op op, const std::filesystem::path& path)>;
    void set_fault(Fault fault);
    // Bytes of data blocks that fit (holes take none).
    void set_capacity(std::uint64_t bytes);
    // Seconds since 1970 of the next change.
    void set_seconds(std::uint64_t seconds);

    // --- by hand, durable at once, never failing ---
    void put(const std::filesystem::path& path, const Bytes& bytes);
    void put_link(const std::filesystem::path& path);
    void put_folder(const std::filesystem::path& path);
    // Throws std::logic_error when there is no such file; so do the others below.
    Bytes get(const std::filesystem::path& path) const;
    void truncate(const std::filesystem::path& path, std::uint64_t size);
    void flip_byte(const std::filesystem::path& path, std::uint64_t offset);
    // As a bad disk does: its time stays.
    void rot_byte(const std::filesystem::path& path, std::uint64_t offset);
    bool exists(const std::filesystem::path& path) const;
    void erase(const std::filesystem::path& path);
    // All files and links below, folders only when empty, sorted, relative.
    std::vector<std::string> tree(const std::filesystem::path& folder) const;
    // A second file system with the same contents, as `cp -a` makes it.
    std::unique_ptr<MemoryFiles> copy() const;

    Result<std::unique_ptr<File>> open(const std::filesystem::path& path, Mode mode) override;
    Result<std::vector<Entry>> list(const std::filesystem::path& folder) override;
    Result<Entry> stat(const std::filesystem::path& path) override;
    Status make_folder(const std::filesystem::path& path, Access access) override;
    Status remove(const std::filesystem::path& path) override;
    Status rename(const std::filesystem::path& from, const std::filesystem::path& to,
                  Replace replace) override;
    Status sync_folder(const std::filesystem::path& folder) override;
    Result<std::uint64_t> free_bytes(const std::filesystem::path& folder) override;
    Result<std::unique_ptr<FileLock>> lock(const std::filesystem::path& path,
                                           std::string_view holder) override;

    struct Node;
    struct State;

private:
    std::shared_ptr<State> state_;
};

// Lets `before` operations that change something through; that one and all later ones fail, as for
// a process that is gone. `count` says how many there were.
class DyingAt {
public:
    DyingAt(MemoryFiles& files, std::uint64_t before);
    ~DyingAt();
    std::uint64_t count() const { return *count_; }

private:
    MemoryFiles& files_;
    std::shared_ptr<std::uint64_t> count_;
};

}  // namespace fragcast::test
