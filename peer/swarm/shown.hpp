// Loop thread. Pure.
//
// Which assets people were shown, how, and which may look otherwise since: so that what is shown
// costs what changed. Until somebody looks, ids gather; of assets that are forgotten only those
// that were shown are kept, to be told gone.
#pragma once

#include "peer/swarm/views.hpp"

#include <map>
#include <memory>
#include <set>
#include <utility>

namespace fragcast {

class Shown {
public:
    // It looks otherwise.
    void touch(const AssetId& asset) {
        touched_.insert(asset);
        views_.erase(asset);
    }
    // It may be of use now, or not any more.
    void look_at(const AssetId& asset) { touched_.insert(asset); }
    // It is no more.
    void forget(const AssetId& asset) {
        views_.erase(asset);
        if (shown_.contains(asset))
            touched_.insert(asset);
        else
            touched_.erase(asset);
    }
    // Whether by friends alone assets are known; true: it was otherwise.
    bool change(bool by_friends) { return std::exchange(by_friends_, by_friends) != by_friends; }
    // What was touched since the last call, by id.
    std::set<AssetId> take() { return std::exchange(touched_, {}); }
    // True: it was shown before.
    bool set(const AssetId& asset, bool shown) {
        const bool was = shown_.contains(asset);
        if (shown)
            shown_.insert(asset);
        else
            shown_.erase(asset);
        return was;
    }

    // The last one that was made of it. nullptr: it was touched since, or never looked at.
    std::shared_ptr<const AssetView> view(const AssetId& asset) const {
        const auto found = views_.find(asset);
        return found == views_.end() ? nullptr : found->second;
    }
    void keep(const AssetId& asset, std::shared_ptr<const AssetView> view) {
        views_[asset] = std::move(view);
    }

    bool touched(const AssetId& asset) const { return touched_.contains(asset); }
    bool contains(const AssetId& asset) const { return shown_.contains(asset); }
    bool by_friends() const { return by_friends_; }

private:
    std::set<AssetId> touched_;
    std::set<AssetId> shown_;
    std::map<AssetId, std::shared_ptr<const AssetView>> views_;
    bool by_friends_ = false;
};

}  // namespace fragcast
