#include "bus/bus.hpp"

#include "messages/wire/hash.hpp"
#include "messages/zmq/host_name.hpp"
#include "messages/zmq/link.hpp"

#include <csignal>
#include <cstdlib>
#include <utility>

#include <nlohmann/json.hpp>
#include <sys/resource.h>

namespace fragcast {

namespace {

constexpr int kInterrupted = 130;

// Each peer is three connections, and the usual soft limit is 1,024.
void raise_open_files() {
    rlimit limit{};
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
    limit.rlim_cur = limit.rlim_max;
    (void)setrlimit(RLIMIT_NOFILE, &limit);
}

Endpoint at_offset(const Endpoint& base, std::uint16_t wanted_port, std::uint16_t offset) {
    return {base.host, static_cast<std::uint16_t>(wanted_port == 0 ? 0 : wanted_port + offset)};
}

Error with_advice(const Error& error, const Endpoint& listen) {
    const int port = listen.port < 64000 ? listen.port + 1000 : listen.port - 1000;
    return fail(error.kind, error.text + ". Choose another: --listen " +
                                Endpoint{listen.host, static_cast<std::uint16_t>(port)}.text());
}

DirectoryOptions fresh_identity() {
    DirectoryOptions options;
    random_bytes(options.id.bytes);
    options.epoch.value = Loop::unix_ms();
    return options;
}

}  // namespace

Bus::Bus(BusOptions options) : options_(std::move(options)) {
    std::signal(SIGPIPE, SIG_IGN);
    loop_.on_stop_signal([this](int times) {
        // Nothing here is worth waiting for twice: peers tell it all to the next bus.
        if (times > 1) std::_Exit(kInterrupted);
        loop_.stop();
    });
}

Bus::~Bus() = default;

Status Bus::start() {
    raise_open_files();
    auto listening = listen();
    if (!listening) return listening;
    if (options_.http) return serve_http();
    return Done{};
}

Status Bus::listen() {
    const auto wanted = resolve_now(options_.listen, "--listen");
    if (!wanted) return wanted.error();
    auto router = make_socket(context_, zmq::socket_type::router);
    if (!router) return router.error();
    router_ = std::move(*router);
    const auto bound = bind_socket(router_, *wanted, {});
    if (!bound) return with_advice(bound.error(), *wanted);
    auto forwarder = Forwarder::start(context_, at_offset(*bound, wanted->port, 1),
                                      at_offset(*bound, wanted->port, 2));
    if (!forwarder) return with_advice(forwarder.error(), *wanted);
    forwarder_ = std::move(*forwarder);

    DirectoryOptions directory = fresh_identity();
    directory.in_port = forwarder_->in().port;
    directory.out_port = forwarder_->out().port;
    directory_.emplace(context_, loop_, router_, *forwarder_, directory);
    addresses_.directory = bound->text();
    addresses_.in = forwarder_->in().text();
    addresses_.out = forwarder_->out().text();
    return Done{};
}

Status Bus::serve_http() {
    HttpOptions http;
    const auto literal = resolve_now(*options_.http, "--http");
    if (!literal) return literal.error();
    http.listen = *literal;
    http.allowed_hosts = options_.allowed_hosts;
    if (literal->host != options_.http->host) http.allowed_hosts.push_back(options_.http->host);
    auto server = HttpServer::start(std::move(http));
    if (!server) return server.error();
    http_ = std::move(*server);
    constexpr std::size_t kScheme = sizeof("tcp://") - 1;
    addresses_.http = "http://" + http_->endpoint().text().substr(kScheme);

    streams_.emplace(loop_, directory_->session().events());
    add_bus_routes(*http_, directory_->session(), *streams_, addresses_);
    directory_->on_events([this] { streams_->news(); });
    loop_.add_fd(http_->fd(), [] {});
    // After every turn, whatever woke us: what an event made sendable is sent before waiting.
    loop_.after_each_turn([this] { wake_for_http(); });
    return Done{};
}

void Bus::wake_for_http() {
    http_->turn();
    loop_.cancel(std::exchange(http_timer_, 0));
    const int wait = http_->next_turn_ms();
    if (wait >= 0) http_timer_ = loop_.at(Loop::now() + std::chrono::milliseconds(wait), [] {});
}

std::string Bus::ready_text(bool for_people) const {
    if (for_people)
        return "bus is up. Peers join by --bus " + addresses_.directory +
               (addresses_.http.empty() ? "" : "; look at it: " + addresses_.http);
    nlohmann::ordered_json ready{{"program", "fragcast-bus"},
                                 {"directory", addresses_.directory},
                                 {"in", addresses_.in},
                                 {"out", addresses_.out}};
    if (!addresses_.http.empty()) ready["http"] = addresses_.http;
    return "ready " + ready.dump();
}

void Bus::run() {
    loop_.run();
    Loop::give_back_stop_signals();
}

}  // namespace fragcast
