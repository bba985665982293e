#include "peer/http/list_telling.hpp"

#include "messages/wire/limits.hpp"

#include <map>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

using namespace fragcast;

namespace {

AssetPtr told_asset(std::uint32_t number, const std::string& name) {
    auto view = std::make_shared<AssetView>();
    for (int i = 0; i < 4; ++i)
        view->asset.id.bytes[i] = static_cast<std::uint8_t>(number >> (24 - 8 * i));
    view->asset.name = name;
    return view;
}

AssetList list_of_assets(std::uint32_t count, const std::string& name) {
    AssetList list;
    News news;
    for (std::uint32_t i = 0; i < count; ++i)
        news.changed.push_back(told_asset(i, name));
    list.take(news.changed, news.gone);
    return list;
}

// A browser's picture of the list, as the page makes it.
struct Page {
    std::map<std::string, std::string> names;  // by id
    int whole = 0;
    std::size_t largest = 0;

    bool hear(const std::string& text) {
        if (text.empty()) return false;
        largest = std::max(largest, text.size());
        const auto data = nlohmann::json::parse(text.substr(text.find("data: ") + 6));
        if (text.starts_with("event: assets\n")) {
            ++whole;
            names.clear();
        } else {
            REQUIRE(text.starts_with("event: assets_changed\n"));
            for (const auto& id : data["gone"])
                names.erase(id.get<std::string>());
        }
        for (const auto& asset : data["assets"])
            names[asset["id"]] = asset["name"];
        return true;
    }
    void hear_all(AssetTelling& telling, const AssetList& list) {
        while (hear(telling.next(list))) {
        }
    }
};

std::string id_text(std::uint32_t number) {
    return told_asset(number, "")->asset.id.text();
}

// JSON writes it six times as long.
const std::string kLongName(limits::kMaxNameBytes, '\x01');

}  // namespace

TEST_CASE("list telling: none are told as none, few at once and by name") {
    AssetTelling telling;
    CHECK(telling.next({}) == "event: assets\ndata: {\"assets\":[]}\n\n");
    CHECK(telling.next({}).empty());
    AssetList list;
    list.take({told_asset(1, "song"), told_asset(2, "film")}, {});
    const std::string text = AssetTelling().next(list);
    CHECK(text.find("film") < text.find("song"));
}

TEST_CASE("list telling: many come in pieces of kEventPieceBytes, and all of them come") {
    const AssetList list = list_of_assets(5000, kLongName);
    AssetTelling telling;
    Page page;
    page.hear_all(telling, list);
    CHECK(page.names.size() == 5000);
    CHECK(page.whole == 1);
    CHECK(page.largest < limits::kEventPieceBytes + 10'000);
    CHECK(page.largest > limits::kEventPieceBytes / 2);
}

TEST_CASE("list telling: what changes while it is told is told; what comes later anyway, once") {
    AssetList list = list_of_assets(2000, kLongName);
    AssetTelling telling;
    Page page;
    REQUIRE(page.hear(telling.next(list)));
    const std::size_t first = page.names.size();
    REQUIRE(first < 2000);
    list.take({told_asset(0, "other"), told_asset(1999, "last")}, {told_asset(1, "")->asset.id});
    telling.changed(
        {told_asset(0, "")->asset.id, told_asset(1, "")->asset.id, told_asset(1999, "")->asset.id});
    REQUIRE(page.hear(telling.next(list)));
    CHECK(page.names.size() == first - 1);
    CHECK(page.names[id_text(0)] == "other");
    page.hear_all(telling, list);
    CHECK(page.names.size() == 1999);
    CHECK(page.names[id_text(1999)] == "last");
    CHECK(page.whole == 1);
}

TEST_CASE("list telling: who takes nothing for kMaxUnsaid changes hears all once more") {
    const AssetList list = list_of_assets(3000, "film");
    AssetTelling telling;
    Page page;
    page.hear_all(telling, list);
    std::set<AssetId> some;
    for (std::uint32_t i = 0; i < limits::kMaxUnsaid; ++i)
        some.insert(told_asset(i, "")->asset.id);
    telling.changed(some);
    page.hear_all(telling, list);
    CHECK(page.whole == 1);
    telling.changed(some);
    telling.changed({told_asset(2999, "")->asset.id});
    page.hear_all(telling, list);
    CHECK(page.whole == 2);
    CHECK(page.names.size() == 3000);
}

TEST_CASE("list telling: the same of peers: kMaxUnsaid changes are told, of one more on all are") {
    constexpr std::size_t kPeers = limits::kMaxUnsaid + 1;
    PeerList list;
    std::vector<PeerPtr> peers;
    std::set<PeerId> ids;
    for (std::size_t i = 0; i < kPeers; ++i) {
        auto view = std::make_shared<PeerView>();
        view->peer.id.bytes[0] = static_cast<std::uint8_t>(i >> 8);
        view->peer.id.bytes[1] = static_cast<std::uint8_t>(i);
        view->peer.name = "peer" + std::to_string(i);
        ids.insert(view->peer.id);
        peers.push_back(view);
    }
    list.take(peers, {});
    PeerTelling telling;
    const auto told = [&](const std::string& event) {
        const std::string text = telling.next(list);
        REQUIRE(text.starts_with("event: " + event + "\n"));
        CHECK(telling.next(list).empty());
        return nlohmann::json::parse(text.substr(text.find("data: ") + 6))["peers"].size();
    };
    CHECK(told("peers") == kPeers);
    const PeerId last = *ids.rbegin();
    ids.erase(last);
    telling.changed(ids);
    CHECK(told("peers_changed") == limits::kMaxUnsaid);
    telling.changed(ids);
    telling.changed({last});
    CHECK(told("peers") == kPeers);
}

TEST_CASE("list telling: of peers as of assets, ourselves first and guests last") {
    PeerList list;
    const auto peer = [](std::uint8_t id, const char* name) {
        auto view = std::make_shared<PeerView>();
        view->peer.id.bytes[0] = id;
        view->peer.name = name;
        view->peer.guest = id == 1;
        view->self = id == 9;
        return view;
    };
    list.take({peer(1, "anna"), peer(2, "berta"), peer(9, "zoe")}, {});
    PeerTelling telling;
    const auto heard = [&](const std::string& name) {
        const std::string text = telling.next(list);
        REQUIRE(text.starts_with("event: " + name + "\n"));
        auto data = nlohmann::json::parse(text.substr(text.find("data: ") + 6));
        std::string names;
        for (const auto& one : data["peers"])
            names += one["name"].get<std::string>() + ' ';
        for (const auto& id : data.value("gone", nlohmann::json::array()))
            names += "-" + id.get<std::string>().substr(0, 2);
        return names;
    };
    CHECK(heard("peers") == "zoe berta anna ");
    CHECK(telling.next(list).empty());
    const std::set<PeerId> ids{peer(1, "")->peer.id, peer(2, "")->peer.id};
    list.take({peer(2, "bea")}, {peer(1, "")->peer.id});
    telling.changed(ids);
    CHECK(heard("peers_changed") == "bea -01");
    CHECK(telling.next(list).empty());
}
