#include "player/cut/asset_writer.hpp"

#include "messages/wire/asset_folder.hpp"

#include <utility>

namespace fragcast {

namespace fs = std::filesystem;

namespace {

constexpr std::chrono::milliseconds kPatience{50};  // until the next look at `go_on`

}  // namespace

AssetWriter::AssetWriter(Files& files, fs::path into, WorkFolder work, Manifest draft)
    : files_(&files), into_(std::move(into)), work_(std::move(work)), manifest_(std::move(draft)) {}

Result<AssetWriter> AssetWriter::create(Files& files, const fs::path& into, Manifest draft) {
    Result<WorkFolder> work = WorkFolder::create(files, into);
    if (!work) return work.error();
    return AssetWriter(files, into, std::move(*work), std::move(draft));
}

Status AssetWriter::begin_fragment(FragmentIndex index) {
    current_ = index;
    bytes_ = 0;
    path_ = work_.path() / fragment_file(manifest_, index);
    auto file = files_->open(path_, Files::Mode::write);
    if (!file) return file.error();
    file_ = std::move(*file);
    return Done{};
}

Status AssetWriter::write(std::span<const std::uint8_t> data) {
    const std::uint64_t offset = std::exchange(bytes_, bytes_ + data.size());
    return file_->write_at(offset, data);
}

Status AssetWriter::end_fragment() {
    file_->start_writeback(0, bytes_);
    file_ = nullptr;
    manifest_.fragments[current_.value].size = bytes_;
    Result<InputFile> file = InputFile::open(*files_, path_);
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
    return write_unsynced(*files_, path, proof_bytes((*hash)->chunks));
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
    if (Status status =
            write_unsynced(*files_, work_.path() / kManifestFile, encode_envelope(envelope));
        !status)
        return status;
    if (!manifest_.media) return Done{};
    return write_unsynced(*files_, work_.path() / kInitFile, manifest_.media->init);
}

Status AssetWriter::sync_all() const {
    const auto entries = files_->list(work_.path());
    if (!entries) return entries.error();
    for (const Entry& entry : *entries) {
        auto file = files_->open(work_.path() / entry.name, Files::Mode::read);
        if (!file) return file.error();
        if (Status status = (*file)->sync(); !status) return status;
    }
    return files_->sync_folder(work_.path());
}

// By renames, each of which puts the very bytes that belong there.
Status AssetWriter::complete(const fs::path& existing) const {
    const auto entries = files_->list(work_.path());
    if (!entries) return entries.error();
    for (const Entry& entry : *entries) {
        const fs::path target = existing / entry.name;
        const auto there = files_->stat(target);
        if (there && there->kind == EntryKind::file && there->size == entry.size) continue;
        const fs::path from = work_.path() / entry.name;
        if (Status moved = files_->rename(from, target, Files::Replace::yes); !moved) return moved;
    }
    return files_->sync_folder(existing);
}

Result<AssetWriter::Finished> AssetWriter::finish(const std::function<bool()>& go_on) {
    if (Status status = wait_for_hashes(go_on); !status) return status.error();
    const Result<Bytes> body = encode_manifest(manifest_);
    if (!body) return body.error();
    const AssetId id = id_of_manifest(*body);
    if (Status status = write_description(*body); !status) return status.error();
    if (Status status = sync_all(); !status) return status.error();
    while (true) {
        const FolderPlace place = place_for(*files_, into_, manifest_.name, id);
        if (!place.taken.empty()) {
            if (Status status = complete(place.taken); !status) return status.error();
            return Finished{id, place.taken};
        }
        if (place.free.empty())
            return fail(ErrorKind::exists, "all names for this asset are taken in " +
                                               into_.string() + "; choose another folder");
        const Status moved = work_.move_to(place.free);
        if (moved) return Finished{id, place.free};
        // `exists`: taken meanwhile.
        if (moved.error().kind != ErrorKind::exists) return moved.error();
    }
}

}  // namespace fragcast
