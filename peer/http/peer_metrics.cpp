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
    out.counter("fragcast_copies_made_total", "Fragments that were fetched for the swarm's sake.",
                static_cast<double>(overview.counters.copies_made));
    out.counter("fragcast_evicted_fragments_total", "Fragments that were dropped to make room.",
                static_cast<double>(overview.counters.evicted));
}

void write_transfer(Metrics& out, const Overview& overview) {
    const CountersView& counters = overview.counters;
    const auto two = [&out](const char* name, const char* help, std::uint64_t in,
                            std::uint64_t sent) {
        out.counter(name, help, static_cast<double>(in), {{"direction", "in"}});
        out.counter(name, help, static_cast<double>(sent), {{"direction", "out"}});
    };
    two("fragcast_transfer_bytes_total", "Payload exchanged with other peers.", counters.bytes_in,
        counters.bytes_out);
    two("fragcast_transfer_chunks_total", "Chunks exchanged with other peers.", counters.chunks_in,
        counters.chunks_out);
    out.histogram("fragcast_fetch_duration_seconds",
                  "From the first request for a fragment to its proven end.", FetchTimes::kSeconds,
                  overview.fetch_times.counts, overview.fetch_times.sum_seconds);
    const std::array<std::pair<const char*, std::uint64_t>, 4> failures{
        {{"timeout", counters.timeouts},
         {"busy", counters.busy_in},
         {"absent", counters.absent_in},
         {"bad", counters.bad_chunks}}};
    for (const auto& [reason, count] : failures)
        out.counter("fragcast_fetch_failures_total",
                    "Requests that brought nothing: no answer in time, put off, refused, or wrong "
                    "bytes.",
                    static_cast<double>(count), {{"reason", reason}});
    out.counter("fragcast_verify_failures_total",
                "Fragments that were here and turned out damaged on disk or gone from it.",
                static_cast<double>(counters.lost_fragments));
    out.counter("fragcast_duplicate_chunks_total", "Chunks that came and were here already.",
                static_cast<double>(counters.duplicates));
}

}  // namespace

void write_metrics(Metrics& out, const Overview& overview, const AssetList& assets,
                   const HttpServer::Counters& http, std::size_t viewers) {
    const CountersView& counters = overview.counters;
    out.gauge("fragcast_build_info", "Which fragcast this is; always 1.", 1,
              {{"version", kVersion}});
    out.gauge("fragcast_uptime_seconds", "Since this peer began.",
              static_cast<double>(overview.uptime_ms) / 1000);
    out.gauge("fragcast_peers", "Peers that are known, guests and this one aside.",
              static_cast<double>(std::ranges::count_if(
                  overview.peers, [](const PeerView& p) { return !p.self && !p.peer.guest; })));
    write_fragments(out, overview, assets);
    write_transfer(out, overview);
    for (const BusView& bus : overview.buses)
        out.gauge("fragcast_bus_up", "Whether this bus answers us.",
                  bus.state == BusView::State::joined || bus.state == BusView::State::settling,
                  {{"bus", bus.endpoint}});
    out.counter("fragcast_bus_gaps_total", "Announcements that were missed, and asked for.",
                static_cast<double>(counters.gaps));
    out.counter("fragcast_bus_digests_differed_total",
                "Beacons that showed another state than the one known.",
                static_cast<double>(counters.digests_differed));
    out.counter("fragcast_bus_asks_total",
                "Questions for all that a peer holds, or for all that a bus lists.",
                static_cast<double>(counters.asks));
    out.counter("fragcast_bus_mended_total",
                "Of these, the answers that brought what announcements had not.",
                static_cast<double>(counters.mended));
    out.counter("fragcast_refused_messages_total", "Messages that made no sense, from others.",
                static_cast<double>(counters.refused_messages));
    out.gauge("fragcast_viewers", "Viewers that are being sent something now, or wait for it.",
              static_cast<double>(viewers));
    out.gauge("fragcast_held_requests", "HTTP requests that wait for their answer.",
              static_cast<double>(http.held));
    out.counter("fragcast_http_requests_total", "HTTP requests that came in.",
                static_cast<double>(http.requests));
}

}  // namespace fragcast
