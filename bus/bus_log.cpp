#include "bus/bus_log.hpp"

#include <algorithm>

#include <nlohmann/json.hpp>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

namespace fragcast {

namespace {

bool as_json = false;

spdlog::level::level_enum level_of(DirectoryLog::Level level) {
    switch (level) {
        case DirectoryLog::Level::info:
            return spdlog::level::info;
        case DirectoryLog::Level::warning:
            return spdlog::level::warn;
        case DirectoryLog::Level::error:
            return spdlog::level::err;
    }
    return spdlog::level::info;
}

// What others wrote must not write lines of its own, nor move a terminal's cursor.
std::string one_line(std::string text) {
    std::replace_if(
        text.begin(), text.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; }, ' ');
    return text;
}

}  // namespace

void set_up_bus_log(const std::string& level, bool json_lines) {
    as_json = json_lines;
    auto logger = spdlog::stderr_color_mt("fragcast-bus");
    logger->set_level(spdlog::level::from_str(level));
    // Of JSON, the text comes quoted and escaped.
    logger->set_pattern(
        json_lines ? R"({"time":"%Y-%m-%dT%H:%M:%S.%eZ","level":"%l","text":%v})"
                   : "%Y-%m-%d %H:%M:%S.%e %^%-7l%$ %v",
        json_lines ? spdlog::pattern_time_type::utc : spdlog::pattern_time_type::local);
    logger->flush_on(spdlog::level::trace);
    spdlog::set_default_logger(std::move(logger));
}

void set_bus_log_level(const std::string& level) {
    spdlog::default_logger()->set_level(spdlog::level::from_str(level));
}

void bus_log(DirectoryLog::Level level, const std::string& text) {
    using nlohmann::json;
    const auto its = level_of(level);
    if (!spdlog::should_log(its)) return;
    spdlog::log(
        its, "{}",
        as_json ? json(text).dump(-1, ' ', false, json::error_handler_t::replace) : one_line(text));
}

}  // namespace fragcast
