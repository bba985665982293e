#include "bus/bus_metrics.hpp"

#include "messages/wire/version.hpp"

#include <map>
#include <string>

namespace fragcast {

void write_metrics(Metrics& out, const DirectorySession& session, const HttpServer::Counters& http,
                   Time now) {
    std::map<std::string, double> counts;
    for (const CounterRecord& counter : session.counters())
        counts[counter.name] = static_cast<double>(counter.value);
    out.gauge("fragcast_build_info", "Which fragcast this is; always 1.", 1,
              {{"version", kVersion}});
    out.gauge("fragcast_uptime_seconds", "Since this bus began.",
              static_cast<double>(session.uptime_ms(now)) / 1000);
    out.gauge("fragcast_peers", "Peers that hold a lease, guests aside.", counts["peers"]);
    out.gauge("fragcast_assets", "Assets that somebody here holds something of.", counts["assets"]);
    const char* messages = "Messages of the directory.";
    out.counter("fragcast_bus_messages_total", messages, counts["messages_in"],
                {{"direction", "in"}});
    out.counter("fragcast_bus_messages_total", messages, counts["messages_out"],
                {{"direction", "out"}});
    out.counter("fragcast_bus_announcements_total", "Announcements that were forwarded.",
                counts["announcements"]);
    out.gauge("fragcast_bus_settling", "1 while this bus has just started and is still being told.",
              session.settling(now));
    out.counter("fragcast_events_total", "Events recorded.", counts["events"]);
    out.counter("fragcast_refused_messages_total", "Messages that made no sense.",
                counts["garbage"]);
    out.counter("fragcast_http_requests_total", "HTTP requests that came in.",
                static_cast<double>(http.requests));
}

}  // namespace fragcast
