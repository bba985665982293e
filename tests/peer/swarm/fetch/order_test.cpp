// In which order two films of four fragments are asked for, and when that order is made anew. A
// line for each asset says who wants what of it: 'u', 'n' of a viewer, 'f' because
// of its user, 'o' because it was offered; 'F', 'O' too, and part of it is here. The order is a
// list of such letters with the fragment.
#include "peer/swarm/fetch/order.hpp"

#include "messages/wire/limits.hpp"
#include "tests/support/pictures.hpp"

#include <algorithm>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

using namespace fragcast;
using namespace std::chrono_literals;
namespace pic = fragcast::pictures;

namespace {

constexpr std::uint32_t kChunks = 3;  // of each fragment

Manifest film() {
    Manifest out;
    for (std::uint32_t i = 0; i < 4; ++i) {
        FragmentInfo fragment;
        fragment.size = kChunks * limits::kChunkBytes;
        out.fragments.push_back(fragment);
    }
    return out;
}

struct Plan {
    Manifest manifest = film();
    Availability others;
    RangeSet reach = RangeSet::up_to(limits::kMaxFragments);
    Order order{7};
    Time now{1'000s};
    Time wake = kNever;

    Order* operator->() {
        CHECK(order.broken() == nullptr);
        return &order;
    }
    bool due() {
        Actions out;
        std::uint64_t requests = 0;
        Turn turn{now, out, requests};
        const bool due = order.due(turn);
        wake = turn.wake;
        CHECK(out.empty());
        return due;
    }
    void hold(std::string_view picture, std::uint32_t of_asset = 0) {
        std::string columns(picture);
        for (char who = 'a'; who <= 'c'; ++who)
            for (std::uint32_t i = 0; i < columns.size(); ++i)
                if (columns[i] - '0' > who - 'a')
                    others.add(pic::peer(who), pic::asset(of_asset), RangeSet{{i, i + 1}});
    }
    Order::Wanted wanted(std::string_view picture, std::uint32_t of_asset = 0) const {
        Order::Wanted out;
        out.asset = pic::asset(of_asset);
        out.manifest = &manifest;
        for (std::uint32_t i = 0; i < picture.size(); ++i) {
            const FragmentIndex fragment{i};
            if (picture[i] == 'u')
                out.needs.push_back({fragment, {0, 1}, Zone::urgent, now + (9 - i) * 1s});
            if (picture[i] == 'n')
                out.needs.push_back({fragment, {1, 3}, Zone::near, now + i * 1s});
            if (picture[i] == 'f' || picture[i] == 'F') out.whole.add(i);
            if (picture[i] == 'o' || picture[i] == 'O') out.others.add(i);
            if (picture[i] == 'F' || picture[i] == 'O') out.begun.add(i);
        }
        return out;
    }
    std::string make(const std::vector<Order::Wanted>& wanted) {
        order.make(
            wanted, others, [this](const AssetId&) { return reach; }, now);
        CHECK(order.broken() == nullptr);
        return row();
    }
    std::string row() const {
        std::string out;
        for (const Work& work : order.all()) {
            if (!out.empty()) out += ' ';
            if (work.fragment.asset == pic::asset(1)) out += '\'';
            out += "unf"[static_cast<int>(work.zone)];
            out += std::to_string(work.fragment.index.value);
            const Span all{0, kChunks};
            CHECK((work.zone != Zone::far || (work.chunks == all && work.deadline == kNever)));
        }
        return out;
    }
};

}  // namespace

TEST_CASE("order: viewers before all others, by when they need it") {
    Plan plan;
    plan.hold("1111");
    CHECK(plan.make({plan.wanted("fnnu")}) == "u3 n1 n2 f0");
    CHECK(plan.make({plan.wanted("uu..")}) == "u1 u0");  // the later one is needed sooner
    CHECK(plan.make({plan.wanted("..nf", 0), plan.wanted("nu..", 1)}) == "'u1 'n0 n2 f3");
    CHECK(plan.make({}).empty());
    CHECK(plan->empty());
}

TEST_CASE("order: else the rarest first, of two as rare the one that is begun") {
    Plan plan;
    plan.hold("3122");
    plan.hold("..1.", 1);
    CHECK(plan.make({plan.wanted("ff..")}) == "f1 f0");
    CHECK(plan.make({plan.wanted("fffF")}) == "f1 f3 f2 f0");
    CHECK(plan.make({plan.wanted("ffFf")}) == "f1 f2 f3 f0");
    CHECK(plan.make({plan.wanted("f..."), plan.wanted("..f.", 1)}) == "'f2 f0");
    plan.hold("..2.", 1);
    CHECK(plan.make({plan.wanted(".f.F"), plan.wanted("..f.", 1)}) == "f1 f3 'f2");
}

TEST_CASE("order: what its user wants comes before what was offered, however rare that is") {
    Plan plan;
    plan.hold("3211");
    CHECK(plan.make({plan.wanted("foo.")}) == "f0 f2 f1");
    CHECK(plan.make({plan.wanted("OF.."), plan.wanted("..n.", 1)}) == "'n2 f1 f0");
    CHECK(plan.make({plan.wanted("ffO.")}) == "f1 f0 f2");
}

TEST_CASE("order: of what nobody here wishes kMaxOthersOrdered fragments, each asset its share") {
    Plan plan;
    plan.manifest.fragments.resize(limits::kMaxFragments, plan.manifest.fragments.front());
    std::vector<Order::Wanted> all(3);
    for (std::uint32_t i = 0; i < all.size(); ++i) {
        all[i].asset = pic::asset(i);
        all[i].manifest = &plan.manifest;
        (i < 2 ? all[i].others : all[i].whole) = RangeSet::up_to(limits::kMaxFragments);
    }
    all[2].whole = {{5, 6}};
    all[1].begun = {{9'000, 9'100}};
    // Of each in turn: a fragment that does not come stands in the way of no other.
    std::vector<RangeSet> seen(all.size());
    for (int i = 0; i < 20; ++i) {
        plan.make(all);
        REQUIRE(plan->size() <= limits::kMaxOthersOrdered + 1);
        CHECK_FALSE(plan->all().front().others);
        std::vector<std::size_t> shares(all.size());
        for (const Work& work : plan->all()) {
            const std::uint32_t asset = work.fragment.asset.bytes[3];
            ++shares[asset];
            seen[asset].add(work.fragment.index.value);
        }
        CHECK(shares == std::vector<std::size_t>{limits::kMaxOthersOrdered / 2,
                                                 limits::kMaxOthersOrdered / 2, 1});
        const auto begun = std::count_if(plan->all().begin(), plan->all().end(),
                                         [](const Work& work) { return work.begun; });
        CHECK(begun == 100);
    }
    CHECK(seen[0] == all[0].others);
    CHECK(seen[1] == all[1].others);
    // The next shares are dealt by themselves.
    CHECK_FALSE(plan.due());
    CHECK(plan.wake == plan.now + Order::kEvery);
    // None of what nobody who is linked claims, and no hurry where that is all.
    plan.reach = {{7, 9}};
    plan.make({all[0], all[1]});
    CHECK(plan->size() == 4);
    plan.reach = {};
    plan.make({all[0], all[1]});
    CHECK(plan->empty());
    CHECK_FALSE(plan.due());
    plan.now += Order::kEvery;
    CHECK(plan.due());
}

TEST_CASE("order: what is begun has half of a share, and the rest is for what is not") {
    Plan plan;
    plan.manifest.fragments.resize(limits::kMaxFragments, plan.manifest.fragments.front());
    Order::Wanted one = plan.wanted("");
    one.others = RangeSet::up_to(limits::kMaxFragments);
    one.begun = RangeSet{{0, limits::kMaxFragments / 2}};
    plan.make({one});
    CHECK(plan->size() == limits::kMaxOthersOrdered);
    const auto begun = [&] {
        return std::count_if(plan->all().begin(), plan->all().end(), [](const Work& work) {
            return work.fragment.index.value < limits::kMaxOthersOrdered / 2;
        });
    };
    CHECK(begun() == limits::kMaxOthersOrdered / 2);
    // What does not come, begun as it is, keeps none of the others waiting for ever.
    RangeSet seen;
    for (int i = 0; i < 10; ++i) {
        plan.make({one});
        for (const Work& work : plan->all())
            seen.add(work.fragment.index.value);
    }
    CHECK(seen == one.others);
}

TEST_CASE("order: of more assets than there are shares each comes in turn") {
    Plan plan;
    constexpr std::uint32_t kShares = limits::kMaxOthersOrdered / 2;
    std::vector<Order::Wanted> all;
    for (std::uint32_t i = 0; i < kShares + 3; ++i)
        all.push_back(plan.wanted("ooo", i));
    std::set<AssetId> seen;
    for (int turn = 0; turn < 4; ++turn) {
        plan.make(all);
        CHECK(plan->size() == limits::kMaxOthersOrdered);
        for (const Work& work : plan->all())
            seen.insert(work.fragment.asset);
        CHECK(seen.size() == kShares + static_cast<std::size_t>(turn));
    }
}

TEST_CASE("order: of alike ones chance decides, and each peer has its own") {
    Plan plan;
    const std::string once = plan.make({plan.wanted("ffff")});
    CHECK(plan.make({plan.wanted("ffff")}) == once);
    int others = 0;
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
        plan.order = Order(seed);
        if (plan.make({plan.wanted("ffff")}) != once) ++others;
    }
    CHECK(others > 10);
}

