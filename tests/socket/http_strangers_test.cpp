// Who asks: pages of other sites, and who means another peer.
#include "http_stage.hpp"
#include "messages/wire/limits.hpp"

#include <nlohmann/json.hpp>

using namespace fragcast;
using namespace fragcast::test;
using nlohmann::json;

TEST_CASE("api: a page of another site reads nothing") {
    HttpStage stage({"player.example"});
    WebClient client(stage.loop, stage.at);
    for (const char* host : {"127.0.0.1", "localhost:8001", "player.example"}) {
        client.host = host;
        CHECK(client.get("/healthz").status == 200);
    }
    WebClient other(stage.loop, stage.at);
    other.host = "evil.example";
    CHECK(other.get("/api/v1/info").status == 421);
}

namespace {

// All that has the loop do something, or counts.
const std::vector<std::string> kWithEffects = {"/",
                                               "/content/ID",
                                               "/content/ID?download=1",
                                               "/hls/ID/index.m3u8",
                                               "/hls/ID/media.m3u8",
                                               "/hls/ID/init.mp4",
                                               "/hls/ID/0.m4s",
                                               "/api/v1/assets/ID",
                                               "/api/v1/assets/ID/fragments",
                                               "/api/v1/assets/ID/fragments/0.mp4",
                                               "/api/v1/locate?name=film",
                                               "/api/v1/directory",
                                               "/api/v1/events?asset=ID"};

std::string path_of(const HttpStage& stage, std::string path) {
    const auto at = path.find("ID");
    return at == path.npos ? path : path.replace(at, 2, stage.film.text());
}

}  // namespace

TEST_CASE("another site: what its page loads is refused, and the peer does nothing for it") {
    HttpStage stage;
    stage.show(snapshot_of(stage));
    for (const auto& path : kWithEffects)
        for (const char* headers :
             {"Sec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: no-cors\r\nSec-Fetch-Dest: image\r\n",
              "Sec-Fetch-Site: same-site\r\nSec-Fetch-Mode: no-cors\r\nSec-Fetch-Dest: video\r\n",
              "Sec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: navigate\r\n"
              "Sec-Fetch-Dest: iframe\r\n",
              "Sec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: navigate\r\n"
              "Sec-Fetch-Dest: document\r\nSec-Purpose: prefetch\r\n",
              "Origin: http://evil.example\r\nAccept: text/event-stream\r\n"}) {
            CAPTURE(path);
            CAPTURE(headers);
            WebClient client(stage.loop, stage.at);
            const WebAnswer answer = client.get(path_of(stage, path), headers);
            CHECK(answer.status == 403);
            CHECK(answer.headers.at("content-type") == "application/problem+json");
            CHECK(answer.body.find("other sites") != std::string::npos);
        }
    CHECK(stage.events.empty());
}

TEST_CASE("another site: a link leads to the page and to a film, and a link sends nothing") {
    HttpStage stage;
    const std::string link =
        "Sec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: navigate\r\nSec-Fetch-Dest: document\r\n";
    WebClient client(stage.loop, stage.at);
    CHECK(client.get("/", link).status == 200);
    stage.next<http_event::ViewerEntered>();
    client.request(path_of(stage, "/content/ID"), link);
    stage.next<http_event::Call<ManifestQuestion>>();
    WebClient form(stage.loop, stage.at);
    form.request("/api/v1/drain", link + "X-Fragcast: 1\r\nContent-Length: 0\r\n", "POST");
    CHECK(stage.wait([&] { return form.answer().whole; }));
    CHECK(form.answer().status == 403);
}

TEST_CASE("another site: the page itself and programs that are no browsers are served") {
    HttpStage stage;
    for (const char* headers :
         {"", "Sec-Fetch-Site: same-origin\r\nSec-Fetch-Mode: cors\r\nSec-Fetch-Dest: video\r\n",
          "Sec-Fetch-Site: none\r\nSec-Fetch-Mode: navigate\r\nSec-Fetch-Dest: document\r\n"}) {
        WebClient client(stage.loop, stage.at);
        client.request(path_of(stage, "/content/ID"), headers);
        stage.next<http_event::Call<ManifestQuestion>>();
    }
}

TEST_CASE("whom it means: another peer than this one refuses, does nothing, and says who it is") {
    HttpStage stage;
    WebClient early(stage.loop, stage.at);
    const std::string other = "X-Fragcast-Peer: " + std::string(32, '2') + "\r\n";
    CHECK(early.get("/api/v1/info", other).status == 503);
    auto shown = snapshot_of(stage);
    shown->self.id = *PeerId::parse(std::string(32, '1'));
    stage.show(shown);
    WebClient client(stage.loop, stage.at);
    REQUIRE(stage.wait([&] { return client.get("/api/v1/info", other).status == 421; }));
    const json said = json::parse(client.get("/api/v1/info", other).body);
    CHECK(said["peer"] == std::string(32, '1'));
    CHECK(said["name"] == "peer1");
    CHECK(said["detail"] ==
          "this is peer \"peer1\" (" + std::string(32, '1') + "), and not " + std::string(32, '2'));
    for (const auto& path : kWithEffects)
        CHECK(client.get(path_of(stage, path), other).status == 421);
    for (const auto& [method, target] :
         {std::pair<std::string, std::string>{"DELETE", "/api/v1/assets/ID"},
          {"POST", "/api/v1/drain"},
          {"POST", "/api/v1/fetch"},
          {"POST", "/api/v1/refresh"},
          {"POST", "/api/v1/verify"},
          {"POST", "/api/v1/assets?name=x"},
          {"PUT", "/api/v1/limits"}}) {
        CAPTURE(target);
        WebClient change(stage.loop, stage.at);
        change.request(path_of(stage, target), other + "X-Fragcast: 1\r\nContent-Length: 0\r\n",
                       method);
        CHECK(stage.wait([&] { return change.answer().whole; }));
        CHECK(change.answer().status == 421);
    }
    CHECK(stage.events.empty());
    for (const char* none : {"", "peer1", "1111", "22222222222222222222222222222222, 1"})
        CHECK(client.get("/api/v1/info", "X-Fragcast-Peer: " + std::string(none) + "\r\n").status ==
              400);
    const std::string ours = "X-Fragcast-Peer: " + std::string(32, '1') + "\r\n";
    CHECK(client.get("/api/v1/info", ours).status == 200);
    WebClient remove(stage.loop, stage.at);
    remove.request(path_of(stage, "/api/v1/assets/ID"), ours + "X-Fragcast: 1\r\n", "DELETE");
    CHECK(stage.next<http_event::Call<RemoveCommand>>().question.name == stage.film.text());
}
