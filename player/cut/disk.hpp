// Any one thread at a time for each object. The few files of cutting and joining.
#pragma once

#include "messages/wire/ids.hpp"
#include "messages/wire/result.hpp"

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>

namespace fragcast {

// An open descriptor; closed by its destructor.
class Fd {
public:
    explicit Fd(int fd = -1) : fd_(fd) {}
    ~Fd();
    Fd(Fd&& other) noexcept : fd_(other.release()) {}
    Fd& operator=(Fd&& other) noexcept;
    int get() const { return fd_; }
    explicit operator bool() const { return fd_ >= 0; }

private:
    int release();
    int fd_;
};

// What the system said (errno) as our error: full, not_found, exists or io.
Error disk_error(const std::string& doing, const std::filesystem::path& path, int error_number);

Result<Fd> create_file(const std::filesystem::path& path);  // must not exist
Status write_all(const Fd& fd, std::span<const std::uint8_t> data,
                 const std::filesystem::path& path);
Status sync_path(const std::filesystem::path& path);  // of a file its data, of a folder its names
// Has the disk begin to write what the file holds, so that a sync later has less to do.
void start_writeback(const Fd& fd);
Status write_file(const std::filesystem::path& path, std::span<const std::uint8_t> data);
// At most `limit` bytes; a larger file is invalid.
Result<Bytes> read_whole(const std::filesystem::path& path, std::size_t limit);
std::string random_suffix();  // 16 hex digits

// A regular file, open for reading, of a fixed size.
class InputFile {
public:
    // not_found; invalid: a folder, pipe, device (the text says what to do); io.
    static Result<InputFile> open(const std::filesystem::path& path);

    const std::filesystem::path& path() const { return path_; }
    std::uint64_t size() const { return size_; }
    // Fewer bytes than asked for only at the end.
    Result<std::size_t> read_at(std::uint64_t offset, std::span<std::uint8_t> out) const;
    // The same file for another owner.
    Result<InputFile> again() const;
    // invalid when somebody wrote to the file since it was opened.
    Status unchanged() const;

private:
    InputFile() = default;
    std::filesystem::path path_;
    Fd fd_;
    std::uint64_t size_ = 0;
    std::int64_t modified_ns_ = 0;
};

// A folder `.cutting-<pid>-<random>` for work in progress, removed with all in it by the destructor
// unless it was moved. It is locked while its process lives; create() removes what dead ones left.
class WorkFolder {
public:
    static Result<WorkFolder> create(const std::filesystem::path& into);
    ~WorkFolder();
    WorkFolder(WorkFolder&&) noexcept = default;
    WorkFolder& operator=(WorkFolder&&) = delete;

    const std::filesystem::path& path() const { return path_; }
    // Renames it to `target` in the same parent, which must not exist (`exists`).
    Status move_to(const std::filesystem::path& target);

private:
    WorkFolder(std::filesystem::path path, Fd lock);
    std::filesystem::path path_;
    Fd lock_;
};

}  // namespace fragcast
