// Store thread.
//
// `held`: which fragments of an asset this store proved, by size and modification time (STORE.md
// section 3). A cache: without it fragments are hashed again, and nothing more. So nothing here is
// synced, and errors are not reported.
#pragma once

#include "messages/ids.hpp"
#include "peer/files.hpp"

#include <array>
#include <filesystem>
#include <map>
#include <utility>
#include <vector>

namespace fragcast {

inline constexpr const char* kHeldFile = "held";

class HeldFile {
public:
    HeldFile(Files& files, const std::filesystem::path& folder)
        : files_(files), path_(folder / kHeldFile) {}

    using Proven = std::vector<std::pair<FragmentIndex, Entry>>;
    // Of these files, those that it vouches for. Written anew when most of it is stale.
    Proven vouched(const Proven& candidates);
    void add(const Proven& fragments);

private:
    Files& files_;
    std::filesystem::path path_;
};

}  // namespace fragcast
