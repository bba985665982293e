#include "player/play/file_name.hpp"

#include <algorithm>
#include <filesystem>

namespace fragcast {
namespace {

constexpr std::size_t kLongestEnding = 6;  // ".jsonl" and the like; longer is part of the name

// ".mkv", or nothing: "v1.2 final" has none, as an ending is letters and digits.
std::string ending_of(const std::string& name) {
    const std::string ending = std::filesystem::path(name).extension().string();
    const bool good =
        ending.size() > 1 && ending.size() <= kLongestEnding &&
        std::all_of(ending.begin() + 1, ending.end(), [](unsigned char c) {
            return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        });
    return good ? ending : "";
}

}  // namespace

std::string file_name_of(const Manifest& manifest) {
    const std::string& name = manifest.name;
    const std::string ending = ending_of(name);
    const std::string from = ending_of(manifest.source.name);
    if (!manifest.media) return ending.empty() ? name + from : name;
    // Only an ending that told of a container is replaced: "film 1.5" is not.
    const std::string stem =
        !ending.empty() && ending == from ? name.substr(0, name.size() - ending.size()) : name;
    return ending == ".mp4" ? name : stem + ".mp4";
}

}  // namespace fragcast
