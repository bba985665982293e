// HTTP thread. Pure.
//
// What one listener of the event stream was told of the list of assets, or of peers: first all that
// there are, piece by piece, then what changed. What changes in the part that it was not told yet
// is no news.
#pragma once

#include "peer/http/shown_lists.hpp"

#include <optional>
#include <set>
#include <string>

namespace fragcast {

template <class Order>
class ListTelling {
public:
    using List = ShownList<Order>;
    using Id = typename Order::Id;

    // The text of the next event, or nothing: `all` is what there is now. A piece is
    // limits::kEventPieceBytes of entries at most, or one.
    std::string next(const List& all);
    // These are otherwise than they were, or gone. Beyond limits::kMaxUnsaid that were not said to
    // who takes nothing, it begins anew.
    void changed(const std::set<Id>& ids);

private:
    std::string changes(const List& all);
    std::string further(const List& all);

    bool begun_ = false;      // the list was said
    bool all_ = false;        // and what follows it
    std::optional<Id> last_;  // up to which all were said
    std::set<Id> unsaid_;     // of those what changed since
};

using AssetTelling = ListTelling<AssetOrder>;
using PeerTelling = ListTelling<PeerOrder>;

}  // namespace fragcast
