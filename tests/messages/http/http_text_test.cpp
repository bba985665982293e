// What a client wrote, taken apart: targets, hosts, entity tags, encodings, ranges, routes.
#include "messages/http/http_text.hpp"

#include "messages/http/http_asset.hpp"
#include "messages/http/http_routes.hpp"

#include <doctest/doctest.h>

using namespace fragcast;

namespace {

using Parts = std::vector<std::string>;

HttpRequest with(const std::string& header, const std::string& value) {
    HttpRequest request;
    request.headers[header] = value;
    return request;
}

Result<ByteSpan> range(const std::string& text, std::uint64_t size) {
    return parse_range(with("range", text), size);
}

const HttpServer::Handler kNothing = [](const HttpRequest&, HttpReply) {};

}  // namespace

TEST_CASE("a target is decoded once, part by part") {
    const auto target = parse_target("/content/my%20film%2541?v=a+b%2B&empty=&flag&v=second");
    REQUIRE(target.ok());
    CHECK(target->path == "/content/my film%41");
    CHECK(target->parts == Parts{"content", "my film%41"});
    CHECK(target->query ==
          std::map<std::string, std::string>{{"v", "a b+"}, {"empty", ""}, {"flag", ""}});
    CHECK(parse_target("/")->parts.empty());
    CHECK(parse_target("/?a=1")->query.at("a") == "1");
    CHECK(parse_target("/a/")->parts == Parts{"a", ""});
    CHECK(parse_target("/a+b")->path == "/a+b");
}

TEST_CASE("a target that could leave its place, or hide something, is refused") {
    for (const char* raw : {"",
                            "a",
                            "*",
                            "http://evil/",
                            "/a/../b",
                            "/..",
                            "/%2e%2e/x",
                            "/.%2E",
                            "/a/./b",
                            "/a%2fb",
                            "/a%2Fb",
                            "/a%00",
                            "/a%0d%0aSet-Cookie:x",
                            "/a%7f",
                            "/a%",
                            "/a%4",
                            "/a%zz",
                            "/a b",
                            "/a#b",
                            "/a?x=%",
                            "/a?%zz=1",
                            "/a?x=%00",
                            "/a\tb"}) {
        CAPTURE(raw);
        const auto target = parse_target(raw);
        CHECK_FALSE(target.ok());
        if (!target) CHECK(target.error().kind == ErrorKind::invalid);
    }
    CHECK(parse_target("/...").ok());
    CHECK(parse_target("/a..b").ok());
}

TEST_CASE("only our own names and literal addresses are hosts of ours") {
    const std::vector<std::string> allowed{"film.example"};
    for (const char* host :
         {"localhost", "LocalHost:8001", "127.0.0.1", "127.0.0.1:8001", "192.168.0.7:1", "[::1]",
          "[::1]:8001", "[fe80::1]", "film.example", "Film.Example:80", " localhost "}) {
        CAPTURE(host);
        CHECK(host_allowed(host, allowed));
    }
    for (const char* host :
         {"", "evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "localhost:x",
          "localhost:80:80", "[::1", "[::1]x", "[localhost]", "::1", "user@localhost",
          "127.0.0.1,b", "film.example.", "0x7f.1", "localhost/"}) {
        CAPTURE(host);
        CHECK_FALSE(host_allowed(host, allowed));
    }
}

TEST_CASE("one satisfiable range is taken, its ends clamped to the size") {
    CHECK(*range("bytes=0-0", 10) == ByteSpan{0, 1, true});
    CHECK(*range("bytes=2-5", 10) == ByteSpan{2, 6, true});
    CHECK(*range("bytes=2-", 10) == ByteSpan{2, 10, true});
    CHECK(*range("bytes=-3", 10) == ByteSpan{7, 10, true});
    CHECK(*range("bytes=-30", 10) == ByteSpan{0, 10, true});
    CHECK(*range("bytes=5-99999999999999999999999999", 10) == ByteSpan{5, 10, true});
    CHECK(*range("Bytes= 1-2 ", 10) == ByteSpan{1, 3, true});
    const std::uint64_t huge = ~0ULL;
    CHECK(*range("bytes=0-", huge) == ByteSpan{0, huge, true});
}

