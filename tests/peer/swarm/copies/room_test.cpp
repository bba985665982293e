// The limit of the store: a row for us, a row for each witness, a column for each fragment of
// 100,000 bytes.
#include "peer/swarm/copies/room.hpp"

#include "messages/wire/limits.hpp"
#include "tests/support/pictures.hpp"

#include <doctest/doctest.h>

using namespace fragcast;
using namespace std::chrono_literals;
namespace pic = fragcast::pictures;

namespace {

constexpr std::uint32_t kCupboardWidth = 6;
constexpr std::uint64_t kEach = 100'000;  // of a fragment; unfinished ones have a chunk before that

Manifest cupboard_manifest() {
    Manifest out;
    out.fragments.resize(kCupboardWidth);
    for (FragmentInfo& one : out.fragments)
        one.size = kEach;
    return out;
}

struct Cupboard {
    Room room;
    Actions out;
    std::uint64_t requests = 0;
    Time now{Duration{1'000'000}};
    Time wake = kNever;
    Manifest manifest = cupboard_manifest();

    explicit Cupboard(std::uint64_t limit) : room(limit) { room.start(now); }
    template <class Does>
    void with(Does does) {
        Turn turn{now, out, requests};
        does(turn);
        wake = turn.wake;
        check();
    }
    void check() const {
        CHECK(room.broken() == nullptr);
        CHECK((room.limited() || !room.lacks()));
    }
    // '#' whole, 'w' withdrawn, 'o' the first of two chunks came, 'p' only a proof.
    void count(const std::string& row, bool comes, std::uint32_t asset = 0) {
        std::map<FragmentIndex, Assembly> unfinished;
        for (std::uint32_t i = 0; i < row.size(); ++i)
            if (row[i] == 'o' || row[i] == 'p') {
                Assembly one(limits::kChunkBytes + kEach, 2);
                if (row[i] == 'o') one.load(RangeSet{{0, 1}});
                unfinished.emplace(FragmentIndex{i}, one);
            }
        const RangeSet whole = pic::columns(row);
        const RangeSet withdrawn = pic::columns(row, "w");
        const Room::Taken taken{&manifest, whole, withdrawn, unfinished, comes};
        room.count(pic::asset(asset), taken);
        CHECK(room.stock(pic::asset(asset)) == Room::bytes(taken));
        check();
    }
    // '#' is here and kept, 'l' here and loose.
    void loose(const std::string& row, std::uint32_t asset = 0) {
        room.found(pic::asset(asset), pic::columns(row, "#l"), pic::columns(row, "l"));
        check();
    }
    std::string loose(std::uint32_t asset = 0) const {
        return pic::picture(room.loose(pic::asset(asset)), kCupboardWidth, 'l');
    }
    void came(std::uint32_t fragment, bool on_purpose) {
        with([&](Turn& turn) { room.came(pic::fragment(fragment), on_purpose, turn); });
    }
    // What the store was told to remember since: "-2" is loose from now on, "+2" is not.
    std::string marks() {
        std::string text;
        for (const Action& action : out)
            if (const Mark* mark = std::get_if<Mark>(&action))
                text += (mark->kept ? "+" : "-") + mark->fragments.text();
        out.clear();
        return text;
    }
    std::size_t told(const std::string& kind) const {
        return static_cast<std::size_t>(
            std::count_if(out.begin(), out.end(), [&](const Action& action) {
                const Report* report = std::get_if<Report>(&action);
                return report != nullptr && report->kind == kind;
            }));
    }
};

// The first row is ours: 'l' loose, '#' kept, '>' somebody plays from there on. Then the witnesses.
struct StoreScene {
    std::string ours;
    std::vector<std::string> theirs;
    std::uint32_t replicas = 2;
    std::string responsible = "......";  // '#': we are
    std::uint32_t asset = 0;
};

// In order: "0:2 0:4".
std::string evictable_of(Cupboard& cupboard, const std::vector<StoreScene>& scenes,
                         bool copied = true) {
    std::vector<RangeSet> sets;
    sets.reserve(64);
    std::vector<Room::Held> held;
    for (const StoreScene& scene : scenes) {
        const pic::Line ours = pic::line(scene.ours);
        cupboard.loose(ours.cells, scene.asset);
        Room::Held one;
        one.asset = pic::asset(scene.asset);
        one.here = &sets.emplace_back(ours.columns("#l"));
        for (const std::uint32_t playhead : ours.playheads)
            one.played = std::min(one.played, playhead);
        one.replicas = scene.replicas;
        for (const std::string& row : scene.theirs)
            one.witnesses.push_back(&sets.emplace_back(pic::columns(row)));
        const RangeSet* responsible = &sets.emplace_back(pic::columns(scene.responsible));
        one.responsible = [responsible](std::uint32_t i) { return responsible->contains(i); };
        held.push_back(one);
    }
    std::string text;
    for (const FragmentRef& fragment : cupboard.room.evictable(held, copied)) {
        CHECK(cupboard.room.loose(fragment.asset).contains(fragment.index.value));
        text += (text.empty() ? "" : " ") + std::to_string(fragment.asset.bytes[3]) + ":" +
                std::to_string(fragment.index.value);
    }
    return text;
}

}  // namespace

