// Store thread, or main before it starts.
//
// Who a peer is, and what it remembers between runs: peer.key, epoch, ports (STORE.md section 2).
#pragma once

#include "messages/files/files.hpp"
#include "messages/wire/ids.hpp"
#include "messages/wire/result.hpp"

#include <cstdint>
#include <filesystem>

namespace fragcast {

struct Identity {
    Bytes public_key;
    Bytes secret_key;
    PeerId id;
    Epoch epoch;                  // already raised and synced for this run
    std::uint16_t http_port = 0;  // 0: none remembered
    std::uint16_t exchange_port = 0;
};

// Of the store in `root`, which is locked: makes a key if there is none, raises the epoch. Errors:
// invalid (the key file is damaged: its text says what to do), full, io.
Result<Identity> open_identity(Files& files, const std::filesystem::path& root);
Status remember_ports(Files& files, const std::filesystem::path& root, Identity& identity,
                      std::uint16_t http, std::uint16_t exchange);
// A new key, and so a new id. The old ones stay when it fails.
Status renew_key(Files& files, const std::filesystem::path& root, Identity& identity);

}  // namespace fragcast
