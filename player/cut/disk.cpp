#include "player/cut/disk.hpp"

#include "messages/wire/hash.hpp"

#include <array>
#include <cerrno>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace fragcast {

namespace fs = std::filesystem;

Fd::~Fd() {
    if (fd_ >= 0) ::close(fd_);
}

Fd& Fd::operator=(Fd&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
}

int Fd::release() {
    return std::exchange(fd_, -1);
}

Error disk_error(const std::string& doing, const fs::path& path, int error_number) {
    if (error_number == ENOSPC || error_number == EDQUOT || error_number == EFBIG)
        return fail(ErrorKind::full, "no room to write " + path.string() +
                                         ": free some space, or choose another folder");
    const ErrorKind kind = error_number == ENOENT   ? ErrorKind::not_found
                           : error_number == EEXIST ? ErrorKind::exists
                                                    : ErrorKind::io;
    return fail(kind, "cannot " + doing + ' ' + path.string() + ": " +
                          std::system_category().message(error_number));
}

Result<Fd> create_file(const fs::path& path) {
    Fd fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0666));
    if (!fd) return disk_error("create", path, errno);
    return fd;
}

Status write_all(const Fd& fd, std::span<const std::uint8_t> data, const fs::path& path) {
    while (!data.empty()) {
        const ssize_t n = ::write(fd.get(), data.data(), data.size());
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return disk_error("write", path, errno);
        data = data.subspan(static_cast<std::size_t>(n));
    }
    return Done{};
}

Status sync_path(const fs::path& path) {
    const Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!fd) return disk_error("open", path, errno);
    // Some file systems know no sync of folders (EINVAL); there is nothing more to be done there.
    if (::fsync(fd.get()) != 0 && errno != EINVAL) return disk_error("sync", path, errno);
    return Done{};
}

void start_writeback(const Fd& fd) {
    ::sync_file_range(fd.get(), 0, 0, SYNC_FILE_RANGE_WRITE);
}

Status write_file(const fs::path& path, std::span<const std::uint8_t> data) {
    const Result<Fd> fd = create_file(path);
    if (!fd) return fd.error();
    return write_all(*fd, data, path);
}

Result<Bytes> read_whole(const fs::path& path, std::size_t limit) {
    const Result<InputFile> file = InputFile::open(path);
    if (!file) return file.error();
    if (file->size() > limit)
        return fail(ErrorKind::invalid,
                    path.string() + " is larger than " + std::to_string(limit) + " bytes");
    Bytes data(file->size());
    const Result<std::size_t> read = file->read_at(0, data);
    if (!read) return read.error();
    data.resize(*read);
    return data;
}

std::string random_suffix() {
    std::array<std::uint8_t, 8> bytes{};
    random_bytes(bytes);
    return to_hex(bytes.data(), bytes.size());
}

namespace {

std::int64_t modified(const struct stat& stat) {
    return std::int64_t{stat.st_mtim.tv_sec} * 1'000'000'000 + stat.st_mtim.tv_nsec;
}

Status check_regular(const fs::path& path, mode_t mode) {
    if (S_ISREG(mode)) return Done{};
    if (S_ISDIR(mode)) return fail(ErrorKind::invalid, path.string() + " is a folder; give a file");
    return fail(ErrorKind::invalid,
                path.string() + " is not a regular file and may have no end; save it to one first");
}

}  // namespace

Result<InputFile> InputFile::open(const fs::path& path) {
    // Without O_NONBLOCK a pipe that nobody writes to would keep us waiting here.
    Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
    if (!fd) {
        if (errno == ENOENT || errno == ENOTDIR)
            return fail(ErrorKind::not_found, "there is no file " + path.string());
        return disk_error("read", path, errno);
    }
    struct stat stat {};
    if (::fstat(fd.get(), &stat) != 0) return disk_error("read", path, errno);
    if (Status status = check_regular(path, stat.st_mode); !status) return status.error();
    ::posix_fadvise(fd.get(), 0, 0, POSIX_FADV_SEQUENTIAL);
    InputFile file;
    file.path_ = path;
    file.fd_ = std::move(fd);
    file.size_ = static_cast<std::uint64_t>(stat.st_size);
    file.modified_ns_ = modified(stat);
    return file;
}

