// Any thread. Pure. What the peer's API shows, exactly as HTTP.md names it.
#pragma once

#include "messages/wire/manifest.hpp"
#include "peer/http/commands.hpp"
#include "peer/http/questions.hpp"
#include "peer/http/shown_lists.hpp"
#include "peer/swarm/views.hpp"

#include <map>
#include <optional>
#include <string>

#include <nlohmann/json_fwd.hpp>

namespace fragcast {

// `page`: where it is served, be others told of it or not.
nlohmann::json info_json(const Overview& overview, const std::string& page);
nlohmann::json peer_json(const PeerView& peer);
nlohmann::json asset_json(const AssetView& asset);  // Asset
// AssetDetail; without a manifest the facts that only it knows are empty.
nlohmann::json asset_detail_json(const AssetView& asset, const Manifest* manifest);
nlohmann::json fragments_json(const AssetView& asset);  // [Fragment…], AssetDetail's "detail"
nlohmann::json fetched_json(const Fetched& fetched);    // Fetched
nlohmann::json refreshed_json(const Refreshed& job);    // Refreshed
nlohmann::json verified_json(const VerifyReport& job);  // Verified
nlohmann::json removed_json(const Removed& removed);    // of `DELETE /api/v1/assets/ID`
nlohmann::json leaving_json(const Leaving& leaving);    // of `POST /api/v1/drain`
nlohmann::json why_json(const AssetView& asset);        // of `GET /api/v1/why`
nlohmann::json limits_json(const SpeedLimits& limits);
nlohmann::json event_json(const EventView& event);
// For `found` ok; of the answer's peers and assets what is shown here is told.
nlohmann::json locate_json(const LocateAnswer& answer, const PeerList& peers,
                           const AssetList& assets);
// What a directory says, peer by peer, each with what is shown of it here.
class DirectoryTelling {
public:
    explicit DirectoryTelling(DirectoryAnswer answer);
    std::string head() const;                                // as list_text() wants it
    std::optional<std::string> next(const PeerList& peers);  // nothing: that was the last

private:
    DirectoryAnswer answer_;  // its holdings by peer
    std::map<AssetId, std::string> names_;
    std::size_t told_ = 0;
};

}  // namespace fragcast
