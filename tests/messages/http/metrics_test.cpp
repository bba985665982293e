// Figures as the text that Prometheus reads, and that programs tell those that HTTP.md names.
#include "messages/http/metrics.hpp"

#include "bus/bus_metrics.hpp"
#include "peer/http/peer_metrics.hpp"
#include "peer/swarm/swarm.hpp"
#include "tests/support/source_path.hpp"

#include <array>
#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <sstream>

#include <doctest/doctest.h>

using namespace fragcast;

namespace {

// Backquoted metric names in the paragraph of HTTP.md's "Metrics" that begins so.
std::set<std::string> metrics_promised(const std::string& begin) {
    std::ifstream file(test::source_path("messages/HTTP.md"));
    std::stringstream all;
    all << file.rdbuf();
    std::string text = all.str();
    text = text.substr(text.find("## Metrics"));
    text = text.substr(text.find(begin));
    text = text.substr(0, text.find("\n\n"));
    std::set<std::string> names;
    const std::regex name("`(fragcast_[a-z_]+)");
    for (std::sregex_iterator at(text.begin(), text.end(), name), end; at != end; ++at)
        names.insert((*at)[1]);
    return names;
}

std::set<std::string> metrics_told(const Metrics& metrics) {
    std::set<std::string> names;
    std::istringstream text(metrics.text());
    for (std::string line; std::getline(text, line);)
        if (line.starts_with("# TYPE ")) names.insert(line.substr(7, line.find(' ', 7) - 7));
    return names;
}

bool has_line(const std::string& text, const std::string& line) {
    return ("\n" + text).find("\n" + line + "\n") != std::string::npos;
}

}  // namespace

TEST_CASE("metrics: the text, with labels escaped and buckets cumulative") {
    Metrics metrics;
    metrics.gauge("room", "How warm.", 20.5, {{"name", "a \"b\"\n\\"}});
    metrics.counter("seen_total", "Seen.", 3, {{"way", "in"}});
    metrics.counter("seen_total", "Seen.", 4, {{"way", "out"}});
    const std::array<double, 2> bounds{0.5, 1};
    const std::array<std::uint64_t, 3> counts{1, 2, 4};
    metrics.histogram("took_seconds", "Took.", bounds, counts, 12.5);
    CHECK(metrics.text() == R"(# HELP room How warm.
# TYPE room gauge
room{name="a \"b\"\n\\"} 20.5
# HELP seen_total Seen.
# TYPE seen_total counter
seen_total{way="in"} 3
seen_total{way="out"} 4
# HELP took_seconds Took.
# TYPE took_seconds histogram
took_seconds_count 7
took_seconds_sum 12.5
took_seconds_bucket{le="0.5"} 1
took_seconds_bucket{le="1"} 3
took_seconds_bucket{le="+Inf"} 7
)");
    CHECK(metrics_response(metrics).type == "text/plain; version=0.0.4; charset=utf-8");
}

TEST_CASE("metrics: a peer tells what HTTP.md names, and its figures are those that are seen") {
    const std::map<std::string, std::uint64_t> counted{
        {"bytes_in", 262144}, {"busy_in", 5}, {"lost_fragments", 2}};
    Overview snapshot;
    snapshot.uptime_ms = 1500;
    PeerList peers;
    for (std::uint8_t i = 0; i < 3; ++i) {
        auto peer = std::make_shared<PeerView>();
        peer->peer.id.bytes[0] = i;
        peer->self = i == 0;
        peer->peer.guest = i == 2;
        peers.take({peer}, {});
    }
    snapshot.buses.push_back({"tcp://127.0.0.1:5550", BusView::State::joined, 0, 0});
    snapshot.buses.push_back({"tcp://127.0.0.1:6550", BusView::State::away, 0, 0});
    snapshot.counters = Swarm({}, 1).news({}).overview->counters;
    for (CounterView& row : snapshot.counters.rows)
        row.number = counted.contains(row.name) ? counted.at(row.name) : 0;
    snapshot.fetch_times.add(std::chrono::milliseconds(20));
    snapshot.fetch_times.add(std::chrono::milliseconds(25));  // a bound is inside its bucket
    snapshot.fetch_times.add(std::chrono::seconds(31));
    auto asset = std::make_shared<AssetView>();
    asset->fragments.resize(4);
    asset->fragments[0].state = asset->fragments[1].state = FragmentView::State::here;
    snapshot.at_risk = 1;
    asset->fragments[2].state = FragmentView::State::coming;
    AssetList assets;
    assets.take({asset}, {});
    HttpServer::Counters http;
    http.requests = 9;
    http.held = 2;
    Metrics metrics;
    write_metrics(metrics, snapshot, peers, assets, http, 1);
    CHECK(metrics_told(metrics) == metrics_promised("Peer: "));
    const std::string text = metrics.text();
    for (const char* line : {"fragcast_uptime_seconds 1.5",
                             "fragcast_peers 1",
                             "fragcast_fragments{state=\"here\"} 2",
                             "fragcast_fragments{state=\"coming\"} 1",
                             "fragcast_fragments{state=\"wanted\"} 0",
                             "fragcast_fragments{state=\"missing\"} 1",
                             "fragcast_at_risk_fragments 1",
                             "fragcast_transfer_bytes_total{direction=\"in\"} 262144",
                             "fragcast_fetch_failures_total{reason=\"busy\"} 5",
                             "fragcast_verify_failures_total 2",
                             "fragcast_bus_up{bus=\"tcp://127.0.0.1:5550\"} 1",
                             "fragcast_bus_up{bus=\"tcp://127.0.0.1:6550\"} 0",
                             "fragcast_viewers 1",
                             "fragcast_held_requests 2",
                             "fragcast_http_requests_total 9",
                             "fragcast_fetch_duration_seconds_bucket{le=\"0.01\"} 0",
                             "fragcast_fetch_duration_seconds_bucket{le=\"0.025\"} 2",
                             "fragcast_fetch_duration_seconds_bucket{le=\"30\"} 2",
                             "fragcast_fetch_duration_seconds_bucket{le=\"+Inf\"} 3",
                             "fragcast_fetch_duration_seconds_count 3"})
        CHECK_MESSAGE(has_line(text, line), line);
}

TEST_CASE("metrics: a bus tells what HTTP.md names") {
    const Time start{};
    const DirectorySession session(DirectoryOptions{}, start);
    HttpServer::Counters http;
    http.requests = 4;
    Metrics metrics;
    write_metrics(metrics, session, http, start + std::chrono::seconds(2));
    CHECK(metrics_told(metrics) == metrics_promised("Bus: "));
    const std::string text = metrics.text();
    for (const char* line :
         {"fragcast_uptime_seconds 2", "fragcast_bus_settling 1", "fragcast_http_requests_total 4"})
        CHECK_MESSAGE(has_line(text, line), line);
    Metrics later;
    write_metrics(later, session, http, start + limits::kSettling + std::chrono::seconds(1));
    CHECK(has_line(later.text(), "fragcast_bus_settling 0"));
}
