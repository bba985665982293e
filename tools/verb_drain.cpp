// Main thread. drain: a peer hands over and leaves; we return when it is gone.
#include "tools/ask.hpp"
#include "tools/http_client.hpp"
#include "tools/show.hpp"
#include "tools/verb.hpp"

#include <chrono>
#include <cstdio>

#include <poll.h>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

namespace fragcast::tools {

using nlohmann::json;

namespace {

constexpr int kLookEveryMs = 50;  // at whether it is gone

int run_drain(const Common& common) {
    if (common.peer.empty())
        return complain(fail(ErrorKind::invalid, "say which peer is to leave: --peer NAME"));
    // By its address: a name is gone from the bus before the peer is.
    const auto url = peer_url(common);
    if (!url) return complain(url.error());
    Common it = common;
    it.peer = *url;
    const auto answer = tell_peer(it, "POST", "drain", nullptr);
    if (!answer) return complain(answer.error());
    const auto until = std::chrono::steady_clock::now() +
                       std::chrono::duration<double>(std::max(common.timeout, 70.0));
    while (!interrupted() && std::chrono::steady_clock::now() < until) {
        if (!http_get(*url + "/healthz", 1)) {
            if (common.json) std::printf("%s\n", answer->second.dump().c_str());
            return kOk;
        }
        (void)poll(nullptr, 0, kLookEveryMs);
    }
    return complain(interrupted() ? fail(ErrorKind::interrupted, "it goes on draining")
                                  : fail(ErrorKind::timeout, "it is still there"));
}

}  // namespace

void add_drain(CLI::App& app, const Common& common, Run& run) {
    app.add_subcommand("drain", "have a peer (--peer) hand over and leave")
        ->callback([&common, &run] { run = [&common] { return run_drain(common); }; });
}

}  // namespace fragcast::tools
