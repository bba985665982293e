// Main thread. A folder for one run, removed with all that is in it.
#pragma once

#include "messages/result.hpp"

#include <filesystem>
#include <string>

namespace fragcast::tools {

class TempFolder {
public:
    // In $TMPDIR, else /var/tmp (which is on disk: a cut film is as large as the film).
    static Result<TempFolder> make(const std::string& prefix);
    ~TempFolder();
    TempFolder(TempFolder&& other) noexcept : path_(std::move(other.path_)) { other.path_.clear(); }
    TempFolder(const TempFolder&) = delete;
    TempFolder& operator=(const TempFolder&) = delete;
    TempFolder& operator=(TempFolder&&) = delete;

    const std::filesystem::path& path() const { return path_; }

private:
    explicit TempFolder(std::filesystem::path path) : path_(std::move(path)) {}
    std::filesystem::path path_;
};

}  // namespace fragcast::tools
