#include "tools/temp_folder.hpp"

#include <cstdlib>
#include <cstring>
#include <utility>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace fragcast::tools {

namespace {

constexpr std::size_t kRandomLetters = 6;  // mkdtemp's

bool lock_folder(int folder) {
    return flock(folder, LOCK_EX | LOCK_NB) == 0;
}

int open_folder(const std::filesystem::path& path) {
    return open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

bool is_still_there(int folder, const std::filesystem::path& path) {
    struct stat opened = {};
    struct stat named = {};
    return fstat(folder, &opened) == 0 && lstat(path.c_str(), &named) == 0 &&
           opened.st_dev == named.st_dev && opened.st_ino == named.st_ino;
}

// What a killed run left: nobody holds its lock. Another user's does not open or cannot be removed.
void remove_abandoned(const std::filesystem::path& base, const std::string& prefix) {
    std::error_code ignored;
    for (std::filesystem::directory_iterator it(base, ignored), end; it != end;
         it.increment(ignored)) {
        const std::string name = it->path().filename();
        if (!name.starts_with(prefix + "-") || name.size() != prefix.size() + 1 + kRandomLetters)
            continue;
        const int folder = open_folder(it->path());
        if (folder < 0) continue;
        if (lock_folder(folder)) {
            std::error_code failed;
            std::filesystem::remove_all(it->path(), failed);
        }
        close(folder);
    }
}

}  // namespace

Result<TempFolder> TempFolder::make(const std::string& prefix) {
    const char* base = std::getenv("TMPDIR");
    const std::filesystem::path where = base != nullptr && *base != '\0' ? base : "/var/tmp";
    remove_abandoned(where, prefix);
    for (;;) {
        std::string pattern = (where / (prefix + "-XXXXXX")).string();
        const bool made = mkdtemp(pattern.data()) != nullptr;
        const int folder = made ? open_folder(pattern) : -1;
        if (folder < 0)
            return fail(ErrorKind::io, "cannot make " + pattern + ": " + std::strerror(errno) +
                                           ". Set TMPDIR to a folder with room");
        // Another run may have taken it for abandoned in between: then a new one.
        if (lock_folder(folder) && is_still_there(folder, pattern))
            return TempFolder(pattern, folder);
        close(folder);
    }
}

TempFolder::TempFolder(TempFolder&& other) noexcept
    : path_(std::move(other.path_)), lock_(std::exchange(other.lock_, -1)) {
    other.path_.clear();
}

TempFolder::~TempFolder() {
    if (path_.empty()) return;
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
    close(lock_);
}

}  // namespace fragcast::tools
