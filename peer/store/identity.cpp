#include "peer/store/identity.hpp"

#include "messages/wire/hash.hpp"
#include "messages/wire/key.hpp"
#include "peer/store/store_records.hpp"

#include <algorithm>

namespace fragcast {

namespace fs = std::filesystem;

namespace {
constexpr std::string_view kKeyKind = "FKEY";
constexpr std::string_view kEpochKind = "FEPO";
constexpr std::string_view kPortsKind = "FPRT";

Status load_key(Files& files, const fs::path& root, Identity& identity) {
    const auto path = root / "peer.key";
    const auto record = read_record(files, path, kKeyKind);
    if (!record && record.error().kind == ErrorKind::not_found)
        return renew_key(files, root, identity);
    if (!record && record.error().kind != ErrorKind::invalid) return record.error();
    if (record && record->size() == 2 * kKeyBytes) {
        const auto pair = key_pair_of(std::span(*record).subspan(kKeyBytes));
        if (pair && std::equal(pair->public_key.begin(), pair->public_key.end(), record->begin())) {
            identity.public_key = pair->public_key;
            identity.secret_key = pair->secret_key;
            identity.id = peer_id_of(identity.public_key);
            return Done{};
        }
    }
    return fail(ErrorKind::invalid, (record ? path.string() + " is damaged" : record.error().text) +
                                        ". It says who this peer is; move it away to start as a "
                                        "new peer with the same fragments");
}

Status raise_epoch(Files& files, const fs::path& root, Identity& identity) {
    std::uint64_t epoch = 0;
    if (const auto record = read_record(files, root / "epoch", kEpochKind);
        record && record->size() == 8)
        epoch = get_u64(record->data());
    ++epoch;
    // The lock was written just now. Its time keeps a lost or restored epoch file from taking us
    // back to what others have outlived.
    const auto lock = files.stat(root / "lock");
    if (!lock) return lock.error();
    const auto seconds =
        static_cast<std::uint64_t>(std::max<std::int64_t>(lock->modified_ns, 0) / 1'000'000'000);
    const bool of_clock = seconds > epoch;
    epoch = std::max(epoch, seconds);
    Bytes payload;
    put_u64(payload, epoch);
    identity.epoch.value = epoch;
    const Status kept =
        write_record(files, root / "epoch", kEpochKind, payload, Files::Access::normal);
    // On a full disk we start all the same: what is here is served. The clock that gave this epoch
    // gives the next start a later one, whatever is stored.
    if (!kept && kept.error().kind == ErrorKind::full && of_clock) return Done{};
    return kept;
}

void load_ports(Files& files, const fs::path& root, Identity& identity) {
    const auto record = read_record(files, root / "ports", kPortsKind);
    if (!record || record->size() != 4) return;
    const auto port = [&](std::size_t at) {
        return static_cast<std::uint16_t>((*record)[at] | (*record)[at + 1] << 8);
    };
    identity.http_port = port(0);
    identity.exchange_port = port(2);
}
}  // namespace

Result<Identity> open_identity(Files& files, const fs::path& root) {
    Identity identity;
    if (auto done = load_key(files, root, identity); !done) return done.error();
    if (auto done = raise_epoch(files, root, identity); !done) return done.error();
    load_ports(files, root, identity);
    return identity;
}

Status remember_ports(Files& files, const fs::path& root, Identity& identity, std::uint16_t http,
                      std::uint16_t exchange) {
    const Bytes payload = {static_cast<std::uint8_t>(http), static_cast<std::uint8_t>(http >> 8),
                           static_cast<std::uint8_t>(exchange),
                           static_cast<std::uint8_t>(exchange >> 8)};
    if (auto done = write_record(files, root / "ports", kPortsKind, payload, Files::Access::normal);
        !done && done.error().kind != ErrorKind::full)
        return done;
    // On a full disk they are remembered for this run.
    identity.http_port = http;
    identity.exchange_port = exchange;
    return Done{};
}

Status renew_key(Files& files, const fs::path& root, Identity& identity) {
    auto pair = make_key_pair();
    if (!pair) return pair.error();
    Bytes payload = pair->public_key;
    payload.insert(payload.end(), pair->secret_key.begin(), pair->secret_key.end());
    if (auto done =
            write_record(files, root / "peer.key", kKeyKind, payload, Files::Access::secret);
        !done)
        return done;
    identity.public_key = std::move(pair->public_key);
    identity.secret_key = std::move(pair->secret_key);
    identity.id = peer_id_of(identity.public_key);
    return Done{};
}

}  // namespace fragcast
