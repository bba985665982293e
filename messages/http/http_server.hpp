// messages_http. One thread: whoever calls turn(). The door of libmicrohttpd.
//
// A small HTTP/1.1 server in external epoll mode: its one descriptor is polled beside a pipe,
// turn() does what is due. Handlers get a request and answer at once, later (a held request), or by
// a stream that is pulled. HTTP.md says what it promises: Host is checked before routing, limits
// hold, HEAD and single ranges work, errors are problem+json.
#pragma once

#include "messages/wire/endpoint.hpp"
#include "messages/wire/limits.hpp"
#include "messages/wire/payload.hpp"
#include "messages/wire/records.hpp"
#include "messages/wire/result.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace fragcast {

struct HttpOptions {
    Endpoint listen;  // literal or "localhost"; port 0 picks a free one
    // Host values served besides localhost, literal addresses and the name listened on; without
    // port.
    std::vector<std::string> allowed_hosts;
    std::uint32_t max_connections = limits::kHttpConnections;
    std::uint32_t idle_seconds = limits::kHttpIdle.count();  // held requests do not count as idle
    std::uint32_t request_seconds = limits::kHttpRequest.count();  // for a whole one, uploads aside
    std::uint64_t max_body_bytes = limits::kHttpBodyBytes;         // of what a handler reads whole
};

struct HttpRequest {
    std::string method;  // GET (also for HEAD: the body is left out by the server), POST …
    std::string path;    // decoded once; "/api/v1/assets"; never with "..", NUL or a decoded slash
    std::map<std::string, std::string> query;    // decoded; of a repeated name the first
    std::map<std::string, std::string> headers;  // names in lower case
    std::vector<std::string> parts;              // what the route's {} matched
    std::string body;
    std::string client;            // address of the other end, for the log
    std::uint64_t connection = 0;  // the same for requests of one connection

    // The value, or nothing where it is absent.
    std::optional<std::string> parameter(const std::string& name) const;
    std::optional<std::string> header(const std::string& lower_case_name) const;
};

struct HttpResponse {
    int status = 200;
    std::string type = "application/json; charset=utf-8";
    std::string body;
    // The safety headers of HTTP.md and `Cache-Control: no-store` are added where they are not set.
    std::map<std::string, std::string> headers;
};

// RFC 9457: {"type":"about:blank","title":…,"status":…,"detail":…}.
HttpResponse problem(int status, std::string_view detail);
// The status for an Error's kind as HTTP.md lists them.
HttpResponse problem(const Error& error);
// 409 for a word that means all of these, with each as a candidate: so that the user can choose.
HttpResponse several_problem(std::string_view word, const std::vector<AssetRecord>& fit);

// The answer to one request, to be given exactly once, in the server's thread, now or later. Copies
// mean the same answer. When the last copy goes without an answer: 500; with an unfinished stream:
// as fail(). All calls are harmless after the client left or the server is gone.
class HttpReply {
public:
    struct Impl;
    explicit HttpReply(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}

    void send(HttpResponse response);
    // A body that is made while it is sent: `length` bytes to come (status, type and headers from
    // `head`; its body is ignored), or, without length, until finish() (event streams), by chunked
    // encoding. want_more: the server could send and has nothing; answer by write(), finish() or
    // fail(), at once or later. It is called once, and again after each write(). `closed`: as
    // on_closed. For HEAD nothing is pulled: closed follows soon.
    void stream(HttpResponse head, std::optional<std::uint64_t> length,
                std::function<void()> want_more, std::function<void()> closed);
    void write(Payload bytes);  // after stream(); not copied until it is sent
    void finish();              // all is written; fewer bytes than `length`: as fail()
    // A JSON list with 200 that is made while it is sent, bit by bit (http_pieces.hpp); nothing
    // ends it.
    void send_text(std::function<std::optional<std::string>()> next_bit);
    void fail();  // cut the connection: the client must not take this for whole
    // Payloads written and not yet handed to the kernel. More than limits::kHttpStreamBytes of
    // them: fail().
    std::size_t queued() const;
    // For how long the client has taken nothing of what is there for it; zero while it waits for
    // us.
    std::chrono::milliseconds idle() const;

    // Called exactly once, when this exchange is over: the answer is sent whole, or was cut, or the
    // client left (also while the request is held: learnt at once), or the server is destroyed.
    // A later call replaces an earlier one's function. A client that closes its sending half early
    // counts as gone while its request is held.
    void on_closed(std::function<void()> closed);
    // The next piece of an upload, please (see HttpSink).
    void more();

private:
    friend class HttpServer;
    std::shared_ptr<Impl> impl_;
};

