#include "peer/http/list_telling.hpp"

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

std::string row_text(const AssetView& asset) {
    return json_text(asset_json(asset));
}
std::string row_text(const PeerView& peer) {
    return json_text(peer_json(peer));
}

// Entries of one event, in the order of their list.
template <class Order>
class Piece {
public:
    bool takes(const typename Order::View& entry) {
        std::string text = row_text(entry);
        if (!rows_.empty() && bytes_ + text.size() > limits::kEventPieceBytes) return false;
        bytes_ += text.size();
        rows_.emplace_back(Order::key(entry), std::move(text));
        return true;
    }
    // {"NAME":[…]MORE}
    std::string data(const std::string& more = {}) {
        std::ranges::sort(rows_);
        std::string text = std::string("{\"") + Order::kName + "\":[";
        for (const Row& row : rows_)
            text.append(&row == rows_.data() ? "" : ",").append(row.second);
        return text + "]" + more + "}";
    }
    bool empty() const { return rows_.empty(); }

private:
    using Row = std::pair<typename Order::Key, std::string>;
    std::vector<Row> rows_;
    std::size_t bytes_ = 0;
};

constexpr const char* kNoneGone = ",\"gone\":[]";

template <class Order>
std::string changes_event(const std::string& data) {
    return event_text(std::string(Order::kName) + "_changed", data);
}

}  // namespace

template <class Order>
std::string ListTelling<Order>::next(const List& all) {
    if (begun_ && !unsaid_.empty()) return changes(all);
    return all_ ? std::string() : further(all);
}

template <class Order>
std::string ListTelling<Order>::further(const List& all) {
    Piece<Order> piece;
    const auto& entries = all.by_id();
    auto at = last_ ? entries.upper_bound(*last_) : entries.begin();
    for (; at != entries.end() && piece.takes(*at->second); ++at)
        last_ = at->first;
    all_ = at == entries.end();
    if (!std::exchange(begun_, true)) return event_text(Order::kName, piece.data());
    return piece.empty() ? std::string() : changes_event<Order>(piece.data(kNoneGone));
}

template <class Order>
std::string ListTelling<Order>::changes(const List& all) {
    Piece<Order> piece;
    nlohmann::json gone = nlohmann::json::array();
    while (!unsaid_.empty()) {
        const Id id = *unsaid_.begin();
        const auto entry = all.find(id);
        if (entry && !piece.takes(*entry)) break;
        if (!entry) gone.push_back(id.text());
        unsaid_.erase(unsaid_.begin());
    }
    return changes_event<Order>(piece.data(",\"gone\":" + gone.dump()));
}

template <class Order>
void ListTelling<Order>::changed(const std::set<Id>& ids) {
    if (!begun_) return;
    for (const Id& id : ids)
        if (all_ || (last_ && id <= *last_)) unsaid_.insert(id);
    if (unsaid_.size() > limits::kMaxUnsaid) *this = {};
}

template class ListTelling<AssetOrder>;
template class ListTelling<PeerOrder>;

}  // namespace fragcast
