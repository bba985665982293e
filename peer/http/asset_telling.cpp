#include "peer/http/asset_telling.hpp"

#include "messages/http/http_events.hpp"
#include "messages/http/records_json.hpp"
#include "messages/wire/limits.hpp"
#include "peer/http/json.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

namespace fragcast {
namespace {

// Assets of one event, by name.
class Piece {
public:
    bool takes(const AssetPtr& asset) {
        std::string text = json_text(asset_json(*asset));
        if (!rows_.empty() && bytes_ + text.size() > limits::kEventPieceBytes) return false;
        bytes_ += text.size();
        rows_.emplace_back(asset, std::move(text));
        return true;
    }
    // {"assets":[…]MORE}
    std::string data(const std::string& more = {}) {
        std::sort(rows_.begin(), rows_.end(), [](const Row& a, const Row& b) {
            return std::tie(a.first->asset.name, a.first->asset.id) <
                   std::tie(b.first->asset.name, b.first->asset.id);
        });
        std::string text = "{\"assets\":[";
        for (const Row& row : rows_)
            text.append(&row == rows_.data() ? "" : ",").append(row.second);
        return text + "]" + more + "}";
    }
    bool empty() const { return rows_.empty(); }

private:
    using Row = std::pair<AssetPtr, std::string>;
    std::vector<Row> rows_;
    std::size_t bytes_ = 0;
};

constexpr const char* kNoneGone = ",\"gone\":[]";

}  // namespace

std::string AssetTelling::next(const AssetList& all) {
    if (begun_ && !unsaid_.empty()) return changes(all);
    return all_ ? std::string() : further(all);
}

std::string AssetTelling::further(const AssetList& all) {
    Piece piece;
    const auto& assets = all.by_id();
    auto at = last_ ? assets.upper_bound(*last_) : assets.begin();
    for (; at != assets.end() && piece.takes(at->second); ++at)
        last_ = at->first;
    all_ = at == assets.end();
    if (!std::exchange(begun_, true)) return event_text("assets", piece.data());
    return piece.empty() ? std::string() : event_text("assets_changed", piece.data(kNoneGone));
}

std::string AssetTelling::changes(const AssetList& all) {
    Piece piece;
    nlohmann::json gone = nlohmann::json::array();
    while (!unsaid_.empty()) {
        const AssetId id = *unsaid_.begin();
        const auto asset = all.find(id);
        if (asset && !piece.takes(asset)) break;
        if (!asset) gone.push_back(id.text());
        unsaid_.erase(unsaid_.begin());
    }
    return event_text("assets_changed", piece.data(",\"gone\":" + gone.dump()));
}

void AssetTelling::changed(const std::set<AssetId>& assets) {
    if (!begun_) return;
    for (const AssetId& id : assets)
        if (all_ || (last_ && id <= *last_)) unsaid_.insert(id);
    if (unsaid_.size() > limits::kMaxUnsaidAssets) *this = {};
}

}  // namespace fragcast
