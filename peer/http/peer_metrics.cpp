#include "peer/http/peer_metrics.hpp"

#include "messages/wire/version.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace fragcast {
namespace {

void write_fragments(Metrics& out, const Overview& overview, const AssetList& assets) {
    using State = FragmentView::State;
    constexpr std::array<std::pair<State, const char*>, 4> kStates{{{State::here, "here"},
                                                                    {State::coming, "coming"},
                                                                    {State::wanted, "wanted"},
                                                                    {State::missing, "missing"}}};
    std::array<std::uint64_t, kStates.size()> counts{};
    for (const auto& [id, asset] : assets.by_id())
        for (const FragmentView& fragment : asset->fragments)
            for (std::size_t i = 0; i < kStates.size(); ++i)
                counts[i] += fragment.state == kStates[i].first;
    for (std::size_t i = 0; i < kStates.size(); ++i)
        out.gauge("fragcast_fragments", "Fragments of the assets whose description is here.",
                  static_cast<double>(counts[i]), {{"state", kStates[i].second}});
    out.gauge("fragcast_at_risk_fragments",
              "Fragments that are here, and at no other live peer as far as is known.",
              static_cast<double>(overview.at_risk));
    out.gauge("fragcast_store_bytes", "What the fragments that are kept take.",
              static_cast<double>(overview.stock.used));
    out.gauge("fragcast_store_limit_bytes", "What they may take; 0: no limit.",
              static_cast<double>(overview.stock.limit));
}

void write_counters(Metrics& out, const CountersView& counters) {
    for (const CounterView& row : counters.rows) {
        if (row.metric == nullptr) continue;
        Metrics::Labels labels;
        if (row.label != nullptr) labels.emplace_back(row.label, row.value);
        out.counter(row.metric, row.help, static_cast<double>(row.number), labels);
    }
}

}  // namespace

void write_metrics(Metrics& out, const Overview& overview, const PeerList& peers,
                   const AssetList& assets, const HttpServer::Counters& http, std::size_t viewers) {
    out.gauge("fragcast_build_info", "Which fragcast this is; always 1.", 1,
              {{"version", kVersion}});
    out.gauge("fragcast_uptime_seconds", "Since this peer began.",
              static_cast<double>(overview.uptime_ms) / 1000);
    out.gauge("fragcast_peers", "Peers that are known, guests and this one aside.",
              static_cast<double>(std::ranges::count_if(peers.by_id(), [](const auto& one) {
                  return !one.second->self && !one.second->peer.guest;
              })));
    write_fragments(out, overview, assets);
    write_counters(out, overview.counters);
    out.histogram("fragcast_fetch_duration_seconds",
                  "From the first request for a fragment to its proven end.", FetchTimes::kSeconds,
                  overview.fetch_times.counts, overview.fetch_times.sum_seconds);
    for (const BusView& bus : overview.buses)
        out.gauge("fragcast_bus_up", "Whether this bus answers us.",
                  bus.state == BusView::State::joined || bus.state == BusView::State::settling,
                  {{"bus", bus.endpoint}});
    out.gauge("fragcast_viewers", "Viewers that are being sent something now, or wait for it.",
              static_cast<double>(viewers));
    out.gauge("fragcast_held_requests", "HTTP requests that wait for their answer.",
              static_cast<double>(http.held));
    out.counter("fragcast_http_requests_total", "HTTP requests that came in.",
                static_cast<double>(http.requests));
}

}  // namespace fragcast
