#include "peer/store/store_records.hpp"

#include "messages/wire/hash.hpp"
#include "messages/wire/limits.hpp"

#include <algorithm>

namespace fragcast {

namespace {
constexpr std::uint32_t kRecordVersion = 1;
constexpr std::size_t kHeadBytes = 12;
constexpr std::size_t kSumBytes = 8;
}  // namespace

void put_u64(Bytes& out, std::uint64_t value) {
    for (int i = 0; i < 8; ++i)
        out.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
}

void put_u32(Bytes& out, std::uint32_t value) {
    for (int i = 0; i < 4; ++i)
        out.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
}

std::uint64_t get_u64(const std::uint8_t* data) {
    std::uint64_t value = 0;
    for (int i = 7; i >= 0; --i)
        value = value << 8 | data[i];
    return value;
}

std::uint32_t get_u32(const std::uint8_t* data) {
    std::uint32_t value = 0;
    for (int i = 3; i >= 0; --i)
        value = value << 8 | data[i];
    return value;
}

Result<Bytes> read_record(Files& files, const std::filesystem::path& path, std::string_view kind) {
    auto all = read_small_file(files, path, kHeadBytes + limits::kMaxRecordBytes + kSumBytes);
    if (!all) return all.error();
    const Bytes& data = *all;
    const auto damaged = [&] { return fail(ErrorKind::invalid, path.string() + " is damaged"); };
    if (data.size() < kHeadBytes + kSumBytes) return damaged();
    const std::size_t length = data.size() - kHeadBytes - kSumBytes;
    if (!std::equal(kind.begin(), kind.end(), data.begin()) || get_u32(&data[8]) != length)
        return damaged();
    if (get_u32(&data[4]) != kRecordVersion)
        return fail(ErrorKind::invalid, path.string() + " was written by another version");
    const Digest sum = sha256({data.data(), kHeadBytes + length});
    if (!std::equal(sum.bytes.begin(), sum.bytes.begin() + kSumBytes, data.end() - kSumBytes))
        return damaged();
    return Bytes(data.begin() + kHeadBytes, data.end() - kSumBytes);
}

Status write_record(Files& files, const std::filesystem::path& path, std::string_view kind,
                    std::span<const std::uint8_t> payload, Files::Access access) {
    Bytes out(kind.begin(), kind.end());
    put_u32(out, kRecordVersion);
    put_u32(out, static_cast<std::uint32_t>(payload.size()));
    out.insert(out.end(), payload.begin(), payload.end());
    const Digest sum = sha256(out);
    out.insert(out.end(), sum.bytes.begin(), sum.bytes.begin() + kSumBytes);
    return write_durably(files, path, out, access);
}

}  // namespace fragcast
