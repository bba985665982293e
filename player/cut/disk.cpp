#include "player/cut/disk.hpp"

#include "messages/wire/hash.hpp"

#include <array>
#include <utility>

#include <unistd.h>

namespace fragcast {

namespace fs = std::filesystem;

std::string random_suffix() {
    std::array<std::uint8_t, 8> bytes{};
    random_bytes(bytes);
    return to_hex(bytes.data(), bytes.size());
}

Result<InputFile> InputFile::of(const fs::path& path, Result<std::unique_ptr<File>> opened) {
    if (!opened) return opened.error();
    const auto entry = (*opened)->stat();
    if (!entry) return entry.error();
    InputFile file;
    file.path_ = path;
    file.file_ = std::move(*opened);
    file.size_ = entry->size;
    file.modified_ns_ = entry->modified_ns;
    return file;
}

Result<InputFile> InputFile::open(const fs::path& path) {
    return of(path, open_input(path));
}

Result<InputFile> InputFile::open(Files& files, const fs::path& path) {
    return of(path, files.open(path, Files::Mode::read));
}

Result<std::size_t> InputFile::read_at(std::uint64_t offset, std::span<std::uint8_t> out) const {
    return file_->read_at(offset, out);
}

Status InputFile::unchanged() const {
    const auto entry = file_->stat();
    if (!entry) return entry.error();
    if (entry->size == size_ && entry->modified_ns == modified_ns_) return Done{};
    return fail(ErrorKind::invalid,
                path_.string() + " was written to meanwhile; try again when it is finished");
}

namespace {

constexpr std::string_view kWorkPrefix = ".cutting-";

// A folder that can be locked has no living owner. What cannot be removed stays for the next one.
void remove_left_over(Files& files, const fs::path& into) {
    const auto entries = files.list(into);
    if (!entries) return;
    for (const Entry& entry : *entries) {
        if (!entry.name.starts_with(kWorkPrefix) || entry.kind == EntryKind::other) continue;
        const auto lock = files.lock(into / entry.name, "");
        if (lock) (void)remove_all(files, into / entry.name);
    }
}

}  // namespace

WorkFolder::WorkFolder(Files& files, fs::path path, std::unique_ptr<FileLock> lock)
    : files_(&files), path_(std::move(path)), lock_(std::move(lock)) {}

Result<WorkFolder> WorkFolder::create(Files& files, const fs::path& into) {
    if (auto made = files.make_folder(into, Files::Access::normal); !made) return made.error();
    remove_left_over(files, into);
    while (true) {
        fs::path path =
            into / (std::string(kWorkPrefix) + std::to_string(::getpid()) + '-' + random_suffix());
        if (auto made = files.make_folder(path, Files::Access::normal); !made) return made.error();
        auto lock = files.lock(path, "");
        if (!lock && lock.error().kind != ErrorKind::busy) {
            (void)files.remove(path);
            return lock.error();
        }
        // Before it was locked another process may have taken it for left over: then once more.
        if (!lock) continue;
        const auto there = files.stat(path);
        if (there && there->kind == EntryKind::folder)
            return WorkFolder(files, std::move(path), std::move(*lock));
        (void)files.remove(path);
        if (!there && there.error().kind != ErrorKind::not_found) return there.error();
    }
}

WorkFolder::~WorkFolder() {
    if (lock_) (void)remove_all(*files_, path_);
}

Status WorkFolder::move_to(const fs::path& target) {
    // Not Replace::no, which some file systems know for files only.
    if (auto moved = files_->rename(path_, target, Files::Replace::yes); !moved) return moved;
    if (auto synced = files_->sync_folder(target.parent_path()); !synced) {
        (void)remove_all(*files_, target);
        return synced;
    }
    lock_ = nullptr;
    return Done{};
}

}  // namespace fragcast
