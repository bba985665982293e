#include "messages/wire/asset_folder.hpp"
#include "messages/wire/hash.hpp"
#include "player/cut/asset_writer.hpp"
#include "player/cut/cutter.hpp"
#include "player/cut/disk.hpp"

#include <cerrno>
#include <optional>
#include <string>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

namespace fragcast {

namespace fs = std::filesystem;

namespace {

// A file under a temporary name in the folder of `target`; removed unless it was put in place.
class Output {
public:
    static Result<Output> create(const fs::path& target) {
        fs::path folder = target.parent_path();
        if (folder.empty()) folder = ".";
        fs::path path = folder / (".joining-" + std::to_string(::getpid()) + '-' + random_suffix());
        Result<Fd> fd = create_file(path);
        if (!fd) return fd.error();
        return Output(target, std::move(path), std::move(*fd));
    }
    ~Output() {
        if (fd_) ::unlink(path_.c_str());
    }
    Output(Output&&) noexcept = default;
    Output& operator=(Output&&) = delete;

    // Errors name the file that the user asked for.
    Status write(std::span<const std::uint8_t> data) { return write_all(fd_, data, target_); }

    Status put_in_place(bool replace) {
        if (::fsync(fd_.get()) != 0) return disk_error("write", target_, errno);
        const int failed = replace ? ::rename(path_.c_str(), target_.c_str()) : rename_anew();
        if (failed != 0) return disk_error("write", target_, errno);
        fd_ = Fd();
        return sync_path(path_.parent_path());
    }

private:
    Output(fs::path target, fs::path path, Fd fd)
        : target_(std::move(target)), path_(std::move(path)), fd_(std::move(fd)) {}

    int rename_anew() {
        if (::renameat2(AT_FDCWD, path_.c_str(), AT_FDCWD, target_.c_str(), RENAME_NOREPLACE) == 0)
            return 0;
        if (errno != EINVAL) return -1;
        // This file system cannot (NFS): a hard link does not replace either.
        if (::link(path_.c_str(), target_.c_str()) != 0) return -1;
        ::unlink(path_.c_str());
        return 0;
    }

    fs::path target_;
    fs::path path_;
    Fd fd_;
};

Status check_target(const fs::path& output, bool replace) {
    std::error_code error;
    const fs::file_status status = fs::symlink_status(output, error);
    if (!fs::exists(status)) return Done{};
    if (fs::is_directory(status))
        return fail(ErrorKind::invalid, output.string() + " is a folder; name a file in it");
    if (!fs::is_regular_file(status))
        return fail(ErrorKind::invalid, output.string() + " is not a regular file; name another");
    if (replace) return Done{};
    return fail(ErrorKind::exists,
                output.string() + " exists; name another file, or replace it with --force");
}

// Copies fragments of a folder into an output, proving each chunk on the way.
class Joiner {
public:
    Joiner(const fs::path& folder, const Manifest& manifest, Output& output)
        : folder_(folder), manifest_(manifest), output_(output) {}

    Status copy(FragmentIndex index) {
        const FragmentInfo& fragment = manifest_.fragments[index.value];
        const fs::path path = folder_ / fragment_file(manifest_, index);
        Result<InputFile> file = InputFile::open(path);
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
        const Result<Bytes> data = read_whole(folder_ / proof_file(manifest_, index),
                                              limits::kMaxChunksPerFragment * Digest::kBytes);
        if (!data) return std::nullopt;
        Result<Proof> proof = check_proof(fragment, data->data(), data->size());
        if (!proof) return std::nullopt;
        return std::move(*proof);
    }

    const fs::path& folder_;
    const Manifest& manifest_;
    Output& output_;
    Bytes buffer_ = Bytes(limits::kChunkBytes);
};

}  // namespace

Status join_folder(const fs::path& folder, const fs::path& output,
                   std::optional<FragmentIndex> only, bool replace) {
    if (Status status = check_target(output, replace); !status) return status;
    const Result<FolderManifest> read = read_manifest(folder);
    if (!read) return read.error();
    const Manifest& manifest = read->manifest;
    const auto count = static_cast<std::uint32_t>(manifest.fragments.size());
    if (only && only->value >= count)
        return fail(ErrorKind::not_found, "there is no fragment " + std::to_string(only->value) +
                                              "; the last one is " + std::to_string(count - 1));
    Result<Output> out = Output::create(output);
    if (!out) return out.error();
    if (manifest.media)
        if (Status status = out->write(manifest.media->init); !status) return status;
    Joiner joiner(folder, manifest, *out);
    const FragmentIndex end{only ? only->value + 1 : count};
    for (FragmentIndex i = only.value_or(FragmentIndex{0}); i < end; ++i.value)
        if (Status status = joiner.copy(i); !status) return status;
    return out->put_in_place(replace);
}

}  // namespace fragcast
