// What the user of this peer takes away: an asset, or files from its store.
#include "peer/swarm/swarm_state.hpp"

#include <utility>

namespace fragcast {

// Its user's word on this asset, which outlives us: no more of it for others' sake, or as any
// other.
void Swarm::State::decline(AssetState& asset, bool declined, Turn& turn) {
    if (wants_.decline(asset.id, declined, turn)) touch(asset.id);
}

// As if we had never had anything of it, but for what others have.
void Swarm::State::forget_copy(AssetState& asset, const Error& why, Turn& turn) {
    const AssetId id = asset.id;
    fail_reads(viewers_.readers_of(id), why, turn);
    viewers_.stop_playing(id);
    offers_.forget(id);
    manifests_.forget(id);
    wants_.copy(id, {});
    drop_wants(asset, turn);
    if (asset.manifest)
        not_here(id, RangeSet::up_to(static_cast<std::uint32_t>(asset.manifest->fragments.size())),
                 turn);
    order_.forget(id);
    asset.manifest.reset();
    asset.timeline.reset();
    room_.removed(id);
    restock(asset);
    ++removals_;
    touch(id);
    review(id, turn);
}

void Swarm::State::on_remove(const AssetId& id, Turn& turn) {
    AssetState* asset = find_asset(id);
    if (asset == nullptr || leaving_) return;
    const bool had = !self_.book.fragments(id).empty();
    forget_copy(*asset, fail(ErrorKind::not_found, "it was removed from this peer by its user"),
                turn);
    decline(*asset, true, turn);
    asset->dropping = true;
    turn.out.push_back(DropAsset{id, true});
    if (had && any_bus_joined()) turn.out.push_back(Publish{AssetRemoved{id}});
    turn.report(Report::Level::info, "asset.removed",
                name_of_asset(id) + " was removed here, and is declined until somebody asks for it",
                {}, id);
}

void Swarm::State::on_asset_dropped(const AssetId& id, Turn& turn) {
    AssetState* asset = find_asset(id);
    if (asset == nullptr) return;
    asset->dropping = false;
    review(id, turn);
}

void Swarm::State::on_asset_taken(const AssetId& id, Turn& turn) {
    AssetState* asset = find_asset(id);
    if (asset == nullptr || !asset->manifest) return;
    turn.report(Report::Level::info, "asset.taken",
                name_of_asset(id) + " was taken out of this peer's store", {}, id);
    forget_copy(*asset, fail(ErrorKind::not_found, "it was taken out of this peer's store"), turn);
}

void Swarm::State::on_fragments_taken(const AssetId& id, const RangeSet& fragments, Turn& turn) {
    AssetState* asset = find_asset(id);
    if (asset == nullptr || !asset->manifest) return;
    wants_.taken(id, fragments, fragment_count(*asset));
    room_.taken(id, fragments);
    not_here(id, fragments, turn);
    review(id, turn);
    turn.report(Report::Level::info, "fragment.taken",
                name_of_asset(id) + " " + fragments.text() + " was taken out of this peer's store",
                {}, id);
}

}  // namespace fragcast
