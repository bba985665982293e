#include "messages/options/common_options.hpp"

namespace fragcast {

void declare(CommandLine& line, CommonOptions& common) {
    line.option("--log-level", common.log_level,
                "the least that is logged: trace, debug, info, warning, error or off")
        .one_of({"trace", "debug", "info", "warning", "error", "off"})
        .shows_default();
    line.option("--log-format", common.log_format,
                "text: lines for people; json: one object a line")
        .one_of({"text", "json"})
        .shows_default();
    line.flag("--insecure", common.insecure,
              "allow --listen and --http beyond this machine, without encryption or passwords");
}

Status check_reach(const Endpoint& endpoint, const std::string& what, const CommonOptions& common) {
    if (endpoint.loopback() || common.insecure) return Done{};
    return fail(ErrorKind::refused,
                what +
                    " goes beyond this machine, and nothing is encrypted or asks for a password "
                    "yet. If the network is yours alone, add --insecure");
}

}  // namespace fragcast
