// messages_http. One thread: whoever calls turn(). With http_exchange.cpp the only user of
// libmicrohttpd.
//
// Two epolls: libmicrohttpd's holds the connections that it serves; ours holds that one, a bell,
// and suspended connections, watched for their client's end. Ours is what the owner polls.
#include "messages/http/http_server.hpp"

#include "messages/http/http_asker.hpp"
#include "messages/http/http_asset.hpp"
#include "messages/http/http_exchange.hpp"
#include "messages/http/http_fair.hpp"
#include "messages/http/http_listen.hpp"
#include "messages/http/http_routes.hpp"
#include "messages/http/http_text.hpp"
#include "messages/wire/whole_number.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <limits>
#include <utility>

#include <microhttpd.h>
#include <netinet/in.h>
#include <sys/epoll.h>
#include <unistd.h>

namespace fragcast {
namespace {

// A turn goes on while libmicrohttpd has work, but not so long that its owner's pipe must wait.
constexpr int kRunsPerTurn = 8;
// Of libmicrohttpd for each connection: the request's head, and half of it for reading bodies.
constexpr std::size_t kConnectionMemory = 64U << 10;

struct Headers {
    std::map<std::string, std::string> values;
    int hosts = 0;
};

MHD_Result collect_header(void* into, MHD_ValueKind, const char* name, const char* value) {
    auto& headers = *static_cast<Headers*>(into);
    std::string key = lower_case(name);
    headers.hosts += key == "host";
    auto [place, is_new] = headers.values.try_emplace(std::move(key), value ? value : "");
    if (!is_new) place->second.append(", ").append(value ? value : "");
    return MHD_YES;
}

bool changes_state(const std::string& method) {
    return method != "GET" && method != "HEAD";
}

// How long the body is said to be; the most where it is sent in chunks.
std::uint64_t announced_body(const HttpRequest& request) {
    constexpr auto kMost = std::numeric_limits<std::uint64_t>::max();
    if (request.header("transfer-encoding")) return kMost;
    const std::string text = request.header("content-length").value_or("0");
    return whole_number<std::uint64_t>(text).value_or(kMost);
}

}  // namespace

struct HttpServer::Impl {
    HttpOptions options;
    MHD_Daemon* daemon = nullptr;
    HttpWatch watch;
    HttpConnections connections;
    HttpRoutes routes;
    Refusal refuses;
    std::map<std::string, HttpAsset, std::less<>> assets;
    std::map<std::uint64_t, std::shared_ptr<HttpExchange>> exchanges;
    std::uint64_t next_number = 1;
    Counters counters;
    HttpUnsent unsent{limits::kHttpUnsentBytes};
    PieceQueue pieces;

    Impl() = default;
    ~Impl();
    Impl(const Impl&) = delete;
    Impl& operator=(const Impl&) = delete;

    Status open();
    int due_ms() const;  // until libmicrohttpd must run, pieces aside; -1: no need
    void make_room_for_unsent();
    std::optional<HttpResponse> refuse_head(const Headers& headers, MHD_Connection* mhd);
    void find_route(HttpExchange& exchange, const char* method,
                    const std::vector<std::string>& parts);
    HttpExchange::Do take_head(HttpExchange& exchange, MHD_Connection* mhd, const char* method);

