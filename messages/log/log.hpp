// The thread of whoever set it up. The door of spdlog: what a program writes to stderr.
#pragma once

#include "messages/wire/report.hpp"

#include <string>

namespace fragcast {

// `level` as --log-level takes it. As JSON: one object per line, fields as HTTP.md's Event and
// "time" (UTC), "level".
void set_up_log(const std::string& level, bool json);
void set_log_level(const std::string& level);
void log_report(const Report& report);
// Of the program itself; `kind` as a report's.
void log_line(Report::Level level, const std::string& kind, const std::string& text);

}  // namespace fragcast
