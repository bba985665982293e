// Any thread. Real files, by Linux' system calls.
#include "messages/files/files.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

namespace fragcast {

namespace {

namespace fs = std::filesystem;

ErrorKind kind_of(int number) {
    switch (number) {
        case ENOENT:
        case ENOTDIR:
            return ErrorKind::not_found;
        case EEXIST:
        case ENOTEMPTY:
            return ErrorKind::exists;
        case ENOSPC:
        case EDQUOT:
        case EFBIG:
            return ErrorKind::full;
        case EMFILE:
        case ENFILE:
        case ENOMEM:
            return ErrorKind::busy;
        default:
            return ErrorKind::io;
    }
}

// Call at once after the system call that failed.
Error system_error(const char* verb, const fs::path& path) {
    const int number = errno;
    const ErrorKind kind = kind_of(number);
    if (kind == ErrorKind::full)
        return fail(kind, "no room to write " + path.string() + ": " + std::strerror(number) +
                              "; free some space, or choose another folder");
    return fail(kind,
                std::string("cannot ") + verb + " " + path.string() + ": " + std::strerror(number));
}

// A descriptor with an owner.
class Descriptor {
public:
    explicit Descriptor(int fd) : fd_(fd) {}
    ~Descriptor() {
        if (fd_ >= 0) ::close(fd_);
    }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
    Descriptor& operator=(Descriptor&&) = delete;
    int get() const { return fd_; }
    explicit operator bool() const { return fd_ >= 0; }

private:
    int fd_;
};

Entry entry_of(const struct stat& info) {
    Entry entry;
    entry.kind = S_ISREG(info.st_mode)   ? EntryKind::file
                 : S_ISDIR(info.st_mode) ? EntryKind::folder
                                         : EntryKind::other;
    entry.size = static_cast<std::uint64_t>(info.st_size);
    entry.modified_ns = info.st_mtim.tv_sec * 1'000'000'000LL + info.st_mtim.tv_nsec;
    return entry;
}

class RealFile final : public File {
public:
    RealFile(Descriptor fd, fs::path path) : fd_(std::move(fd)), path_(std::move(path)) {}

    Result<std::size_t> read_at(std::uint64_t offset, std::span<std::uint8_t> out) override {
        std::size_t done = 0;
        while (done < out.size()) {
            const auto got = ::pread(fd_.get(), out.data() + done, out.size() - done,
                                     static_cast<off_t>(offset + done));
            if (got < 0 && errno == EINTR) continue;
            if (got < 0) return system_error("read", path_);
            if (got == 0) break;
            done += static_cast<std::size_t>(got);
        }
        return done;
    }

    Status write_at(std::uint64_t offset, std::span<const std::uint8_t> data) override {
        std::size_t done = 0;
        while (done < data.size()) {
            const auto put = ::pwrite(fd_.get(), data.data() + done, data.size() - done,
                                      static_cast<off_t>(offset + done));
            if (put < 0 && errno == EINTR) continue;
            if (put < 0) return system_error("write", path_);
            done += static_cast<std::size_t>(put);
        }
        return Done{};
    }

    Status resize(std::uint64_t size) override {
        if (::ftruncate(fd_.get(), static_cast<off_t>(size)) != 0)
            return system_error("resize", path_);
        return Done{};
    }

    Status sync() override {
        if (::fsync(fd_.get()) != 0) return system_error("sync", path_);
        return Done{};
    }

    void start_writeback(std::uint64_t offset, std::uint64_t length) override {
        (void)::sync_file_range(fd_.get(), static_cast<off_t>(offset), static_cast<off_t>(length),
                                SYNC_FILE_RANGE_WRITE);
    }

    std::uint64_t next_data(std::uint64_t offset) override {
        const off_t found = ::lseek(fd_.get(), static_cast<off_t>(offset), SEEK_DATA);
        if (found >= 0) return static_cast<std::uint64_t>(found);
        if (errno != ENXIO) return offset;  // the file system does not know: all may be data
        const auto entry = stat();
        return entry ? std::max(offset, entry->size) : offset;
    }

    Result<Entry> stat() override {
        struct stat info {};
        if (::fstat(fd_.get(), &info) != 0) return system_error("examine", path_);
        return entry_of(info);
    }

private:
    Descriptor fd_;
    fs::path path_;
};

class RealLock final : public FileLock {
public:
    explicit RealLock(Descriptor fd) : fd_(std::move(fd)) {}

private:
    Descriptor fd_;
};

// Whatever stands in a lock file goes to a terminal: printable, one line, bounded.
std::string holder_of(int fd) {
    char text[300];
    const auto got = ::pread(fd, text, sizeof text, 0);
    if (got <= 0) return "another process";
    std::string line(text, static_cast<std::size_t>(got));
    line = line.substr(0, line.find('\n'));
    std::replace_if(
        line.begin(), line.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; }, '?');
    const auto space = line.find(' ');
    if (space == std::string::npos) return "another process";
    return "process " + line.substr(0, space) + " (" + line.substr(space + 1) + ")";
}

// Where the file system cannot rename without replacing, a second name does it.
Status rename_by_link(const fs::path& from, const fs::path& to) {
    if (::link(from.c_str(), to.c_str()) != 0) return system_error("make", to);
    if (::unlink(from.c_str()) != 0) return system_error("remove", from);
    return Done{};
}

class RealFiles final : public Files {
public:
    Result<std::unique_ptr<File>> open(const fs::path& path, Mode mode) override {
        const int access = mode == Mode::read     ? O_RDONLY
                           : mode == Mode::update ? O_RDWR
                                                  : O_RDWR | O_CREAT;
        // O_NONBLOCK: a FIFO must not hold us up.
        const int flags = access | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK;
        Descriptor fd(::open(path.c_str(), flags, mode == Mode::secret ? 0600 : 0666));
        if (!fd) return system_error("open", path);
        struct stat info {};
        if (::fstat(fd.get(), &info) != 0) return system_error("examine", path);
        if (!S_ISREG(info.st_mode))
            return fail(ErrorKind::io, path.string() + " is not a regular file; move it away");
        return std::unique_ptr<File>(std::make_unique<RealFile>(std::move(fd), path));
    }

