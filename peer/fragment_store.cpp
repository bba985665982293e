#include "peer/fragment_store.hpp"

#include "messages/hash.hpp"
#include "messages/key.hpp"
#include "messages/limits.hpp"
#include "peer/store_records.hpp"
#include "peer/stored_asset.hpp"

#include <algorithm>
#include <map>

namespace fragcast {

namespace fs = std::filesystem;

namespace {
constexpr std::string_view kKeyKind = "FKEY";
constexpr std::string_view kEpochKind = "FEPO";
constexpr std::string_view kPortsKind = "FPRT";
constexpr std::size_t kMaxEnvelopeBytes = limits::kMaxManifestBytes + 4096;

struct ManifestOnDisk {
    AssetId id;
    std::shared_ptr<const Manifest> manifest;
    std::shared_ptr<const Bytes> body;
};

Result<ManifestOnDisk> decode_body(Bytes body) {
    auto manifest = decode_manifest(body.data(), body.size());
    if (!manifest) return manifest.error();
    const AssetId id = id_of_manifest(body);
    return ManifestOnDisk{id, std::make_shared<const Manifest>(std::move(*manifest)),
                          std::make_shared<const Bytes>(std::move(body))};
}

Result<ManifestOnDisk> read_manifest(Files& files, const fs::path& folder) {
    const auto data = read_small_file(files, folder / kManifestFile, kMaxEnvelopeBytes);
    if (!data) return data.error();
    auto envelope = decode_envelope(data->data(), data->size());
    if (!envelope) return envelope.error();
    return decode_body(std::move(envelope->body));
}

Status write_synced(Files& files, const fs::path& path, std::span<const std::uint8_t> data) {
    auto file = files.open(path, Files::Mode::write);
    if (!file) return file.error();
    if (auto done = (*file)->resize(data.size()); !done) return done;
    if (auto done = (*file)->write_at(0, data); !done) return done;
    return (*file)->sync();
}
}  // namespace

struct FragmentStore::State {
    Files& files;
    fs::path root;
    std::unique_ptr<FileLock> lock;
    Identity identity;
    FileCache cache;
    BufferPool pool;
    std::map<AssetId, AssetFolder> assets;
    std::uint64_t next_temporary = 0;

    State(Files& real, fs::path where) : files(real), root(std::move(where)), cache(real) {}

    fs::path assets_folder() const { return root / "assets"; }
    fs::path incoming() const { return root / "incoming"; }

