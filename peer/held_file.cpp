#include "peer/held_file.hpp"

#include "messages/hash.hpp"
#include "messages/limits.hpp"
#include "peer/store_records.hpp"

#include <algorithm>

namespace fragcast {

namespace {
constexpr std::string_view kMark = "HLD1";
constexpr std::size_t kEntryBytes = 32;
constexpr std::size_t kMaxEntries = std::size_t{16} * limits::kMaxFragments;
constexpr std::size_t kFewEntries = 64;  // not worth a new file

using HeldEntry = std::array<std::uint8_t, kEntryBytes>;

HeldEntry held_entry(FragmentIndex index, const Entry& file) {
    Bytes bytes(kMark.begin(), kMark.end());
    put_u32(bytes, index.value);
    put_u64(bytes, file.size);
    put_u64(bytes, static_cast<std::uint64_t>(file.modified_ns));
    const Digest sum = sha256(bytes);
    bytes.insert(bytes.end(), sum.bytes.begin(), sum.bytes.begin() + 8);
    HeldEntry entry;
    std::copy(bytes.begin(), bytes.end(), entry.begin());
    return entry;
}

Bytes entries_of(const HeldFile::Proven& fragments) {
    Bytes bytes;
    for (const auto& [index, file] : fragments) {
        const auto entry = held_entry(index, file);
        bytes.insert(bytes.end(), entry.begin(), entry.end());
    }
    return bytes;
}
}  // namespace

HeldFile::Proven HeldFile::vouched(const Proven& candidates) {
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
        held[get_u32(entry.data() + kMark.size())] = entry;
    }
    Proven good;
    for (const auto& candidate : candidates) {
        const auto found = held.find(candidate.first.value);
        // Compared whole: a torn entry is one that does not match.
        if (found != held.end() && found->second == held_entry(candidate.first, candidate.second))
            good.push_back(candidate);
    }
    if (all->size() / kEntryBytes > 2 * good.size() + kFewEntries) {
        auto fresh = path_;
        fresh += ".tmp";
        if (write_synced(files_, fresh, entries_of(good)))
            (void)files_.rename(fresh, path_, Files::Replace::yes);
    }
    return good;
}

void HeldFile::add(const Proven& fragments) {
    const auto file = files_.open(path_, Files::Mode::write);
    if (!file) return;
    const auto entry = (*file)->stat();
    if (!entry) return;
    // Over what is left of a torn entry.
    (void)(*file)->write_at(entry->size / kEntryBytes * kEntryBytes, entries_of(fragments));
}

}  // namespace fragcast
