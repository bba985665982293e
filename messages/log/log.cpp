#include "messages/log/log.hpp"

#include "messages/wire/safe_text.hpp"

#include <memory>

#include <nlohmann/json.hpp>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

namespace fragcast {
namespace {

bool as_json = false;

spdlog::level::level_enum level_of(Report::Level level) {
    switch (level) {
        case Report::Level::debug:
            return spdlog::level::debug;
        case Report::Level::info:
            return spdlog::level::info;
        case Report::Level::warning:
            return spdlog::level::warn;
        case Report::Level::error:
            return spdlog::level::err;
    }
    return spdlog::level::info;
}

// Without the braces: time and level stand before.
std::string json_fields(const Report& report) {
    nlohmann::ordered_json line{{"kind", report.kind}, {"text", report.text}};
    if (!report.peer.is_zero()) line["peer"] = report.peer.text();
    if (!report.asset.is_zero()) line["asset"] = report.asset.text();
    if (report.fragment >= 0) line["fragment"] = report.fragment;
    const std::string text =
        line.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
    return safe_json(text.substr(1, text.size() - 2));
}

}  // namespace

void set_up_log(const std::string& level, bool json) {
    as_json = json;
    auto logger = std::make_shared<spdlog::logger>(
        "fragcast", std::make_shared<spdlog::sinks::stderr_color_sink_mt>());
    logger->set_level(spdlog::level::from_str(level));
    logger->set_pattern(json ? R"({"time":"%Y-%m-%dT%H:%M:%S.%eZ","level":"%l",%v})"
                             : "%Y-%m-%d %H:%M:%S.%e %^%-7l%$ %v",
                        json ? spdlog::pattern_time_type::utc : spdlog::pattern_time_type::local);
    logger->flush_on(spdlog::level::trace);
    spdlog::set_default_logger(std::move(logger));
}

void set_log_level(const std::string& level) {
    spdlog::default_logger()->set_level(spdlog::level::from_str(level));
}

void log_report(const Report& report) {
    const auto level = level_of(report.level);
    if (!spdlog::should_log(level)) return;
    if (as_json)
        spdlog::log(level, "{}", json_fields(report));
    else
        spdlog::log(level, "{:<20} {}", report.kind, safe_text(report.text));
}

void log_line(Report::Level level, const std::string& kind, const std::string& text) {
    Report report;
    report.level = level;
    report.kind = kind;
    report.text = text;
    log_report(report);
}

}  // namespace fragcast
