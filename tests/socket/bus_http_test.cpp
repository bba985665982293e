// What a bus shows by HTTP.
#include "tests/socket/running_bus.hpp"
#include "tests/socket/web_client.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

using namespace fragcast;
using namespace fragcast::test;
using nlohmann::json;

namespace {

AssetRecord asset(std::uint8_t number, const std::string& name) {
    AssetRecord record;
    record.id = asset_id(number);
    record.name = name;
    record.fragments = 10;
    record.size = 1000;
    return record;
}

struct BusPage {
    RunningBus bus;
    BusGuest one{bus, 1}, two{bus, 2};
    std::unique_ptr<WebClient> client = std::make_unique<WebClient>(bus.loop(), bus.http());

    BusPage() {
        one.ask<Welcome>(one.join({{asset(0x10, "film"), {{0, 4}, {7, 8}}}}));
        two.ask<Welcome>(two.join({{asset(0x10, "film"), {{4, 10}}},
                                   {asset(0x20, "song"), {{0, 1}}},
                                   {asset(0x30, "song"), {{0, 1}}}}));
    }
    json get(const std::string& target, int status = 200) {
        const WebAnswer answer = client->get(target);
        CHECK(answer.status == status);
        return json::parse(answer.body, nullptr, false);
    }
};

}  // namespace

TEST_CASE("info says who the bus is, where, and how it fares") {
    BusPage stage;
    CHECK(stage.get("/healthz") == json{{"ok", true}});
    const json info = stage.get("/api/v1/info");
    CHECK(info["program"] == "fragcast-bus");
    CHECK(info["directory"] == stage.bus.directory().text());
    CHECK(info["in"] == stage.bus.in().text());
    CHECK(info["out"] == stage.bus.out().text());
    CHECK(info["settling"] == true);
    CHECK(info["id"].get<std::string>().size() == 32);
    CHECK(info["counters"]["peers"] == 2);
    CHECK(stage.client->get("/").headers["content-type"] == "text/html; charset=utf-8");
}

TEST_CASE("peers, assets and the directory are listed as HTTP.md says") {
    BusPage stage;
    const json peers = stage.get("/api/v1/peers")["peers"];
    REQUIRE(peers.size() == 2);
    for (const char* field :
         {"id", "name", "exchange", "http", "guest", "draining", "epoch", "age_ms"})
        CHECK(peers[0].contains(field));

    const json assets = stage.get("/api/v1/assets")["assets"];
    REQUIRE(assets.size() == 3);
    CHECK(assets[0]["id"] == asset_id(0x10).text());
    CHECK(assets[0]["name"] == "film");
    CHECK(assets[0]["kind"] == "file");
    CHECK(assets[0]["fragments"] == 10);
    CHECK(assets[0]["holders"] == 2);

    const json directory = stage.get("/api/v1/directory");
    CHECK(directory["settling"] == true);
    CHECK(directory["source"] == "bus");
    REQUIRE(directory["peers"].size() == 2);
    for (const json& peer : directory["peers"]) {
        if (peer["name"] != "peer1") continue;
        REQUIRE(peer["holds"].size() == 1);
        CHECK(peer["holds"][0] ==
              json{{"asset", asset_id(0x10).text()}, {"name", "film"}, {"fragments", "0-3,7"}});
    }
}

TEST_CASE("a list that is longer than a piece is whole") {
    BusPage stage;
    std::vector<EntryRecord> entries;
    for (int i = 0; i < 500; ++i) {
        AssetRecord record = asset(0x40, "many");
        record.id.bytes[1] = static_cast<std::uint8_t>(i);
        record.id.bytes[2] = static_cast<std::uint8_t>(i >> 8);
        entries.push_back({record, {{0, 1}}});
    }
    stage.one.ask<Welcome>(stage.one.join(entries));
    const json whole = stage.get("/api/v1/assets");
    CHECK(whole["assets"].size() == 503);
    CHECK(whole["next"] == "");

    // And by pages, longer than a piece too.
    const json first = stage.get("/api/v1/assets?limit=300");
    REQUIRE(first["assets"].size() == 300);
    CHECK(first["next"] == first["assets"][299]["id"]);
    const std::string after = first["next"];
    const json second = stage.get("/api/v1/assets?limit=300&after=" + after);
    CHECK(second["assets"].size() == 203);
    CHECK(second["next"] == "");
    json both = first["assets"];
    both.insert(both.end(), second["assets"].begin(), second["assets"].end());
    CHECK(both == whole["assets"]);
    // A page that the list just fills is the last.
    const json last = stage.get("/api/v1/assets?limit=203&after=" + after);
    CHECK(last["assets"].size() == 203);
    CHECK(last["next"] == "");
    for (const char* bad : {"limit=0", "limit=1001", "limit=x", "after=x", "after="})
        stage.get(std::string("/api/v1/assets?") + bad, 400);
}

