// The end of a stay: a row for each who stays, a column for each fragment of ours.
#include "peer/swarm/copies/farewell.hpp"

#include "messages/wire/limits.hpp"
#include "tests/support/pictures.hpp"

#include <cctype>

#include <doctest/doctest.h>

using namespace fragcast;
using namespace std::chrono_literals;
namespace pic = fragcast::pictures;

namespace {

using End = Farewell::Kind;
using Company = Farewell::Company;
const PeerId kLeaver = pic::peer('o');

struct Parting {
    Farewell farewell;
    Actions out;
    std::uint64_t requests = 0;
    Time now{Duration{1'000'000}};
    Time wake = kNever;
    Time deadline = now + 8s;

    explicit Parting(End kind = End::none) {
        if (kind != End::none) CHECK(farewell.begin(kind, deadline, now));
    }
    template <class Does>
    void with(Does does) {
        Turn turn{now, out, requests};
        does(turn);
        wake = turn.wake;
        check();
    }
    void check() const {
        CHECK(farewell.broken() == nullptr);
        const FarewellView view = farewell.view(name);
        std::uint64_t count = 0;
        for (const auto& [id, left] : farewell.left()) {
            CHECK_FALSE(left.empty());
            count += left.count();
        }
        CHECK(view.fragments_left == count);
        CHECK((view.state == FarewellView::State::none) == !farewell.runs());
    }
    static std::string name(const AssetId& id) { return "film" + std::to_string(id.bytes[3]); }
    // Returned: how many were handed over since.
    std::uint64_t left(const std::string& row, std::uint32_t asset = 0) {
        std::map<AssetId, RangeSet> all;
        const RangeSet fragments = pic::columns(row);
        if (!fragments.empty()) all[pic::asset(asset)] = fragments;
        const std::uint64_t before = farewell.count_handed_over();
        farewell.set_left(all, 100 * fragments.count());
        check();
        return farewell.count_handed_over() - before;
    }
    bool look() {
        bool due = false;
        with([&](Turn& turn) { due = farewell.look_due(turn); });
        return due;
    }
    std::string end(bool alone) {
        with([&](Turn& turn) { farewell.end(alone, name, turn); });
        const Report& report = std::get<Report>(out.back());
        return report.kind + (report.level == Report::Level::warning ? "! " : " ") + report.text;
    }
};

// Who stays, as rows; a capital letter cannot take anything.
struct Staying {
    std::vector<std::pair<char, std::string>> rows;
    std::uint32_t replicas = 2;
    std::uint32_t most = 100;

    // A row for each who is offered something: "a#.. c..#".
    std::string offers(const Farewell& farewell, std::uint32_t width) {
        const RangeSet ours = RangeSet::up_to(width);
        std::vector<RangeSet> held;
        held.reserve(rows.size());
        std::vector<CopyMember> members;
        std::vector<CopyHolder> holders{{kLeaver, CopyHolder::Kind::away, &ours}};
        std::set<PeerId> able;
        for (const auto& [letter, row] : rows) {
            const PeerId peer = pic::peer(letter);
            held.push_back(pic::columns(row));
            members.push_back({peer, 1});
            if (!held.back().empty())
                holders.push_back({peer, CopyHolder::Kind::copy, &held.back()});
            if (std::islower(letter) != 0) able.insert(peer);
        }
        const CopyPicture picture(pic::asset(), width, replicas, members, holders);
        const std::uint32_t before = most;
        const auto out = farewell.offers(
            pic::asset(), picture, kLeaver, replicas,
            [&](const PeerId& peer) { return able.contains(peer); }, most);
        RangeSet offered;
        std::string text;
        for (const auto& [peer, fragments] : out) {
            CHECK(able.contains(peer));
            RangeSet beyond = fragments;
            beyond.remove(farewell.left().at(pic::asset()));
            CHECK(beyond.empty());
            offered.add(fragments);
            text += (text.empty() ? "" : " ") + std::string(1, static_cast<char>(peer.bytes[0])) +
                    pic::picture(fragments, width);
        }
        CHECK(offered.count() <= before - most);
        // To the first that should have it.
        for (const Span& span : offered.spans())
            for (std::uint32_t i = span.begin; i < span.end; ++i) {
                bool passed = false;
                for (const PeerId& peer : picture.takers(i, rows.size())) {
                    const auto found = out.find(peer);
                    const bool has = found != out.end() && found->second.contains(i);
                    CHECK_FALSE((has && passed));
                    passed = passed || (!has && able.contains(peer));
                }
            }
        return text;
    }
};

}  // namespace

