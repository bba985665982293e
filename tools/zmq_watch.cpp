// Main thread. `zmq-watch`: tails what a bus carries, or what any ZeroMQ publisher sends.
#include "messages/options/command_line.hpp"
#include "messages/wire/hash.hpp"
#include "messages/wire/version.hpp"
#include "messages/zmq/host_name.hpp"
#include "messages/zmq/link.hpp"
#include "messages/zmq/loop.hpp"
#include "tools/directory_client.hpp"
#include "tools/outlet.hpp"
#include "tools/terminal.hpp"
#include "tools/watch_format.hpp"
#include "tools/watch_gaps.hpp"

#include <cerrno>
#include <csignal>
#include <cstring>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include <unistd.h>

namespace fragcast::tools {
namespace {

constexpr auto kWriteAgain = std::chrono::milliseconds(10);
constexpr int kLastPatienceMs = 5000;  // for a reader that takes nothing, at the end

struct WatchOptions {
    std::string bus = "tcp://127.0.0.1:5550";
    std::string connect;
    std::vector<std::string> topics;
    bool json = false;
    std::uint64_t count = 0;
    double seconds = 0;
};

int complain_watch(const Error& error) {
    note("zmq-watch: {}", error.text);
    return error.kind == ErrorKind::invalid ? 2 : 1;
}

// A bus tells where its XPUB is in its welcome only; by convention it is the directory's port + 2,
// and the welcome is asked for to be sure.
Result<Endpoint> publisher_of(zmq::context_t& context, const WatchOptions& options,
                              PeerNames& names) {
    if (!options.connect.empty()) {
        const auto wanted = parse_endpoint(options.connect, "--connect");
        if (!wanted) return wanted.error();
        return resolve_now(*wanted, "--connect");
    }
    const auto directory = parse_endpoint(options.bus, "--bus");
    if (!directory) return directory.error();
    auto client = DirectoryClient::open(context, options.bus, 5);
    if (!client) return client.error();
    const auto stats = client->ask(AskStats{});
    if (!stats) return stats.error();
    auto out = resolve_now(*directory, "--bus");
    if (!out) return out.error();
    for (const auto& counter : std::get<Stats>(*stats).counters)
        if (counter.name == "out_port") out->port = static_cast<std::uint16_t>(counter.value);
    const auto peers = client->peers();
    if (!peers) return peers.error();
    for (const auto& peer : *peers)
        names.learn(peer);
    return out;
}

// For who looks at an empty screen until the first message comes.
void say_what(const Endpoint& publisher, const WatchOptions& options) {
    if (isatty(STDERR_FILENO) == 0) return;
    std::string topics;
    for (const auto& topic : options.topics)
        topics += (topics.empty() ? "" : ", ") + topic;
    note("zmq-watch: {} of {}; Ctrl-C ends", topics.empty() ? "everything" : topics,
         publisher.text());
}

Result<zmq::socket_t> subscribe(zmq::context_t& context, const WatchOptions& options,
                                PeerNames& names) {
    const auto publisher = publisher_of(context, options, names);
    if (!publisher) return publisher.error();
    say_what(*publisher, options);
    auto socket = make_socket(context, zmq::socket_type::sub);
    if (!socket) return socket.error();
    // Whatever a publisher sends is worth a look, up to a limit of our own when printing.
    socket->set(zmq::sockopt::maxmsgsize, std::int64_t{kMaxWatchedFrameBytes});
    if (const auto connected = connect_socket(*socket, *publisher); !connected)
        return connected.error();
    if (options.topics.empty()) socket->set(zmq::sockopt::subscribe, "");
    for (const auto& topic : options.topics)
        socket->set(zmq::sockopt::subscribe, topic);
    return socket;
}

std::vector<std::string> read_frames(zmq::socket_t& socket) {
    std::vector<std::string> frames;
    zmq::message_t frame;
    do {
        if (!socket.recv(frame, frames.empty() ? zmq::recv_flags::dontwait : zmq::recv_flags::none))
            break;
        if (frames.size() < kMaxWatchedFrames) frames.push_back(frame.to_string());
    } while (frame.more());
    return frames;
}

int watch(const WatchOptions& options) {
    zmq::context_t context;
    PeerNames names;
    GapWatch gaps;
    auto socket = subscribe(context, options, names);
    if (!socket) return complain_watch(socket.error());
    Loop loop;
    std::uint64_t seen = 0;
    Outlet outlet(STDOUT_FILENO);
    bool unread = false;
    bool interrupted = false;
    Loop::Handle again = 0;
    // A closed pipe ends us quietly, as it ends tail. One that is not read is tried again.
    std::function<void()> write = [&] {
        unread = !outlet.flush();
        if (unread) return loop.stop();
        if (outlet.empty() || again != 0) return;
        again = loop.at(Loop::now() + kWriteAgain, [&] {
            again = 0;
            write();
        });
    };
    loop.on_stop_signal([&](int) {
        interrupted = true;
        loop.stop();
    });
    loop.add(*socket, [&] {
        for (int i = 0; i < kReadsPerTurn; ++i) {
            const auto frames = read_frames(*socket);
            if (frames.empty()) return;
            std::string line;
            if (const auto message = ours(frames)) {
                names.learn(*message);
                // Of chosen topics some are missing anyway.
                if (const auto gap = options.topics.empty() ? gaps.see(*message) : std::nullopt)
                    line = (options.json ? format_gap_json(*gap, Loop::unix_ms())
                                         : format_gap_line(*gap, Loop::unix_ms(), names)) +
                           '\n';
            }
            line += options.json ? format_json(frames, Loop::unix_ms())
                                 : format_line(frames, Loop::unix_ms(), names);
            outlet.add(std::move(line) + '\n');
            write();
            if (unread || ++seen == options.count) return loop.stop();
        }
    });
    if (options.seconds > 0)
        loop.at(Loop::now() + Duration(static_cast<Duration::rep>(options.seconds * 1e6)),
                [&] { loop.stop(); });
    loop.run();
    if (!unread && !interrupted) unread = !outlet.finish(kLastPatienceMs);
    if (outlet.dropped() != 0)
        note("zmq-watch: {} messages were not shown: what reads them was too slow",
             outlet.dropped());
    if (gaps.missed() != 0)
        note("zmq-watch: {} announcements did not arrive here (lines \"gap\" say whose)",
             gaps.missed());
    if (unread && outlet.error() != EPIPE)
        return complain_watch(
            fail(ErrorKind::io, std::string("what came could not be written to the standard "
                                            "output: ") +
                                    std::strerror(outlet.error())));
    return !unread && options.count != 0 && seen < options.count ? 27 : 0;
}

}  // namespace
}  // namespace fragcast::tools

