// The API's objects, compared with the fields that HTTP.md promises.
#include "peer/http/json.hpp"

#include "messages/http/records_json.hpp"
#include "tests/support/source_path.hpp"

#include <fstream>
#include <set>
#include <sstream>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

using namespace fragcast;
using nlohmann::json;

namespace {

// The quoted names in the paragraph of HTTP.md that begins with `begin`.
std::set<std::string> promised(const std::string& begin) {
    std::ifstream file(test::source_path("messages/HTTP.md"));
    std::stringstream text;
    text << file.rdbuf();
    const std::string all = text.str();
    const std::size_t from = all.find(begin);
    REQUIRE(from != std::string::npos);
    std::size_t depth = 0;
    bool value = false;
    std::set<std::string> names;
    for (std::size_t i = all.find('{', from); i < all.size(); ++i) {
        if (all[i] == '{' || all[i] == '[') ++depth;
        if ((all[i] == '}' || all[i] == ']') && --depth == 0) break;
        if (all[i] == ':') value = true;  // what a field may be, until the comma
        if (all[i] == ',' && depth == 1) value = false;
        if (all[i] != '"') continue;
        const std::size_t end = all.find('"', i + 1);
        if (depth == 1 && !value) names.insert(all.substr(i + 1, end - i - 1));
        i = end;
    }
    return names;
}

std::set<std::string> fields_of(const json& object) {
    std::set<std::string> names;
    for (const auto& [name, value] : object.items())
        names.insert(name);
    return names;
}

void check_has(const json& object, const std::set<std::string>& names) {
    for (const auto& name : names) {
        CAPTURE(name);
        CHECK(object.contains(name));
    }
}

AssetView film_view() {
    AssetView view;
    view.asset.id.bytes[0] = 0x3f;
    view.asset.name = "film";
    view.asset.kind = AssetKind::video;
    view.asset.fragments = 3;
    view.fragments.resize(3);
    view.fragments[0].state = view.fragments[1].state = FragmentView::State::here;
    view.fragments[2].state = FragmentView::State::coming;
    view.fragments[2].from.push_back({{}, "peer2", 17});
    view.manifest_here = true;
    return view;
}

}  // namespace

TEST_CASE("json: objects have the fields of HTTP.md") {
    const Overview snapshot;
    check_has(asset_json(film_view()), promised("**Asset** "));
    check_has(peer_json(PeerView{}), promised("**Peer** "));
    check_has(info_json(snapshot, "http://127.0.0.1:8001"), promised("**info of a peer** "));
    EventView event;
    event.fragment = 4;
    check_has(event_json(event), promised("**Event** "));
    check_has(asset_detail_json(film_view(), nullptr)["detail"][2],
              {"index", "size", "duration_us", "state", "chunks", "chunks_total", "holders",
               "holder_names", "from"});
}

TEST_CASE("json: an asset says which fragments are here as people read ranges") {
    CHECK(asset_json(film_view())["here"] == "0-1");
    CHECK(asset_json(film_view())["kind"] == "video");
    AssetView unknown;
    CHECK(asset_json(unknown)["here"] == "-");
}

TEST_CASE("json: a detail has the manifest's facts, or empty ones without it") {
    Manifest manifest;
    manifest.media.emplace();
    manifest.media->codecs = "avc1.64001f,mp4a.40.2";
    manifest.media->width = 1280;
    manifest.source.dropped.push_back({"subtitle", "subrip", "eng"});
    const json with = asset_detail_json(film_view(), &manifest);
    CHECK(with["codecs"] == "avc1.64001f,mp4a.40.2");
    CHECK(with["source"]["dropped"][0]["codec"] == "subrip");
    CHECK(with["detail"][2]["state"] == "coming");
    CHECK(with["detail"][2]["from"][0]["bytes"] == 17);
    const json without = asset_detail_json(film_view(), nullptr);
    CHECK(fields_of(without) == fields_of(with));
    CHECK(without["width"] == 0);
}

TEST_CASE("json: events leave out what there is none of") {
    EventView event;
    event.kind = "bus.away";
    const json none = event_json(event);
    CHECK(none["peer"] == "");
    CHECK(none["asset"] == "");
    CHECK_FALSE(none.contains("fragment"));
}

TEST_CASE("json: names that are no UTF-8 do not break the document") {
    AssetView view = film_view();
    view.asset.name =
        "a\xff"
        "b";
    CHECK(json::parse(json_text(asset_json(view)))["name"] ==
          "a\xEF\xBF\xBD"
          "b");
}

TEST_CASE("json: the directory groups holdings by peer, with names") {
    DirectoryAnswer answer;
    answer.source = "bus";
    PeerRecord peer;
    peer.id.bytes[0] = 1;
    peer.name = "peer1";
    answer.peers = {peer};
    answer.assets = {film_view().asset};
    answer.holdings = {{peer.id, film_view().asset.id, RangeSet{{0, 4}}}};
    DirectoryTelling telling(std::move(answer));
    std::string text = telling.head();
    while (const auto row = telling.next({}))
        text += *row;  // of one
    const json all = json::parse(text + "]}");
    CHECK(all["source"] == "bus");
    CHECK(all["settling"] == false);
    CHECK(all["peers"][0]["name"] == "peer1");
    CHECK(all["peers"][0]["holds"][0]["name"] == "film");
    CHECK(all["peers"][0]["holds"][0]["fragments"] == "0-3");
}

TEST_CASE("json: who drains says what nobody else has, by name") {
    const AssetId film = film_view().asset.id;
    AssetId unnamed;
    unnamed.bytes.fill(0xff);
    const json all =
        leaving_json({{{film, RangeSet{{0, 3}}}, {unnamed, RangeSet{{7, 8}}}}, {{film, "film"}}});
    CHECK(all == json{{"at_risk",
                       {{{"asset", film.text()}, {"name", "film"}, {"fragments", "0-2"}},
                        {{"asset", unnamed.text()}, {"name", ""}, {"fragments", "7"}}}}});
    CHECK(leaving_json({}) == json{{"at_risk", json::array()}});
}

TEST_CASE("json: what is located is told with what this peer knows of it") {
    AssetList assets;
    assets.take({std::make_shared<AssetView>(film_view())}, {});
    LocateAnswer answer;
    answer.source = "bus";
    answer.located.found = Found::ok;
    answer.located.assets = {film_view().asset};
    HolderRecord holder;
    holder.peer.name = "peer2";
    holder.fragments = RangeSet{{1, 2}};
    answer.located.holders = {holder};
    const json located = locate_json(answer, {}, assets);
    CHECK(located["asset"]["here"] == "0-1");
    CHECK(located["holders"][0]["peer"]["name"] == "peer2");
    CHECK(located["holders"][0]["fragments"] == "1");
}