    Status prepare(const std::string& name);
    Status load_key();
    Status write_key(const KeyPair& pair);
    Status raise_epoch();
    void load_ports();
    Status list_assets();
    Status empty_incoming();
    AssetFolder* find(const AssetId& asset) {
        const auto found = assets.find(asset);
        return found == assets.end() ? nullptr : &found->second;
    }
    fs::path free_folder_for(std::string_view name, const AssetId& id);
    AssetFolder& add(const fs::path& folder, ManifestOnDisk manifest);
    Result<AssetFolder*> move_in(const fs::path& from, ManifestOnDisk manifest);
    StoredAsset stored(const AssetId& id, const AssetFolder& folder) const {
        return {id, folder.manifest(), Holding{folder.whole(), {}}};
    }
};

// --- opening
// ---------------------------------------------------------------------------------------

static Error not_writable(const fs::path& root, const Error& why) {
    if (why.kind == ErrorKind::full) return why;
    return fail(ErrorKind::io, "store " + root.string() + " is not writable (" + why.text +
                                   "). Choose another: --store DIR");
}

Status FragmentStore::State::prepare(const std::string& name) {
    if (auto done = files.make_folder(root, Files::Access::secret); !done)
        return not_writable(root, done.error());
    auto locked = files.lock(root / "lock", name);
    if (!locked) {
        if (locked.error().kind == ErrorKind::busy)
            return fail(ErrorKind::busy,
                        "store " + root.string() + " is in use by " + locked.error().text);
        return not_writable(root, locked.error());
    }
    lock = std::move(*locked);
    for (const auto& folder : {assets_folder(), incoming()})
        if (auto done = files.make_folder(folder, Files::Access::normal); !done)
            return not_writable(root, done.error());
    if (auto done = empty_incoming(); !done) return not_writable(root, done.error());
    if (auto done = load_key(); !done) return done;
    if (auto done = raise_epoch(); !done) return not_writable(root, done.error());
    load_ports();
    return list_assets();
}

Status FragmentStore::State::empty_incoming() {
    const auto entries = files.list(incoming());
    if (!entries) return entries.error();
    for (const auto& entry : *entries)
        if (auto done = remove_all(files, incoming() / entry.name); !done) return done;
    return Done{};
}

Status FragmentStore::State::load_key() {
    const auto record = read_record(files, root / "peer.key", kKeyKind);
    if (record && record->size() == 2 * kKeyBytes) {
        identity.public_key.assign(record->begin(), record->begin() + kKeyBytes);
        identity.secret_key.assign(record->begin() + kKeyBytes, record->end());
        identity.id = peer_id_of(identity.public_key);
        return Done{};
    }
    if (record || record.error().kind != ErrorKind::not_found)
        return fail(
            ErrorKind::invalid,
            (root / "peer.key").string() +
                " is damaged: it says who this peer is. Move it away to start as a new peer");
    auto pair = make_key_pair();
    if (!pair) return pair.error();
    return write_key(*pair);
}

Status FragmentStore::State::write_key(const KeyPair& pair) {
    Bytes payload = pair.public_key;
    payload.insert(payload.end(), pair.secret_key.begin(), pair.secret_key.end());
    if (auto done =
            write_record(files, root / "peer.key", kKeyKind, payload, Files::Access::secret);
        !done)
        return not_writable(root, done.error());
    identity.public_key = pair.public_key;
    identity.secret_key = pair.secret_key;
    identity.id = peer_id_of(identity.public_key);
    return Done{};
}

Status FragmentStore::State::raise_epoch() {
    const auto path = root / "epoch";
    std::uint64_t before = 0;
    if (const auto record = read_record(files, path, kEpochKind); record && record->size() == 8)
        before = get_u64(record->data());
    const auto write = [&](std::uint64_t value) {
        Bytes payload;
        put_u64(payload, value);
        identity.epoch.value = value;
        return write_record(files, path, kEpochKind, payload, Files::Access::normal);
    };
    if (auto done = write(before + 1); !done) return done;
    // A lost or restored epoch file must not take us back to what others have outlived.
    const auto facts = files.stat(path);
    if (!facts) return facts.error();
    const auto seconds =
        static_cast<std::uint64_t>(std::max<std::int64_t>(facts->modified_ns, 0)) / 1'000'000'000;
    return seconds > before + 1 ? write(seconds) : Status(Done{});
}

void FragmentStore::State::load_ports() {
    const auto record = read_record(files, root / "ports", kPortsKind);
    if (!record || record->size() != 4) return;
    identity.http_port = static_cast<std::uint16_t>((*record)[0] | (*record)[1] << 8);
    identity.exchange_port = static_cast<std::uint16_t>((*record)[2] | (*record)[3] << 8);
}

// Whatever is no asset's folder is left alone.
Status FragmentStore::State::list_assets() {
    auto entries = files.list(assets_folder());
    if (!entries) return entries.error();
    std::sort(entries->begin(), entries->end(),
              [](const auto& a, const auto& b) { return a.name < b.name; });
    for (const auto& entry : *entries) {
        if (entry.kind != EntryKind::folder) continue;
        auto manifest = read_manifest(files, assets_folder() / entry.name);
        if (!manifest || assets.contains(manifest->id)) continue;
        const auto dash = entry.name.rfind('-');
        if (dash == std::string::npos ||
            !manifest->id.text().starts_with(entry.name.substr(dash + 1)))
            continue;
        (void)add(assets_folder() / entry.name, std::move(*manifest)).open();
    }
    return Done{};
}

fs::path FragmentStore::State::free_folder_for(std::string_view name, const AssetId& id) {
    fs::path path;
    for (std::size_t digits = 8; digits <= 2 * AssetId::kBytes; digits += 4) {
        path = assets_folder() / asset_folder_name(name, id, digits);
        if (!files.stat(path)) break;
    }
    return path;
}

AssetFolder& FragmentStore::State::add(const fs::path& folder, ManifestOnDisk manifest) {
    return assets
        .emplace(std::piecewise_construct, std::forward_as_tuple(manifest.id),
                 std::forward_as_tuple(files, cache, pool, folder, manifest.id, manifest.manifest,
                                       manifest.body))
        .first->second;
}

Result<AssetFolder*> FragmentStore::State::move_in(const fs::path& from, ManifestOnDisk manifest) {
    const fs::path to = free_folder_for(manifest.manifest->name, manifest.id);
    if (auto done = files.rename(from, to, Files::Replace::no); !done) return done.error();
    if (auto done = files.sync_folder(assets_folder()); !done) return done.error();
    return &add(to, std::move(manifest));
}

FragmentStore::FragmentStore(std::unique_ptr<State> state) : state_(std::move(state)) {}
FragmentStore::~FragmentStore() = default;

Result<std::unique_ptr<FragmentStore>> FragmentStore::open(Files& files, fs::path root,
                                                           std::string name) {
    auto state = std::make_unique<State>(files, std::move(root));
    if (auto done = state->prepare(name); !done) return done.error();
    return std::unique_ptr<FragmentStore>(new FragmentStore(std::move(state)));
}

// --- identity
// --------------------------------------------------------------------------------------

const Identity& FragmentStore::identity() const {
    return state_->identity;
}

Status FragmentStore::remember_ports(std::uint16_t http, std::uint16_t exchange) {
    const Bytes payload = {static_cast<std::uint8_t>(http), static_cast<std::uint8_t>(http >> 8),
                           static_cast<std::uint8_t>(exchange),
                           static_cast<std::uint8_t>(exchange >> 8)};
    state_->identity.http_port = http;
    state_->identity.exchange_port = exchange;
    return write_record(state_->files, state_->root / "ports", kPortsKind, payload,
                        Files::Access::normal);
}

Status FragmentStore::draw_new_identity() {
    const auto pair = make_key_pair();
    if (!pair) return pair.error();
    return state_->write_key(*pair);
}

std::vector<StoredAsset> FragmentStore::assets() const {
    std::vector<StoredAsset> out;
    for (const auto& [id, folder] : state_->assets)
        out.push_back(state_->stored(id, folder));
    return out;
}

fs::path FragmentStore::incoming() const {
    return state_->incoming();
}

// --- assets
// ----------------------------------------------------------------------------------------

Result<std::shared_ptr<const Manifest>> FragmentStore::keep_manifest(const AssetId& asset,
                                                                     Bytes body) {
    if (const auto* known = state_->find(asset)) return known->manifest();
    auto decoded = decode_body(std::move(body));
    if (!decoded) return decoded.error();
    if (decoded->id != asset)
        return fail(ErrorKind::invalid, "the manifest does not hash to the asset's id");
    Files& files = state_->files;
    const fs::path folder =
        state_->incoming() / (asset.text() + "-" + std::to_string(state_->next_temporary++));
    const auto write = [&]() -> Status {
        if (auto done = files.make_folder(folder, Files::Access::normal); !done) return done;
        if (auto done = write_synced(files, folder / kManifestFile,
                                     encode_envelope({*decoded->body, {}, {}}));
            !done)
            return done;
        if (decoded->manifest->media)
            if (auto done = write_synced(files, folder / kInitFile, decoded->manifest->media->init);
                !done)
                return done;
        return files.sync_folder(folder);
    };
    if (auto done = write(); !done) {
        (void)remove_all(files, folder);
        return done.error();
    }
    const auto manifest = decoded->manifest;
    const auto moved = state_->move_in(folder, std::move(*decoded));
    if (!moved) {
        (void)remove_all(files, folder);
        return moved.error();
    }
    return manifest;
}

Result<StoredAsset> FragmentStore::adopt(const fs::path& folder) {
    auto manifest = read_manifest(state_->files, folder);
    if (!manifest) return manifest.error();
    const AssetId id = manifest->id;
    AssetFolder* known = state_->find(id);
    if (known == nullptr) {
        auto moved = state_->move_in(folder, std::move(*manifest));
        if (!moved) return moved.error();
        if (auto done = (*moved)->trust_all(); !done) return done.error();
        return state_->stored(id, **moved);
    }
    // Only what is missing is moved in, and proven by its own proof on the way.
    for (std::uint32_t i = 0; i < known->manifest()->fragments.size(); ++i) {
        const FragmentIndex index{i};
        if (known->whole().contains(i)) continue;
        for (const auto& name :
             {proof_file(*known->manifest(), index), fragment_file(*known->manifest(), index)})
            if (auto done =
                    state_->files.rename(folder / name, known->path() / name, Files::Replace::yes);
                !done)
                return done.error();
        (void)state_->files.remove(known->path() / partial_file(*known->manifest(), index));
    }
    if (auto done = state_->files.sync_folder(known->path()); !done) return done.error();
    (void)remove_all(state_->files, folder);
    if (auto done = known->trust_all(); !done) return done.error();
    return state_->stored(id, *known);
}

Status FragmentStore::drop_asset(const AssetId& asset) {
    const auto found = state_->assets.find(asset);
    if (found == state_->assets.end()) return Done{};
    const fs::path from = found->second.path();
    const fs::path to =
        state_->incoming() / ("dropped-" + std::to_string(state_->next_temporary++));
    for (std::uint32_t i = 0; i < found->second.manifest()->fragments.size(); ++i) {
        state_->cache.forget(from / fragment_file(*found->second.manifest(), FragmentIndex{i}));
        state_->cache.forget(from / partial_file(*found->second.manifest(), FragmentIndex{i}));
    }
    if (auto done = state_->files.rename(from, to, Files::Replace::no); !done) return done;
    state_->assets.erase(found);
    if (auto done = state_->files.sync_folder(state_->assets_folder()); !done) return done;
    return remove_all(state_->files, to);
}

std::shared_ptr<const Bytes> FragmentStore::manifest_body(const AssetId& asset) const {
    const auto* folder = state_->find(asset);
    return folder == nullptr ? nullptr : folder->body();
}

// --- fragments
// -------------------------------------------------------------------------------------

static Error unknown_asset(const AssetId& asset) {
    return fail(ErrorKind::not_found, "no manifest of " + asset.short_text());
}

Result<RangeSet> FragmentStore::keep_proof(const FragmentRef& fragment,
                                           std::span<const std::uint8_t> proof) {
    auto* folder = state_->find(fragment.asset);
    return folder == nullptr ? unknown_asset(fragment.asset)
                             : folder->keep_proof(fragment.index, proof);
}

Status FragmentStore::keep_chunk(const ChunkRef& chunk, std::span<const std::uint8_t> data) {
    auto* folder = state_->find(chunk.asset);
    return folder == nullptr ? unknown_asset(chunk.asset)
                             : folder->keep_chunk(chunk.fragment, chunk.chunk, data);
}

bool FragmentStore::is_complete(const FragmentRef& fragment) const {
    const auto* folder = state_->find(fragment.asset);
    return folder != nullptr && folder->is_complete(fragment.index);
}

Status FragmentStore::finish_fragment(const FragmentRef& fragment) {
    auto* folder = state_->find(fragment.asset);
    return folder == nullptr ? unknown_asset(fragment.asset) : folder->finish(fragment.index);
}

Result<Payload> FragmentStore::load_chunk(const ChunkRef& chunk) {
    auto* folder = state_->find(chunk.asset);
    return folder == nullptr ? unknown_asset(chunk.asset)
                             : folder->load_chunk(chunk.fragment, chunk.chunk);
}

Result<Payload> FragmentStore::load_proof(const FragmentRef& fragment) {
    auto* folder = state_->find(fragment.asset);
    return folder == nullptr ? unknown_asset(fragment.asset) : folder->load_proof(fragment.index);
}

Status FragmentStore::drop_fragment(const FragmentRef& fragment) {
    auto* folder = state_->find(fragment.asset);
    return folder == nullptr ? Status(Done{}) : folder->drop(fragment.index);
}

bool FragmentStore::has_room() {
    const auto free = state_->files.free_bytes(state_->root);
    return free && *free >= limits::kRoomAgainBytes;
}

std::optional<FragmentRef> FragmentStore::prove_next() {
    for (auto& [id, folder] : state_->assets)
        while (const auto proven = folder.prove_next())
            if (proven->second) return FragmentRef{id, proven->first};
    return std::nullopt;
}

}  // namespace fragcast