TEST_CASE("farewell: who refuses an offer while none runs is not noted") {
    Parting parting;
    parting.farewell.unable(pic::peer('a'));
    CHECK_FALSE(parting.farewell.is_unable(pic::peer('a')));
    parting.check();
}

TEST_CASE("farewell: a drain can be cut short by a stop, and not the other way round") {
    struct Row {
        End runs;
        End asked;
        bool begins;
    };
    for (const Row& row : {Row{End::none, End::stop, true}, Row{End::none, End::drain, true},
                           Row{End::stop, End::stop, false}, Row{End::stop, End::drain, false},
                           Row{End::drain, End::drain, false}, Row{End::drain, End::stop, true}}) {
        Parting parting(row.runs);
        if (row.runs != End::none) parting.left("##..");
        parting.farewell.unable(pic::peer('a'));
        CHECK(parting.farewell.begin(row.asked, parting.deadline, parting.now) == row.begins);
        const End now = row.begins ? row.asked : row.runs;
        CHECK(parting.farewell.stops() == (now == End::stop));
        CHECK(parting.farewell.left().empty() == row.begins);
        CHECK(parting.farewell.is_unable(pic::peer('a')) == !row.begins);
    }
}

TEST_CASE("farewell: it looks at what is left every kLookEvery, from its beginning to its end") {
    Parting parting;
    CHECK_FALSE(parting.look());
    CHECK(parting.wake == kNever);
    CHECK(parting.farewell.begin(End::stop, parting.deadline, parting.now));
    CHECK(parting.look());
    CHECK(parting.wake == parting.now + Farewell::kLookEvery);
    CHECK_FALSE(parting.look());
    CHECK(parting.wake == parting.now + Farewell::kLookEvery);
    parting.now += Farewell::kLookEvery;
    CHECK(parting.look());
    parting.end(false);
    parting.now += Farewell::kLookEvery;
    CHECK_FALSE(parting.look());
    CHECK(parting.wake == kNever);
}

TEST_CASE("farewell: who stays must be linked where no bus vouches for it, of a drain always") {
    CHECK_FALSE(Parting().farewell.must_be_linked(false));
    CHECK_FALSE(Parting(End::stop).farewell.must_be_linked(true));
    CHECK(Parting(End::stop).farewell.must_be_linked(false));
    CHECK(Parting(End::drain).farewell.must_be_linked(true));
}

TEST_CASE("farewell: who refused, is out of reach or was dialled in vain takes nothing") {
    Parting parting(End::stop);
    Farewell& farewell = parting.farewell;
    const PeerId a = pic::peer('a');
    CHECK(farewell.can_take(a, {}));
    CHECK(farewell.can_take(a, {.linked = true, .out = true}));
    CHECK_FALSE(farewell.can_take(a, {.out = true}));
    CHECK(farewell.can_take(a, {.dialled = limits::kTakerWait - 1us}));
    CHECK(farewell.can_take(a, {.linked = true, .dialled = limits::kTakerWait}));
    CHECK_FALSE(farewell.can_take(a, {.dialled = limits::kTakerWait}));
    CHECK_FALSE(farewell.can_take(a, {.linked = true}));  // and no more
    farewell.unable(pic::peer('b'));
    CHECK_FALSE(farewell.can_take(pic::peer('b'), {.linked = true}));
    CHECK(farewell.can_take(pic::peer('c'), {}));
}

TEST_CASE(
    "farewell: it waits for who is being dialled where they must be linked, and needs the rest") {
    // A letter for each who can take something: '#' linked, '~' dialled, '.' neither.
    struct Row {
        const char* takers;
        const char* needed;
        Company vouched_for;
        Company linked_only;
    };
    for (const Row& row :
         {Row{"", "", Company::none, Company::none}, Row{"#", "", Company::here, Company::here},
          Row{"~", "", Company::here, Company::coming}, Row{".", "a", Company::here, Company::here},
          Row{"#~#", "", Company::here, Company::coming},
          Row{"#.", "b", Company::here, Company::here},
          Row{".~.", "ac", Company::here, Company::coming}}) {
        CAPTURE(row.takers);
        std::vector<Farewell::Taker> takers;
        for (const char one : std::string(row.takers))
            takers.push_back(
                {pic::peer(static_cast<char>('a' + takers.size())), one == '#', one == '~'});
        std::string needed;
        for (const PeerId& peer : Farewell::needed(takers))
            needed += static_cast<char>(peer.bytes[0]);
        CHECK(needed == row.needed);
        CHECK(Farewell::company(takers, false) == row.vouched_for);
        CHECK(Farewell::company(takers, true) == row.linked_only);
    }
}