TEST_CASE("room: whole and withdrawn fragments count, unfinished ones whole while more comes") {
    struct Row {
        const char* ours;
        bool comes;
        std::uint64_t bytes;
    };
    constexpr std::uint64_t kTwo = limits::kChunkBytes + kEach;
    for (const Row& row :
         {Row{"......", true, 0}, Row{"##....", false, 2 * kEach}, Row{"#w....", false, 2 * kEach},
          Row{"..o...", true, kTwo}, Row{"..o...", false, limits::kChunkBytes},
          Row{"..p...", true, 0}, Row{"#wop..", true, 2 * kEach + kTwo}}) {
        CAPTURE(row.ours);
        CAPTURE(row.comes);
        Cupboard cupboard(100 * kEach);
        cupboard.count("##....", false, 1);
        cupboard.count(row.ours, row.comes);
        CHECK(cupboard.room.stock(pic::asset()) == row.bytes);
        CHECK(cupboard.room.stock() == row.bytes + 2 * kEach);
        cupboard.count("......", false);
        CHECK(cupboard.room.stock() == 2 * kEach);
        cupboard.room.forget(pic::asset(1));
        CHECK(cupboard.room.stock() == 0);
    }
}

TEST_CASE("room: each count replaces the one before, whatever came and went") {
    Cupboard cupboard(100 * kEach);
    for (std::uint32_t i = 0; i < kCupboardWidth; ++i)
        cupboard.manifest.fragments[i].size = kEach << i;  // each sum is of one set only
    for (const char* row :
         {"###...", "#.....", "#w..#.", "..wwww", "oo####", "......", ".#.#.#", "#.#.#."}) {
        CAPTURE(row);
        cupboard.count(row, true);
        cupboard.count(row, false);
    }
    // Without its manifest it takes nothing, and with it again what it takes.
    const RangeSet whole = pic::columns("##....");
    cupboard.room.count(pic::asset(), {nullptr, whole, {}, {}, false});
    CHECK(cupboard.room.stock() == 0);
    cupboard.count("##....", false);
}

TEST_CASE("room: what was kept for more that does not come any more lacks no more") {
    constexpr std::uint64_t kWhole = limits::kChunkBytes + kEach;
    Cupboard cupboard(2 * kWhole);
    cupboard.count("oo....", true);
    CHECK_FALSE(cupboard.room.fits(kEach, 0));
    cupboard.count("#o....", true, 1);  // another asset: that is no less
    cupboard.count("#.....", true, 1);
    CHECK(cupboard.room.lacks());
    cupboard.count("o.....", true);  // one of the two is gone, the other comes on
    CHECK(cupboard.room.lacks());
    cupboard.count("o.....", false);
    CHECK_FALSE(cupboard.room.lacks());
    CHECK_FALSE(cupboard.room.fits(kWhole, kWhole));
    cupboard.count("o.....", false);  // once
    CHECK(cupboard.room.take_needed() == limits::kChunkBytes + kEach);
}

