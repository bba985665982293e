// Any thread. Fragments back into one file.
#include "messages/wire/asset_folder.hpp"
#include "messages/wire/hash.hpp"
#include "player/cut/asset_writer.hpp"
#include "player/cut/cutter.hpp"
#include "player/cut/disk.hpp"

#include <optional>
#include <string>
#include <utility>

#include <unistd.h>

namespace fragcast {

namespace fs = std::filesystem;

namespace {

// A file under a temporary name in the folder of `target`; removed unless it was put in place.
class Output {
public:
    static Result<Output> create(Files& files, const fs::path& target) {
        fs::path folder = target.parent_path();
        if (folder.empty()) folder = ".";
        Output out(files, target,
                   folder / (".joining-" + std::to_string(::getpid()) + '-' + random_suffix()));
        auto file = files.open(out.path_, Files::Mode::write);
        if (!file) return out.named(file.error());
        out.file_ = std::move(*file);
        return out;
    }
    ~Output() {
        if (file_) (void)files_->remove(path_);
    }
    Output(Output&&) noexcept = default;
    Output& operator=(Output&&) = delete;

    Status write(std::span<const std::uint8_t> data) {
        const std::uint64_t offset = std::exchange(bytes_, bytes_ + data.size());
        if (auto done = file_->write_at(offset, data); !done) return named(done.error());
        return Done{};
    }

    Status put_in_place(bool replace) {
        if (auto done = file_->sync(); !done) return named(done.error());
        const auto how = replace ? Files::Replace::yes : Files::Replace::no;
        if (auto done = files_->rename(path_, target_, how); !done) return done;
        file_ = nullptr;
        return files_->sync_folder(path_.parent_path());
    }

private:
    Output(Files& files, fs::path target, fs::path path)
        : files_(&files), target_(std::move(target)), path_(std::move(path)) {}

    // Errors name the file that the user asked for.
    Error named(Error error) const {
        if (const auto at = error.text.find(path_.string()); at != std::string::npos)
            error.text.replace(at, path_.string().size(), target_.string());
        return error;
    }

    Files* files_;
    fs::path target_;
    fs::path path_;
    std::unique_ptr<File> file_;
    std::uint64_t bytes_ = 0;
};

Status check_target(Files& files, const fs::path& output, bool replace) {
    const auto there = files.stat(output);
    if (!there) return Done{};
    if (there->kind == EntryKind::folder)
        return fail(ErrorKind::invalid, output.string() + " is a folder; name a file in it");
    if (there->kind != EntryKind::file)
        return fail(ErrorKind::invalid, output.string() + " is not a regular file; name another");
    if (replace) return Done{};
    return fail(ErrorKind::exists,
                output.string() + " exists; name another file, or replace it with --force");
}

// Copies fragments of a folder into an output, proving each chunk on the way.
class Joiner {
public:
    Joiner(Files& files, const fs::path& folder, const Manifest& manifest, Output& output)
        : files_(files), folder_(folder), manifest_(manifest), output_(output) {}

    Status copy(FragmentIndex index) {
        const FragmentInfo& fragment = manifest_.fragments[index.value];
        const fs::path path = folder_ / fragment_file(manifest_, index);
        Result<InputFile> file = InputFile::open(files_, path);
        if (!file) return missing(index, path, file.error());
        if (file->size() != fragment.size)
            return fail(ErrorKind::invalid,
                        name_of(index) + " (" + path.string() + ") has " +
                            std::to_string(file->size()) + " bytes instead of " +
                            std::to_string(fragment.size) + "; fetch or cut it again");
        const std::optional<Proof> stored = stored_proof(index);
        Proof proof;
        for (ChunkIndex chunk; chunk.value < chunk_count(fragment.size); ++chunk.value) {
            const std::size_t length = chunk_length(fragment.size, chunk);
            const Result<std::size_t> read =
                file->read_at(chunk_offset(chunk), std::span(buffer_).first(length));
            if (!read) return read.error();
            const std::span<const std::uint8_t> data = std::span(buffer_).first(*read);
            proof.push_back(sha256(data));
            if (stored && (*stored)[chunk.value] != proof.back())
                return damaged(name_of(index) + ", chunk " + std::to_string(chunk.value), path);
            if (Status status = output_.write(data); !status) return status;
        }
        if (hash_of_proof(proof) != fragment.hash) return damaged(name_of(index), path);
        return Done{};
    }

private:
    std::string name_of(FragmentIndex index) const {
        return "fragment " + std::to_string(index.value);
    }

    Error missing(FragmentIndex index, const fs::path& path, const Error& error) const {
        if (error.kind != ErrorKind::not_found) return error;
        return fail(ErrorKind::not_found, name_of(index) + " of " +
                                              std::to_string(manifest_.fragments.size()) +
                                              " is missing: there is no file " + path.string());
    }

    Error damaged(const std::string& what, const fs::path& path) const {
        return fail(ErrorKind::invalid, what + " is damaged: the hash of " + path.string() +
                                            " does not match the manifest; fetch or cut it again");
    }

    // Only so that a damaged chunk can be named: what counts is the hash in the manifest.
    std::optional<Proof> stored_proof(FragmentIndex index) const {
        const FragmentInfo& fragment = manifest_.fragments[index.value];
        const Result<Bytes> data = read_small_file(files_, folder_ / proof_file(manifest_, index),
                                                   limits::kMaxChunksPerFragment * Digest::kBytes);
        if (!data) return std::nullopt;
        Result<Proof> proof = check_proof(fragment, data->data(), data->size());
        if (!proof) return std::nullopt;
        return std::move(*proof);
    }

    Files& files_;
    const fs::path& folder_;
    const Manifest& manifest_;
    Output& output_;
    Bytes buffer_ = Bytes(limits::kChunkBytes);
};

}  // namespace

Status join_folder(const fs::path& folder, const fs::path& output,
                   std::optional<FragmentIndex> only, bool replace, Files& files) {
    if (Status status = check_target(files, output, replace); !status) return status;
    const auto read = read_manifest(files, folder);
    if (!read) return read.error();
    const Manifest& manifest = *read->manifest;
    const auto count = static_cast<std::uint32_t>(manifest.fragments.size());
    if (only && only->value >= count)
        return fail(ErrorKind::not_found, "there is no fragment " + std::to_string(only->value) +
                                              "; the last one is " + std::to_string(count - 1));
    Result<Output> out = Output::create(files, output);
    if (!out) return out.error();
    if (manifest.media)
        if (Status status = out->write(manifest.media->init); !status) return status;
    Joiner joiner(files, folder, manifest, *out);
    const FragmentIndex end{only ? only->value + 1 : count};
    for (FragmentIndex i = only.value_or(FragmentIndex{0}); i < end; ++i.value)
        if (Status status = joiner.copy(i); !status) return status;
    return out->put_in_place(replace);
}

}  // namespace fragcast
