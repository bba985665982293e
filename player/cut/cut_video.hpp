// Any one thread at a time. The two ways to cut that cutter.hpp chooses from.
#pragma once

#include "player/cut/asset_writer.hpp"
#include "player/cut/cut_plan.hpp"
#include "player/cut/cutter.hpp"
#include "player/cut/disk.hpp"
#include "player/cut/hasher.hpp"
#include "player/cut/source_reader.hpp"

#include <filesystem>

namespace fragcast {

// The SHA-256 of the source, made beside the cut.
class SourceHash {
public:
    void start(const InputFile& input);
    Result<Digest> wait(Progress& progress);

private:
    Hasher hasher_;
};

struct CutJob {
    Files& files;  // that `into` is on
    const InputFile& input;
    const std::filesystem::path& into;
    FragmentWish wish;
    Manifest draft;  // name, replicas, and the source's name and size
    Progress& progress;
    SourceHash& source_hash;
};

// The end of both: the source's hash, and the folder in its place.
Result<AssetWriter::Finished> finish(const CutJob& job, AssetWriter& writer);

// As a video. `invalid`: it cannot go as one; the text says why, in the middle of a sentence.
Result<CutReport> cut_video(const CutJob& job);

// As a file, by size. Progress counts from `done_before`.
Result<CutReport> cut_by_size(const CutJob& job, std::uint64_t done_before);

}  // namespace fragcast
