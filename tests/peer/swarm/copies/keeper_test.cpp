// What is kept for the swarm's sake: a column for each fragment of an asset.
#include "peer/swarm/copies/keeper.hpp"

#include "tests/support/pictures.hpp"

#include <doctest/doctest.h>

using namespace fragcast;
using namespace std::chrono_literals;
namespace pic = fragcast::pictures;

namespace {

constexpr Duration kRepairAfter = 60s;
const PeerId kOurs = pic::peer('o');

struct Kept {
    SwarmOptions options;
    Keeper keeper{options};
    Actions out;
    std::uint64_t requests = 0;
    Time now{Duration{1'000'000}};
    Time wake = kNever;
    std::map<AssetId, int> assets{{pic::asset(0), 0},
                                  {pic::asset(1), 0},
                                  {pic::asset(2), 0},
                                  {pic::asset(3), 0},
                                  {pic::asset(4), 0}};

    explicit Kept(Duration repair_after = kRepairAfter) { options.repair_after = repair_after; }
    Kept(const Kept&) = delete;
    template <class Does>
    void with(Does does) {
        Turn turn{now, out, requests};
        does(turn);
        wake = turn.wake;
        check();
    }
    void check() const { CHECK(keeper.broken() == nullptr); }
    void members(const std::string& letters) {
        KnownPeers peers;
        Standing us;
        us.self = kOurs;
        us.capacity = letters.find('o') == letters.npos ? 0 : 1;
        for (const char letter : letters) {
            PeerRecord record;
            record.id = pic::peer(letter);
            record.capacity = 1;
            if (record.id != kOurs) peers.listed(record, {0}, now);
        }
        CHECK(keeper.members(Membership(us), peers).size() == letters.size());
        check();
    }
    // The assets whose turn it is, of so much budget.
    std::string due(std::size_t budget = 1000) {
        std::string text;
        while (const auto id = keeper.next(assets, budget))
            text += std::to_string(id->bytes[3]);
        with([&](Turn& turn) { keeper.looked(turn); });
        return text;
    }
    void gone(char peer, const std::string& held, std::uint32_t asset = 0) {
        Keeper::Holds holds;
        if (!pic::columns(held).empty()) holds[pic::asset(asset)] = pic::columns(held);
        with([&](Turn& turn) { keeper.gone(pic::peer(peer), std::move(holds), turn); });
    }
    // "a##.. b.#.."
    std::string missing(std::uint32_t asset = 0) const {
        std::string text;
        for (const auto& [peer, held] : keeper.missing(pic::asset(asset)))
            text += (text.empty() ? "" : " ") + std::string(1, static_cast<char>(peer.bytes[0])) +
                    pic::picture(*held, 4);
        CHECK(text.empty() == !keeper.expects(pic::asset(asset)));
        return text;
    }
    void expire(const std::string& back = "") {
        with([&](Turn& turn) {
            keeper.expire(
                [&](const PeerId& id) {
                    return back.find(static_cast<char>(id.bytes[0])) != back.npos;
                },
                turn);
        });
    }
    void see(bool holds, const Keeper::Sight& sight) {
        with([&](Turn& turn) { keeper.see(holds, sight, turn); });
    }
    // What is told of what only we have, if anything.
    std::string tell() {
        out.clear();
        with([&](Turn& turn) {
            keeper.tell_risk(
                kOurs, [](const AssetId& id) { return "film" + std::to_string(id.bytes[3]); },
                turn);
        });
        return out.empty() ? "" : std::get<Report>(out.front()).text;
    }
};

}  // namespace

TEST_CASE("keeper: all copies are looked at again when somebody counts as another thing") {
    Kept kept;
    KnownPeers peers;
    Standing us;
    us.self = kOurs;
    us.capacity = 1;
    us.bus_joined = true;
    // Members as they are now, and what is due since.
    const auto now = [&] {
        std::string out;
        for (const CopyMember& one : kept.keeper.members(Membership(us), peers))
            out += static_cast<char>(one.peer.bytes[0]);
        return out + " " + kept.due();
    };
    const auto listed = [&](char who, std::uint32_t capacity) {
        PeerRecord record;
        record.id = pic::peer(who);
        record.capacity = capacity;
        peers.listed(record, {0}, {});
    };
    CHECK(kept.keeper.alone(kOurs));
    CHECK(now() == "o 01234");
    CHECK(kept.keeper.alone(kOurs));
    CHECK(now() == "o ");
    listed('c', 1);
    CHECK(now() == "co 01234");
    CHECK_FALSE(kept.keeper.alone(kOurs));
    listed('c', 1);
    peers.linked(pic::peer('c'), pic::link('c'));
    CHECK(now() == "co ");
    peers.leaves(pic::peer('c'));
    CHECK(now() == "o 01234");
    us.stays = false;
    listed('d', 2);
    CHECK(now() == "d 01234");
    CHECK_FALSE(kept.keeper.alone(kOurs));
    // Who is linked is looked at where it matters; copies are not looked at again for it.
    us.linked_only = true;
    CHECK(now() == " 01234");
    CHECK(kept.keeper.alone(kOurs));
    peers.linked(pic::peer('d'), pic::link('d'));
    CHECK(now() == "d ");
    peers.unlinked(pic::peer('d'), pic::link('d'), true);
    CHECK(now() == " ");
    us.linked_only = false;
    CHECK(now() == "d 01234");
    peers.forget(pic::peer('d'));
    CHECK(now() == " 01234");
    kept.keeper.follow(Membership(us), peers);
    CHECK(kept.due().empty());
}

