#include "peer/http/json.hpp"

#include "messages/http/records_json.hpp"
#include "messages/wire/version.hpp"

#include <algorithm>
#include <map>

#include <nlohmann/json.hpp>

namespace fragcast {

using nlohmann::json;

namespace {

const char* name_of(BusView::State state) {
    switch (state) {
        case BusView::State::away:
            return "away";
        case BusView::State::joining:
            return "joining";
        case BusView::State::settling:
            return "settling";
        case BusView::State::joined:
            return "joined";
    }
    return "away";
}

const char* name_of(FragmentView::State state) {
    switch (state) {
        case FragmentView::State::missing:
            return "missing";
        case FragmentView::State::wanted:
            return "wanted";
        case FragmentView::State::coming:
            return "coming";
        case FragmentView::State::here:
            return "here";
    }
    return "missing";
}

const char* name_of(FarewellView::State state) {
    switch (state) {
        case FarewellView::State::none:
            return "none";
        case FarewellView::State::stopping:
            return "stopping";
        case FarewellView::State::draining:
            return "draining";
    }
    return "none";
}

json counters_json(const CountersView& counters) {
    json out;
    for (const CounterView& row : counters.rows)
        out[row.name] = row.number;
    return out;
}

json tracks_json(const std::vector<Track>& tracks) {
    json list = json::array();
    for (const auto& track : tracks)
        list.push_back(
            {{"kind", track.kind}, {"codec", track.codec}, {"language", track.language}});
    return list;
}

json from_json(const FragmentView& fragment) {
    json from = json::array();
    for (const auto& source : fragment.from)
        from.push_back(
            {{"peer", source.peer.text()}, {"name", source.name}, {"bytes", source.bytes}});
    return from;
}

// Why this fragment is not here yet.
std::string sentence_of(const FragmentView& fragment, std::size_t index) {
    const std::string which = "fragment " + std::to_string(index);
    if (fragment.state == FragmentView::State::missing) return which + " is not wanted";
    if (!fragment.asked.empty()) {
        std::string names;
        std::uint64_t oldest = 0;
        for (const auto& one : fragment.asked) {
            if (names.find(one.name) == std::string::npos)
                names += (names.empty() ? "" : " and ") + one.name;
            oldest = std::max(oldest, one.since_ms);
        }
        return which + " is asked of " + names + " since " + human_duration(oldest * 1000) + ", " +
               std::to_string(fragment.chunks) + " of " + std::to_string(fragment.chunks_total) +
               " chunks are here";
    }
    if (fragment.holders == 0) return "nobody is known to have " + which + " whole";
    std::string names;
    for (const auto& name : fragment.holder_names)
        names += (names.empty() ? "" : ", ") + name;
    return which + " waits for its turn; " + names + " can send it";
}

json fragment_json(const FragmentView& fragment, std::size_t index) {
    return {{"index", index},
            {"size", fragment.size},
            {"duration_us", fragment.duration_us},
            {"state", name_of(fragment.state)},
            {"chunks", fragment.chunks},
            {"chunks_total", fragment.chunks_total},
            {"holders", fragment.holders},
            {"holder_names", fragment.holder_names},
            {"from", from_json(fragment)}};
}

// A peer that somebody else told of: with what we know of it ourselves where we do.
json peer_json(const PeerRecord& record, const PeerList& peers) {
    if (const auto known = peers.find(record.id)) return peer_json(*known);
    PeerView view;
    view.peer = record;
    return peer_json(view);
}

}  // namespace

json info_json(const Overview& overview, const std::string& page) {
    json buses = json::array();
    for (const auto& bus : overview.buses)
        buses.push_back({{"endpoint", bus.endpoint},
                         {"state", name_of(bus.state)},
                         {"tries", bus.tries},
                         {"since_ms", bus.since_ms}});
    return {{"program", "fragcast-peer"},
            {"version", kVersion},
            {"name", overview.self.name},
            {"id", overview.self.id.text()},
            {"epoch", overview.self.epoch.value},
            {"sequence", overview.sequence},
            {"uptime_ms", overview.uptime_ms},
            {"exchange", overview.self.exchange},
            {"http", page},
            {"buses", std::move(buses)},
            {"at_risk", overview.at_risk},
            {"store",
             {{"used", overview.stock.used},
              {"limit", overview.stock.limit},
              {"full", overview.stock.full}}},
            {"draining", overview.farewell.state != FarewellView::State::none},
            {"farewell",
             {{"state", name_of(overview.farewell.state)},
              {"done", overview.farewell.done},
              {"fragments", overview.farewell.fragments_left},
              {"bytes", overview.farewell.bytes_left},
              {"left", overview.farewell.left}}},
            {"disk", overview.room ? "ok" : "full"},
            {"counters", counters_json(overview.counters)}};
}

json peer_json(const PeerView& peer) {
    json out = to_json(peer.peer);
    out.erase("entered");  // a bus's to say
    out["self"] = peer.self;
    out["linked"] = peer.linked;
    out["dialled"] = peer.dialled;
    out["barred"] = peer.barred;
    out["rtt_us"] = peer.rtt_us;
    out["rate_in"] = peer.rate_in;
    out["bytes_in"] = peer.bytes_in;
    out["bytes_out"] = peer.bytes_out;
    out["receipts"] = peer.receipts;
    // An asset's fragments are a number, too: how many, of all assets.
    out["fragments"] = peer.fragments;
    return out;
}

json asset_json(const AssetView& asset) {
    RangeSet here;
    for (std::size_t i = 0; i < asset.fragments.size(); ++i)
        if (asset.fragments[i].state == FragmentView::State::here)
            here.add(static_cast<std::uint32_t>(i));
    json out = to_json(asset.asset);
    out["here"] = here.text();
    out["bytes_here"] = asset.bytes_here;
    out["wanted"] = asset.wanted;
    out["declined"] = asset.declined;
    out["manifest_here"] = asset.manifest_here;
    out["holders"] = asset.holders;
    return out;
}

json asset_detail_json(const AssetView& asset, const Manifest* manifest) {
    const Media media = manifest != nullptr ? manifest->media.value_or(Media{}) : Media{};
    const Source source = manifest != nullptr ? manifest->source : Source{};
    json out = asset_json(asset);
    out["mime"] = asset.mime;
    out["codecs"] = media.codecs;
    out["width"] = media.width;
    out["height"] = media.height;
    out["closed_gop"] = media.closed_gop;
    out["source"] = {{"name", source.name},
                     {"size", source.size},
                     {"hash", manifest != nullptr ? source.hash.text() : ""},
                     {"kept", tracks_json(source.kept)},
                     {"dropped", tracks_json(source.dropped)}};
    out["waiting"] = asset.waiting;
    out["detail"] = fragments_json(asset);
    return out;
}

json fragments_json(const AssetView& asset) {
    json list = json::array();
    for (std::size_t i = 0; i < asset.fragments.size(); ++i)
        list.push_back(fragment_json(asset.fragments[i], i));
    return list;
}

json fetched_json(const Fetched& fetched) {
    const AssetView& asset = *fetched.asset;
    json list = json::array();
    for (const Span& span : fetched.fragments.spans())
        for (std::uint32_t i = span.begin; i < span.end && i < asset.fragments.size(); ++i) {
            const FragmentView& fragment = asset.fragments[i];
            list.push_back({{"index", i},
                            {"state", name_of(fragment.state)},
                            {"size", fragment.size},
                            {"chunks", fragment.chunks},
                            {"chunks_total", fragment.chunks_total},
                            {"was_here", fetched.before.contains(i)},
                            {"ms", fragment.took_us / 1000},
                            {"from", from_json(fragment)}});
        }
    return {{"asset", asset.asset.id.text()},
            {"name", asset.asset.name},
            {"done", fetched.done},
            {"fragments", std::move(list)}};
}

namespace {
std::string name_in(const std::map<AssetId, std::string>& names, const AssetId& asset) {
    const auto found = names.find(asset);
    return found == names.end() ? std::string() : found->second;
}

json sets_json(const FragmentSets& sets, const std::map<AssetId, std::string>& names) {
    json list = json::array();
    for (const auto& [asset, fragments] : sets)
        list.push_back({{"asset", asset.text()},
                        {"name", name_in(names, asset)},
                        {"fragments", fragments.text()}});
    return list;
}
}  // namespace

json refreshed_json(const Refreshed& job) {
    json refused = json::array();
    for (const auto& one : job.refused)
        refused.push_back({{"asset", one.fragment.asset.text()},
                           {"name", name_in(job.names, one.fragment.asset)},
                           {"fragment", one.fragment.index.value},
                           {"why", one.why}});
    return {{"job", job.job},
            {"done", job.done},
            {"added", sets_json(job.added, job.names)},
            {"gone", sets_json(job.gone, job.names)},
            {"proving", sets_json(job.proving, job.names)},
            {"refused", std::move(refused)}};
}

json verified_json(const VerifyReport& job) {
    json bad = json::array();
    for (const auto& one : job.bad) {
        json entry{{"asset", one.fragment.asset.text()},
                   {"name", name_in(job.names, one.fragment.asset)},
                   {"fragment", one.fragment.index.value},
                   {"chunks", one.chunks.text()},
                   {"why", one.why}};
        if (!one.chunks.empty()) entry["chunk"] = one.chunks.spans().front().begin;
        bad.push_back(std::move(entry));
    }
    return {{"job", job.job},
            {"done", job.done},
            {"checked", job.fragments},
            {"total", job.fragments_total},
            {"bytes", job.bytes},
            {"bytes_total", job.bytes_total},
            {"bad_count", job.bad_count},
            {"bad", std::move(bad)},
            {"error", job.error}};
}

json removed_json(const Removed& removed) {
    return {{"asset", removed.asset.text()}, {"name", removed.name}, {"bytes", removed.bytes}};
}

json leaving_json(const Leaving& leaving) {
    return {{"at_risk", sets_json(leaving.at_risk, leaving.names)}};
}

json why_json(const AssetView& asset) {
    json waiting = json::array();
    for (std::size_t i = 0; i < asset.fragments.size(); ++i) {
        const FragmentView& fragment = asset.fragments[i];
        if (fragment.state == FragmentView::State::here) continue;
        json asked = json::array();
        for (const auto& one : fragment.asked)
            asked.push_back({{"name", one.name}, {"since_ms", one.since_ms}});
        waiting.push_back({{"index", i},
                           {"state", name_of(fragment.state)},
                           {"asked", std::move(asked)},
                           {"holders", fragment.holder_names},
                           {"sentence", sentence_of(fragment, i)}});
    }
    const bool whole = waiting.empty() && asset.manifest_here;
    std::string sentence = asset.waiting;
    if (sentence.empty())
        sentence = whole ? "it is all here" : "nothing of it is wanted here, so nothing is fetched";
    return {{"asset", asset.asset.id.text()},
            {"name", asset.asset.name},
            {"sentence", std::move(sentence)},
            {"fragments", std::move(waiting)}};
}

json limits_json(const SpeedLimits& limits) {
    return {{"max_upload", limits.max_upload}, {"max_download", limits.max_download}};
}

json event_json(const EventView& event) {
    json out{{"number", event.number},
             {"unix_ms", event.unix_ms},
             {"kind", event.kind},
             {"text", event.text},
             {"peer", event.peer.is_zero() ? "" : event.peer.text()},
             {"asset", event.asset.is_zero() ? "" : event.asset.text()}};
    if (event.fragment >= 0) out["fragment"] = event.fragment;
    return out;
}

json locate_json(const LocateAnswer& answer, const PeerList& peers, const AssetList& assets) {
    json holders = json::array();
    for (const auto& holder : answer.located.holders)
        holders.push_back(
            {{"peer", peer_json(holder.peer, peers)}, {"fragments", holder.fragments.text()}});
    json asset;
    if (!answer.located.assets.empty()) {
        const AssetRecord& record = answer.located.assets.front();
        asset = to_json(record);
        if (const auto known = assets.find(record.id)) asset = asset_json(*known);
    }
    return {
        {"asset", std::move(asset)}, {"holders", std::move(holders)}, {"source", answer.source}};
}

DirectoryTelling::DirectoryTelling(DirectoryAnswer answer) : answer_(std::move(answer)) {
    for (const AssetRecord& asset : answer_.assets)
        names_[asset.id] = asset.name;
    std::ranges::stable_sort(answer_.holdings, {}, &HoldingRecord::peer);
}

std::string DirectoryTelling::head() const {
    std::string text = json_text({{"settling", answer_.settling}, {"source", answer_.source}});
    text.back() = ',';
    return text + R"("peers":[)";
}

std::optional<std::string> DirectoryTelling::next(const PeerList& peers) {
    if (told_ == answer_.peers.size()) return std::nullopt;
    const PeerRecord& peer = answer_.peers[told_++];
    json one = peer_json(peer, peers);
    one["entered"] = peer.entered;
    json holds = json::array();
    for (const auto& held :
         std::ranges::equal_range(answer_.holdings, peer.id, {}, &HoldingRecord::peer))
        holds.push_back({{"asset", held.asset.text()},
                         {"name", name_in(names_, held.asset)},
                         {"fragments", held.fragments.text()}});
    one["holds"] = std::move(holds);
    return json_text(one);
}

}  // namespace fragcast