// One satisfiable range of `size` bytes, from a Range header (RFC 9110): absent, malformed, several
// or of another unit: the whole; also when If-Range names another `etag`. A range beyond the end
// is an Error of kind invalid: answer with range_problem.
struct ByteSpan {
    std::uint64_t begin = 0;
    std::uint64_t end = 0;  // exclusive
    bool partial = false;   // answer 206 with Content-Range
    bool operator==(const ByteSpan&) const = default;
    std::uint64_t size() const { return end - begin; }
};
Result<ByteSpan> parse_range(const HttpRequest& request, std::uint64_t size,
                             std::string_view etag = {});
// 416 with `Content-Range: bytes */SIZE`.
HttpResponse range_problem(const Error& error, std::uint64_t size);
// The head of 200 or 206, with Accept-Ranges and Content-Range, for HttpReply::stream.
HttpResponse range_head(const ByteSpan& span, std::uint64_t size, std::string type);

// 304, where the client has what `head` would give it (If-None-Match lists its ETag, or is `*`). To
// be asked before ranges are looked at.
std::optional<HttpResponse> not_modified(const HttpRequest& request, const HttpResponse& head);

// Takes a large body in pieces, which are never kept together in memory.
struct HttpSink {
    // The next bytes, valid during the call; taken in any case. False: no more of them until
    // HttpReply::more(), so the client is slowed down.
    std::function<bool(std::string_view bytes)> piece;
    // The body is whole: answer. When the client leaves before, only on_closed is called.
    std::function<void()> end;
};

class HttpServer {
public:
    using Handler = std::function<void(const HttpRequest&, HttpReply)>;
    // Called when the head is in. An answer at any time before `end` refuses the rest of the body.
    using Upload = std::function<HttpSink(const HttpRequest&, HttpReply)>;

    // busy: the port is in use. invalid: not an address of this machine.
    static Result<std::unique_ptr<HttpServer>> start(HttpOptions options);
    // Ends every held request and stream, calling their `closed`. Not from inside a handler.
    ~HttpServer();

    // "/api/v1/assets/{}" ; {} matches one path part, {*} at the end the rest (at least a byte);
    // literal parts win over {}, {} over {*}. Unknown paths: 404, known path with another method:
    // 405 with Allow. State-changing methods without the header `X-Fragcast: 1` are refused with
    // 403 before the handler (HTTP.md, "Safety").
    void route(std::string_view method, std::string_view pattern, Handler handler);
    void route_upload(std::string_view method, std::string_view pattern, Upload upload);
    // Asked of every request before it is routed: an answer refuses it.
    using Refusal = std::function<std::optional<HttpResponse>(const HttpRequest&)>;
    void refuse_if(Refusal refusal);
    // A file of the page: body embedded in the binary (must outlive the server), etag made from it.
    // An empty type: by the path's ending. gzip says that `body` is compressed; given both ways
    // for one path, the client's Accept-Encoding decides, given one way it must accept that (406).
    void asset(std::string_view path, std::string_view type, std::string_view body,
               bool gzip = false);

    // "GET /api/v1/assets/{}" …: all that was added, so that a document can be compared with it.
    std::vector<std::string> routes() const;

    // Before one more request is held: where `most` are, the oldest of the client that holds most
    // gets 503, or is cut if it was sent to already (http_fair.hpp).
    void make_room_to_hold(const HttpReply& newcomer, std::size_t most);

    Endpoint endpoint() const;  // with the port that was picked
    int fd() const;             // poll for reading, then call turn()
    void turn();
    // turn() must be called after this many milliseconds at the latest; -1: no need.
    int next_turn_ms() const;

    struct Counters {
        std::uint64_t requests = 0;  // in all
        // In all: body, head, stream queue or connections beyond their limit.
        std::uint64_t refused_limit = 0;
        std::uint64_t held = 0;     // now: waiting for us, for an answer or its next bytes
        std::uint64_t streams = 0;  // now
        std::uint64_t unsent = 0;   // now: bytes made for clients (limits::kHttpUnsentBytes)
    };
    Counters counters() const;

    struct Impl;  // of http_server.cpp

private:
    explicit HttpServer(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}  // namespace fragcast
