#include "peer/store/held_file.hpp"

#include "messages/wire/hash.hpp"
#include "messages/wire/limits.hpp"
#include "peer/store/store_records.hpp"

#include <algorithm>

namespace fragcast {

namespace {
constexpr std::string_view kKeptMark = "HLD1";
constexpr std::string_view kLooseMark = "LSE1";
constexpr std::size_t kEntryBytes = 32;
constexpr std::size_t kMaxEntries = std::size_t{16} * limits::kMaxFragments;
constexpr std::size_t kFewEntries = 64;  // not worth a new file

using HeldEntry = std::array<std::uint8_t, kEntryBytes>;

HeldEntry held_entry(FragmentIndex index, const Entry& file, HeldFile::Mark mark) {
    const std::string_view text = mark == HeldFile::Mark::kept ? kKeptMark : kLooseMark;
    Bytes bytes(text.begin(), text.end());
    put_u32(bytes, index.value);
    put_u64(bytes, file.size);
    put_u64(bytes, static_cast<std::uint64_t>(file.modified_ns));
    const Digest sum = sha256(bytes);
    bytes.insert(bytes.end(), sum.bytes.begin(), sum.bytes.begin() + 8);
    HeldEntry entry;
    std::copy(bytes.begin(), bytes.end(), entry.begin());
    return entry;
}

void add_entry(Bytes& bytes, const HeldEntry& entry) {
    bytes.insert(bytes.end(), entry.begin(), entry.end());
}
}  // namespace

HeldFile::Vouched HeldFile::vouched(const Proven& candidates) {
    const auto all = read_small_file(files_, path_, kMaxEntries * kEntryBytes);
    if (!all) {
        // Absent, or nothing that we wrote: begun anew.
        if (all.error().kind != ErrorKind::not_found) (void)files_.remove(path_);
        return {};
    }
    std::map<std::uint32_t, HeldEntry> held;
    for (std::size_t at = 0; at + kEntryBytes <= all->size(); at += kEntryBytes) {
        HeldEntry entry;
        std::copy_n(all->begin() + static_cast<std::ptrdiff_t>(at), kEntryBytes, entry.begin());
        held[get_u32(entry.data() + kKeptMark.size())] = entry;
    }
    Vouched out;
    Bytes current;
    for (const auto& [index, file] : candidates) {
        const auto found = held.find(index.value);
        if (found == held.end()) continue;
        // Compared whole: a torn entry is one that does not match.
        const bool loose = found->second == held_entry(index, file, Mark::loose);
        if (!loose && found->second != held_entry(index, file, Mark::kept)) continue;
        out.good.emplace_back(index, file);
        if (loose) out.loose.insert(index);
        add_entry(current, found->second);
    }
    if (all->size() / kEntryBytes > 2 * out.good.size() + kFewEntries) {
        auto fresh = path_;
        fresh += ".tmp";
        if (write_synced(files_, fresh, current))
            (void)files_.rename(fresh, path_, Files::Replace::yes);
    }
    return out;
}

// Over what is left of a torn entry.
Status HeldFile::append(File& file, const Proven& fragments, Mark mark) {
    const auto entry = file.stat();
    if (!entry) return entry.error();
    Bytes bytes;
    for (const auto& [index, there] : fragments)
        add_entry(bytes, held_entry(index, there, mark));
    return file.write_at(entry->size / kEntryBytes * kEntryBytes, bytes);
}

void HeldFile::add(const Proven& fragments, Mark mark) {
    if (const auto file = files_.open(path_, Files::Mode::write))
        (void)append(**file, fragments, mark);
}

Status HeldFile::keep(const Proven& fragments) {
    const auto write = [&]() -> Status {
        const auto file = files_.open(path_, Files::Mode::write);
        if (!file) return file.error();
        if (auto done = append(**file, fragments, Mark::kept); !done) return done;
        if (auto done = (*file)->sync(); !done) return done;
        // A list that was written anew may still be under its old name.
        return files_.sync_folder(path_.parent_path());
    };
    auto done = write();
    if (done) return done;
    // Without the list all is hashed once more, and kept.
    if (files_.remove(path_) && files_.sync_folder(path_.parent_path())) return Done{};
    return done;
}

}  // namespace fragcast