    static void on_connection(void* self, MHD_Connection* mhd, void** context,
                              MHD_ConnectionNotificationCode what);
    static void* on_target(void* self, const char* target, MHD_Connection* mhd);
    static MHD_Result on_request(void* self, MHD_Connection* mhd, const char*, const char* method,
                                 const char*, const char* data, std::size_t* size, void** exchange);
    static void on_completed(void* self, MHD_Connection*, void** exchange,
                             MHD_RequestTerminationCode);
};

// --- libmicrohttpd's callbacks -------------------------------------------------------------------

void HttpServer::Impl::on_connection(void* self, MHD_Connection* mhd, void** context,
                                     MHD_ConnectionNotificationCode what) {
    auto& server = *static_cast<Impl*>(self);
    if (what == MHD_CONNECTION_NOTIFY_CLOSED) {
        // libmicrohttpd listens again when it next runs, and nothing else may make it run.
        if (server.connections.size() >=
            server.options.max_connections + limits::kHttpConnectionsBeyond)
            server.watch.ring();
        server.connections.close(*static_cast<HttpConnection*>(*context));
        *context = nullptr;
        return;
    }
    const auto* address = MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    const auto* socket = MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CONNECTION_FD);
    auto& connection = server.connections.open(server.next_number++, socket->connect_fd,
                                               server.watch, address_text(address->client_addr));
    *context = &connection;
    if (server.connections.size() <= server.options.max_connections) return;
    ++server.counters.refused_limit;
    server.connections.cut_laziest(connection);
}

// The only place where the target is seen as it was sent, and where a request begins.
void* HttpServer::Impl::on_target(void* self, const char* target, MHD_Connection* mhd) {
    auto& server = *static_cast<Impl*>(self);
    auto* context = MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    auto& connection = *static_cast<HttpConnection*>(context->socket_context);
    auto exchange =
        std::make_shared<HttpExchange>(server.next_number++, connection, mhd, server.counters,
                                       server.unsent, server.pieces, target);
    ++server.counters.requests;
    exchange->request.client = connection.client;
    exchange->request.connection = connection.number;
    return server.exchanges.emplace(exchange->number, exchange).first->second.get();
}

MHD_Result HttpServer::Impl::on_request(void* self, MHD_Connection* mhd, const char*,
                                        const char* method, const char*, const char* data,
                                        std::size_t* size, void** context) {
    auto& server = *static_cast<Impl*>(self);
    auto& exchange = *static_cast<HttpExchange*>(*context);
    const auto next = !exchange.head_taken ? server.take_head(exchange, mhd, method)
                      : *size > 0          ? exchange.take_piece({data, *size}, size)
                                           : exchange.take_end();
    server.make_room_for_unsent();
    return next == HttpExchange::Do::go_on ? MHD_YES : MHD_NO;
}

void HttpServer::Impl::on_completed(void* self, MHD_Connection*, void** context,
                                    MHD_RequestTerminationCode) {
    auto* exchange = static_cast<HttpExchange*>(*context);
    if (exchange == nullptr) return;
    exchange->over();
    static_cast<Impl*>(self)->exchanges.erase(exchange->number);
    *context = nullptr;
}

void HttpServer::Impl::make_room_for_unsent() {
    while (const auto largest = unsent.gives_way())
        exchanges.at(*largest)->give_way();
}

// --- from a head to its handler ------------------------------------------------------------------

HttpExchange::Do HttpServer::Impl::take_head(HttpExchange& exchange, MHD_Connection* mhd,
                                             const char* method) {
    Headers headers;
    MHD_get_connection_values(mhd, MHD_HEADER_KIND, collect_header, &headers);
    const bool unclear = ends_unclearly(headers.values);
    if (auto refusal = refuse_head(headers, mhd)) {
        exchange.request.headers = std::move(headers.values);
        exchange.refuse(std::move(*refusal));
    } else if (auto target = parse_target(exchange.raw_target); !target) {
        exchange.request.headers = std::move(headers.values);
        exchange.refuse(problem(target.error()));
    } else {
        exchange.request.headers = std::move(headers.values);
        exchange.request.path = std::move(target->path);
        exchange.request.query = std::move(target->query);
        find_route(exchange, method, target->parts);
    }
    const bool waits = exchange.request.header("expect").has_value();
    return exchange.end_head(waits || unclear ||
                             announced_body(exchange.request) > limits::kHttpDrainBytes);
}

