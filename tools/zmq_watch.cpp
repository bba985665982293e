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
#include <string>
#include <utility>
#include <vector>

#include <unistd.h>

namespace fragcast::tools {
namespace {

constexpr auto kWriteAgain = std::chrono::milliseconds(10);
constexpr int kLastPatienceMs = 5000;  // for a reader that takes nothing, at the end
constexpr int kTooFew = 27;            // came before --wait was over

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

// From the socket to stdout, until somebody has enough.
class Tail {
public:
    Tail(const WatchOptions& options, zmq::socket_t socket, PeerNames names)
        : options_(options), socket_(std::move(socket)), names_(std::move(names)) {}
    // The exit code.
    int run();

private:
    void read();
    std::string lines_of(const std::vector<std::string>& frames);
    void write();
    int end();

    const WatchOptions& options_;
    zmq::socket_t socket_;
    PeerNames names_;
    GapWatch gaps_;
    Loop loop_;
    Outlet outlet_{STDOUT_FILENO};
    Loop::Handle again_ = 0;
    std::uint64_t seen_ = 0;
    bool unread_ = false;  // nobody will read it any more, or it cannot be written
    bool interrupted_ = false;
};

int Tail::run() {
    loop_.on_stop_signal([this](int) {
        interrupted_ = true;
        loop_.stop();
    });
    loop_.add(socket_, [this] { read(); });
    if (options_.seconds > 0)
        loop_.at(Loop::now() + Duration(static_cast<Duration::rep>(options_.seconds * 1e6)),
                 [this] { loop_.stop(); });
    loop_.run();
    return end();
}

void Tail::read() {
    for (int i = 0; i < kReadsPerTurn; ++i) {
        const auto frames = read_frames(socket_);
        if (frames.empty()) return;
        outlet_.add(lines_of(frames));
        write();
        if (unread_ || ++seen_ == options_.count) return loop_.stop();
    }
}

// What came, and before it what did not.
std::string Tail::lines_of(const std::vector<std::string>& frames) {
    std::string lines;
    if (const auto message = ours(frames)) {
        names_.learn(*message);
        // Of chosen topics some are missing anyway.
        if (const auto gap = options_.topics.empty() ? gaps_.see(*message) : std::nullopt)
            lines = (options_.json ? format_gap_json(*gap, Loop::unix_ms())
                                   : format_gap_line(*gap, Loop::unix_ms(), names_)) +
                    '\n';
    }
    lines += options_.json ? format_json(frames, Loop::unix_ms())
                           : format_line(frames, Loop::unix_ms(), names_);
    return lines + '\n';
}

// A closed pipe ends us quietly, as it ends tail. One that is not read is tried again.
void Tail::write() {
    unread_ = !outlet_.flush();
    if (unread_) return loop_.stop();
    if (outlet_.empty() || again_ != 0) return;
    again_ = loop_.at(Loop::now() + kWriteAgain, [this] {
        again_ = 0;
        write();
    });
}

int Tail::end() {
    if (!unread_ && !interrupted_) unread_ = !outlet_.finish(kLastPatienceMs);
    if (outlet_.dropped() != 0)
        note("zmq-watch: {} messages were not shown: what reads them was too slow",
             outlet_.dropped());
    if (gaps_.missed() != 0)
        note("zmq-watch: {} announcements did not arrive here (lines \"gap\" say whose)",
             gaps_.missed());
    if (unread_ && outlet_.error() != EPIPE)
        return complain_watch(
            fail(ErrorKind::io, std::string("what came could not be written to the standard "
                                            "output: ") +
                                    std::strerror(outlet_.error())));
    return !unread_ && options_.count != 0 && seen_ < options_.count ? kTooFew : 0;
}

int watch(const WatchOptions& options) {
    zmq::context_t context;
    PeerNames names;
    auto socket = subscribe(context, options, names);
    if (!socket) return complain_watch(socket.error());
    return Tail(options, std::move(*socket), std::move(names)).run();
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