TEST_CASE("room: what does not fit says how much lacks, unless it never could") {
    Cupboard cupboard(5 * kEach);
    cupboard.count("###...", false);
    CHECK(cupboard.room.fits(kEach, kEach));
    CHECK_FALSE(cupboard.room.lacks());
    CHECK_FALSE(cupboard.room.fits(5 * kEach + 1, 0));  // it never could
    CHECK_FALSE(cupboard.room.lacks());
    CHECK_FALSE(cupboard.room.fits(2 * kEach, 2 * kEach));
    CHECK_FALSE(cupboard.room.fits(kEach, 2 * kEach));  // less lacks
    CHECK(cupboard.room.lacks());
    CHECK(cupboard.room.take_needed() == 2 * kEach);
    CHECK_FALSE(cupboard.room.lacks());

    Cupboard endless(0);
    CHECK(endless.room.fits(~0ULL >> 1, 0));
    CHECK(endless.room.could_hold(~0ULL >> 1, 0));
    CHECK_FALSE(endless.room.full());
}

TEST_CASE("room: it is full at its limit, and could hold what may be evicted besides") {
    Cupboard cupboard(4 * kEach);
    cupboard.count("###...", false);
    CHECK_FALSE(cupboard.room.full());
    CHECK(cupboard.room.could_hold(kEach, 0));
    CHECK_FALSE(cupboard.room.could_hold(kEach + 1, 0));
    CHECK(cupboard.room.could_hold(2 * kEach, kEach));
    cupboard.count("####..", false);
    CHECK(cupboard.room.full());
}

TEST_CASE("room: kept is what was put or fetched on purpose, loose what came by the way") {
    struct Row {
        bool on_purpose;
        const char* before;  // of the fragment: '.' never here, 'l' loose, 'p' put
        const char* after;
        const char* marks;
    };
    for (const Row& row :
         {Row{true, ".", ".", ""}, Row{true, "l", ".", ""}, Row{true, "p", ".", ""},
          Row{false, ".", "l", "-2"}, Row{false, "l", "l", "-2"}, Row{false, "p", ".", ""}}) {
        CAPTURE(row.on_purpose);
        CAPTURE(row.before);
        Cupboard cupboard(5 * kEach);
        if (row.before[0] == 'l') cupboard.loose("..l...");
        if (row.before[0] == 'p')
            cupboard.with([&](Turn& turn) {
                cupboard.room.put(pic::asset(), RangeSet{{2, 3}}, turn);
            });
        cupboard.came(2, row.on_purpose);
        CHECK(cupboard.loose().substr(2, 1) == row.after);
        CHECK(cupboard.marks() == row.marks);
    }
}

TEST_CASE("room: who fetches or puts what is here keeps it, and the store is told once") {
    Cupboard cupboard(5 * kEach);
    cupboard.loose("lll#l.");
    const auto keep = [&](const char* row) {
        cupboard.with(
            [&](Turn& turn) { cupboard.room.keep(pic::asset(), pic::columns(row), turn); });
    };
    keep(".#.#..");
    CHECK(cupboard.loose() == "l.l.l.");
    CHECK(cupboard.marks() == "+1");
    keep(".#.#..");
    CHECK(cupboard.marks().empty());
    cupboard.with(
        [&](Turn& turn) { cupboard.room.put(pic::asset(), pic::columns("#....#"), turn); });
    CHECK(cupboard.loose() == "..l.l.");
    CHECK(cupboard.marks() == "+0");
    CHECK(cupboard.room.is_put(pic::asset()));
    cupboard.room.put_no_more(pic::asset());
    CHECK_FALSE(cupboard.room.is_put(pic::asset()));
    cupboard.came(5, false);
    CHECK(cupboard.loose() == "..l.ll");
}

TEST_CASE("room: what is taken, dropped, removed or forgotten is loose no more") {
    Cupboard cupboard(5 * kEach);
    const auto again = [&] {
        cupboard.loose("llllll");
        cupboard.with([&](Turn& turn) { cupboard.room.put(pic::asset(), RangeSet{{8, 9}}, turn); });
    };
    again();
    cupboard.room.taken(pic::asset(), RangeSet{{0, 2}, {8, 9}});
    CHECK(cupboard.loose() == "..llll");
    CHECK_FALSE(cupboard.room.is_put(pic::asset()));
    again();
    cupboard.room.dropped(pic::asset(), RangeSet{{1, 3}});
    CHECK(cupboard.loose() == "l..lll");
    CHECK(cupboard.room.is_put(pic::asset()));
    again();
    cupboard.room.removed(pic::asset());
    CHECK(cupboard.loose() == "......");
    CHECK(cupboard.room.is_put(pic::asset()));
    again();
    cupboard.count("######", false);
    cupboard.room.forget(pic::asset());
    CHECK(cupboard.loose() == "......");
    CHECK_FALSE(cupboard.room.is_put(pic::asset()));
    CHECK(cupboard.room.stock() == 0);
    for (const AssetId& nothing : {pic::asset(2), pic::asset(3)}) {
        cupboard.room.taken(nothing, RangeSet{{0, 2}});
        cupboard.room.dropped(nothing, RangeSet{{0, 2}});
        cupboard.room.removed(nothing);
        cupboard.room.forget(nothing);
        CHECK(cupboard.room.loose(nothing).empty());
    }
}

