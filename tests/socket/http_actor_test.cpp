// The HTTP thread: start and stop, the API, and the page.
#include "http_stage.hpp"
#include "messages/wire/limits.hpp"

#include <nlohmann/json.hpp>

using namespace fragcast;
using namespace fragcast::test;
using nlohmann::json;

TEST_CASE("http actor: a port in use is passed over for the next, and is an error when last") {
    HttpStage first;
    zmq::context_t context;
    HttpActorOptions options;
    options.listen = {first.at, {"127.0.0.1", 0}};
    const auto second = start_http_actor(context, options);
    CHECK(second->started().ok());
    options.listen = {first.at};
    const auto third = start_http_actor(context, options);
    REQUIRE_FALSE(third->started().ok());
    CHECK(third->started().error().kind == ErrorKind::busy);
}

TEST_CASE("http actor: a peer is ready once the swarm has told of itself, until it leaves") {
    HttpStage stage;
    WebClient client(stage.loop, stage.at);
    CHECK(client.get("/healthz").status == 200);
    CHECK(client.get("/readyz").status == 503);
    auto shown = snapshot_of(stage);
    shown->self.id.bytes[0] = 7;
    stage.show(shown);
    CHECK(stage.wait([&] { return client.get("/readyz").status == 200; }));
    auto leaving = std::make_shared<Snapshot>(*shown);
    leaving->leaving = true;
    stage.show(leaving);
    CHECK(stage.wait([&] { return client.get("/readyz").status == 503; }));
    CHECK(client.get("/readyz").body.find("stopping") != std::string::npos);
}

TEST_CASE("http actor: stops with requests held and streams open") {
    HttpStage stage;
    WebClient held(stage.loop, stage.at), stream(stage.loop, stage.at);
    held.request("/content/" + stage.film.text());
    stage.next<http_event::Call<ManifestQuestion>>();
    stream.request("/api/v1/events", kStream);
    REQUIRE(stage.wait([&] { return times(stream, "info") == 1; }));
    stage.stop();
    CHECK(stage.wait([&] { return held.ended() && stream.ended(); }));
}

TEST_CASE("api: the snapshot is what it answers from") {
    HttpStage stage;
    stage.show(snapshot_of(stage));
    WebClient client(stage.loop, stage.at);
    CHECK(client.get("/healthz").body == R"({"ok":true})");
    CHECK(json::parse(client.get("/api/v1/info").body)["name"] == "peer1");
    CHECK(json::parse(client.get("/api/v1/assets").body)["assets"][0]["name"] == "film");
    CHECK(json::parse(client.get("/api/v1/peers").body)["peers"].empty());
}

TEST_CASE("api: an asset's detail waits for its manifest") {
    HttpStage stage;
    stage.show(snapshot_of(stage));
    WebClient client(stage.loop, stage.at);
    client.request("/api/v1/assets/" + stage.film.text());
    stage.give_manifest();
    REQUIRE(stage.wait([&] { return client.answer().whole; }));
    const json detail = json::parse(client.answer().body);
    CHECK(detail["codecs"] == "avc1.64001f");
    CHECK(detail["detail"].size() == 2);
}

TEST_CASE("api: locate and directory are asked of the loop") {
    HttpStage stage;
    WebClient client(stage.loop, stage.at);
    client.request("/api/v1/locate?name=film&fragment=3&via=friends");
    const auto asked = stage.next<http_event::Call<LocateQuestion>>();
    const LocateQuestion& question = asked.question;
    CHECK(question.name == "film");
    CHECK(question.fragment == 3);
    CHECK(question.via == Via::friends);
    LocateAnswer answer{"friends", {}};
    answer.located.found = Found::ok;
    answer.located.assets.resize(1);
    stage.answer(asked, answer);
    REQUIRE(stage.wait([&] { return client.answer().whole; }));
    CHECK(json::parse(client.answer().body)["source"] == "friends");

    WebClient other(stage.loop, stage.at);
    other.request("/api/v1/directory");
    const auto listed = stage.next<http_event::Call<DirectoryQuestion>>();
    DirectoryAnswer directory;
    directory.source = "bus";
    stage.answer(listed, directory);
    REQUIRE(stage.wait([&] { return other.answer().whole; }));
    CHECK(json::parse(other.answer().body)["settling"] == false);
}

TEST_CASE("api: unknown, ambiguous and not yet known are different answers") {
    HttpStage stage;
    for (const auto& [found, status] :
         {std::pair{Found::unknown, 404}, {Found::ambiguous, 409}, {Found::settling, 503}}) {
        CAPTURE(status);
        WebClient client(stage.loop, stage.at);
        client.request("/api/v1/locate?name=film");
        LocateAnswer answer{"bus", {}};
        answer.located.found = found;
        answer.located.assets.resize(2);
        stage.answer(stage.next<http_event::Call<LocateQuestion>>(), answer);
        REQUIRE(stage.wait([&] { return client.answer().whole; }));
        CHECK(client.answer().status == status);
        CHECK(json::parse(client.answer().body).contains("candidates") == (status == 409));
    }
    WebClient client(stage.loop, stage.at);
    for (const char* bad : {"/api/v1/locate", "/api/v1/locate?name=x&fragment=-1",
                            "/api/v1/locate?name=x&via=nobody", "/api/v1/events?from=x"})
        CHECK(client.get(bad).status == 400);
}

