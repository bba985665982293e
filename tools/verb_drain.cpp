// Main thread. drain: a peer hands over and leaves; we return when it is gone.
#include "messages/wire/endpoint.hpp"
#include "tools/ask.hpp"
#include "tools/http_client.hpp"
#include "tools/show.hpp"
#include "tools/terminal.hpp"
#include "tools/verb.hpp"

#include <chrono>

#include <nlohmann/json.hpp>
#include <poll.h>

namespace fragcast::tools {

using nlohmann::json;

namespace {

constexpr int kLookEveryMs = 50;  // at whether it is gone

// It is gone. What it could not hand over is told, and is a failure.
int end_of(const json& farewell, const Common& common) {
    const std::string left = text_of(farewell, "left");
    if (common.json)
        say_json(json{{"fragments", number_of(farewell, "fragments")},
                      {"bytes", number_of(farewell, "bytes")},
                      {"left", left}});
    if (left.empty()) return kOk;
    return complain(
        fail(ErrorKind::timeout, "it left, and these lack copies at those who stay: " + left));
}

int run_drain(const Common& common) {
    if (common.peer.empty())
        return complain(fail(ErrorKind::invalid, "say which peer is to leave: --peer NAME"));
    // By its address: a name is gone from the bus before the peer is.
    const auto it = at_peer(common, limits::kMinIdDigitsToTakeAway);
    if (!it) return complain(it.error());
    const auto answer = tell_peer(*it, "POST", "drain", nullptr);
    if (!answer) return complain(answer.error());
    const auto until = std::chrono::steady_clock::now() +
                       std::chrono::duration<double>(std::max(common.timeout, 70.0));
    json farewell = json::object();  // as it was last seen
    while (!interrupted() && std::chrono::steady_clock::now() < until) {
        const auto info = ask_peer(*it, "info");
        if (!info) return end_of(farewell, common);
        if (const auto now = info->find("farewell"); now != info->end() && *now != farewell) {
            farewell = *now;
            const std::uint64_t left = number_of(farewell, "fragments");
            if (left > 0 && !common.quiet && !common.json)
                note("{} fragments ({}) to hand over", left,
                     human_bytes(number_of(farewell, "bytes")));
        }
        (void)poll(nullptr, 0, kLookEveryMs);
    }
    return complain(interrupted() ? fail(ErrorKind::interrupted, "it goes on draining")
                                  : fail(ErrorKind::timeout, "it is still there"));
}

}  // namespace

void add_drain(CommandLine& line, const Common& common, Run& run) {
    line.verb("drain", "have a peer (--peer) hand over and leave").on_chosen([&common, &run] {
        run = [&common] { return run_drain(common); };
    });
}

}  // namespace fragcast::tools
