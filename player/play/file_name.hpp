// Any thread. What an asset is called as a file.
#pragma once

#include "messages/wire/manifest.hpp"

#include <string>

namespace fragcast {

// A video is an mp4 whatever it was cut from ("film.mkv" → "film.mp4"); a file without an ending
// of its own has its source's ("notes" from "a.txt" → "notes.txt").
std::string file_name_of(const Manifest& manifest);

}  // namespace fragcast
