#include "tools/outlet.hpp"

#include <cerrno>
#include <utility>

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

namespace fragcast::tools {

// O_NONBLOCK on `fd` itself would be the shell's and our neighbours' as well: so the pipe or
// terminal is opened once more. A file never makes us wait, and has a place to write at.
Outlet::Outlet(int fd, std::size_t most) : fd_(fd), most_(most) {
    struct stat info {};
    if (fstat(fd, &info) != 0 || !(S_ISFIFO(info.st_mode) || S_ISCHR(info.st_mode))) return;
    const std::string path = "/proc/self/fd/" + std::to_string(fd);
    own_fd_ = open(path.c_str(), O_WRONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
}

Outlet::~Outlet() {
    if (own_fd_ >= 0) close(own_fd_);
}

void Outlet::add(std::string line) {
    bytes_ += line.size();
    lines_.push_back(std::move(line));
    while (bytes_ > most_ && lines_.size() > 1) {
        const auto oldest = lines_.begin() + (written_ > 0 ? 1 : 0);
        if (oldest + 1 == lines_.end()) return;  // the newest stays
        bytes_ -= oldest->size();
        lines_.erase(oldest);
        ++dropped_;
    }
}

bool Outlet::flush() {
    while (!lines_.empty()) {
        const std::string& line = lines_.front();
        const char* rest = line.data() + written_;
        const std::size_t size = line.size() - written_;
        ssize_t sent = own_fd_ >= 0 ? write(own_fd_, rest, size)
                                    : send(fd_, rest, size, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (sent < 0 && errno == ENOTSOCK) sent = write(fd_, rest, size);
        if (sent < 0 && errno != EAGAIN && errno != EINTR) error_ = errno;
        if (sent < 0) return error_ == 0;
        written_ += static_cast<std::size_t>(sent);
        if (written_ < line.size()) continue;
        bytes_ -= line.size();
        lines_.pop_front();
        written_ = 0;
    }
    return true;
}

bool Outlet::finish(int patience_ms) {
    while (flush()) {
        if (empty()) return true;
        pollfd waiting{fd_, POLLOUT, 0};
        if (poll(&waiting, 1, patience_ms) <= 0) return true;
    }
    return false;
}

}  // namespace fragcast::tools
