// Any one thread at a time for each object. The few files of cutting and joining.
#pragma once

#include "messages/files/files.hpp"
#include "messages/wire/ids.hpp"
#include "messages/wire/result.hpp"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>

namespace fragcast {

std::string random_suffix();  // 16 hex digits

// A regular file, open for reading, of a fixed size. Its copies read the same file, each in a
// thread of its own if need be.
class InputFile {
public:
    // What a user names. not_found; invalid: a folder, pipe, device; io.
    static Result<InputFile> open(const std::filesystem::path& path);
    // One of ours.
    static Result<InputFile> open(Files& files, const std::filesystem::path& path);

    const std::filesystem::path& path() const { return path_; }
    std::uint64_t size() const { return size_; }
    // Fewer bytes than asked for only at the end.
    Result<std::size_t> read_at(std::uint64_t offset, std::span<std::uint8_t> out) const;
    // invalid when somebody wrote to the file since it was opened.
    Status unchanged() const;

private:
    static Result<InputFile> of(const std::filesystem::path& path,
                                Result<std::unique_ptr<File>> file);
    std::filesystem::path path_;
    std::shared_ptr<File> file_;
    std::uint64_t size_ = 0;
    std::int64_t modified_ns_ = 0;
};

// A folder `.cutting-<pid>-<random>` for work in progress, removed with all in it by the destructor
// unless it was moved. It is locked while its process lives; create() removes what dead ones left.
class WorkFolder {
public:
    static Result<WorkFolder> create(Files& files, const std::filesystem::path& into);
    ~WorkFolder();
    WorkFolder(WorkFolder&&) noexcept = default;
    WorkFolder& operator=(WorkFolder&&) = delete;

    const std::filesystem::path& path() const { return path_; }
    // Renames it for good to `target` in the same parent, which must not exist (`exists`) but as an
    // empty folder: what cannot be synced there is removed again.
    Status move_to(const std::filesystem::path& target);

private:
    WorkFolder(Files& files, std::filesystem::path path, std::unique_ptr<FileLock> lock);
    Files* files_;
    std::filesystem::path path_;
    std::unique_ptr<FileLock> lock_;  // of the folder, while it is work in progress
};

}  // namespace fragcast
