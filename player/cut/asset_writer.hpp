// Any one thread at a time. Writes an asset folder (messages/wire/asset_folder.hpp).
#pragma once

#include "messages/files/manifest_file.hpp"
#include "messages/wire/manifest.hpp"
#include "messages/wire/result.hpp"
#include "player/cut/disk.hpp"
#include "player/cut/hasher.hpp"

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>

namespace fragcast {

// Fragments are written in order, each between begin_fragment() and end_fragment(). Nothing stays
// on disk unless finish() succeeds.
class AssetWriter {
public:
    // `draft` has as many fragments as there will be.
    static Result<AssetWriter> create(Files& files, const std::filesystem::path& into,
                                      Manifest draft);

    Manifest& manifest() { return manifest_; }
    Status begin_fragment(FragmentIndex index);
    Status write(std::span<const std::uint8_t> data);
    Status end_fragment();                                   // fills in size and hash
    std::uint64_t fragment_bytes() const { return bytes_; }  // written since begin_fragment()

    struct Finished {
        AssetId id;
        std::filesystem::path folder;
    };
    // Waits for the hashes, writes manifest and init segment, syncs all, and moves the folder to
    // its name below `into`. A folder of this asset that is there already is kept, and completed
    // from this one. Asks `go_on` now and then while it waits; false: interrupted.
    Result<Finished> finish(const std::function<bool()>& go_on);

private:
    AssetWriter(Files& files, std::filesystem::path into, WorkFolder work, Manifest draft);
    Status take_hash(std::chrono::milliseconds wait);
    Status wait_for_hashes(const std::function<bool()>& go_on);
    Status write_description(const Bytes& body);
    Status sync_all() const;
    Status complete(const std::filesystem::path& existing) const;

    Files* files_;
    std::filesystem::path into_;
    WorkFolder work_;
    Manifest manifest_;
    FragmentIndex current_;
    std::filesystem::path path_;  // of the current fragment
    std::unique_ptr<File> file_;
    std::uint64_t bytes_ = 0;
    FragmentIndex hashed_;  // the next one whose hash is to be taken
    std::unique_ptr<Hasher> hasher_ = std::make_unique<Hasher>();
};

}  // namespace fragcast
