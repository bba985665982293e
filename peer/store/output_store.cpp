#include "peer/store/output_store.hpp"

#include "messages/wire/hash.hpp"
#include "messages/wire/limits.hpp"
#include "peer/store/stored_asset.hpp"

#include <map>
#include <set>
#include <vector>

namespace fragcast {

namespace fs = std::filesystem;

struct OutputStore::State {
    struct Part {
        Proof proof;
        RangeSet proven;
    };
    Files& files;
    fs::path target;
    fs::path temporary;
    AssetId asset;
    bool replace = false;
    std::unique_ptr<FileLock> lock;
    std::unique_ptr<File> file;
    std::shared_ptr<const Manifest> manifest;
    std::shared_ptr<const Bytes> body;
    std::vector<std::uint64_t> bases;  // where each fragment begins in the file
    std::map<FragmentIndex, Part> parts;
    std::set<FragmentIndex> ended;  // of parts
    BufferPool pool;
    std::uint64_t unwritten = 0;
    bool finished = false;

    explicit State(Files& real) : files(real) {}

    fs::path folder() const {
        return target.has_parent_path() ? target.parent_path() : fs::path(".");
    }
    std::uint64_t base(FragmentIndex index) const { return bases[index.value]; }
    Part* part(const FragmentRef& fragment) {
        if (fragment.asset != asset) return nullptr;
        const auto found = parts.find(fragment.index);
        return found == parts.end() ? nullptr : &found->second;
    }
    Status lay_out();
    Status finish();
};

static constexpr std::size_t kMaxTemporaryStem = 200;  // bytes, of 255

static Error exists_already(const fs::path& target) {
    return fail(ErrorKind::exists,
                target.string() + " exists; replace it with --force, or name another: -o FILE");
}

Result<std::unique_ptr<OutputStore>> OutputStore::open(Files& files, fs::path target, AssetId asset,
                                                       bool replace) {
    auto state = std::make_unique<State>(files);
    state->target = std::move(target);
    state->asset = asset;
    state->replace = replace;
    if (const auto there = files.stat(state->target)) {
        if (there->kind == EntryKind::folder)
            return fail(ErrorKind::exists,
                        state->target.string() + " is a folder; name a file: -o FILE");
        if (there->kind != EntryKind::file)
            return fail(ErrorKind::refused,
                        state->target.string() + " is not a regular file; name another: -o FILE");
        if (!replace) return exists_already(state->target);
    }
    // The whole name may be as long as a name can be.
    const std::string name = state->target.filename().string().substr(0, kMaxTemporaryStem);
    state->temporary = state->folder() / ("." + name + ".fragcast-" + asset.short_text());
    // Locked before it is opened: else it could be another get's file, finished in between.
    auto locked = files.lock(state->temporary, "");
    if (!locked)
        return fail(locked.error().kind,
                    locked.error().kind == ErrorKind::busy
                        ? "another get is writing " + state->target.string() + "; let it finish"
                        : locked.error().text + ". Name another place: -o FILE");
    state->lock = std::move(*locked);
    auto file = files.open(state->temporary, Files::Mode::write);
    if (!file) return fail(file.error().kind, file.error().text + ". Name another place: -o FILE");
    state->file = std::move(*file);
    return std::unique_ptr<OutputStore>(new OutputStore(std::move(state)));
}

OutputStore::OutputStore(std::unique_ptr<State> state) : state_(std::move(state)) {}

OutputStore::~OutputStore() {
    bool anything = state_->finished;
    for (const auto& [index, part] : state_->parts)
        anything = anything || !part.proven.empty();
    if (!anything) (void)state_->files.remove(state_->temporary);
}

Status OutputStore::State::lay_out() {
    const std::uint64_t init = manifest->media ? manifest->media->init.size() : 0;
    bases.clear();
    std::uint64_t end = init;
    for (const FragmentInfo& fragment : manifest->fragments) {
        bases.push_back(end);
        end += fragment.size;
    }
    if (auto done = file->resize(init + manifest->size()); !done) return done;
    return init == 0 ? Status(Done{}) : file->write_at(0, manifest->media->init);
}

Result<std::shared_ptr<const Manifest>> OutputStore::keep_manifest(const AssetId& asset,
                                                                   Bytes body) {
    if (state_->manifest) return state_->manifest;
    auto manifest = decode_manifest(body.data(), body.size());
    if (!manifest) return manifest.error();
    if (asset != state_->asset || id_of_manifest(body) != asset)
        return fail(ErrorKind::invalid, "the manifest does not hash to the asset's id");
    state_->manifest = std::make_shared<const Manifest>(std::move(*manifest));
    if (auto done = state_->lay_out(); !done) {
        state_->manifest = nullptr;
        return done.error();
    }
    state_->body = std::make_shared<const Bytes>(std::move(body));
    return state_->manifest;
}

Result<RangeSet> OutputStore::keep_proof(const FragmentRef& fragment,
                                         std::span<const std::uint8_t> proof) {
    if (!state_->manifest || fragment.asset != state_->asset)
        return fail(ErrorKind::not_found, "no manifest");
    if (fragment.index.value >= state_->manifest->fragments.size())
        return fail(ErrorKind::invalid, "no such fragment in the manifest");
    const auto& info = state_->manifest->fragments[fragment.index.value];
    auto checked = check_proof(info, proof.data(), proof.size());
    if (!checked) return checked.error();
    // It can only be the same proof: both hash to what the manifest says.
    if (const auto* part = state_->part(fragment)) return part->proven;
    RangeSet proven =
        prove_chunks(*state_->file, state_->base(fragment.index), info.size, *checked);
    state_->parts[fragment.index] = {std::move(*checked), proven};
    return proven;
}

Status OutputStore::keep_chunk(const ChunkRef& chunk, std::span<const std::uint8_t> data) {
    auto* part = state_->part(chunk.of());
    if (part == nullptr) return fail(ErrorKind::not_found, "no proof");
    const auto& info = state_->manifest->fragments[chunk.fragment.value];
    if (chunk.chunk.value >= part->proof.size() ||
        data.size() != chunk_length(info.size, chunk.chunk))
        return fail(ErrorKind::invalid, "not the length of that chunk");
    if (part->proven.contains(chunk.chunk.value))
        return fail(ErrorKind::exists, "the chunk is here");
    if (sha256(data) != part->proof[chunk.chunk.value])
        return fail(ErrorKind::invalid, "the chunk does not match its hash");
    const std::uint64_t base = state_->base(chunk.fragment);
    if (auto done = state_->file->write_at(base + chunk_offset(chunk.chunk), data); !done)
        return done;
    part->proven.add(chunk.chunk.value);
    state_->unwritten += data.size();
    if (state_->unwritten >= limits::kWritebackBytes) {
        state_->file->start_writeback(base, info.size);
        state_->unwritten = 0;
    }
    return Done{};
}

bool OutputStore::is_complete(const FragmentRef& fragment) const {
    const auto* part = state_->part(fragment);
    return part != nullptr && !state_->ended.contains(fragment.index) &&
           part->proven.count() == part->proof.size();
}

Status OutputStore::finish_fragment(const FragmentRef& fragment) {
    if (!is_complete(fragment)) return fail(ErrorKind::invalid, "the fragment is not complete");
    state_->ended.insert(fragment.index);
    if (state_->ended.size() < state_->manifest->fragments.size()) return Done{};
    auto finished = state_->finish();
    if (!finished) state_->ended.erase(fragment.index);
    return finished;
}

Status OutputStore::State::finish() {
    if (auto synced = file->sync(); !synced) {
        // What reads say after a failed sync is not what is on the disk: all of it goes.
        parts.clear();
        ended.clear();
        if (auto emptied = file->resize(0); !emptied) return emptied;
        if (auto laid_out = lay_out(); !laid_out) return laid_out;
        return synced;
    }
    if (auto done =
            files.rename(temporary, target, replace ? Files::Replace::yes : Files::Replace::no);
        !done)
        return done.error().kind == ErrorKind::exists ? exists_already(target) : done.error();
    finished = true;
    return files.sync_folder(folder());
}

Result<Payload> OutputStore::load_chunk(const ChunkRef& chunk) {
    const auto* part = state_->part(chunk.of());
    if (part == nullptr || !part->proven.contains(chunk.chunk.value))
        return fail(ErrorKind::not_found, "this chunk is not here");
    auto read = read_chunk(
        *state_->file, state_->base(chunk.fragment) + chunk_offset(chunk.chunk),
        chunk_length(state_->manifest->fragments[chunk.fragment.value].size, chunk.chunk),
        state_->pool);
    if (!read && read.error().kind != ErrorKind::busy) {
        state_->parts.erase(chunk.fragment);
        state_->ended.erase(chunk.fragment);
    }
    return read;
}

bool OutputStore::has(const FragmentRef& fragment) const {
    return state_->part(fragment) != nullptr;
}

Result<Payload> OutputStore::load_proof(const FragmentRef& fragment) {
    const auto* part = state_->part(fragment);
    if (part == nullptr) return fail(ErrorKind::not_found, "no such proof");
    return Payload(proof_bytes(part->proof));
}

// A get's file is whole or not there: nothing is dropped from it or adopted into it.
Status OutputStore::drop_fragment(const FragmentRef&) {
    return Done{};
}
Status OutputStore::drop_asset(const AssetId&) {
    return Done{};
}
Result<StoredAsset> OutputStore::adopt(const fs::path&) {
    return fail(ErrorKind::refused, "a get's file takes no folders");
}

std::shared_ptr<const Bytes> OutputStore::manifest_body(const AssetId& asset) const {
    return asset == state_->asset ? state_->body : nullptr;
}

bool OutputStore::has_room() {
    const auto free = state_->files.free_bytes(state_->folder());
    return free && *free >= limits::kRoomAgainBytes;
}

}  // namespace fragcast
