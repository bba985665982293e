#include "peer/http/shown_lists.hpp"

#include <doctest/doctest.h>

using namespace fragcast;

namespace {

AssetPtr asset(std::uint8_t id, const char* name, bool wanted = false) {
    auto view = std::make_shared<AssetView>();
    view->asset.id.bytes[0] = id;
    view->asset.name = name;
    view->wanted = wanted;
    return view;
}

AssetId id_of(std::uint8_t id) {
    return asset(id, "")->asset.id;
}

std::string names(const AssetList& list) {
    CHECK(list.by_id().size() == list.in_order().size());
    std::string all;
    for (const auto& [key, view] : list.in_order()) {
        CHECK(list.find(view->asset.id) == view);
        all += view->asset.name + ' ';
    }
    return all;
}

}  // namespace

TEST_CASE("asset list: news adds, changes, renames and takes away; the order is by name, then id") {
    AssetList list;
    CHECK(names(list).empty());
    list.take({asset(1, "song"), asset(2, "film"), asset(3, "film")}, {});
    CHECK(names(list) == "film film song ");
    CHECK(list.in_order().begin()->second->asset.id == id_of(2));
    list.take({asset(2, "film", true)}, {});
    CHECK(names(list) == "film film song ");
    CHECK(list.find(id_of(2))->wanted);
    list.take({asset(2, "zebra")}, {id_of(1), id_of(9)});
    CHECK(names(list) == "film zebra ");
    CHECK(list.find(id_of(1)) == nullptr);
}

TEST_CASE("peer list: ourselves first, guests last, by name; who becomes another thing moves") {
    PeerList list;
    const auto peer = [](std::uint8_t id, const char* name, bool guest = false) {
        auto view = std::make_shared<PeerView>();
        view->peer.id.bytes[0] = id;
        view->peer.name = name;
        view->peer.guest = guest;
        view->self = id == 9;
        return view;
    };
    const auto names = [&list] {
        std::string all;
        for (const auto& [key, view] : list.in_order())
            all += view->peer.name + ' ';
        return all;
    };
    list.take({peer(1, "anna", true), peer(2, "berta"), peer(3, "adam"), peer(9, "zoe")}, {});
    CHECK(names() == "zoe adam berta anna ");
    list.take({peer(1, "anna"), peer(3, "adam", true)}, {peer(2, "")->peer.id});
    CHECK(names() == "zoe anna adam ");
    CHECK(list.by_id().size() == 3);
}
