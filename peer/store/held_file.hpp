// Store thread.
//
// `held`: which fragments of an asset this store proved, by size and modification time, and which
// of those may be dropped to make room (STORE.md section 3). Without it fragments are hashed again,
// and kept; so only the word that one is to be kept is synced, and no other error is reported.
#pragma once

#include "messages/files/files.hpp"
#include "messages/wire/ids.hpp"

#include <array>
#include <filesystem>
#include <map>
#include <set>
#include <utility>
#include <vector>

namespace fragcast {

inline constexpr const char* kHeldFile = "held";

class HeldFile {
public:
    HeldFile(Files& files, const std::filesystem::path& folder)
        : files_(files), path_(folder / kHeldFile) {}

    using Proven = std::vector<std::pair<FragmentIndex, Entry>>;
    enum class Mark {
        kept,
        loose  // may be dropped to make room
    };
    struct Vouched {
        Proven good;
        std::set<FragmentIndex> loose;  // of them
    };
    // Of these files, those that it vouches for. Written anew when most of it is stale.
    Vouched vouched(const Proven& candidates);
    void add(const Proven& fragments, Mark mark = Mark::kept);
    // The same for good, as kept. After an error nothing says that they are loose.
    Status keep(const Proven& fragments);

private:
    Status append(File& file, const Proven& fragments, Mark mark);

    Files& files_;
    std::filesystem::path path_;
};

}  // namespace fragcast
