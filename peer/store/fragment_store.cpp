#include "peer/store/store_state.hpp"

namespace fragcast {

namespace fs = std::filesystem;

// --- opening -------------------------------------------------------------------------------------

static Error not_writable(const fs::path& root, const Error& why) {
    if (why.kind == ErrorKind::full || why.kind == ErrorKind::invalid) return why;
    return fail(ErrorKind::io, "store " + root.string() + " is not writable (" + why.text +
                                   "). Choose another: --store DIR");
}

Status FragmentStore::State::prepare(const std::string& name) {
    if (auto done = files.make_folder(root, Files::Access::secret); !done) return done;
    auto locked = files.lock(root / "lock", name);
    if (!locked) return locked.error();
    lock = std::move(*locked);
    for (const auto& folder : {assets_folder(), incoming()})
        if (auto done = files.make_folder(folder, Files::Access::normal); !done) return done;
    // For a store made just now, with folders above it; one that may not be opened is not ours.
    for (fs::path at = root; at.has_relative_path(); at = at.parent_path())
        (void)files.sync_folder(at.parent_path());
    // What a killed process moved in or out may not be synced. From here on what is found lasts,
    // and what is emptied does not come back as an empty folder.
    if (auto done = files.sync_folder(assets_folder()); !done) return done;
    if (auto done = empty_incoming(); !done) return done;
    for (const char* record : {"peer.key", "epoch", "ports", kDeclinedFile})
        if (auto done = files.remove(root / (std::string(record) + ".tmp")); !done) return done;
    auto opened = open_identity(files, root);
    if (!opened) return opened.error();
    identity = std::move(*opened);
    declined = read_declined(files, root);
    return list_assets();
}

FragmentStore::FragmentStore(std::unique_ptr<State> state) : state_(std::move(state)) {}
FragmentStore::~FragmentStore() = default;

Result<std::unique_ptr<FragmentStore>> FragmentStore::open(Files& files, fs::path root,
                                                           const std::string& name) {
    auto state = std::make_unique<State>(files, std::move(root));
    if (auto done = state->prepare(name); !done) {
        if (done.error().kind == ErrorKind::busy && state->lock == nullptr)
            return fail(ErrorKind::busy,
                        "store " + state->root.string() + " is in use by " + done.error().text);
        return not_writable(state->root, done.error());
    }
    return std::unique_ptr<FragmentStore>(new FragmentStore(std::move(state)));
}

// --- identity ------------------------------------------------------------------------------------

const Identity& FragmentStore::identity() const {
    return state_->identity;
}

Status FragmentStore::remember_ports(std::uint16_t http, std::uint16_t exchange) {
    return fragcast::remember_ports(state_->files, state_->root, state_->identity, http, exchange);
}

Status FragmentStore::draw_new_identity() {
    return renew_key(state_->files, state_->root, state_->identity);
}

const std::vector<std::string>& FragmentStore::notes() const {
    return state_->notes;
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

// --- assets --------------------------------------------------------------------------------------

Result<std::shared_ptr<const Manifest>> FragmentStore::keep_manifest(const AssetId& asset,
                                                                     Bytes body) {
    const auto here = state_->find_or_look(asset);
    if (!here) return here.error();
    if (AssetFolder* known = *here) {
        if (auto done = known->make_last(); !done) return done.error();
        return known->manifest();
    }
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
        (void)remove_all(files, folder);  // where it is if it could not be moved
        return moved.error();
    }
    return manifest;
}

Result<StoredAsset> FragmentStore::adopt(const fs::path& folder) {
    if (folder.lexically_normal().parent_path() != incoming().lexically_normal())
        return fail(ErrorKind::refused,
                    folder.string() + " is not in " + incoming().string() + ", so it is not ours");
    auto manifest = read_manifest(state_->files, folder);
    if (!manifest) return manifest.error();
    const AssetId id = manifest->id;
    const auto here = state_->find_or_look(id);
    if (!here) return here.error();
    AssetFolder* asset = *here;
    if (asset == nullptr) {
        auto moved = state_->move_in(folder, std::move(*manifest));
        if (!moved) return moved.error();
        asset = *moved;
        if (auto done = asset->open(AssetFolder::Trust::all, 0, state_->notes); !done)
            return done.error();
    } else {
        if (auto done = asset->take_from(folder); !done) return done.error();
        if (auto done = asset->mark(asset->whole(), true); !done) return done.error();
        // Rubbish now; what is left of it goes at the next start.
        (void)remove_all(state_->files, folder);
    }
    return state_->stored(id, *asset);
}

Status FragmentStore::drop_asset(const AssetId& asset) {
    return state_->drop(asset);
}

std::shared_ptr<const Bytes> FragmentStore::manifest_body(const AssetId& asset) const {
    const auto* folder = state_->find(asset);
    return folder == nullptr ? nullptr : folder->body();
}

// --- fragments -----------------------------------------------------------------------------------

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

Status FragmentStore::mark(const AssetId& asset, const RangeSet& fragments, bool kept) {
    auto* folder = state_->find(asset);
    return folder == nullptr ? Status(Done{}) : folder->mark(fragments, kept);
}

bool FragmentStore::has_room() {
    const auto free = state_->files.free_bytes(state_->root);
    return free && *free >= limits::kRoomAgainBytes;
}

bool FragmentStore::has(const FragmentRef& fragment) const {
    const auto* folder = state_->find(fragment.asset);
    return folder != nullptr && folder->has(fragment.index);
}

bool FragmentStore::prove_some(Proving& found, std::uint32_t chunks) {
    while (!state_->to_prove.empty()) {
        ++found.looked;
        const AssetId id = *state_->to_prove.begin();
        const auto at = state_->assets.find(id);
        std::vector<FragmentIndex> counting;
        std::vector<std::pair<FragmentIndex, std::string>> refused;
        if (at == state_->assets.end() || !at->second.prove_some(chunks, counting, refused)) {
            state_->to_prove.erase(id);
            continue;
        }
        for (const FragmentIndex index : counting)
            found.counting.push_back({id, index});
        for (auto& [index, why] : refused)
            found.refused.emplace_back(FragmentRef{id, index}, std::move(why));
        return true;
    }
    return false;
}

}  // namespace fragcast
