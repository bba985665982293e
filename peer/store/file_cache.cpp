#include "peer/store/file_cache.hpp"

#include "messages/wire/limits.hpp"

#include <algorithm>

namespace fragcast {

Result<File*> FileCache::open(const std::filesystem::path& path, Files::Mode mode) {
    const auto found = std::find_if(entries_.begin(), entries_.end(), [&](const Entry& entry) {
        return entry.path == path.native();
    });
    if (found != entries_.end()) {
        entries_.splice(entries_.begin(), entries_, found);
        return found->file.get();
    }
    auto file = files_.open(path, mode);
    if (!file) return file.error();
    entries_.push_front({path.native(), std::move(*file)});
    if (entries_.size() > limits::kOpenFragments) entries_.pop_back();
    return entries_.front().file.get();
}

void FileCache::forget(const std::filesystem::path& path) {
    entries_.remove_if([&](const Entry& entry) { return entry.path == path.native(); });
}

void FileCache::forget_below(const std::filesystem::path& folder) {
    const std::string start = folder.native() + "/";
    entries_.remove_if([&](const Entry& entry) { return entry.path.starts_with(start); });
}

}  // namespace fragcast