TEST_CASE("keeper: who is gone is expected back with what it held, until it is to be repaired") {
    Kept kept;
    kept.gone('a', "##..");
    kept.gone('b', ".#..");
    kept.gone('b', "...#", 1);
    kept.gone('c', "....");
    CHECK(kept.wake == kNever);  // who held nothing is not missed
    CHECK(kept.missing() == "a##..");
    CHECK(kept.missing(1) == "b...#");
    CHECK(kept.missing(2).empty());
    kept.now += kRepairAfter - 1us;
    kept.expire();
    CHECK(kept.wake == kept.now + 1us);
    CHECK(kept.missing() == "a##..");
    CHECK(kept.due().empty());
    kept.now += 1us;
    kept.expire();
    CHECK(kept.missing().empty());
    CHECK(kept.due() == "01234");
    kept.expire();
    CHECK(kept.due().empty());
    kept.gone('a', "##..");
    kept.keeper.forget(pic::peer('a'));
    CHECK(kept.missing().empty());
    Kept hasty(0s);
    hasty.gone('a', "##..");
    CHECK(hasty.missing().empty());
}

TEST_CASE("keeper: who is back has two heartbeats to tell what it still holds") {
    Kept kept;
    kept.gone('a', "##..");
    kept.expire("a");
    CHECK(kept.wake == kept.now + 2 * limits::kHeartbeat);
    kept.now += limits::kHeartbeat;
    kept.expire("a");  // not longer because it is still there
    CHECK(kept.wake == kept.now + limits::kHeartbeat);
    kept.now += limits::kHeartbeat;
    kept.expire("a");
    CHECK(kept.missing().empty());
    // Nor longer than it would have been missed.
    kept.gone('a', "##..");
    kept.now += kRepairAfter - 1s;
    kept.expire("a");
    CHECK(kept.wake == kept.now + 1s);
    // So has one of whom a new life is heard.
    kept.with([&](Turn& turn) {
        kept.keeper.begins_anew(pic::peer('b'), {{pic::asset(), pic::columns(".##.")}}, turn);
    });
    CHECK(kept.wake == kept.now + 2 * limits::kHeartbeat);
    CHECK(kept.missing() == "a##.. b.##.");
}

TEST_CASE("keeper: copies are wanted once enough of the swarm was seen for long enough") {
    using Sight = Keeper::Sight;
    const Sight bus{.joined = true, .told = true};
    const Sight settling{.joined = true, .met = true};
    const Sight friends{.met = true, .no_buses = true};
    for (const Sight& nothing :
         {Sight{}, Sight{.met = true}, Sight{.told = true, .no_buses = true}}) {
        Kept kept;
        kept.see(true, nothing);
        kept.now += 10 * Duration(limits::kSettling);
        kept.see(true, nothing);
        CHECK_FALSE(kept.keeper.may_want());
        CHECK(kept.wake == kNever);
    }
    for (const Sight& enough : {bus, friends}) {
        Kept kept;
        kept.see(true, enough);
        CHECK_FALSE(kept.keeper.may_want());
        CHECK(kept.wake == kept.now + limits::kSettling);
        kept.now += limits::kSettling;
        kept.see(true, settling);
        CHECK_FALSE(kept.keeper.may_want());
        CHECK(kept.due().empty());
        kept.see(true, enough);
        CHECK(kept.keeper.may_want());
        CHECK(kept.due() == "01234");  // all that nothing was wanted of before
        kept.see(true, enough);
        CHECK(kept.due().empty());
        kept.see(false, enough);
        CHECK_FALSE(kept.keeper.may_want());
        CHECK(kept.due() == "01234");
    }
}