TEST_CASE("what is no single range of bytes means the whole") {
    CHECK(*parse_range(HttpRequest{}, 10) == ByteSpan{0, 10, false});
    for (const char* text :
         {"", "bytes", "bytes=", "bytes=-", "bytes=a-b", "bytes=5", "bytes=5-2", "bytes=1-2,4-5",
          "bytes=-1-2", "bytes=1-2-3", "bytes=+1-2", "bytes=1 -2", "bytes=0x1-2", "items=0-1",
          "chunks=1-2", "bytes 1-2", "bytes=1-2;", "bytes=--5"}) {
        CAPTURE(text);
        const auto span = range(text, 10);
        REQUIRE(span.ok());
        CHECK(*span == ByteSpan{0, 10, false});
    }
}

TEST_CASE("a range beyond the end is an error that says the size") {
    for (const char* text : {"bytes=10-", "bytes=10-20", "bytes=-0", "bytes=99999999999999999999-",
                             "bytes=99999999999999999999-99999999999999999999"}) {
        CAPTURE(text);
        const auto span = range(text, 10);
        REQUIRE_FALSE(span.ok());
        const auto answer = range_problem(span.error(), 10);
        CHECK(answer.status == 416);
        CHECK(answer.headers.at("Content-Range") == "bytes */10");
        CHECK(answer.body.find("10 bytes") != std::string::npos);
    }
    CHECK_FALSE(range("bytes=0-", 0).ok());
    CHECK_FALSE(range("bytes=-1", 0).ok());
}

TEST_CASE("If-Range lets a range through only for the very same bytes") {
    HttpRequest request = with("range", "bytes=0-1");
    request.headers["if-range"] = "\"one\"";
    CHECK(parse_range(request, 10, "\"one\"")->partial);
    CHECK_FALSE(parse_range(request, 10, "\"two\"")->partial);
    CHECK_FALSE(parse_range(request, 10)->partial);
    CHECK_FALSE(parse_range(request, 10, "W/\"one\"")->partial);
}

TEST_CASE("the head of a part says which part of what it is") {
    const auto part = range_head({2, 6, true}, 10, "video/mp4");
    CHECK(part.status == 206);
    CHECK(part.headers.at("Content-Range") == "bytes 2-5/10");
    const auto whole = range_head({0, 10, false}, 10, "video/mp4");
    CHECK(whole.status == 200);
    CHECK(whole.type == "video/mp4");
    CHECK(whole.headers == std::map<std::string, std::string>{{"Accept-Ranges", "bytes"}});
}

TEST_CASE("the most exact route wins, whatever the order of adding") {
    HttpRoutes routes;
    routes.add("GET", "/hls/{}/{}", kNothing);
    routes.add("GET", "/hls/{}/index.m3u8", kNothing);
    routes.add("GET", "/page/{*}", kNothing);
    routes.add("GET", "/", kNothing);
    CHECK(routes.find("GET", {"hls", "a", "0.m4s"}).parts == Parts{"a", "0.m4s"});
    CHECK(routes.find("GET", {"hls", "a", "index.m3u8"}).parts == Parts{"a"});
    CHECK(routes.find("GET", {"page", "js", "a.js"}).parts == Parts{"js/a.js"});
    CHECK(routes.find("GET", {}).target != nullptr);
    CHECK(routes.find("GET", {"page", ""}).target == nullptr);
    CHECK(routes.find("GET", {"hls", "", "x"}).target == nullptr);
    CHECK(routes.find("GET", {"hls", "a"}).allow.empty());
    CHECK(routes.find("GET", {"hls", "a", "b", "c"}).allow.empty());
}

TEST_CASE("another method of a known path is answered by those that it has") {
    HttpRoutes routes;
    routes.add("GET", "/api/v1/assets", kNothing);
    routes.add("POST", "/api/v1/assets", kNothing);
    routes.add("DELETE", "/api/v1/{}", kNothing);
    const auto match = routes.find("DELETE", {"api", "v1", "assets"});
    CHECK(match.target == nullptr);
    CHECK(match.allow == "GET, HEAD, POST");
    CHECK(routes.find("HEAD", {"api", "v1", "assets"}).target != nullptr);
    CHECK(routes.find("HEAD", {"api", "v1", "x"}).target == nullptr);
    CHECK(routes.find("get", {"api", "v1", "assets"}).target == nullptr);
}

TEST_CASE("entity tags are compared weakly, in a list") {
    CHECK(etag_listed("\"a\"", "\"a\""));
    CHECK(etag_listed("\"x\", W/\"a\"", "\"a\""));
    CHECK(etag_listed("*", "\"a\""));
    CHECK_FALSE(etag_listed("\"b\"", "\"a\""));
    CHECK_FALSE(etag_listed("a", "\"a\""));
    CHECK_FALSE(etag_listed("", "\"a\""));
}

