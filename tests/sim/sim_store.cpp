#include "tests/sim/sim_store.hpp"

#include "messages/wire/hash.hpp"
#include "tests/support/made_up.hpp"

#include <utility>

namespace fragcast::sim {

bool SimStore::take(StoreCommand command) {
    std::visit([this](auto& one) { handle(one); }, command);
    return true;
}

void SimStore::crash() {
    loads_ = stores_ = 0;
    room_ = true;
}

void SimStore::handle(store_command::KeepManifest& command) {
    Result<Manifest> manifest = decode_manifest(command.body.data(), command.body.size());
    if (!manifest || id_of_manifest(command.body) != command.asset)
        return owner_.later([this, asset = command.asset, from = command.from] {
            owner_.happened(
                store_event::ManifestKept{asset, from, StoreVerdict::bad, nullptr, nullptr});
        });
    const SimAsset kept{command.asset, std::make_shared<const Manifest>(std::move(*manifest)),
                        std::make_shared<const Bytes>(std::move(command.body))};
    disk_.keep_manifest(kept, [this, kept, from = command.from](StoreVerdict verdict) {
        owner_.happened(
            store_event::ManifestKept{kept.id, from, verdict, kept.manifest, kept.body});
    });
}

void SimStore::handle(store_command::KeepProof& command) {
    const SimDisk::Asset* asset = disk_.find(command.fragment.asset);
    if (asset != nullptr &&
        command.payload.size() != 32 * asset->asset.chunks(command.fragment.index))
        return owner_.wrong("claims the payload of a proof that did not come");
    disk_.keep_proof(command.fragment, made_up::is_good(command.payload),
                     [this, fragment = command.fragment, from = command.from](
                         StoreVerdict verdict, const RangeSet& proven) {
                         owner_.happened(store_event::ProofKept{fragment, from, verdict, proven});
                     });
}

void SimStore::handle(store_command::KeepChunk& command) {
    const ChunkRef chunk = command.chunk;
    const SimDisk::Asset* asset = disk_.find(chunk.asset);
    if (asset != nullptr && command.payload.size() != asset->asset.length(chunk))
        return owner_.wrong("claims the payload of a chunk that did not come");
    ++stores_;
    disk_.keep_chunk(chunk, made_up::is_good(command.payload),
                     [this, chunk, from = command.from](StoreVerdict verdict) {
                         --stores_;
                         owner_.on_kept(chunk, verdict);
                         if (verdict == StoreVerdict::full && std::exchange(room_, false))
                             owner_.later([this] { owner_.happened(store_event::Room{false}); });
                         owner_.happened(store_event::ChunkKept{chunk, from, verdict});
                     });
}

void SimStore::handle(store_command::LoadChunk& command) {
    const ChunkRef chunk = command.chunk;
    const LoadFor who = command.who;
    const bool to_neighbour = std::holds_alternative<ForLink>(who);
    if (to_neighbour && silent_) return;
    owner_.on_load(chunk);
    if (to_neighbour) ++loads_;
    disk_.load_chunk(chunk, [this, chunk, who, to_neighbour](bool here, bool good) {
        if (to_neighbour) --loads_;
        if (!here && !to_neighbour) return owner_.wrong("delivers a chunk that it has not");
        Result<Payload> payload = fail(ErrorKind::not_found, "it is not here");
        if (here)
            payload = made_up::payload(disk_.find(chunk.asset)->asset.length(chunk),
                                       good && !(to_neighbour && owner_.spoils()));
        owner_.happened(store_event::ChunkLoaded{chunk, who, std::move(payload)});
    });
}

void SimStore::handle(store_command::LoadProof& command) {
    if (silent_) return;
    disk_.load_proof(command.fragment, [this, fragment = command.fragment, who = command.who](
                                           bool here, bool good) {
        Result<Payload> payload = fail(ErrorKind::not_found, "it is not here");
        if (here)
            payload = made_up::payload(
                32 * disk_.find(fragment.asset)->asset.chunks(fragment.index), good);
        owner_.happened(store_event::ProofLoaded{fragment, who, std::move(payload)});
    });
}

void SimStore::handle(store_command::DropAsset& command) {
    if (command.decline) disk_.decline(command.asset, true);
    disk_.drop_asset(command.asset, [this, asset = command.asset] {
        owner_.happened(store_event::AssetDropped{asset});
    });
}

void SimStore::handle(store_command::DrawKey&) {
    owner_.later([this] { owner_.happened(store_event::KeyDrawn{owner_.draw_key()}); });
}

void SimStore::handle(store_command::Doubt& command) {
    disk_.doubt(command.chunk, [this, fragment = command.chunk.of()] {
        owner_.happened(store_event::FragmentLost{fragment, "it rotted",
                                                  store_event::FragmentLost::How::damaged});
    });
}

}  // namespace fragcast::sim
