#include "peer/http/asset_list.hpp"

namespace fragcast {

void AssetList::take(const News& news) {
    for (const AssetId& id : news.gone)
        forget(id);
    for (const AssetPtr& asset : news.changed) {
        const AssetId& id = asset->asset.id;
        // Its name may have become another one.
        forget(id);
        by_id_[id] = asset;
        by_name_[{asset->asset.name, id}] = asset;
    }
}

AssetPtr AssetList::find(const AssetId& id) const {
    const auto found = by_id_.find(id);
    return found == by_id_.end() ? nullptr : found->second;
}

void AssetList::forget(const AssetId& id) {
    const auto found = by_id_.find(id);
    if (found == by_id_.end()) return;
    by_name_.erase({found->second->asset.name, id});
    by_id_.erase(found);
}

}  // namespace fragcast