TEST_CASE("an encoding is taken when it is named and not weighed zero") {
    CHECK(encoding_accepted("gzip, deflate, br", "gzip"));
    CHECK(encoding_accepted("GZip;q=0.001", "gzip"));
    CHECK(encoding_accepted("*", "gzip"));
    CHECK_FALSE(encoding_accepted("gzip;q=0", "gzip"));
    CHECK_FALSE(encoding_accepted("gzip;q=0.000, *", "gzip"));
    CHECK_FALSE(encoding_accepted("*, gzip;q=0", "gzip"));
    CHECK_FALSE(encoding_accepted("br", "gzip"));
    CHECK_FALSE(encoding_accepted("", "gzip"));
    CHECK(encoding_accepted("br", "identity"));
    CHECK_FALSE(encoding_accepted("br, identity;q=0", "identity"));
    CHECK_FALSE(encoding_accepted("br, *;q=0", "identity"));
}

TEST_CASE("a file of the page comes in the form that the client takes") {
    HttpAsset asset;
    asset.type = std::string(media_type("/app.js"));
    asset.add("plain", false);
    asset.add("pressed", true);
    CHECK(serve_asset(asset, HttpRequest{}).body == "plain");
    const auto pressed = serve_asset(asset, with("accept-encoding", "gzip"));
    CHECK(pressed.body == "pressed");
    CHECK(pressed.headers.at("Content-Encoding") == "gzip");
    CHECK(pressed.headers.at("Vary") == "Accept-Encoding");
    CHECK(pressed.type == "text/javascript; charset=utf-8");
    CHECK(serve_asset(asset, with("accept-encoding", "br")).body == "plain");
    const auto known = serve_asset(asset, with("if-none-match", asset.plain.etag));
    CHECK(known.status == 304);
    CHECK(known.body.empty());
    CHECK(serve_asset(asset, with("if-none-match", asset.gzip.etag)).status == 200);
}

TEST_CASE("a file kept only compressed is not sent to who refuses that") {
    HttpAsset asset;
    asset.add("pressed", true);
    CHECK(serve_asset(asset, HttpRequest{}).body == "pressed");
    CHECK(serve_asset(asset, with("accept-encoding", "identity")).status == 406);
    CHECK(serve_asset(asset, with("accept-encoding", "gzip")).status == 200);
}

TEST_CASE("every kind of error has its status, and a body that is JSON whatever it quotes") {
    CHECK(problem(Error{ErrorKind::not_found, ""}).status == 404);
    CHECK(problem(Error{ErrorKind::invalid, ""}).status == 400);
    CHECK(problem(Error{ErrorKind::ambiguous, ""}).status == 409);
    CHECK(problem(Error{ErrorKind::refused, ""}).status == 403);
    CHECK(problem(Error{ErrorKind::full, ""}).status == 507);
    CHECK(problem(Error{ErrorKind::io, ""}).status == 500);
    CHECK(problem(Error{ErrorKind::timeout, ""}).headers.at("Retry-After") == "1");
    const auto answer = problem(404, "nobody has \"a\xff\"\n");
    CHECK(answer.type == "application/problem+json");
    CHECK(answer.body ==
          "{\"type\":\"about:blank\",\"title\":\"Not Found\",\"status\":404,"
          "\"detail\":\"nobody has \\\"a\xef\xbf\xbd\\\"\\n\"}");
}

TEST_CASE("where a request ends is said once and plainly, or it is not taken") {
    using Headers = std::map<std::string, std::string>;
    for (const Headers& clear :
         {Headers{}, Headers{{"content-length", "12"}}, Headers{{"transfer-encoding", "Chunked"}},
          Headers{{"content-type", "a"}, {"x-content-length", "5"}}})
        CHECK_FALSE(ends_unclearly(clear));
    for (const Headers& unclear :
         {Headers{{"content-length", "12"}, {"transfer-encoding", "chunked"}},
          Headers{{"content-length", "1, 2"}}, Headers{{"content-length", "+2"}},
          Headers{{"content-length", ""}}, Headers{{"content-length ", "2"}},
          Headers{{"transfer-encoding", "gzip, chunked"}},
          Headers{{"x", "a\rTransfer-Encoding: chunked"}}, Headers{{"transfer\xad-encoding", "a"}},
          // Folded lines, as libmicrohttpd hands them over.
          Headers{{"content-length", "4"}, {"transfer-encodingchunked", ""}},
          Headers{{"transfer-encodingchunked", ""}},
          Headers{{"content-length", "2"}, {"content-length4", ""}}})
        CHECK(ends_unclearly(unclear));
}
