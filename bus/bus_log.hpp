// Loop thread. A door of spdlog: what a bus writes to stderr.
#pragma once

#include "bus/directory_session.hpp"

#include <string>

namespace fragcast {

// `level` as --log-level takes it. As JSON: one object per line with "time", "level", "text".
void set_up_bus_log(const std::string& level, bool json_lines);
void set_bus_log_level(const std::string& level);
void bus_log(DirectoryLog::Level level, const std::string& text);

}  // namespace fragcast
