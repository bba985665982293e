// Any thread, before there are others. The options that bus and peer share.
#pragma once

#include "messages/options/command_line.hpp"
#include "messages/wire/endpoint.hpp"
#include "messages/wire/result.hpp"

#include <string>

namespace fragcast {

// As the user wrote them.
struct CommonOptions {
    std::string log_level = "info", log_format = "text";
    bool insecure = false;

    bool log_json() const { return log_format == "json"; }
};

// --log-level, --log-format, --insecure.
void declare(CommandLine& line, CommonOptions& common);

// `what` ("--listen tcp://…") may be bound: on this machine only, unless --insecure.
Status check_reach(const Endpoint& endpoint, const std::string& what, const CommonOptions& common);

}  // namespace fragcast
