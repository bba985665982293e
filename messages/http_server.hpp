// messages_http. One thread: whoever calls turn(). The door of libmicrohttpd.
//
// A small HTTP/1.1 server in external epoll mode: its one descriptor is polled beside a pipe,
// turn() does what is due. Handlers get a request and answer at once, later (a held request), or by
// a stream that is pulled. HTTP.md says what it promises: Host is checked before routing, limits
// hold, HEAD and single ranges work, errors are problem+json.
#pragma once

#include "messages/endpoint.hpp"
#include "messages/payload.hpp"
#include "messages/result.hpp"

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
    Endpoint listen;
    // Host values served besides localhost, literal addresses and the name listened on; lower case,
    // without port.
    std::vector<std::string> allowed_hosts;
    std::uint32_t max_connections = 1000;
    std::uint32_t idle_seconds = 30;
    std::uint64_t max_body_bytes = 64 * 1024;  // of what a handler reads whole
};

struct HttpRequest {
    std::string method;  // GET (also for HEAD: the body is left out by the server), POST …
    std::string path;    // decoded once; "/api/v1/assets"; never with "..", NUL or a decoded slash
    std::map<std::string, std::string> query;
    std::map<std::string, std::string> headers;  // names in lower case
    std::vector<std::string> parts;              // what the route's {} matched
    std::string body;
    std::string client;            // address of the other end, for the log
    std::uint64_t connection = 0;  // the same for requests of one connection
};

struct HttpResponse {
    int status = 200;
    std::string type = "application/json; charset=utf-8";
    std::string body;
    std::map<std::string, std::string> headers;
};

// RFC 9457: {"type":"about:blank","title":…,"status":…,"detail":…}.
HttpResponse problem(int status, std::string_view detail);
// The status for an Error's kind as HTTP.md lists them.
HttpResponse problem(const Error& error);

// A body that is made while it is sent. The server calls want_more() when it could send and has
// nothing; whoever makes the body answers by write(), finish() or fail() on the sender, at once or
// later, in the server's thread.

// The answer to one request, to be given exactly once, in the server's thread, now or later. Copies
// mean the same answer. Dropped without an answer: 500. All calls are harmless after the client
// left.
class HttpReply {
public:
    struct Impl;
    explicit HttpReply(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}

    void send(HttpResponse response);
    // Bytes [first, first+length) of a body of `length` bytes to come (status, type and headers
    // from `head`; its body is ignored). No length: until finish() (event streams), by chunked
    // encoding. want_more and closed are called at most once for each write()/ever.
    void stream(HttpResponse head, std::optional<std::uint64_t> length,
                std::function<void()> want_more, std::function<void()> closed);
    void write(Payload bytes);  // after stream(); the queue is as long as what was written
    void finish();              // all is written
    void fail();                // cut the connection: the client must not take this for whole

private:
    std::shared_ptr<Impl> impl_;
};

// One satisfiable range of `size` bytes, from a Range header (RFC 9110): absent, malformed, several
// or of another unit: the whole. {416} is said by an Error of kind invalid.
struct ByteSpan {
    std::uint64_t begin = 0;
    std::uint64_t end = 0;  // exclusive
    bool partial = false;   // answer 206 with Content-Range
};
Result<ByteSpan> parse_range(const HttpRequest& request, std::uint64_t size);

class HttpServer {
public:
    using Handler = std::function<void(const HttpRequest&, HttpReply)>;
    // A sink for a large body that must not be kept in memory: called with each piece, then the
    // handler is called with an empty body. Returns false to refuse the rest (413).
    using Upload = std::function<bool(const HttpRequest&, std::string_view piece)>;

    static Result<std::unique_ptr<HttpServer>> start(HttpOptions options);
    ~HttpServer();  // ends every held request and stream

    // "/api/v1/assets/{}" ; {} matches one path part, {*} at the end the rest. Unknown paths: 404,
    // known path with another method: 405 with Allow. State-changing methods without the header
    // `X-Fragcast: 1` are refused with 403 before the handler (HTTP.md, "Safety").
    void route(std::string_view method, std::string_view pattern, Handler handler);
    // A file of the page: body embedded in the binary, etag made from it; gzip says that `body` is.
    void asset(std::string_view path, std::string_view type, std::string_view body,
               bool gzip = false);

    Endpoint endpoint() const;  // with the port that was picked
    int fd() const;             // poll for reading, then call turn()
    void turn();
    // turn() must be called after this many milliseconds at the latest; -1: no need.
    int next_turn_ms() const;

    struct Counters {
        std::uint64_t requests = 0, refused_host = 0, refused_limit = 0, held = 0, streams = 0;
    };
    Counters counters() const;

private:
    struct Impl;
    explicit HttpServer(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}  // namespace fragcast
