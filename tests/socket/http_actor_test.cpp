// The HTTP thread: start and stop, the API, and the event stream.
#include "http_stage.hpp"
#include "messages/wire/limits.hpp"

#include <nlohmann/json.hpp>

using namespace fragcast;
using namespace fragcast::test;
using nlohmann::json;

namespace {

std::shared_ptr<Snapshot> snapshot_of(const HttpStage& stage) {
    auto snapshot = std::make_shared<Snapshot>();
    snapshot->self.name = "peer1";
    auto view = std::make_shared<AssetView>();
    view->asset.id = stage.film;
    view->asset.name = "film";
    view->manifest_here = true;
    view->fragments.resize(2);
    snapshot->assets.push_back(view);
    return snapshot;
}

// How often the stream has said `event`.
std::size_t times(const WebClient& client, const std::string& event) {
    std::size_t all = 0;
    const std::string line = "event: " + event + "\n";
    for (std::size_t at = client.received().find(line); at != std::string::npos;
         at = client.received().find(line, at + 1))
        ++all;
    return all;
}

constexpr const char* kStream = "Accept: text/event-stream\r\n";

EventView event(std::uint64_t number) {
    EventView made;
    made.number = number;
    made.kind = "fragment.received";
    made.text = "event " + std::to_string(number);
    return made;
}

}  // namespace

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

TEST_CASE("http actor: a peer's own record by pages") {
    HttpStage stage;
    for (std::uint64_t number = 1; number <= 5; ++number)
        stage.tell(http_command::Happened{event(number)});
    WebClient client(stage.loop, stage.at);
    const auto page = [&](const std::string& query) {
        return json::parse(client.get("/api/v1/events?" + query).body);
    };
    REQUIRE(stage.wait([&] { return page("from=1")["events"].size() == 5; }));
    CHECK(page("from=2&limit=2")["events"].size() == 2);
    CHECK(page("from=2&limit=2")["next"] == 4);
    CHECK(page("from=4&limit=2")["next"] == 6);
    CHECK(page("from=6&limit=2")["next"] == 6);
    CHECK(page("from=6&limit=2")["events"].empty());
    CHECK(client.get("/api/v1/events?limit=1001").status == 400);
}