TEST_CASE("one peer of a bus, and what is no peer of it") {
    BusPage stage;
    const std::string id = stage.two.self().id.text();
    CHECK(stage.get("/api/v1/peers/" + id)["name"] == "peer2");
    stage.get("/api/v1/peers/" + std::string(32, '0'), 404);
    stage.get("/api/v1/peers/peer2", 400);
}

TEST_CASE("a bus that settles is alive and not ready") {
    BusPage stage;
    CHECK(stage.client->get("/readyz").headers["retry-after"] == "1");
    stage.get("/readyz", 503);
    stage.get("/healthz");
}

TEST_CASE("locate: holders, ambiguous, settling, and what makes no sense") {
    BusPage stage;
    const json all = stage.get("/api/v1/locate?name=film");
    CHECK(all["asset"]["id"] == asset_id(0x10).text());
    CHECK(all["source"] == "bus");
    CHECK(all["holders"].size() == 2);
    const json one = stage.get("/api/v1/locate?name=film&fragment=7");
    CHECK(one["holders"].size() == 2);
    const json two = stage.get("/api/v1/locate?name=film&fragment=5")["holders"];
    REQUIRE(two.size() == 1);
    CHECK(two[0]["peer"]["name"] == "peer2");
    CHECK(two[0]["fragments"] == "4-9");

    const json several = stage.get("/api/v1/locate?name=song", 409);
    CHECK(several["candidates"].size() == 2);
    CHECK(stage.client->get("/api/v1/locate?name=nothing").headers["retry-after"] == "1");
    stage.get("/api/v1/locate?name=nothing", 503);
    stage.get("/api/v1/locate", 400);
    stage.get("/api/v1/locate?name=film&fragment=x", 400);
    stage.get("/api/v1/locate?name=film&fragment=-1", 400);
    stage.get("/api/v1/locate?name=film&fragment=99999", 400);
}

TEST_CASE("events come as a page, or as they happen") {
    BusPage stage;
    const json page = stage.get("/api/v1/events?from=2");
    REQUIRE(page["events"].size() == 1);
    CHECK(page["events"][0]["kind"] == "peer.joined");
    CHECK(page["events"][0]["peer"] == stage.two.self().id.text());
    CHECK(page["next"] == 3);
    CHECK(page["lost"] == 0);
    stage.get("/api/v1/events?from=soon", 400);
    const json first = stage.get("/api/v1/events?limit=1");
    CHECK(first["events"].size() == 1);
    CHECK(first["next"] == 2);
    stage.get("/api/v1/events?limit=0", 400);

    const auto says = [&](const WebClient& client, const std::string& text) {
        return stage.bus.until([&] { return client.received().find(text) != std::string::npos; });
    };
    WebClient listener(stage.bus.loop(), stage.bus.http());
    listener.request("/api/v1/events", "Accept: text/event-stream\r\n");
    CHECK(says(listener, "retry: 1000\n\n"));
    CHECK(says(listener, "id: 1\nevent: event\ndata: {"));
    CHECK(says(listener, "id: 2\n"));
    stage.one.ask<Ack>(Leave{RequestId{9}});
    CHECK(says(listener, "id: 3\n"));
    CHECK(says(listener, "peer1 left"));

    WebClient back(stage.bus.loop(), stage.bus.http());
    back.request("/api/v1/events", "Accept: text/event-stream\r\nLast-Event-ID: 2\r\n");
    CHECK(says(back, "id: 3\n"));
    CHECK(back.received().find("id: 2\n") == std::string::npos);
}

TEST_CASE("a bus serves kMaxEventStreams listeners, and one more instead of the oldest") {
    BusPage stage;
    WebClient user(stage.bus.loop(), stage.bus.http(), "127.0.0.2");
    user.request("/api/v1/events", "Accept: text/event-stream\r\n");
    REQUIRE(stage.bus.until([&] { return user.answer().status == 200; }));
    std::vector<std::unique_ptr<WebClient>> listeners;
    for (std::uint32_t i = 0; i < limits::kMaxEventStreams; ++i) {
        listeners.push_back(std::make_unique<WebClient>(stage.bus.loop(), stage.bus.http()));
        listeners.back()->request("/api/v1/events", "Accept: text/event-stream\r\n");
        REQUIRE(stage.bus.until([&] { return listeners.back()->answer().status == 200; }));
    }
    CHECK(stage.bus.until([&] { return listeners[0]->ended(); }));
    CHECK_FALSE(listeners[1]->ended());
    CHECK_FALSE(user.ended());
}

TEST_CASE("a bus is told whom a request means, and is nobody of that kind") {
    BusPage stage;
    for (const char* path : {"/", "/api/v1/info", "/api/v1/peers", "/nothing"})
        CHECK(stage.client->get(path, "X-Fragcast-Peer: 11111111111111111111111111111111\r\n")
                  .status == 421);
}

TEST_CASE("reading only, and only under names that are ours") {
    BusPage stage;
    WebClient rebound(stage.bus.loop(), stage.bus.http());
    rebound.host = "evil.example";
    CHECK(rebound.get("/api/v1/info").status == 421);
    CHECK(stage.get("/api/v1/nothing", 404)["status"] == 404);
}