int main(int argc, char** argv) {
    using namespace fragcast::tools;
    keep_standard_descriptors();
    fragcast::CommandLine line{
        "Tails what a fragcast bus carries, or what any ZeroMQ publisher sends.", "zmq-watch"};
    WatchOptions options;
    line.version(std::string("zmq-watch ") + fragcast::kVersion);
    line.option("--bus", options.bus, "directory of a bus, tcp://HOST:PORT")
        .variable("FRAGCAST_BUS")
        .shows_default();
    line.option("--connect", options.connect, "any publisher instead, tcp://HOST:PORT");
    line.option("-t,--topic", options.topics, "topics that begin with this (repeatable; all)");
    line.flag("--json", options.json, "one JSON object per line");
    line.option("-C,--count", options.count, "end after so many messages");
    line.option("-W,--wait", options.seconds,
                "end after so many seconds (status 27 when -C was not reached)")
        .positive();
    if (const auto exit = line.parse(argc, argv)) {
        const int code = fragcast::show(*exit, "zmq-watch");
        const auto said = all_said();
        return said ? code : complain_watch(said.error());
    }
    std::signal(SIGPIPE, SIG_IGN);
    try {
        return watch(options);
    } catch (const std::exception& error) {
        return complain_watch(fragcast::fail(fragcast::ErrorKind::io, error.what()));
    }
}
