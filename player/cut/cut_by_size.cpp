// The cutting thread. Files, by size.
#include "player/cut/asset_writer.hpp"
#include "player/cut/cut_video.hpp"

#include <algorithm>

namespace fragcast {

namespace {

constexpr std::size_t kBlockBytes = 256 << 10;

// Copies the next `size` bytes of the source into the fragment.
Status copy_fragment(const CutJob& job, std::uint64_t offset, std::uint64_t size,
                     std::uint64_t done_before, Bytes& buffer, AssetWriter& writer) {
    for (const std::uint64_t end = offset + size; offset < end;) {
        if (!job.progress.reach(done_before + offset)) return stopped_error();
        const std::size_t n = std::min<std::uint64_t>(kBlockBytes, end - offset);
        const std::span<std::uint8_t> block = std::span(buffer).first(n);
        const Result<std::size_t> read = job.input.read_at(offset, block);
        if (!read) return read.error();
        if (*read < n)
            return fail(ErrorKind::io, job.input.path().string() + " became shorter meanwhile");
        if (Status status = writer.write(block); !status) return status;
        offset += n;
    }
    return Done{};
}

}  // namespace

Result<CutReport> cut_by_size(const CutJob& job, std::uint64_t done_before) {
    const Result<std::vector<std::uint64_t>> sizes = plan_file(job.input.size(), job.wish);
    if (!sizes)
        return fail(ErrorKind::invalid, job.input.path().string() + ": " + sizes.error().text);
    Manifest draft = job.draft;
    draft.kind = AssetKind::file;
    draft.mime = mime_of(job.input.path(), job.draft.source.name);
    draft.fragments.resize(sizes->size());
    Result<AssetWriter> writer = AssetWriter::create(job.files, job.into, std::move(draft));
    if (!writer) return writer.error();

    Bytes buffer(kBlockBytes);
    std::uint64_t offset = 0;
    for (FragmentIndex i; i.value < sizes->size(); ++i.value) {
        const std::uint64_t size = (*sizes)[i.value];
        if (Status status = writer->begin_fragment(i); !status) return status.error();
        if (Status status = copy_fragment(job, offset, size, done_before, buffer, *writer); !status)
            return status.error();
        if (Status status = writer->end_fragment(); !status) return status.error();
        offset += size;
    }
    const Result<AssetWriter::Finished> finished = finish(job, *writer);
    if (!finished) return finished.error();
    return CutReport{finished->id, writer->manifest(), finished->folder, {}};
}

}  // namespace fragcast
