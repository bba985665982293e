// bus. Loop thread. What a bus tells Prometheus (HTTP.md, "Metrics").
#pragma once

#include "bus/directory_session.hpp"
#include "messages/http/http_server.hpp"
#include "messages/http/metrics.hpp"

namespace fragcast {

void write_metrics(Metrics& out, const DirectorySession& session, const HttpServer::Counters& http,
                   Time now);

}  // namespace fragcast
