// messages_http. The only user of prometheus-cpp.
#include "messages/http/metrics.hpp"

#include <limits>

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

namespace fragcast {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;

struct Metrics::Impl {
    std::vector<MetricFamily> families;

    ClientMetric& add(const std::string& name, const std::string& help, MetricType type,
                      const Labels& labels) {
        if (families.empty() || families.back().name != name)
            families.push_back({name, help, type, {}});
        ClientMetric metric;
        for (const auto& [label, value] : labels)
            metric.label.push_back({label, value});
        return families.back().metric.emplace_back(std::move(metric));
    }
};

Metrics::Metrics() : impl_(std::make_unique<Impl>()) {}
Metrics::~Metrics() = default;

void Metrics::gauge(const std::string& name, const std::string& help, double value,
                    const Labels& labels) {
    impl_->add(name, help, MetricType::Gauge, labels).gauge.value = value;
}

void Metrics::counter(const std::string& name, const std::string& help, double value,
                      const Labels& labels) {
    impl_->add(name, help, MetricType::Counter, labels).counter.value = value;
}

void Metrics::histogram(const std::string& name, const std::string& help,
                        std::span<const double> bounds, std::span<const std::uint64_t> counts,
                        double sum) {
    auto& made = impl_->add(name, help, MetricType::Histogram, {}).histogram;
    std::uint64_t so_far = 0;
    for (std::size_t at = 0; at < counts.size(); ++at) {
        so_far += counts[at];
        made.bucket.push_back(
            {so_far, at < bounds.size() ? bounds[at] : std::numeric_limits<double>::infinity()});
    }
    made.sample_count = so_far;
    made.sample_sum = sum;
}

std::string Metrics::text() const {
    return prometheus::TextSerializer().Serialize(impl_->families);
}

HttpResponse metrics_response(const Metrics& metrics) {
    HttpResponse response;
    response.type = "text/plain; version=0.0.4; charset=utf-8";
    response.body = metrics.text();
    return response;
}

}  // namespace fragcast