TEST_CASE("room: only what is loose goes, of which R witnesses have a copy") {
    Cupboard cupboard(5 * kEach);
    CHECK(evictable_of(cupboard, {{"l#l#ll", {"######", "##....", "..##.."}}}) == "0:0 0:2");
    CHECK(evictable_of(cupboard, {{"l#l#ll", {"######", "##....", "..##.."}}}, false) == "0:4 0:5");
    CHECK(
        evictable_of(cupboard, {{.ours = "llll..", .theirs = {"####..", "####.."}, .replicas = 3}})
            .empty());
    CHECK(evictable_of(cupboard, {{.ours = "llll..", .theirs = {}}}).empty());
}

TEST_CASE("room: nothing goes that is played on to, or that we are responsible for") {
    Cupboard cupboard(5 * kEach);
    const std::vector<std::string> all{"######", "######"};
    CHECK(evictable_of(cupboard, {{"ll>llll", all}}) == "0:0 0:1");
    CHECK(evictable_of(cupboard, {{"l>lll>l.", all}}) == "0:0");
    CHECK(evictable_of(cupboard, {{"llllll", all, 2, "#.#..."}}) == "0:1 0:3 0:4 0:5");
    CHECK(evictable_of(cupboard, {{"llllll", {}, 2, "#.#..."}}, false) == "0:1 0:3 0:4 0:5");
}

TEST_CASE("room: the longest unused goes first; unused since the start is longest") {
    Cupboard cupboard(5 * kEach);
    const std::vector<std::string> all{"######", "######"};
    const auto used = [&](std::uint32_t fragment, Duration at, std::uint32_t asset = 0) {
        cupboard.room.used(pic::fragment(fragment, asset), cupboard.now + at);
    };
    used(0, 9s);
    used(1, 3s);
    used(3, 1s);
    used(0, 2s, 1);
    const std::vector<StoreScene> two{{.ours = "llll..", .theirs = all},
                                      {.ours = "ll....", .theirs = all, .asset = 1}};
    CHECK(evictable_of(cupboard, two) == "0:2 1:1 0:3 1:0 0:1 0:0");
    used(2, 10s);
    CHECK(evictable_of(cupboard, two) == "1:1 0:3 1:0 0:1 0:0 0:2");
    cupboard.room.dropped(pic::asset(), RangeSet{{2, 3}});
    CHECK(evictable_of(cupboard, two) == "0:2 1:1 0:3 1:0 0:1 0:0");
}

TEST_CASE("room: of one asset at a time, and no more than lacks") {
    Cupboard cupboard(5 * kEach);
    const std::vector<FragmentRef> order{pic::fragment(3, 1), pic::fragment(0), pic::fragment(1, 1),
                                         pic::fragment(5, 1)};
    const auto victims = [&](const std::vector<FragmentRef>& of, std::uint64_t lacking) {
        std::string text;
        cupboard.with([&](Turn& turn) {
            const auto out = cupboard.room.victims(
                of, lacking, [](const FragmentRef&) { return kEach; }, turn);
            if (out) text = std::to_string(out->asset.bytes[3]) + ":" + out->fragments.text();
        });
        return text;
    };
    CHECK(victims(order, 1) == "1:3");
    CHECK(victims(order, kEach + 1) == "1:1,3");
    CHECK(victims(order, 10 * kEach) == "1:1,3,5");
    CHECK(cupboard.told("store.limit") == 0);
    CHECK(victims({}, 1).empty());
    CHECK(victims({}, 1).empty());
    CHECK(cupboard.told("store.limit") == 1);  // and not again before something went
    CHECK(victims(order, 1) == "1:3");
    CHECK(victims({}, 1).empty());
    CHECK(cupboard.told("store.limit") == 2);
}

