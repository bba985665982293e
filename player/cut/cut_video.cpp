#include "player/cut/cut_video.hpp"

#include "player/cut/asset_writer.hpp"
#include "player/cut/cut_notes.hpp"
#include "player/cut/cut_thread.hpp"
#include "player/cut/media_scan.hpp"

namespace fragcast {

namespace {

Manifest video_draft(const CutJob& job, const MediaScan& scan, std::size_t fragments) {
    Manifest draft = job.draft;
    draft.kind = AssetKind::video;
    draft.mime = "video/mp4";
    draft.source.kept = scan.kept;
    draft.source.dropped = scan.dropped;
    draft.fragments.resize(fragments);
    return draft;
}

}  // namespace

void SourceHash::start(const InputFile& input) {
    hasher_.hash({input, false});
}

Result<Digest> SourceHash::wait(Progress& progress) {
    constexpr std::chrono::milliseconds kPatience{50};
    while (!progress.stopped()) {
        if (const auto hash = hasher_.next(kPatience)) {
            if (!hash->ok()) return hash->error();
            return (*hash)->whole;
        }
        progress.ask();
    }
    return stopped_error();
}

Result<AssetWriter::Finished> finish(const CutJob& job, AssetWriter& writer) {
    const Result<Digest> hash = job.source_hash.wait(job.progress);
    if (!hash) return hash.error();
    writer.manifest().source.hash = *hash;
    // Not `invalid`: it would be no reason to cut it by size.
    if (const Status status = job.input.unchanged(); !status)
        return fail(ErrorKind::busy, status.error().text);
    return writer.finish([&job] { return job.progress.ask(); });
}

Result<CutReport> cut_video(const CutJob& job) {
    SourceReader first_pass(job.input, job.progress, 0);
    const Result<MediaScan> scan = scan_media(first_pass);
    if (!scan) return scan.error();
    const Result<std::vector<std::uint32_t>> first_ranges =
        plan_video(scan->ranges, scan->end_us, job.wish);
    if (!first_ranges) return first_ranges.error();

    Result<AssetWriter> writer =
        AssetWriter::create(job.files, job.into, video_draft(job, *scan, first_ranges->size()));
    if (!writer) return writer.error();
    SourceReader second_pass(job.input, job.progress, job.input.size());
    const Result<std::unique_ptr<MediaSource>> source =
        MediaSource::open(second_pass, scan->has_audio);
    if (!source) return source.error();
    if (Status status = cut_beside(**source, *scan, *first_ranges, *writer, job.progress); !status)
        return status.error();
    const Result<AssetWriter::Finished> finished = finish(job, *writer);
    if (!finished) return finished.error();
    return CutReport{finished->id, writer->manifest(), finished->folder,
                     video_notes(writer->manifest(), job.wish, scan->rare)};
}

}  // namespace fragcast
