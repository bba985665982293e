// Loop thread. Pure.
//
// Which assets and peers people were shown, how, and which may look otherwise since: so that what
// is shown costs what changed. Until somebody looks, ids gather; of those that are forgotten only
// what was shown is kept, to be told gone.
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

class ShownPeers {
public:
    // It looks otherwise, or may.
    void touch(const PeerId& peer) { touched_.insert(peer); }
    // It is no more.
    void forget(const PeerId& peer) {
        if (shown_.contains(peer))
            touched_.insert(peer);
        else
            touched_.erase(peer);
    }
    // What was touched since the last call, by id.
    std::set<PeerId> take() { return std::exchange(touched_, {}); }
    void show(PeerPtr peer) { shown_[peer->peer.id] = std::move(peer); }
    // True: it was shown before.
    bool hide(const PeerId& peer) { return shown_.erase(peer) > 0; }

    // As it was shown last. nullptr: it is not.
    PeerPtr find(const PeerId& peer) const {
        const auto found = shown_.find(peer);
        return found == shown_.end() ? nullptr : found->second;
    }
    const std::map<PeerId, PeerPtr>& all() const { return shown_; }
    bool touched(const PeerId& peer) const { return touched_.contains(peer); }
    std::size_t count_touched() const { return touched_.size(); }  // views that a look makes

private:
    std::set<PeerId> touched_;
    std::map<PeerId, PeerPtr> shown_;
};

}  // namespace fragcast
