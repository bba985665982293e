// Any thread, before there are others. What a user may tell fragcast-bus (flags over
// environment over file), checked.
#pragma once

#include "messages/options/layered_options.hpp"
#include "messages/wire/endpoint.hpp"

#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace fragcast {

struct BusOptions {
    Endpoint listen{"127.0.0.1", 5550};  // the directory; XSUB at port+1, XPUB at port+2
    std::optional<Endpoint> http = Endpoint{"127.0.0.1", 5553};  // nothing: none
    std::vector<std::string> allowed_hosts;
    std::string log_level = "info";
    bool log_json = false;
};

std::variant<BusOptions, OptionsExit> parse_bus_options(int argc, const char* const* argv);

}  // namespace fragcast