TEST_CASE("keeper: a look costs what it computes, and the next goes on where it ended") {
    Kept kept;
    kept.with([&](Turn& turn) { kept.keeper.wake(turn); });
    CHECK(kept.wake == kNever);
    kept.keeper.all_changed();
    CHECK(kept.due(2 * Keeper::kCostOfLook) == "01");
    CHECK(kept.wake == kept.now + Keeper::kLookEvery);
    kept.with([&](Turn& turn) { CHECK_FALSE(kept.keeper.look_due(turn)); });
    CHECK(kept.wake == kept.now + Keeper::kLookEvery);
    kept.now += Keeper::kLookEvery;
    kept.with([&](Turn& turn) { CHECK(kept.keeper.look_due(turn)); });
    CHECK(kept.due(Keeper::kCostOfLook + 1) == "23");  // begun is begun
    std::size_t budget = 1000;
    CHECK(kept.keeper.next(kept.assets, budget) == pic::asset(4));
    CHECK(budget == 1000 - Keeper::kCostOfLook);
    kept.keeper.unfinished(pic::asset(4));
    CHECK_FALSE(kept.keeper.next(kept.assets, budget));  // not before the next look
    kept.with([&](Turn& turn) { kept.keeper.looked(turn); });
    kept.keeper.changed(pic::asset(2));
    kept.keeper.changed(pic::asset(9));  // forgotten since
    CHECK(kept.due() == "24");
    CHECK(kept.due(0).empty());
}

TEST_CASE("keeper: of what is wanted only what fits begins, and so many in all") {
    struct Row {
        const char* wanted;
        const char* fits;
        std::uint64_t others;
        const char* begins;
        bool unfinished;
    };
    constexpr std::uint64_t kMost = limits::kMaxCopiesWanted;
    for (const Row& row :
         {Row{"##.##", "#####", 0, "##.##", false}, Row{"##.##", ".##.#", 0, ".#..#", false},
          Row{"##.##", "#####", kMost - 3, "##.#.", true},
          Row{"##.##", "...##", kMost - 2, "...##", false},
          Row{"##.##", "#####", kMost, ".....", true},
          Row{".....", "#####", kMost, ".....", false}}) {
        CAPTURE(row.others);
        CAPTURE(row.fits);
        bool unfinished = false;
        const RangeSet fits = pic::columns(row.fits);
        const RangeSet begins = Keeper::choose(
            pic::columns(row.wanted), row.others, [&](std::uint32_t i) { return fits.contains(i); },
            unfinished);
        CHECK(pic::picture(begins, 5) == row.begins);
        CHECK(unfinished == row.unfinished);
    }
}

TEST_CASE("keeper: what only we have is told once it lasted, and once") {
    Kept kept;
    kept.members("co");
    kept.keeper.set_at_risk(pic::asset(1), pic::columns(".##."));
    CHECK(kept.tell().empty());
    CHECK(kept.wake == kept.now + limits::kAtRiskTold);
    kept.now += limits::kAtRiskTold;
    CHECK(kept.tell() == "no other peer has 2 fragments that are here: film1 1-2");
    CHECK(kept.tell().empty());
    kept.keeper.set_at_risk(pic::asset(1), pic::columns(".#.."));
    CHECK(kept.keeper.count_at_risk() == 1);
    CHECK(kept.tell().empty());
    kept.keeper.forget(pic::asset(1));
    CHECK(kept.keeper.at_risk(pic::asset(1)).empty());
    CHECK(kept.tell().empty());
    // Over, and so it begins anew.
    for (std::uint32_t i = 0; i < 5; ++i)
        kept.keeper.set_at_risk(pic::asset(i), pic::columns("#"));
    CHECK(kept.tell().empty());
    kept.now += limits::kAtRiskTold;
    CHECK(kept.tell() ==
          "no other peer has 5 fragments that are here: film0 0, film1 0, film2 0, …");
}

TEST_CASE("keeper: alone, all is at risk, and nobody can help it") {
    Kept kept;
    kept.keeper.set_at_risk(pic::asset(1), pic::columns(".##."));
    for (const char* members : {"", "o"}) {
        kept.members(members);
        CHECK(kept.tell().empty());
        kept.now += 2 * Duration(limits::kAtRiskTold);
        CHECK(kept.tell().empty());
        CHECK(kept.wake == kNever);
    }
    kept.members("co");
    CHECK(kept.tell().empty());
    kept.now += limits::kAtRiskTold;
    CHECK_FALSE(kept.tell().empty());
}
