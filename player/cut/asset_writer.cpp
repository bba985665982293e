#include "player/cut/asset_writer.hpp"

#include "messages/wire/asset_folder.hpp"

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

namespace fragcast {

namespace fs = std::filesystem;

namespace {

constexpr std::chrono::milliseconds kPatience{50};  // until the next look at `go_on`

}  // namespace

AssetWriter::AssetWriter(fs::path into, WorkFolder work, Manifest draft)
    : into_(std::move(into)), work_(std::move(work)), manifest_(std::move(draft)) {}

Result<AssetWriter> AssetWriter::create(const fs::path& into, Manifest draft) {
    Result<WorkFolder> work = WorkFolder::create(into);
    if (!work) return work.error();
    return AssetWriter(into, std::move(*work), std::move(draft));
}

Status AssetWriter::begin_fragment(FragmentIndex index) {
    current_ = index;
    bytes_ = 0;
    path_ = work_.path() / fragment_file(manifest_, index);
    Result<Fd> fd = create_file(path_);
    if (!fd) return fd.error();
    fd_ = std::move(*fd);
    return Done{};
}

Status AssetWriter::write(std::span<const std::uint8_t> data) {
    bytes_ += data.size();
    return write_all(fd_, data, path_);
}

Status AssetWriter::end_fragment() {
    start_writeback(fd_);
    fd_ = Fd();
    manifest_.fragments[current_.value].size = bytes_;
    Result<InputFile> file = InputFile::open(path_);
    if (!file) return file.error();
    while (!hasher_->has_room())
        if (Status status = take_hash(kPatience); !status) return status;
    hasher_->hash({std::move(*file), true});
    return Done{};
}

// Of the next fragment, should it be there within `wait`.
Status AssetWriter::take_hash(std::chrono::milliseconds wait) {
    const std::optional<Result<FileHash>> hash = hasher_->next(wait);
    if (!hash) return Done{};
    if (!hash->ok()) return hash->error();
    FragmentInfo& fragment = manifest_.fragments[hashed_.value];
    if ((*hash)->size != fragment.size)
        return fail(ErrorKind::io, "somebody else writes to " + work_.path().string());
    fragment.hash = hash_of_proof((*hash)->chunks);
    const fs::path path = work_.path() / proof_file(manifest_, hashed_);
    ++hashed_.value;
    return write_file(path, proof_bytes((*hash)->chunks));
}

Status AssetWriter::wait_for_hashes(const std::function<bool()>& go_on) {
    while (hasher_->jobs() > 0) {
        if (!go_on()) return fail(ErrorKind::interrupted, "stopped; nothing was written");
        if (Status status = take_hash(kPatience); !status) return status;
    }
    return Done{};
}

Status AssetWriter::write_description(const Bytes& body) {
    ManifestEnvelope envelope;
    envelope.body = body;
    if (Status status = write_file(work_.path() / kManifestFile, encode_envelope(envelope));
        !status)
        return status;
    if (!manifest_.media) return Done{};
    return write_file(work_.path() / kInitFile, manifest_.media->init);
}

Status AssetWriter::sync_all() const {
    std::error_code error;
    for (fs::directory_iterator it(work_.path(), error), end; !error && it != end;
         it.increment(error))
        if (Status status = sync_path(it->path()); !status) return status;
    if (error) return disk_error("list", work_.path(), error.value());
    return sync_path(work_.path());
}

// By renames, each of which puts the very bytes that belong there.
Status AssetWriter::complete(const fs::path& existing) const {
    std::error_code error;
    for (fs::directory_iterator it(work_.path(), error), end; !error && it != end;
         it.increment(error)) {
        const fs::path target = existing / it->path().filename();
        std::error_code absent;
        if (fs::file_size(target, absent) == it->file_size(error) && !absent) continue;
        if (error) break;
        fs::rename(it->path(), target, error);
        if (error) return disk_error("write", target, error.value());
    }
    if (error) return disk_error("list", work_.path(), error.value());
    return sync_path(existing);
}

Result<AssetWriter::Finished> AssetWriter::finish(const std::function<bool()>& go_on) {
    if (Status status = wait_for_hashes(go_on); !status) return status.error();
    const Result<Bytes> body = encode_manifest(manifest_);
    if (!body) return body.error();
    const AssetId id = id_of_manifest(*body);
    if (Status status = write_description(*body); !status) return status.error();
    if (Status status = sync_all(); !status) return status.error();
    for (std::size_t digits = 8; digits <= 2 * AssetId::kBytes; digits += 4) {
        const fs::path target = into_ / asset_folder_name(manifest_.name, id, digits);
        const Status moved = work_.move_to(target);
        if (moved) return Finished{id, target};
        if (moved.error().kind != ErrorKind::exists) return moved.error();
        const Result<FolderManifest> there = read_manifest(target);
        if (!there || there->id != id) continue;
        if (Status status = complete(target); !status) return status.error();
        return Finished{id, target};
    }
    return fail(ErrorKind::exists, "all names for this asset are taken in " + into_.string() +
                                       "; choose another folder");
}

Result<FolderManifest> read_manifest(const fs::path& folder) {
    constexpr std::size_t kEnvelopeBytes = 4096;  // publisher, signature and framing
    const fs::path path = folder / kManifestFile;
    const Result<Bytes> data = read_whole(path, limits::kMaxManifestBytes + kEnvelopeBytes);
    if (!data) {
        if (data.error().kind != ErrorKind::not_found) return data.error();
        return fail(ErrorKind::not_found,
                    folder.string() + " holds no asset: " + path.string() + " is missing");
    }
    const auto damaged = [&path](const Error& error) {
        return fail(ErrorKind::invalid, path.string() + ": " + error.text);
    };
    const Result<ManifestEnvelope> envelope = decode_envelope(data->data(), data->size());
    if (!envelope) return damaged(envelope.error());
    Result<Manifest> manifest = decode_manifest(envelope->body.data(), envelope->body.size());
    if (!manifest) return damaged(manifest.error());
    return FolderManifest{id_of_manifest(envelope->body), std::move(*manifest)};
}

}  // namespace fragcast
