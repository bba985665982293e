// Any thread: constant data. The files of the page, embedded in the binary.
#pragma once

#include <span>
#include <string_view>

namespace fragcast {

struct PageFile {
    const char* path;  // "/" is index.html
    const char* type;
    std::string_view body;
    bool gzip;  // `body` is compressed
};
std::span<const PageFile> page_files();

}  // namespace fragcast
