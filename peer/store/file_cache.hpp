// Store thread.
//
// Open files, the most recently used of them (limits::kOpenFragments). A path that is renamed or
// removed must be forgotten.
#pragma once

#include "messages/files/files.hpp"

#include <list>
#include <memory>
#include <string>

namespace fragcast {

class FileCache {
public:
    explicit FileCache(Files& files) : files_(files) {}
    // Valid until the next call. Modes read and update; a path is used with one of them only,
    // until it is forgotten.
    Result<File*> open(const std::filesystem::path& path, Files::Mode mode);
    void forget(const std::filesystem::path& path);
    // All below this folder.
    void forget_below(const std::filesystem::path& folder);
    std::size_t size() const { return entries_.size(); }

private:
    struct Entry {
        std::string path;
        std::unique_ptr<File> file;
    };
    Files& files_;
    std::list<Entry> entries_;  // the latest first
};

}  // namespace fragcast