std::optional<HttpResponse> HttpServer::Impl::refuse_head(const Headers& headers,
                                                          MHD_Connection* mhd) {
    if (ends_unclearly(headers.values)) {
        HttpResponse refusal = problem(400,
                                       "say once where the request ends: by Content-Length, or by "
                                       "Transfer-Encoding: chunked");
        refusal.headers["Connection"] = "close";
        return refusal;
    }
    const auto* info = MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);
    if (info != nullptr && info->header_size > limits::kHttpHeaderBytes) {
        ++counters.refused_limit;
        return problem(431, "the request's head has more than " +
                                std::to_string(limits::kHttpHeaderBytes) + " bytes");
    }
    if (headers.hosts != 1) return problem(400, "a request needs exactly one Host header");
    const std::string& host = headers.values.at("host");
    if (host_allowed(host, options.allowed_hosts)) return std::nullopt;
    return problem(421, "this server is not \"" + host +
                            "\"; use its address, or start it with --allowed-host");
}

void HttpServer::Impl::find_route(HttpExchange& exchange, const char* method,
                                  const std::vector<std::string>& parts) {
    HttpRequest& request = exchange.request;
    request.method = std::strcmp(method, "HEAD") == 0 ? "GET" : method;
    // Before it learns what is here. No other site can send the header below: this is also for the
    // day on which somebody's browser, proxy or extension lets it through.
    if (asked_from(request) == AskedFrom::elsewhere)
        return exchange.refuse(problem(403,
                                       "pages of other sites load and change nothing here; "
                                       "open this address itself"));
    if (auto refused = refuses ? refuses(request) : std::nullopt)
        return exchange.refuse(std::move(*refused));
    auto match = routes.find(method, parts);
    if (!match.target && match.allow.empty())
        return exchange.refuse(problem(404, "there is nothing at " + request.path));
    if (!match.target) {
        auto refusal = problem(405, request.path + " takes only " + match.allow);
        refusal.headers["Allow"] = match.allow;
        return exchange.refuse(std::move(refusal));
    }
    if (changes_state(request.method) && request.header("x-fragcast") != "1")
        return exchange.refuse(problem(403, "what changes state needs the header X-Fragcast: 1"));
    const bool whole = std::holds_alternative<Handler>(*match.target);
    if (whole && !request.header("transfer-encoding") &&
        announced_body(request) > options.max_body_bytes) {
        ++counters.refused_limit;
        return exchange.refuse(body_problem(options.max_body_bytes));
    }
    request.parts = std::move(match.parts);
    exchange.serve(std::move(match.target), options.max_body_bytes);
}

// --- start and stop ------------------------------------------------------------------------------

Status HttpServer::Impl::open() {
    options.allowed_hosts.push_back(options.listen.host);
    for (auto& name : options.allowed_hosts)
        name = lower_case(name);
    if (!watch.open()) return fail(ErrorKind::io, std::string("cannot poll: ") + strerror(errno));
    const auto listening = listen_on(options.listen);
    if (!listening) return listening.error();
    const unsigned flags =
        MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME |
        (options.listen.host.find(':') == std::string::npos ? MHD_NO_FLAG : MHD_USE_IPv6);
    daemon = MHD_start_daemon(
        flags, 0, nullptr, nullptr, &Impl::on_request, this,                              //
        MHD_OPTION_LISTEN_SOCKET, *listening,                                             //
        MHD_OPTION_CONNECTION_LIMIT,                                                      //
        static_cast<unsigned>(options.max_connections + limits::kHttpConnectionsBeyond),  //
        MHD_OPTION_CONNECTION_TIMEOUT, static_cast<unsigned>(options.idle_seconds),       //
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, kConnectionMemory,                            //
        MHD_OPTION_URI_LOG_CALLBACK, &Impl::on_target, this,                              //
        MHD_OPTION_NOTIFY_CONNECTION, &Impl::on_connection, this,                         //
        MHD_OPTION_NOTIFY_COMPLETED, &Impl::on_completed, this,                           //
        MHD_OPTION_END);
    if (daemon == nullptr) {
        close(*listening);
        return fail(ErrorKind::io, "cannot start the HTTP server");
    }
    if (!watch.add(MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd))
        return fail(ErrorKind::io, std::string("cannot poll: ") + strerror(errno));
    return Done{};
}

