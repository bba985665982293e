// Any thread. What is built on the narrow Files.
#include "messages/files/files.hpp"

#include "messages/wire/limits.hpp"

namespace fragcast {

Result<Bytes> read_small_file(Files& files, const std::filesystem::path& path, std::size_t limit) {
    auto file = files.open(path, Files::Mode::read);
    if (!file) return file.error();
    const auto entry = (*file)->stat();
    if (!entry) return entry.error();
    if (entry->size > limit)
        return fail(ErrorKind::invalid, path.string() + " is larger than " + std::to_string(limit) +
                                            " bytes, so it is none of ours");
    Bytes data(entry->size);
    const auto got = (*file)->read_at(0, data);
    if (!got) return got.error();
    data.resize(*got);
    return data;
}

static Result<std::unique_ptr<File>> written(Files& files, const std::filesystem::path& path,
                                             std::span<const std::uint8_t> data) {
    auto file = files.open(path, Files::Mode::write);
    if (!file) return file.error();
    if (auto done = (*file)->resize(data.size()); !done) return done.error();
    if (auto done = (*file)->write_at(0, data); !done) return done.error();
    return file;
}

Status write_unsynced(Files& files, const std::filesystem::path& path,
                      std::span<const std::uint8_t> data) {
    const auto file = written(files, path, data);
    return file ? Status(Done{}) : file.error();
}

Status write_synced(Files& files, const std::filesystem::path& path,
                    std::span<const std::uint8_t> data) {
    const auto file = written(files, path, data);
    return file ? (*file)->sync() : file.error();
}

Status write_durably(Files& files, const std::filesystem::path& path,
                     std::span<const std::uint8_t> data, Files::Access access) {
    auto temporary = path;
    temporary += ".tmp";
    const auto write = [&]() -> Status {
        // Anew each time, so that a left-over lends it neither its bytes nor its permissions.
        if (auto gone = files.remove(temporary); !gone) return gone;
        auto file = files.open(
            temporary, access == Files::Access::secret ? Files::Mode::secret : Files::Mode::write);
        if (!file) return file.error();
        if (auto written = (*file)->write_at(0, data); !written) return written;
        if (auto synced = (*file)->sync(); !synced) return synced;
        return files.rename(temporary, path, Files::Replace::yes);
    };
    if (auto done = write(); !done) {
        (void)files.remove(temporary);
        return done;
    }
    return files.sync_folder(path.parent_path());
}

static Status remove_below(Files& files, const std::filesystem::path& path, int depth) {
    const auto entry = files.stat(path);
    if (!entry) return entry.error().kind == ErrorKind::not_found ? Status(Done{}) : entry.error();
    if (entry->kind == EntryKind::folder) {
        if (depth == 0)
            return fail(ErrorKind::refused,
                        path.string() + " is nested too deep to be ours; remove it by hand");
        const auto entries = files.list(path);
        if (!entries) return entries.error();
        for (const auto& inside : *entries)
            if (auto gone = remove_below(files, path / inside.name, depth - 1); !gone) return gone;
    }
    return files.remove(path);
}

Status remove_all(Files& files, const std::filesystem::path& path) {
    return remove_below(files, path, limits::kMaxFolderDepth);
}

}  // namespace fragcast
