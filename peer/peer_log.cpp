#include "peer/peer_log.hpp"

#include <chrono>
#include <ctime>

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

std::string utc_now() {
    const auto now = std::chrono::system_clock::now();
    const std::time_t seconds = std::chrono::system_clock::to_time_t(now);
    const auto ms =
        std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch()).count() %
        1000;
    std::tm parts{};
    gmtime_r(&seconds, &parts);
    char text[40];
    const std::size_t length = std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &parts);
    std::snprintf(text + length, sizeof text - length, ".%03dZ", static_cast<int>(ms));
    return text;
}

std::string json_line(const Report& report) {
    nlohmann::ordered_json line{
        {"time", utc_now()},
        {"level", spdlog::level::to_string_view(level_of(report.level)).data()},
        {"kind", report.kind},
        {"text", report.text}};
    if (!report.peer.is_zero()) line["peer"] = report.peer.text();
    if (!report.asset.is_zero()) line["asset"] = report.asset.text();
    if (report.fragment >= 0) line["fragment"] = report.fragment;
    return line.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

// What others wrote must not write lines of its own, nor move a terminal's cursor.
std::string one_line(std::string text) {
    for (char& c : text)
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
    return text;
}

}  // namespace

void set_up_log(const std::string& level, bool json) {
    as_json = json;
    auto logger = spdlog::stderr_color_mt("fragcast");
    logger->set_level(spdlog::level::from_str(level));
    logger->set_pattern(json ? "%v" : "%Y-%m-%d %H:%M:%S.%e %^%-7l%$ %v");
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
        spdlog::log(level, "{}", json_line(report));
    else
        spdlog::log(level, "{:<20} {}", report.kind, one_line(report.text));
}

void log_line(Report::Level level, const std::string& kind, const std::string& text) {
    Report report;
    report.level = level;
    report.kind = kind;
    report.text = text;
    log_report(report);
}

}  // namespace fragcast
