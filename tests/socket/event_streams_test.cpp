// The event stream of a peer, and its record by pages.
#include "http_stage.hpp"
#include "messages/wire/limits.hpp"

#include <nlohmann/json.hpp>

using namespace fragcast;
using namespace fragcast::test;
using nlohmann::json;

TEST_CASE("http actor: a peer's own record by pages") {
    HttpStage stage;
    for (std::uint64_t number = 1; number <= 5; ++number)
        stage.tell(http_command::Happened{numbered_event(number)});
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
    // The asker knows another run of this peer.
    CHECK(page("from=1000") == json{{"events", json::array()}, {"next", 6}, {"lost", 0}});
    CHECK(client.get("/api/v1/events?limit=1001").status == 400);
}

TEST_CASE("http actor: a stream goes on behind the last event that the browser has") {
    HttpStage stage;
    auto shown = snapshot_of(stage);
    shown->self.epoch.value = 3;
    stage.show(shown);
    for (std::uint64_t number = 1; number <= 60; ++number)
        stage.tell(http_command::Happened{numbered_event(number)});
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

TEST_CASE("events: the whole state first, then what changed") {
    HttpStage stage;
    stage.show(snapshot_of(stage));
    stage.tell(http_command::Happened{numbered_event(1)});
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
    REQUIRE(stage.wait([&] { return times(client, "peers_changed") == 1; }));
    CHECK(times(client, "peers") == 1);
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

TEST_CASE("events: of many peers who changed and who went, and nobody else") {
    HttpStage stage;
    auto shown = snapshot_of(stage);
    for (std::uint8_t i = 0; i < 100; ++i) {
        shown->peers.emplace_back().peer.id.bytes[0] = i;
        shown->peers.back().peer.name = "peer" + std::to_string(i);
    }
    stage.show(shown);
    WebClient client(stage.loop, stage.at);
    client.request("/api/v1/events", kStream);
    REQUIRE(stage.wait([&] { return stage.awaited && times(client, "peers") == 1; }));
    auto next = std::make_shared<Snapshot>(*shown);
    next->peers[7].bytes_in = 5;
    const PeerId gone = next->peers.back().peer.id;
    next->peers.pop_back();
    stage.show(next);
    REQUIRE(stage.wait([&] { return times(client, "peers_changed") == 1; }));
    const std::string said =
        client.received().substr(client.received().find("peers_changed\ndata: ") + 20);
    const json changed = json::parse(said.substr(0, said.find('\n')));
    REQUIRE(changed["peers"].size() == 1);
    CHECK(changed["peers"][0]["name"] == "peer7");
    CHECK(changed["peers"][0]["bytes_in"] == 5);
    CHECK(changed["gone"] == json{gone.text()});
    CHECK(times(client, "peers") == 1);
}

TEST_CASE("events: who is more than 1,000 changes of the list behind is told all of it once more") {
    HttpStage stage;
    auto shown = snapshot_of(stage);
    for (std::size_t i = 0; i < limits::kMaxUnsaid; ++i) {
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
        while (!stage.actor->pipe().send(http_command::Happened{numbered_event(i)}))
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
    CHECK(stage.wait(
        [&] { return times(user, "peers_changed") == 1 && times(second, "peers_changed") == 1; }));
    CHECK_FALSE(user.ended());
}

TEST_CASE("api: a page of events has no more bytes than one of a bus, and the next goes on") {
    HttpStage stage;
    constexpr std::uint64_t kEvents = 500;
    constexpr std::size_t kText = 2000;
    static_assert(kEvents * kText > limits::kMaxPageBytes);
    for (std::uint64_t number = 1; number <= kEvents; ++number) {
        EventView event = numbered_event(number);
        event.text.assign(kText, 'e');
        stage.tell(http_command::Happened{event});
    }
    WebClient client(stage.loop, stage.at);
    const auto page_from = [&](std::uint64_t number) {
        return client.get("/api/v1/events?from=" + std::to_string(number));
    };
    REQUIRE(stage.wait([&] { return !json::parse(page_from(kEvents).body)["events"].empty(); }));
    std::uint64_t from = 1;
    for (int pages = 0; pages < 2; ++pages) {
        const WebAnswer answer = page_from(from);
        CHECK(answer.body.size() < limits::kMaxPageBytes + kText);
        const json page = json::parse(answer.body);
        REQUIRE_FALSE(page["events"].empty());
        CHECK(page["events"].front()["number"] == from);
        from = page["next"];
        CHECK(page["events"].back()["number"] == from - 1);
    }
    CHECK(from == kEvents + 1);
}
