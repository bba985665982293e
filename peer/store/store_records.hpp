// Store thread, or main before it starts.
//
// The small files of a store (STORE.md section 2): one checksummed record each, always the old or
// the new one.
#pragma once

#include "messages/files/files.hpp"
#include "messages/wire/result.hpp"

#include <filesystem>
#include <string_view>

namespace fragcast {

// `kind`: four letters. Errors: not_found; invalid (damaged, another kind or version); io.
Result<Bytes> read_record(Files& files, const std::filesystem::path& path, std::string_view kind);
Status write_record(Files& files, const std::filesystem::path& path, std::string_view kind,
                    std::span<const std::uint8_t> payload, Files::Access access);

void put_u64(Bytes& out, std::uint64_t value);
void put_u32(Bytes& out, std::uint32_t value);
std::uint64_t get_u64(const std::uint8_t* data);
std::uint32_t get_u32(const std::uint8_t* data);

}  // namespace fragcast