Result<std::size_t> InputFile::read_at(std::uint64_t offset, std::span<std::uint8_t> out) const {
    std::size_t done = 0;
    while (done < out.size()) {
        const ssize_t n = ::pread(fd_.get(), out.data() + done, out.size() - done,
                                  static_cast<off_t>(offset + done));
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return disk_error("read", path_, errno);
        if (n == 0) break;
        done += static_cast<std::size_t>(n);
    }
    return done;
}

Result<InputFile> InputFile::again() const {
    InputFile file;
    file.path_ = path_;
    file.fd_ = Fd(::fcntl(fd_.get(), F_DUPFD_CLOEXEC, 0));
    if (!file.fd_) return disk_error("read", path_, errno);
    file.size_ = size_;
    file.modified_ns_ = modified_ns_;
    return file;
}

Status InputFile::unchanged() const {
    struct stat stat {};
    if (::fstat(fd_.get(), &stat) != 0) return disk_error("read", path_, errno);
    if (static_cast<std::uint64_t>(stat.st_size) == size_ && modified(stat) == modified_ns_)
        return Done{};
    return fail(ErrorKind::invalid,
                path_.string() + " was written to meanwhile; try again when it is finished");
}

namespace {

constexpr const char* kWorkPrefix = ".cutting-";

// A folder that can be locked has no living owner.
void remove_left_over(const fs::path& into) {
    std::error_code ignored;
    for (fs::directory_iterator it(into, ignored), end; !ignored && it != end;
         it.increment(ignored)) {
        if (it->path().filename().string().rfind(kWorkPrefix, 0) != 0) continue;
        const Fd fd(::open(it->path().c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
        if (!fd || ::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) continue;
        std::error_code failed;  // then it stays for the next one
        fs::remove_all(it->path(), failed);
    }
}

}  // namespace

WorkFolder::WorkFolder(fs::path path, Fd lock) : path_(std::move(path)), lock_(std::move(lock)) {}

Result<WorkFolder> WorkFolder::create(const fs::path& into) {
    std::error_code error;
    fs::create_directories(into, error);
    if (error) return disk_error("create the folder", into, error.value());
    remove_left_over(into);
    while (true) {
        fs::path path = into / (kWorkPrefix + std::to_string(::getpid()) + '-' + random_suffix());
        if (::mkdir(path.c_str(), 0777) != 0) return disk_error("create the folder", path, errno);
        Fd fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
        struct stat stat {};
        if (fd && ::flock(fd.get(), LOCK_EX) == 0 && ::fstat(fd.get(), &stat) == 0 &&
            stat.st_nlink > 0)
            return WorkFolder(std::move(path), std::move(fd));
        // Before it was locked another process may have taken it for left over: then once more.
        if (fd ? stat.st_nlink > 0 || errno == ENOLCK : errno != ENOENT) {
            const int reason = errno;
            ::rmdir(path.c_str());
            return disk_error("lock the folder", path, reason);
        }
    }
}

WorkFolder::~WorkFolder() {
    if (!lock_) return;
    std::error_code ignored;
    fs::remove_all(path_, ignored);
}

Status WorkFolder::move_to(const fs::path& target) {
    std::error_code ignored;
    if (fs::exists(fs::symlink_status(target, ignored)))
        return fail(ErrorKind::exists, target.string() + " exists");
    if (::rename(path_.c_str(), target.c_str()) != 0) {
        if (errno == ENOTEMPTY || errno == ENOTDIR) errno = EEXIST;
        return disk_error("rename " + path_.string() + " to", target, errno);
    }
    lock_ = Fd();
    return sync_path(target.parent_path().empty() ? fs::path(".") : target.parent_path());
}

}  // namespace fragcast
