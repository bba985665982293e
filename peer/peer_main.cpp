// Main thread. fragcast-peer.
#include "messages/log/log.hpp"
#include "peer/peer_options.hpp"
#include "peer/peer_program.hpp"

#include <iostream>

#include <unistd.h>

int main(int argc, char** argv) {
    using namespace fragcast;

    const auto parsed = parse_peer_options(argc, argv);
    if (const auto* exit = std::get_if<OptionsExit>(&parsed)) return show(*exit, "fragcast-peer");
    const PeerOptions& options = std::get<PeerOptions>(parsed);
    set_up_log(options.log_level, options.log_json);

    PeerProgram peer(options);
    peer.on_hangup([argc, argv] { return parse_peer_options(argc, argv); });
    if (const auto started = peer.start(); !started) {
        log_line(Report::Level::error, "start", started.error().text);
        return 1;
    }
    std::cout << peer.ready_text(isatty(STDOUT_FILENO) != 0) << std::endl;
    peer.run();
    return 0;
}
