// HTTP thread. What a peer tells Prometheus (HTTP.md, "Metrics").
#pragma once

#include "messages/http/http_server.hpp"
#include "messages/http/metrics.hpp"
#include "peer/http/shown_lists.hpp"
#include "peer/swarm/views.hpp"

#include <cstddef>

namespace fragcast {

void write_metrics(Metrics& out, const Overview& overview, const PeerList& peers,
                   const AssetList& assets, const HttpServer::Counters& http, std::size_t viewers);

}  // namespace fragcast
