#include "tools/temp_folder.hpp"

#include <cstdlib>
#include <cstring>

namespace fragcast::tools {

Result<TempFolder> TempFolder::make(const std::string& prefix) {
    const char* base = std::getenv("TMPDIR");
    std::string pattern = std::string(base != nullptr && *base != '\0' ? base : "/var/tmp") + "/" +
                          prefix + "-XXXXXX";
    if (mkdtemp(pattern.data()) == nullptr)
        return fail(ErrorKind::io, "cannot make " + pattern + ": " + std::strerror(errno) +
                                       ". Set TMPDIR to a folder with room");
    return TempFolder(pattern);
}

TempFolder::~TempFolder() {
    if (path_.empty()) return;
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
}

}  // namespace fragcast::tools