TEST_CASE("http actor: a stream goes on behind the last event that the browser has") {
    HttpStage stage;
    auto shown = snapshot_of(stage);
    shown->self.epoch.value = 3;
    stage.show(shown);
    for (std::uint64_t number = 1; number <= 60; ++number)
        stage.tell(http_command::Happened{event(number)});
    const auto first_heard = [&](const std::string& last) {
        WebClient client(stage.loop, stage.at);
        client.request("/api/v1/events",
                       kStream + (last.empty() ? "" : "Last-Event-ID: " + last + "\r\n"));
        REQUIRE(
            stage.wait([&] { return client.received().find("id: 3-60\n") != std::string::npos; }));
        const std::string heard = client.received().substr(client.received().find("\nid: ") + 5);
        return heard.substr(0, heard.find('\n'));
    };
    CHECK(first_heard("") == "3-11");
    CHECK(first_heard("3-58") == "3-59");
    CHECK(first_heard("3-2") == "3-3");
    // Of another start, of the future, and what is none.
    for (const char* last : {"2-58", "3-61", "3-", "58", "3-58x", "x"})
        CHECK_MESSAGE(first_heard(last) == "3-11", last);
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

TEST_CASE("events: the whole state first, then what changed") {
    HttpStage stage;
    stage.show(snapshot_of(stage));
    stage.tell(http_command::Happened{event(1)});
    WebClient client(stage.loop, stage.at);
    client.request("/api/v1/events", kStream);
    REQUIRE(stage.wait([&] { return times(client, "event") == 1; }));
    CHECK(client.answer().headers.at("content-type") == "text/event-stream; charset=utf-8");
    CHECK(client.received().find("retry: 1000\n") != std::string::npos);
    for (const char* state : {"info", "peers", "assets"})
        CHECK(times(client, state) == 1);

    auto same = snapshot_of(stage);
    same->uptime_ms = 77;  // no news
    REQUIRE(stage.wait([&] { return stage.awaited; }));
    stage.show(same);
    REQUIRE(stage.wait([&] { return stage.awaited; }));
    auto changed = snapshot_of(stage);
    changed->peers.emplace_back();
    stage.show(changed);
    REQUIRE(stage.wait([&] { return times(client, "peers") == 2; }));
    CHECK(times(client, "info") == 1);
    CHECK(times(client, "assets") == 1);
    CHECK(times(client, "assets_changed") == 0);
}

TEST_CASE("views: nothing is looked for while nobody looks, and once for all who look meanwhile") {
    HttpStage stage;
    stage.show(snapshot_of(stage));
    WebClient client(stage.loop, stage.at);
    CHECK(client.get("/healthz").status == 200);
    CHECK(client.get("/api/v1/events").status == 200);
    CHECK(stage.looks == 0);
    CHECK(client.get("/api/v1/assets").status == 200);
    CHECK(stage.looks == 1);
    {
        WebClient stream(stage.loop, stage.at);
        stream.request("/api/v1/events", kStream);
        REQUIRE(stage.wait([&] { return stage.awaited; }));
    }
    // Nobody listens any more: what is awaited still comes, and then no more is.
    stage.show(snapshot_of(stage));
    REQUIRE_FALSE(stage.awaited);
    const std::size_t looks = stage.looks;
    stage.loop.run_until([] { return false; }, 2 * limits::kNewsEvery);
    CHECK_FALSE(stage.awaited);
    CHECK(stage.looks == looks);
}

TEST_CASE("events: of the list what changed, and no line that is as it was") {
    HttpStage stage;
    auto shown = snapshot_of(stage);
    auto song = std::make_shared<AssetView>();
    song->asset.id.bytes[0] = 9;
    song->asset.name = "song";
    shown->assets.push_back(song);
    stage.show(shown);
    WebClient client(stage.loop, stage.at);
    client.request("/api/v1/events", kStream);
    REQUIRE(stage.wait([&] { return stage.awaited && times(client, "assets") == 1; }));

    auto next = std::make_shared<Snapshot>(*shown);
    auto wanted = std::make_shared<AssetView>(*song);
    wanted->wanted = true;
    next->assets = {std::make_shared<AssetView>(*shown->assets[0]), wanted};
    stage.show(next);
    REQUIRE(stage.wait([&] { return times(client, "assets_changed") == 1; }));
    std::string said =
        client.received().substr(client.received().find("assets_changed\ndata: ") + 21);
    json changed = json::parse(said.substr(0, said.find('\n')));
    REQUIRE(changed["assets"].size() == 1);
    CHECK(changed["assets"][0]["name"] == "song");
    CHECK(changed["assets"][0]["wanted"] == true);
    CHECK(changed["gone"].empty());

    REQUIRE(stage.wait([&] { return stage.awaited; }));
    next = std::make_shared<Snapshot>(*next);
    next->assets.pop_back();
    stage.show(next);
    REQUIRE(stage.wait([&] { return times(client, "assets_changed") == 2; }));
    said = client.received().substr(client.received().rfind("assets_changed\ndata: ") + 21);
    changed = json::parse(said.substr(0, said.find('\n')));
    CHECK(changed["gone"] == json{song->asset.id.text()});
    CHECK(times(client, "assets") == 1);
}

TEST_CASE("events: who is more than 1,000 changes of the list behind is told all of it once more") {
    HttpStage stage;
    auto shown = snapshot_of(stage);
    for (std::size_t i = 0; i < limits::kMaxUnsaidAssets; ++i) {
        auto one = std::make_shared<AssetView>();
        one->asset.id.bytes[0] = static_cast<std::uint8_t>(i);
        one->asset.id.bytes[1] = static_cast<std::uint8_t>(1 + i / 256);
        one->asset.name = "asset " + std::to_string(i);
        shown->assets.push_back(one);
    }
    stage.show(shown);
    WebClient client(stage.loop, stage.at);
    client.request("/api/v1/events", kStream);
    REQUIRE(stage.wait([&] { return stage.awaited && times(client, "assets") == 1; }));
    const auto all_but = [&](std::size_t same) {
        auto next = std::make_shared<Snapshot>(*stage.shown);
        for (std::size_t i = same; i < next->assets.size(); ++i) {
            auto one = std::make_shared<AssetView>(*next->assets[i]);
            one->wanted = !one->wanted;
            next->assets[i] = one;
        }
        stage.show(next);
    };
    all_but(1);
    REQUIRE(stage.wait([&] { return times(client, "assets_changed") == 1; }));
    CHECK(times(client, "assets") == 1);
    REQUIRE(stage.wait([&] { return stage.awaited; }));
    all_but(0);
    REQUIRE(stage.wait([&] { return times(client, "assets") == 2; }));
    CHECK(times(client, "assets_changed") == 1);
}

TEST_CASE("events: the detail of one asset, as soon as its manifest is here") {
    HttpStage stage;
    stage.show(snapshot_of(stage));
    WebClient client(stage.loop, stage.at);
    client.request("/api/v1/events?asset=" + stage.film.text(), kStream);
    stage.give_manifest();
    CHECK(stage.wait(
        [&] { return client.received().find("\"codecs\":\"avc1.64001f\"") != std::string::npos; }));
}

TEST_CASE("events: as a page, from a number on, with what was lost") {
    HttpStage stage;
    for (std::uint64_t i = 1; i <= limits::kRecentEvents + 10; ++i) {
        while (!stage.actor->pipe().send(http_command::Happened{event(i)}))
            stage.loop.run_until([] { return false; }, std::chrono::milliseconds(1));
    }
    WebClient client(stage.loop, stage.at);
    json page;
    REQUIRE(stage.wait([&] {
        page = json::parse(client.get("/api/v1/events?from=5").body);
        return page["next"] == limits::kRecentEvents + 11;
    }));
    CHECK(page["lost"] == 6);
    CHECK(page["events"].size() == limits::kRecentEvents);
    page = json::parse(client.get("/api/v1/events?from=1008").body);
    CHECK(page["events"].size() == 3);
    CHECK(page["events"][0]["text"] == "event 1008");
    CHECK(page["lost"] == 0);
}

TEST_CASE("events: one client's streams, however many, shut nobody out") {
    HttpStage stage;
    stage.show(snapshot_of(stage));
    WebClient user(stage.loop, stage.at, "127.0.0.2");
    user.request("/api/v1/events", kStream);
    REQUIRE(stage.wait([&] { return times(user, "info") == 1; }));
    std::vector<std::unique_ptr<WebClient>> crowd;
    for (std::uint32_t i = 0; i < limits::kMaxEventStreams + 3; ++i) {
        crowd.push_back(std::make_unique<WebClient>(stage.loop, stage.at));
        crowd.back()->request("/api/v1/events", kStream);
        REQUIRE(stage.wait([&] { return times(*crowd.back(), "info") == 1; }));
    }
    // The oldest of the crowd made room for its newest, and not the user, who came before them.
    const std::size_t ended = 4;
    CHECK(stage.wait([&] {
        return static_cast<std::size_t>(std::count_if(
                   crowd.begin(), crowd.end(), [](const auto& one) { return one->ended(); })) ==
               ended;
    }));
    for (std::size_t i = 0; i < crowd.size(); ++i)
        CHECK_MESSAGE(crowd[i]->ended() == (i < ended), i);
    WebClient second(stage.loop, stage.at, "127.0.0.2");
    second.request("/api/v1/events", kStream);
    CHECK(stage.wait([&] { return times(second, "info") == 1 && crowd[ended]->ended(); }));
    auto changed = snapshot_of(stage);
    changed->peers.emplace_back();
    stage.show(changed);
    CHECK(stage.wait([&] { return times(user, "peers") == 2 && times(second, "peers") == 2; }));
    CHECK_FALSE(user.ended());
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