    Result<std::vector<Entry>> list(const fs::path& folder) override {
        const int fd = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
        if (fd < 0) return system_error("list", folder);
        const std::unique_ptr<DIR, int (*)(DIR*)> stream(::fdopendir(fd), ::closedir);
        if (!stream) {
            Descriptor closed(fd);
            return system_error("list", folder);
        }
        std::vector<Entry> entries;
        for (errno = 0; const dirent* found = ::readdir(stream.get()); errno = 0) {
            const std::string_view name = found->d_name;
            if (name == "." || name == "..") continue;
            struct stat info {};
            if (::fstatat(fd, found->d_name, &info, AT_SYMLINK_NOFOLLOW) != 0) continue;  // gone
            entries.push_back(entry_of(info));
            entries.back().name = name;
        }
        if (errno != 0) return system_error("list", folder);
        std::sort(entries.begin(), entries.end(),
                  [](const Entry& a, const Entry& b) { return a.name < b.name; });
        return entries;
    }

    Result<Entry> stat(const fs::path& path) override {
        struct stat info {};
        if (::lstat(path.c_str(), &info) != 0) return system_error("examine", path);
        auto entry = entry_of(info);
        entry.name = path.filename().string();
        return entry;
    }

    Status make_folder(const fs::path& path, Access access) override {
        if (::mkdir(path.c_str(), access == Access::secret ? 0700 : 0777) == 0) return Done{};
        if (errno == ENOENT && path.has_parent_path() && path.parent_path() != path) {
            if (auto made = make_folder(path.parent_path(), Access::normal); !made) return made;
            if (::mkdir(path.c_str(), access == Access::secret ? 0700 : 0777) == 0) return Done{};
        }
        if (errno != EEXIST) return system_error("make", path);
        struct stat info {};
        if (::stat(path.c_str(), &info) == 0 && S_ISDIR(info.st_mode)) return Done{};
        return fail(ErrorKind::io, path.string() + " is in the way: it is not a folder");
    }

    Status remove(const fs::path& path) override {
        if (::unlink(path.c_str()) == 0 || errno == ENOENT) return Done{};
        // What unlink(2) says of a folder.
        if ((errno == EISDIR || errno == EPERM) && ::rmdir(path.c_str()) == 0) return Done{};
        return system_error("remove", path);
    }

    Status rename(const fs::path& from, const fs::path& to, Replace replace) override {
        const unsigned flags = replace == Replace::no ? RENAME_NOREPLACE : 0;
        if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), flags) == 0) return Done{};
        if (replace == Replace::no && (errno == EINVAL || errno == ENOSYS))
            return rename_by_link(from, to);
        return system_error("rename to", to);
    }

    Status sync_folder(const fs::path& folder) override {
        const Descriptor fd(
            ::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
        if (!fd) return system_error("open", folder);
        // Some file systems know no sync of folders (EINVAL): nothing more can be done there.
        if (::fsync(fd.get()) != 0 && errno != EINVAL) return system_error("sync", folder);
        return Done{};
    }

    Result<std::uint64_t> free_bytes(const fs::path& folder) override {
        struct statvfs info {};
        if (::statvfs(folder.empty() ? "." : folder.c_str(), &info) != 0)
            return system_error("examine", folder);
        return static_cast<std::uint64_t>(info.f_bavail) * info.f_frsize;
    }

    Result<std::unique_ptr<FileLock>> lock(const fs::path& path, std::string_view holder) override {
        int opened = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666);
        const bool folder = opened < 0 && errno == EISDIR;
        if (folder) opened = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
        Descriptor fd(opened);
        if (!fd) return system_error("open", path);
        if (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
            if (errno == EWOULDBLOCK) {
                return fail(ErrorKind::busy, folder ? "another process" : holder_of(fd.get()));
            }
            return system_error("lock", path);
        }
        if (!holder.empty() && !folder) {
            const auto text = std::to_string(::getpid()) + " " + std::string(holder) + "\n";
            // Best effort: the lock holds without it, only the next one's error says less.
            if (::ftruncate(fd.get(), 0) == 0)
                (void)!::pwrite(fd.get(), text.data(), text.size(), 0);
        }
        return std::unique_ptr<FileLock>(std::make_unique<RealLock>(std::move(fd)));
    }
};

}  // namespace

Files& real_files() {
    static RealFiles files;
    return files;
}

Result<std::unique_ptr<File>> open_input(const fs::path& path) {
    // Without O_NONBLOCK a pipe that nobody writes to would keep us waiting here.
    Descriptor fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
    if (!fd && (errno == ENOENT || errno == ENOTDIR))
        return fail(ErrorKind::not_found, "there is no file " + path.string());
    struct stat info {};
    if (!fd || ::fstat(fd.get(), &info) != 0) return system_error("read", path);
    if (S_ISDIR(info.st_mode))
        return fail(ErrorKind::invalid, path.string() + " is a folder; give a file");
    if (!S_ISREG(info.st_mode))
        return fail(
            ErrorKind::invalid,
            path.string() + " is not a regular file and may have no end; save it to one first");
    ::posix_fadvise(fd.get(), 0, 0, POSIX_FADV_SEQUENTIAL);
    return std::unique_ptr<File>(std::make_unique<RealFile>(std::move(fd), path));
}

}  // namespace fragcast
