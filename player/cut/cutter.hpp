// Any one thread at a time. The door of libavformat.
//
// Cuts a file into an asset folder (messages/wire/asset_folder.hpp) without re-encoding, and joins
// it again. Reads and writes streams of bounded buffers: memory is flat whatever the input's size.
// Deterministic: same bytes, options and name give the same id.
#pragma once

#include "messages/files/files.hpp"
#include "messages/wire/limits.hpp"
#include "messages/wire/manifest.hpp"
#include "messages/wire/result.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace fragcast {

struct CutOptions {
    std::string name;                        // of the asset; empty: the file's name
    std::string file_name;                   // where it came from; empty: as it is called here
    std::optional<std::uint32_t> fragments;  // default: limits::kDefaultFragments
    std::optional<double> fragment_seconds;  // instead of `fragments`
    bool raw = false;                        // by size, every byte, even if it is a video
    std::uint32_t replicas = limits::kDefaultReplicas;
};

struct CutProgress {
    std::uint64_t done = 0;  // of `total` units of work; both passes and the hash count
    std::uint64_t total = 0;
};

struct CutReport {
    AssetId id;
    Manifest manifest;
    std::filesystem::path folder;
    // One line for people each: why it goes as a file, why there are fewer fragments, what was left
    // out, that a browser may not play it (hevc).
    std::vector<std::string> notes;
};

// Cuts `input` into a new folder below `into` (made if need be), under a temporary name until whole
// and synced. On failure nothing is left behind. An existing folder of the same asset is kept and
// reported as success. Errors: not_found, invalid (empty, not a regular file, unreadable options),
// full, io, interrupted when `go_on` returns false. `files` is what `into` is on.
Result<CutReport> cut_file(const std::filesystem::path& input, const std::filesystem::path& into,
                           const CutOptions& options,
                           const std::function<bool(const CutProgress&)>& go_on,
                           Files& files = real_files());

// Writes the asset of `folder` to `output` (temporary name, sync, rename), proving every chunk and
// fragment; a video becomes init + all fragments: one playable mp4; a file its very bytes. With
// `only`: init + that fragment. Errors: exists (unless `replace`), not_found and invalid naming the
// fragment and chunk.
Status join_folder(const std::filesystem::path& folder, const std::filesystem::path& output,
                   std::optional<FragmentIndex> only, bool replace, Files& files = real_files());

// What browsers call it, from its first bytes and its name's ending; "application/octet-stream" if
// unknown. `name`: what it is called; empty: as the path says.
std::string mime_of(const std::filesystem::path& file, const std::string& name = {});

}  // namespace fragcast
