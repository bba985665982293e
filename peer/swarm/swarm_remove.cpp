// What the user of this peer takes away: an asset, or files from its store.
#include "peer/swarm/swarm_remove.hpp"

#include "peer/swarm/core.hpp"
#include "peer/swarm/swarm_bus.hpp"
#include "peer/swarm/swarm_copies.hpp"
#include "peer/swarm/swarm_find.hpp"
#include "peer/swarm/swarm_names.hpp"
#include "peer/swarm/swarm_room.hpp"
#include "peer/swarm/swarm_store.hpp"
#include "peer/swarm/swarm_view.hpp"
#include "peer/swarm/swarm_wants.hpp"

#include <utility>

namespace fragcast {

// Its user's word on this asset, which outlives us: no more of it for others' sake, or as any
// other.
void decline(Core& core, const KnownAsset& asset, bool declined, Turn& turn) {
    if (core.wants.decline(asset.id, declined, turn)) touch(core, asset.id);
}

// As if we had never had anything of it, but for what others have.
static void forget_copy(Core& core, const KnownAsset& asset, const Error& why, Turn& turn) {
    const AssetId id = asset.id;
    fail_reads(core, core.viewers.readers_of(id), why, turn);
    core.viewers.stop_playing(id);
    core.offers.forget(id);
    core.manifests.forget(id);
    core.wants.copy(id, {});
    drop_wants(core, asset);
    if (asset.manifest)
        not_here(core, id,
                 RangeSet::up_to(static_cast<std::uint32_t>(asset.manifest->fragments.size())),
                 turn);
    core.order.forget(id);
    core.assets.manifest_gone(id);
    core.room.removed(id);
    touch(core, id);
    core.wants.changed(id);
}

void on_remove(Core& core, const AssetId& id, Turn& turn) {
    const KnownAsset* asset = core.assets.find(id);
    if (asset == nullptr || core.life.has_left()) return;
    const bool had = !core.book.fragments(id).empty();
    forget_copy(core, *asset,
                fail(ErrorKind::not_found, "it was removed from this peer by its user"), turn);
    decline(core, *asset, true, turn);
    core.assets.dropping(id, true);
    turn.out.push_back(DropAsset{id, true});
    if (had) publish(core, {AssetRemoved{id}}, turn);
    turn.report(
        Report::Level::info, "asset.removed",
        name_of_asset(core, id) + " was removed here, and is declined until somebody asks for it",
        {}, id);
}

void on_asset_dropped(Core& core, const AssetId& id) {
    if (core.assets.find(id) == nullptr) return;
    core.assets.dropping(id, false);
    core.wants.changed(id);
}

void on_asset_taken(Core& core, const AssetId& id, Turn& turn) {
    const KnownAsset* asset = core.assets.find(id);
    if (asset == nullptr || !asset->manifest) return;
    turn.report(Report::Level::info, "asset.taken",
                name_of_asset(core, id) + " was taken out of this peer's store", {}, id);
    forget_copy(core, *asset, fail(ErrorKind::not_found, "it was taken out of this peer's store"),
                turn);
}

void on_fragments_taken(Core& core, const AssetId& id, const RangeSet& fragments, Turn& turn) {
    const KnownAsset* asset = core.assets.find(id);
    if (asset == nullptr || !asset->manifest) return;
    core.wants.taken(id, fragments, asset->fragments());
    core.room.taken(id, fragments);
    not_here(core, id, fragments, turn);
    core.wants.changed(id);
    turn.report(
        Report::Level::info, "fragment.taken",
        name_of_asset(core, id) + " " + fragments.text() + " was taken out of this peer's store",
        {}, id);
}

}  // namespace fragcast
