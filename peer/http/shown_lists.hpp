// HTTP thread. Pure.
//
// The assets and the peers that are shown, as news told of them: by id, and in the order in which
// people read them.
#pragma once

#include "peer/swarm/views.hpp"

#include <map>
#include <memory>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace fragcast {

struct AssetOrder {  // by name and id
    static constexpr const char* kName = "assets";
    using Id = AssetId;
    using View = AssetView;
    using Key = std::pair<std::string, AssetId>;
    static const Id& id(const View& view) { return view.asset.id; }
    static Key key(const View& view) { return {view.asset.name, view.asset.id}; }
};
struct PeerOrder {  // ourselves first, guests last; by name and id
    static constexpr const char* kName = "peers";
    using Id = PeerId;
    using View = PeerView;
    using Key = std::tuple<bool, bool, std::string, PeerId>;
    static const Id& id(const View& view) { return view.peer.id; }
    static Key key(const View& view) {
        return {!view.self, view.peer.guest, view.peer.name, view.peer.id};
    }
};

template <class Order>
class ShownList {
public:
    using Id = typename Order::Id;
    using Ptr = std::shared_ptr<const typename Order::View>;
    using ById = std::map<Id, Ptr>;
    using InOrder = std::map<typename Order::Key, Ptr>;

    void take(const std::vector<Ptr>& changed, const std::vector<Id>& gone) {
        for (const Id& id : gone)
            forget(id);
        for (const Ptr& one : changed) {
            // Its place may have become another one.
            forget(Order::id(*one));
            by_id_[Order::id(*one)] = one;
            in_order_[Order::key(*one)] = one;
        }
    }

    Ptr find(const Id& id) const {  // nullptr: not shown
        const auto found = by_id_.find(id);
        return found == by_id_.end() ? nullptr : found->second;
    }
    const ById& by_id() const { return by_id_; }
    const InOrder& in_order() const { return in_order_; }

private:
    void forget(const Id& id) {
        const auto found = by_id_.find(id);
        if (found == by_id_.end()) return;
        in_order_.erase(Order::key(*found->second));
        by_id_.erase(found);
    }

    ById by_id_;
    InOrder in_order_;
};

using AssetList = ShownList<AssetOrder>;
using PeerList = ShownList<PeerOrder>;

}  // namespace fragcast