TEST_CASE("room: it looks once a second, where something lacks, and never while we stop") {
    Cupboard cupboard(5 * kEach);
    const auto look = [&](bool staying = true) {
        bool due = false;
        cupboard.with([&](Turn& turn) { due = cupboard.room.look(staying, turn); });
        return due;
    };
    CHECK_FALSE(look());
    CHECK(cupboard.wake == kNever);
    CHECK_FALSE(cupboard.room.fits(5 * kEach, kEach));
    CHECK_FALSE(look(false));
    const Time first = cupboard.now;
    CHECK(look());
    CHECK_FALSE(look());
    CHECK(cupboard.wake == first + Room::kLookEvery);
    cupboard.now += Room::kLookEvery;
    CHECK(look());
    CHECK(cupboard.room.lacks());
    cupboard.with([&](Turn& turn) { cupboard.room.wake(turn); });
    CHECK(cupboard.wake == cupboard.now + Room::kLookEvery);
    cupboard.room.take_needed();
    cupboard.with([&](Turn& turn) { cupboard.room.wake(turn); });
    CHECK(cupboard.wake == kNever);
    // What was put is more than the limit.
    cupboard.count("######", false);
    cupboard.now += Room::kLookEvery;
    CHECK(look());
    CHECK(cupboard.room.take_needed() == kEach);
}

TEST_CASE("room: after an eviction that dropped all it looks at once, else a second later") {
    for (const bool all : {true, false}) {
        Cupboard cupboard(kEach);
        CHECK_FALSE(cupboard.room.fits(kEach, kEach));
        cupboard.now += 10s;
        cupboard.room.evicted(all, cupboard.now);
        cupboard.with([&](Turn& turn) { CHECK(cupboard.room.look(true, turn) == all); });
    }
}

TEST_CASE(
    "room: what others should have is passed on every half minute, and looked at in between") {
    Cupboard cupboard(kEach);
    CHECK_FALSE(cupboard.room.fits(kEach, kEach));
    CHECK(cupboard.room.pass_on(cupboard.now));
    cupboard.now += Room::kPassOnEvery - 1us;
    CHECK_FALSE(cupboard.room.pass_on(cupboard.now));
    cupboard.with([&](Turn& turn) { cupboard.room.wake(turn); });
    CHECK(cupboard.wake == cupboard.now + 2 * Room::kLookEvery);
    cupboard.now += 1us;
    CHECK(cupboard.room.pass_on(cupboard.now));
}

TEST_CASE("room: a full disk is said once, and tried again where nobody says that it is not") {
    Cupboard cupboard(0);
    const auto says = [&](bool room) {
        bool changed = false;
        cupboard.with([&](Turn& turn) { changed = cupboard.room.disk_says(room, turn); });
        return changed;
    };
    const auto tick = [&] {
        bool changed = false;
        cupboard.with([&](Turn& turn) { changed = cupboard.room.tick_disk(turn); });
        return changed;
    };
    CHECK_FALSE(says(true));
    CHECK_FALSE(tick());
    CHECK(says(false));
    CHECK_FALSE(cupboard.room.on_disk());
    cupboard.now += 1s;
    CHECK_FALSE(says(false));
    CHECK(cupboard.told("store.full") == 1);
    CHECK_FALSE(tick());
    CHECK(cupboard.wake == cupboard.now + limits::kMaxDialWait);
    cupboard.now += limits::kMaxDialWait;
    CHECK(tick());
    CHECK(cupboard.room.on_disk());
    CHECK(cupboard.told("store.room") == 1);
    CHECK_FALSE(tick());
    CHECK(says(false));
    CHECK(says(true));
}

TEST_CASE("room: a fragment counts for kMinFragmentOnDisk at least, whole, begun or on its way") {
    Cupboard cupboard(10 * limits::kMinFragmentOnDisk);
    for (FragmentInfo& one : cupboard.manifest.fragments)
        one.size = 1;
    cupboard.count("###w..", false);
    CHECK(cupboard.room.stock() == 4 * limits::kMinFragmentOnDisk);
    cupboard.manifest.fragments.back().size = limits::kMinFragmentOnDisk + 1;
    cupboard.count(".....#", false, 1);
    CHECK(cupboard.room.stock() == 5 * limits::kMinFragmentOnDisk + 1);
    CHECK(Room::on_disk(1) == limits::kMinFragmentOnDisk);
}
