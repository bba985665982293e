// HTTP thread. What a peer tells Prometheus (HTTP.md, "Metrics").
#pragma once

#include "messages/http_server.hpp"
#include "messages/metrics.hpp"
#include "peer/views.hpp"

#include <cstddef>

namespace fragcast {

void write_metrics(Metrics& out, const Snapshot& snapshot, const HttpServer::Counters& http,
                   std::size_t viewers);

}  // namespace fragcast
