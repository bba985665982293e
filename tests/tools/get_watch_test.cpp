// What a get looks at while very many fragments come.
#include "tools/get_watch.hpp"

#include "messages/wire/limits.hpp"

#include <doctest/doctest.h>

using namespace fragcast;
using namespace fragcast::tools;

namespace {

// So many fragments have come; every view that is made is counted.
struct Coming {
    std::uint32_t here = 0;
    std::uint32_t all = limits::kMaxFragments;
    bool known = true, manifest = true;
    std::uint64_t views = 0;
    GetWatch watch{[this] { return manifest && here == all; },
                   [this]() -> std::shared_ptr<const AssetView> {
                       ++views;
                       if (!known) return nullptr;
                       auto view = std::make_shared<AssetView>();
                       view->manifest_here = manifest;
                       view->bytes_here = here;
                       return view;
                   }};
};

}  // namespace

TEST_CASE("get: however many fragments come, it is looked at as often as people can read it") {
    Coming film;
    Time now{Duration(1)};
    for (; film.here < film.all; now += Duration(100)) {
        film.watch.look(now);
        REQUIRE_FALSE(film.watch.ended());
        ++film.here;
    }
    const auto ticks = static_cast<std::uint64_t>(now.time_since_epoch() / GetWatch::kLookEvery);
    CHECK(film.views <= ticks + 1);
    CHECK(film.views >= ticks);
    CHECK(film.watch.look(now));  // the last one is not waited for
    CHECK(film.watch.ended());
    CHECK(film.watch.view()->bytes_here == film.all);
}

TEST_CASE("get: without a manifest there is nothing to show, and the view says why") {
    Coming film;
    film.known = false;
    CHECK_FALSE(film.watch.look(Time{}));
    CHECK(film.watch.view() == nullptr);
    film.known = true;
    film.manifest = false;
    CHECK_FALSE(film.watch.look(Time{}));
    REQUIRE(film.watch.view() != nullptr);
    film.manifest = true;
    CHECK_FALSE(film.watch.look(Time{} + GetWatch::kLookEvery - Duration(1)));
    CHECK(film.watch.look(Time{} + GetWatch::kLookEvery));
    CHECK_FALSE(film.watch.ended());
}
