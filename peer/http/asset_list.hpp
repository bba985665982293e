// HTTP thread. Pure.
//
// The assets that are shown, as news told of them.
#pragma once

#include "peer/swarm/views.hpp"

#include <map>
#include <string>
#include <utility>
#include <vector>

namespace fragcast {

class AssetList {
public:
    using ById = std::map<AssetId, AssetPtr>;
    using ByName = std::map<std::pair<std::string, AssetId>, AssetPtr>;

    void take(const News& news);

    AssetPtr find(const AssetId& id) const;  // nullptr: not shown
    const ById& by_id() const { return by_id_; }
    const ByName& by_name() const { return by_name_; }

private:
    void forget(const AssetId& id);

    ById by_id_;
    ByName by_name_;
};

}  // namespace fragcast
