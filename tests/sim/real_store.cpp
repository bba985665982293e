#include "tests/sim/real_store.hpp"

#include "messages/wire/key.hpp"
#include "peer/store/store_records.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace fragcast::sim {

namespace {

const std::filesystem::path kRoot = "/store";
constexpr Duration kPiece{200};  // that a piece of its work takes

void must(const Status& done) {
    if (!done) throw std::logic_error("the real store: " + done.error().text);
}

}  // namespace

SimAsset sim_asset_of(const test::StoreAsset& asset) {
    return {asset.id, std::make_shared<const Manifest>(asset.manifest),
            std::make_shared<const Bytes>(asset.body)};
}

RealStore::RealStore(SimClock& clock, SimDisk& mirror, test::MemoryFiles& files, StoreOwner owner,
                     std::uint64_t seed)
    : clock_(clock), mirror_(mirror), files_(files), owner_(std::move(owner)), random_(seed) {
    // An epoch is at least the time of its store, and the simulator's year is 1970.
    files_.set_seconds(1);
}

// The key of a store comes by chance: here it is the seed's.
void RealStore::make_key() {
    if (files_.exists(kRoot / "peer.key")) return;
    Bytes secret(kKeyBytes);
    for (std::uint8_t& byte : secret)
        byte = static_cast<std::uint8_t>(random_.next());
    const auto pair = key_pair_of(secret);
    if (!pair) throw std::logic_error("the real store: " + pair.error().text);
    Bytes both = pair->public_key;
    both.insert(both.end(), pair->secret_key.begin(), pair->secret_key.end());
    files_.put_folder(kRoot);
    must(write_record(files_, kRoot / "peer.key", "FKEY", both, Files::Access::secret));
}

Identity RealStore::open(const std::string& name) {
    make_key();
    auto store = FragmentStore::open(files_, kRoot, name);
    if (!store) throw std::logic_error("the real store: " + store.error().text);
    store_ = std::move(*store);
    mirror_.mirror_none();
    mirror_all();
    AssetId slow_from;
    for (std::uint8_t& byte : slow_from.bytes)
        byte = static_cast<std::uint8_t>(random_.next());
    work_ = std::make_unique<StoreWork>(*store_, clock_.now(), slow_from, [this](StoreEvent event) {
        note(event);
        const bool relisted =
            std::holds_alternative<store_event::Answer<store_question::Relist>>(event);
        owner_.happened(std::move(event));
        if (!relisted) return;
        mirror_.mirror_none();
        mirror_all();
    });
    schedule();
    return store_->identity();
}

void RealStore::crash() {
    ++incarnation_;
    due_ = kNever;
    work_.reset();
    if (!store_) return;
    store_.reset();
    files_.crash(test::MemoryFiles::Unsynced::mixed, random_.next());
}

void RealStore::put(const test::StoreAsset& asset, const RangeSet& fragments) {
    make_key();
    auto store = FragmentStore::open(files_, kRoot, "put");
    if (!store) throw std::logic_error("the real store: " + store.error().text);
    FragmentStore& to = **store;
    if (!to.keep_manifest(asset.id, asset.body)) throw std::logic_error("no manifest");
    for (std::uint32_t i = 0; i < asset.fragments.size(); ++i) {
        if (!fragments.contains(i)) continue;
        if (!to.keep_proof(asset.ref(i), asset.proof(i))) throw std::logic_error("no proof");
        for (std::uint32_t chunk = 0; chunk < asset.chunks(i); ++chunk)
            must(to.keep_chunk(asset.ref(i, chunk), asset.chunk(i, chunk)));
        must(to.finish_fragment(asset.ref(i)));
    }
}

std::filesystem::path RealStore::folder(const test::StoreAsset& asset) const {
    return kRoot / "assets" / (asset.manifest.name + "-" + asset.id.text().substr(0, 8));
}

bool RealStore::same(const test::StoreAsset& asset) const {
    for (std::uint32_t i = 0; i < asset.fragments.size(); ++i) {
        const std::string name = std::to_string(1000 + i).substr(1) + ".bin";
        if (!files_.exists(folder(asset) / name)) return false;
        if (files_.get(folder(asset) / name) != asset.fragments[i]) return false;
    }
    return true;
}

bool RealStore::take(StoreCommand command) {
    if (!work_ || !work_->may_add()) return false;
    if (const auto* load = std::get_if<store_command::LoadChunk>(&command))
        owner_.on_load(load->chunk);
    work_->add(std::move(command));
    schedule();
    return true;
}

void RealStore::schedule() {
    const Time next = work_->work_at(clock_.now());
    if (next == kNever || next >= due_) return;
    due_ = std::max(next, clock_.now() + kPiece);
    clock_.at(due_, [this, incarnation = incarnation_, due = due_] {
        if (incarnation != incarnation_ || due != due_) return;
        due_ = kNever;
        work_->work(clock_.now());
        // What was told may have ended this process.
        if (incarnation == incarnation_) schedule();
    });
}

void RealStore::mirror_all() {
    for (const StoredAsset& asset : store_->assets()) {
        mirror_.mirror({asset.id, asset.manifest, store_->manifest_body(asset.id)});
        const auto& fragments = asset.manifest->fragments;
        for (std::uint32_t i = 0; i < fragments.size(); ++i) {
            const auto partial = asset.holding.partial.find({i});
            if (asset.holding.fragments.contains(i))
                mirror_.mirror({asset.id, {i}}, RangeSet::up_to(chunk_count(fragments[i].size)),
                               true);
            else if (partial != asset.holding.partial.end() && !mirror_.done({asset.id, {i}}))
                mirror_.mirror({asset.id, {i}}, partial->second, false);
        }
    }
}

// Before the core hears of it: the world's checks look at once.
void RealStore::note(const StoreEvent& event) {
    if (const auto* kept = std::get_if<store_event::ManifestKept>(&event)) {
        if (kept->verdict == StoreVerdict::stored)
            mirror_.mirror({kept->asset, kept->manifest, kept->body});
    } else if (const auto* proof = std::get_if<store_event::ProofKept>(&event)) {
        if (proof->verdict == StoreVerdict::stored)
            mirror_.mirror(proof->fragment, proof->proven, false);
    } else if (const auto* chunk = std::get_if<store_event::ChunkKept>(&event)) {
        if (chunk->verdict == StoreVerdict::stored) {
            const auto* there = mirror_.find(chunk->chunk.of());
            RangeSet proven = there != nullptr ? there->proven : RangeSet{};
            proven.add(chunk->chunk.chunk.value);
            mirror_.mirror(chunk->chunk.of(), proven, false);
        }
        owner_.on_kept(chunk->chunk, chunk->verdict);
    } else if (const auto* done = std::get_if<store_event::FragmentDone>(&event)) {
        const FragmentRef& fragment = done->fragment;
        const auto chunks = mirror_.find(fragment.asset)->asset.chunks(fragment.index);
        if (done->status)
            mirror_.mirror(fragment, RangeSet::up_to(chunks), true);
        else
            mirror_.mirror(fragment, {}, false);
        if (done->status) owner_.on_done(fragment);
    } else if (const auto* lost = std::get_if<store_event::FragmentLost>(&event)) {
        mirror_.mirror(lost->fragment, {}, false);
    } else if (std::holds_alternative<store_event::AssetDropped>(event)) {
        mirror_.mirror_none();
        mirror_all();
    } else if (std::holds_alternative<store_event::Answer<store_question::Relist>>(event)) {
        mirror_all();  // and what was there, while the core hears of one after the other
    }
}

}  // namespace fragcast::sim
