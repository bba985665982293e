// Any one thread at a time for each object; a Files itself holds no state of the caller's.
//
// The little of a file system that store and cutter need, so that tests can crash it. Real files
// are files_real.cpp; the memory and the faulty ones are in tests/support/. Nothing here follows a
// symbolic link as the last part of a path.
//
// Error kinds, everywhere: not_found, exists, full (no space, quota), busy (out of descriptors or
// memory, locked), io (the rest, forbidden and read-only included). Texts name the path and what
// the system said.
#pragma once

#include "messages/wire/ids.hpp"
#include "messages/wire/result.hpp"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace fragcast {

enum class EntryKind { file, folder, other };
struct Entry {
    std::string name;  // without folders
    EntryKind kind = EntryKind::other;
    std::uint64_t size = 0;        // of a file
    std::int64_t modified_ns = 0;  // since 1970
};

// An open regular file; closed by its destructor.
class File {
public:
    virtual ~File() = default;
    // Fewer bytes than asked for only at the end of the file. Several threads may read at once.
    virtual Result<std::size_t> read_at(std::uint64_t offset, std::span<std::uint8_t> out) = 0;
    // All or an error; after an error any part may be written.
    virtual Status write_at(std::uint64_t offset, std::span<const std::uint8_t> data) = 0;
    virtual Status resize(std::uint64_t size) = 0;
    virtual Status sync() = 0;
    // A hint to begin writing this range to disk, so that sync() has less to do.
    virtual void start_writeback(std::uint64_t offset, std::uint64_t length) = 0;
    // The first offset at or after this one that may hold data (not a hole); the size if none.
    virtual std::uint64_t next_data(std::uint64_t offset) = 0;
    virtual Result<Entry> stat() = 0;  // without the name
};

// Held until destroyed, and no longer than the process lives.
class FileLock {
public:
    virtual ~FileLock() = default;
};

class Files {
public:
    enum class Mode {
        read,
        update,  // for writing too; not_found if missing
        write,   // as update, made if missing
        secret,  // as write, made readable by its owner only
    };
    enum class Replace { no, yes };
    enum class Access { normal, secret };

    virtual ~Files() = default;
    virtual Result<std::unique_ptr<File>> open(const std::filesystem::path& path, Mode mode) = 0;
    // By name. Links are listed as `other`.
    virtual Result<std::vector<Entry>> list(const std::filesystem::path& folder) = 0;
    virtual Result<Entry> stat(const std::filesystem::path& path) = 0;
    // With its parents; fine if it is there. `secret` goes for a new last folder only.
    virtual Status make_folder(const std::filesystem::path& path, Access access) = 0;
    // A file, link or empty folder; fine if there is none.
    virtual Status remove(const std::filesystem::path& path) = 0;
    // Atomic. With Replace::no an existing target is `exists`; a folder replaces an empty one only.
    virtual Status rename(const std::filesystem::path& from, const std::filesystem::path& to,
                          Replace replace) = 0;
    virtual Status sync_folder(const std::filesystem::path& folder) = 0;
    virtual Result<std::uint64_t> free_bytes(const std::filesystem::path& folder) = 0;
    // Locks the file, made if missing, or the folder, against everybody. `busy`: its text is the
    // holder's, as "process 4711 (peer1)"; `holder` is the name that others will be told.
    virtual Result<std::unique_ptr<FileLock>> lock(const std::filesystem::path& path,
                                                   std::string_view holder) = 0;
};

Files& real_files();
// A real file that a user names, to be read from begin to end; here links are followed. not_found;
// invalid: a folder, pipe or device (the text says what to do).
Result<std::unique_ptr<File>> open_input(const std::filesystem::path& path);

// --- what is built on it ------------------------------------------------------------------------
// A missing file is not_found, a larger one invalid.
Result<Bytes> read_small_file(Files& files, const std::filesystem::path& path, std::size_t limit);
// In place; what a crash leaves of it is open until it is synced.
Status write_unsynced(Files& files, const std::filesystem::path& path,
                      std::span<const std::uint8_t> data);
// In place and synced: a crash may leave any part of it.
Status write_synced(Files& files, const std::filesystem::path& path,
                    std::span<const std::uint8_t> data);
// Under a temporary name, synced, renamed over `path`, and the folder synced: old or new, for ever.
Status write_durably(Files& files, const std::filesystem::path& path,
                     std::span<const std::uint8_t> data, Files::Access access);
// A file or a folder with all in it. Never follows a link; gives up below kMaxFolderDepth.
Status remove_all(Files& files, const std::filesystem::path& path);

}  // namespace fragcast