TEST_CASE("api: a speed limit is a number that a machine could reach") {
    HttpStage stage;
    const auto body = [](std::uint64_t rate) {
        return "{\"max_upload\":" + std::to_string(rate) + "}";
    };
    const auto put = [&stage](WebClient& client, const std::string& text) {
        client.request("/api/v1/limits",
                       "X-Fragcast: 1\r\nContent-Type: application/json\r\nContent-Length: " +
                           std::to_string(text.size()) + "\r\n",
                       "PUT");
        client.send(text);
    };
    WebClient beyond(stage.loop, stage.at);
    put(beyond, body(limits::kMaxRate + 1));
    REQUIRE(stage.wait([&] { return beyond.answer().whole; }));
    CHECK(beyond.answer().status == 400);
    CHECK(stage.count<http_event::Call<LimitsCommand>>() == 0);
    WebClient client(stage.loop, stage.at);
    put(client, body(limits::kMaxRate));
    CHECK(stage.next<http_event::Call<LimitsCommand>>().question.max_upload == limits::kMaxRate);
}

TEST_CASE("api: a fetch is held for wait_ms, and for kHold at most") {
    HttpStage stage;
    const auto post = [&stage](WebClient& client, const std::string& wait) {
        const std::string text = R"({"name":"film")" + wait + "}";
        client.request("/api/v1/fetch",
                       "X-Fragcast: 1\r\nContent-Type: application/json\r\nContent-Length: " +
                           std::to_string(text.size()) + "\r\n",
                       "POST");
        client.send(text);
    };
    const std::string field = R"(,"wait_ms":)";
    const auto most = std::chrono::milliseconds(limits::kHold);
    for (const char* no : {"-1", "1.5", "\"1\"", "null"}) {
        CAPTURE(no);
        WebClient client(stage.loop, stage.at);
        post(client, field + no);
        REQUIRE(stage.wait([&] { return client.answer().whole; }));
        CHECK(client.answer().status == 400);
    }
    WebClient beyond(stage.loop, stage.at);
    post(beyond, field + std::to_string(most.count() + 1));
    REQUIRE(stage.wait([&] { return beyond.answer().whole; }));
    CHECK(beyond.answer().status == 400);
    CHECK(stage.count<http_event::Call<FetchCommand>>() == 0);
    for (const std::int64_t wait : {std::int64_t{0}, std::int64_t{1500}, most.count()}) {
        WebClient client(stage.loop, stage.at);
        post(client, field + std::to_string(wait));
        CHECK(stage.next<http_event::Call<FetchCommand>>().question.wait ==
              std::chrono::milliseconds(wait));
    }
    WebClient client(stage.loop, stage.at);
    post(client, "");
    CHECK(stage.next<http_event::Call<FetchCommand>>().question.wait == limits::kHold);
}

TEST_CASE("api: info has the page that is served, whatever others are told of it") {
    HttpStage stage;
    stage.show(snapshot_of(stage));  // whose record has no page
    WebClient client(stage.loop, stage.at);
    CHECK(json::parse(client.get("/api/v1/info").body)["http"] ==
          "http://127.0.0.1:" + std::to_string(stage.at.port));
    CHECK(page_at({"127.0.0.1", 8001}, "nas") == "http://127.0.0.1:8001");
    CHECK(page_at({"0.0.0.0", 8001}, "nas") == "http://nas:8001");
    CHECK(page_at({"fd00::1", 8001}, "") == "http://[fd00::1]:8001");
}

TEST_CASE("page: the index says that a viewer entered; its files are there") {
    HttpStage stage;
    WebClient client(stage.loop, stage.at);
    const WebAnswer page = client.get("/");
    CHECK(page.status == 200);
    CHECK(page.headers.at("content-type") == "text/html; charset=utf-8");
    CHECK(page.headers.at("content-security-policy").find("default-src 'self'") == 0);
    stage.next<http_event::ViewerEntered>();
    CHECK(client.get("/app.js").headers.at("content-type") == "text/javascript; charset=utf-8");
    CHECK(stage.events.empty());
}

TEST_CASE("http: a request that says twice where it ends is answered once, and no more is read") {
    HttpStage stage;
    const std::string hidden = "GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n";
    const std::string last = "0\r\n\r\n";
    const std::string length = "Content-Length: " + std::to_string(last.size() + hidden.size());
    for (const std::string& framed :
         {length + "\r\nTransfer-Encoding: chunked\r\n",
          "Transfer-Encoding: chunked\r\n" + length + "\r\n",
          std::string("Transfer-Encoding: chunked, identity\r\n"),
          std::string("Transfer-Encoding: identity, chunked\r\n"),
          std::string("Transfer-Encoding: xchunked\r\n"),
          std::string("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"),
          "Transfer-Encoding : chunked\r\n" + length + "\r\n",
          "Content-Length : 0\r\n" + length + "\r\n", length + "\r\nContent-Length: 0\r\n",
          "Content-Length: 0\r\n" + length + "\r\n"})
        for (const char* method : {"POST", "GET", "DELETE"}) {
            CAPTURE(framed);
            CAPTURE(method);
            WebClient client(stage.loop, stage.at);
            client.request(std::string(method) == "GET" ? "/healthz" : "/api/v1/nothing",
                           "X-Fragcast: 1\r\n" + framed, method);
            client.send(last + hidden);
            REQUIRE(stage.wait([&] { return client.ended(); }));
            CHECK(client.answer().status == 400);
            CHECK(client.received().find("HTTP/1.1", 1) == std::string::npos);
        }
    WebClient client(stage.loop, stage.at);
    client.request("/api/v1/nothing", "X-Fragcast: 1\r\nTransfer-Encoding: chunked\r\n", "POST");
    client.send(last);
    REQUIRE(stage.wait([&] { return client.answer().whole; }));
    CHECK(client.answer().status == 404);
}