TEST_CASE("farewell: of a stop one copy must stay, of a drain R, or as many as stay") {
    const Farewell stop = Parting(End::stop).farewell;
    const Farewell drain = Parting(End::drain).farewell;
    CHECK(stop.goal(3, 5) == 1);
    CHECK(stop.goal(3, 0) == 1);
    CHECK(drain.goal(3, 5) == 3);
    CHECK(drain.goal(3, 2) == 2);
    CHECK(drain.goal(3, 0) == 1);
}

TEST_CASE("farewell: what is left no more was handed over") {
    Parting parting(End::drain);
    CHECK(parting.left("####") == 0);
    CHECK(parting.farewell.view(Parting::name).bytes_left == 400);
    CHECK(parting.left(".##.") == 2);
    CHECK(parting.left(".###") == 0);  // somebody lost it
    CHECK(parting.left("....") == 3);
}

TEST_CASE("farewell: it is over when nothing is left, nobody stays or time is up") {
    Parting parting(End::stop);
    CHECK(parting.farewell.over(Company::here, parting.now));
    parting.left("#...");
    CHECK_FALSE(parting.farewell.over(Company::here, parting.now));
    CHECK_FALSE(parting.farewell.over(Company::coming, parting.deadline - 1us));
    CHECK(parting.farewell.over(Company::none, parting.now));
    CHECK(parting.farewell.over(Company::here, parting.deadline));
}

TEST_CASE("farewell: a stop offers its last copies once, a drain as often as copies lack") {
    Parting stop(End::stop);
    stop.left("##");
    CHECK(Staying{{{'a', ".."}}}.offers(stop.farewell, 2) == "a##");
    CHECK(Staying{{{'A', ".."}, {'b', ".."}, {'C', ".."}}}.offers(stop.farewell, 2) == "b##");
    CHECK(Staying{{{'a', "#."}}}.offers(stop.farewell, 2) == "a.#");
    CHECK(Staying{{{'A', "#."}, {'b', ".."}}}.offers(stop.farewell, 2) == "b.#");
    CHECK(Staying{{{'A', ".."}}}.offers(stop.farewell, 2).empty());
    Parting drain(End::drain);
    drain.left("##");
    CHECK(Staying{{{'a', ".."}, {'b', ".."}}}.offers(drain.farewell, 2) == "a## b##");
    CHECK(Staying{{{'a', "#."}, {'b', ".."}}}.offers(drain.farewell, 2) == "a.# b##");
    CHECK(Staying{{{'a', "##"}, {'b', ".#"}, {'C', ".."}}}.offers(drain.farewell, 2) == "b#.");
    CHECK(Staying{.rows = {{'a', ".."}, {'b', ".."}, {'c', ".."}}, .replicas = 3}.offers(
              drain.farewell, 2) == "a## b## c##");
}

TEST_CASE("farewell: no more is offered at a time than is said, and nothing that is not left") {
    Parting parting(End::stop);
    parting.left(".####");
    Staying staying{.rows = {{'a', "....."}}, .most = 3};
    CHECK(staying.offers(parting.farewell, 5) == "a.###.");
    CHECK(staying.most == 0);
    CHECK(staying.offers(parting.farewell, 5).empty());
    parting.left("....", 1);
    CHECK(parting.farewell.left().empty());
    Staying others{{{'a', "....."}}};
    CHECK(others.offers(parting.farewell, 5).empty());
    CHECK(others.most == 100);
}

TEST_CASE("farewell: its end says what is lost, and warns where somebody could have taken it") {
    CHECK(Parting(End::stop).end(false) == "stopping.done nothing is lost with this peer");
    CHECK(Parting(End::drain).end(false) ==
          "stopping.done all that was here has its copies elsewhere");
    for (const bool alone : {true, false}) {
        Parting parting(End::stop);
        parting.left("##.#", 2);
        CHECK(parting.end(alone) ==
              (alone ? "stopping.at_risk 3 fragments have no copy elsewhere, and nobody stays to "
                       "take them: film2 0-1,3"
                     : "stopping.at_risk! 3 fragments lack copies at those who stay: film2 0-1,3"));
        CHECK(parting.farewell.view(Parting::name).done);
        CHECK(parting.farewell.view(Parting::name).left == "film2 0-1,3");
    }
}
