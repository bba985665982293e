// HTTP thread. Pure.
//
// What one listener of the event stream was told of the list of assets: first all that there are,
// piece by piece, then what changed. What changes in the part that it was not told yet is no news.
#pragma once

#include "peer/http/shown_lists.hpp"

#include <optional>
#include <set>
#include <string>

namespace fragcast {

class AssetTelling {
public:
    // The text of the next event, or nothing: `all` is what there is now. A piece is
    // limits::kEventPieceBytes of assets at most, or one asset.
    std::string next(const AssetList& all);
    // These are otherwise than they were, or gone. Beyond limits::kMaxUnsaidAssets that were not
    // said to who takes nothing, it begins anew.
    void changed(const std::set<AssetId>& assets);

private:
    std::string changes(const AssetList& all);
    std::string further(const AssetList& all);

    bool begun_ = false;           // `assets` was said
    bool all_ = false;             // and what follows it
    std::optional<AssetId> last_;  // up to which all were said
    std::set<AssetId> unsaid_;     // of those what changed since
};

}  // namespace fragcast
