#include "peer/http/asset_list.hpp"

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
    CHECK(list.by_id().size() == list.by_name().size());
    std::string all;
    for (const auto& [key, view] : list.by_name()) {
        CHECK(list.find(view->asset.id) == view);
        all += view->asset.name + ' ';
    }
    return all;
}

}  // namespace

TEST_CASE("asset list: news adds, changes, renames and takes away; the order is by name, then id") {
    AssetList list;
    CHECK(names(list).empty());
    list.take({nullptr, {asset(1, "song"), asset(2, "film"), asset(3, "film")}, {}});
    CHECK(names(list) == "film film song ");
    CHECK(list.by_name().begin()->second->asset.id == id_of(2));
    list.take({nullptr, {asset(2, "film", true)}, {}});
    CHECK(names(list) == "film film song ");
    CHECK(list.find(id_of(2))->wanted);
    list.take({nullptr, {asset(2, "zebra")}, {id_of(1), id_of(9)}});
    CHECK(names(list) == "film zebra ");
    CHECK(list.find(id_of(1)) == nullptr);
}
