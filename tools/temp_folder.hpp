// Main thread. A folder for one run, removed with all that is in it; what a killed run left is
// removed by the next.
#pragma once

#include "messages/wire/result.hpp"

#include <filesystem>
#include <string>

namespace fragcast::tools {

class TempFolder {
public:
    // PREFIX-?????? in $TMPDIR, else /var/tmp (which is on disk: a cut film is as large as the
    // film). Locked by flock while its owner lives.
    static Result<TempFolder> make(const std::string& prefix);
    ~TempFolder();
    TempFolder(TempFolder&& other) noexcept;
    TempFolder(const TempFolder&) = delete;
    TempFolder& operator=(const TempFolder&) = delete;
    TempFolder& operator=(TempFolder&&) = delete;

    const std::filesystem::path& path() const { return path_; }

private:
    TempFolder(std::filesystem::path path, int lock) : path_(std::move(path)), lock_(lock) {}
    std::filesystem::path path_;
    int lock_ = -1;  // descriptor
};

}  // namespace fragcast::tools
