// messages_http. Any thread: a value. The door of prometheus-cpp: figures of a program as the text
// that Prometheus reads (HTTP.md, "Metrics").
//
// Figures are counted where they belong, by their owners; here they are only written down, each
// time somebody asks.
#pragma once

#include "messages/http/http_server.hpp"

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace fragcast {

class Metrics {
public:
    using Labels = std::vector<std::pair<std::string, std::string>>;

    Metrics();
    ~Metrics();
    Metrics(const Metrics&) = delete;
    Metrics& operator=(const Metrics&) = delete;

    // Several of one name and other labels follow each other; `help` and kind are of the first.
    void gauge(const std::string& name, const std::string& help, double value,
               const Labels& labels = {});
    // Never goes down while the program runs.
    void counter(const std::string& name, const std::string& help, double value,
                 const Labels& labels = {});
    // counts[i]: how many were above bounds[i - 1] and not above bounds[i]; one more than bounds.
    void histogram(const std::string& name, const std::string& help, std::span<const double> bounds,
                   std::span<const std::uint64_t> counts, double sum);

    std::string text() const;

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

// The answer of `GET /metrics`.
HttpResponse metrics_response(const Metrics& metrics);

}  // namespace fragcast