TEST_CASE("order: what is of no length is not asked for") {
    Plan plan;
    plan.manifest.fragments[1].size = 0;
    Order::Wanted wanted = plan.wanted("ffff");
    wanted.needs.push_back({{2}, {1, 1}, Zone::urgent, plan.now});
    CHECK(plan.make({wanted}).size() == std::string("f0 f2 f3").size());
}

TEST_CASE("order: it follows what others have, but not all the time") {
    Plan plan;
    CHECK(plan.due());  // never made
    plan.make({plan.wanted("ff..")});
    CHECK_FALSE(plan.due());
    CHECK(plan.wake == kNever);
    plan->stale();
    plan.now += Order::kEvery - 1us;
    CHECK_FALSE(plan.due());
    CHECK(plan.wake == plan.now + 1us);
    plan.now += 1us;
    CHECK(plan.due());
    CHECK(plan.wake == kNever);
    CHECK(plan.due());  // until it is made
    plan.make({plan.wanted("ff..")});
    CHECK_FALSE(plan.due());
}

TEST_CASE("order: it is made at once when somebody here wants otherwise, or when it is empty") {
    Plan plan;
    plan.make({plan.wanted("ff..")});
    plan->at_once();
    CHECK(plan.due());
    plan->stale();
    CHECK(plan.due());
    plan.make({plan.wanted("f...")});
    plan->stale();
    CHECK_FALSE(plan.due());  // at once was once
    plan.make({});
    CHECK_FALSE(plan.due());
    plan->stale();
    CHECK(plan.due());
}

TEST_CASE("order: nothing of an asset that is gone is asked for") {
    Plan plan;
    plan.hold("1111");
    plan.make({plan.wanted("nF.."), plan.wanted("n.f.", 1)});
    plan->forget(pic::asset(0));
    CHECK(plan.row() == "'n0 'f2");
    CHECK(plan->size() == 2);
}