HttpServer::Impl::~Impl() {
    // over() resumes what is suspended: libmicrohttpd must not be stopped before that.
    const auto open_ones = exchanges;
    for (const auto& [number, exchange] : open_ones)
        exchange->over();
    if (daemon != nullptr) MHD_stop_daemon(daemon);
}

HttpServer::HttpServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
HttpServer::~HttpServer() = default;

Result<std::unique_ptr<HttpServer>> HttpServer::start(HttpOptions options) {
    auto impl = std::make_unique<Impl>();
    impl->options = std::move(options);
    if (auto opened = impl->open(); !opened) return opened.error();
    return std::unique_ptr<HttpServer>(new HttpServer(std::move(impl)));
}

// --- the rest ------------------------------------------------------------------------------------

void HttpServer::route(std::string_view method, std::string_view pattern, Handler handler) {
    impl_->routes.add(method, pattern, std::move(handler));
}

void HttpServer::route_upload(std::string_view method, std::string_view pattern, Upload upload) {
    impl_->routes.add(method, pattern, std::move(upload));
}

void HttpServer::refuse_if(Refusal refusal) {
    impl_->refuses = std::move(refusal);
}

void HttpServer::asset(std::string_view path, std::string_view type, std::string_view body,
                       bool gzip) {
    const auto [place, is_new] = impl_->assets.try_emplace(std::string(path));
    HttpAsset& asset = place->second;
    asset.type = type.empty() ? media_type(path) : type;
    asset.add(body, gzip);
    if (!is_new) return;
    route("GET", path, [&asset](const HttpRequest& request, HttpReply reply) {
        reply.send(serve_asset(asset, request));
    });
}

void HttpServer::make_room_to_hold(const HttpReply& newcomer, std::size_t most) {
    if (impl_->counters.held < most) return;
    std::vector<std::shared_ptr<HttpExchange>> holders;  // the oldest first
    std::vector<std::string> clients;
    for (const auto& [number, exchange] : impl_->exchanges) {
        if (!exchange->held()) continue;
        holders.push_back(exchange);
        clients.push_back(exchange->request.client);
    }
    if (holders.empty()) return;
    holders[who_makes_room(clients, newcomer.impl_->exchange->request.client)]->make_room();
}

std::vector<std::string> HttpServer::routes() const {
    return impl_->routes.list();
}

Endpoint HttpServer::endpoint() const {
    return impl_->options.listen;
}

int HttpServer::fd() const {
    return impl_->watch.epoll_fd;
}

void HttpServer::turn() {
    std::array<epoll_event, 64> events;
    const int count =
        epoll_wait(impl_->watch.epoll_fd, events.data(), static_cast<int>(events.size()), 0);
    // No connection is freed before MHD_run below.
    for (int at = 0; at < count; ++at) {
        auto* connection = static_cast<HttpConnection*>(events[at].data.ptr);
        if (connection == nullptr) continue;
        connection->left = true;
        if (connection->exchange != nullptr) connection->exchange->client_left();
    }
    impl_->pieces.turn();
    impl_->make_room_for_unsent();
    impl_->connections.cut_slow(std::chrono::seconds(impl_->options.request_seconds));
    for (int run = 0; run < kRunsPerTurn; ++run) {
        impl_->watch.silence();
        MHD_run(impl_->daemon);
        if (impl_->due_ms() != 0) break;
    }
}

int HttpServer::next_turn_ms() const {
    return impl_->pieces.empty() ? impl_->due_ms() : 0;
}

int HttpServer::Impl::due_ms() const {
    if (watch.rung) return 0;
    MHD_UNSIGNED_LONG_LONG wait = 0;
    if (MHD_get_timeout(daemon, &wait) != MHD_YES) return -1;
    return static_cast<int>(std::min<MHD_UNSIGNED_LONG_LONG>(wait, 1U << 30));
}

HttpServer::Counters HttpServer::counters() const {
    Counters now = impl_->counters;
    now.unsent = impl_->unsent.total();
    return now;
}

}  // namespace fragcast
