// The links that are up or coming: a letter for each in the order of their numbers; small: coming,
// capital: up. 'd' dialled, 'g' they dialled us.
#include "peer/swarm/people/neighbours.hpp"

#include "tests/support/pictures.hpp"

#include <string>

#include <doctest/doctest.h>

using namespace fragcast;
using namespace std::chrono_literals;
namespace pic = fragcast::pictures;

namespace {

// Numbers that dialled links never have in these tests.
constexpr std::uint64_t kIncoming = 1'000'000;

std::string door(std::size_t number) {
    return "tcp://10.0.0.1:" + std::to_string(4000 + number);
}

struct Street {
    Neighbours links;
    Time now{100s};
    std::uint64_t requests = 0;
    std::uint64_t incoming = kIncoming;
    Actions out;

    template <class Step>
    auto step(const Step& what) {
        out.clear();
        Turn turn{now, out, requests};
        const auto result = what(turn);
        check();
        return result;
    }
    void check() const {
        const char* broken = links.broken();
        CHECK_MESSAGE(broken == nullptr, broken);
    }
    LinkId dial(std::size_t number) {
        return step([&](Turn& turn) { return links.dial(door(number), turn); });
    }
    LinkId accept(const std::string& from = {}) {
        const LinkId link{++incoming};
        return step([&](Turn& turn) { return links.accept(link, from, turn); }) ? link : LinkId{};
    }
    void hello(LinkId link, char who, bool guest = false) {
        PeerRecord record;
        record.id = pic::peer(who);
        record.exchange = door(static_cast<std::size_t>(who));
        record.guest = guest;
        links.find(link)->on_hello(record, false, now);
    }
    std::optional<Neighbours::Ended> end(LinkId link) {
        return step([&](Turn&) { return links.end(link, now); });
    }
    std::string row() const {
        std::string letters;
        for (const Neighbour& n : links.each()) {
            const char letter = n.dialled() ? 'd' : 'g';
            letters += n.up() ? static_cast<char>(letter - 'a' + 'A') : letter;
        }
        return letters;
    }
};

}  // namespace

TEST_CASE("neighbours: who is dialled has a number that was never given, and is said") {
    Street street;
    const LinkId first = street.dial(1);
    REQUIRE(street.out.size() == 1);
    const auto* said = std::get_if<Dial>(&street.out.front());
    REQUIRE(said != nullptr);
    CHECK(said->link == first);
    CHECK(said->endpoint == door(1));
    const LinkId theirs = street.accept();
    CHECK(street.row() == "dg");
    street.hello(first, 'a');
    CHECK(street.row() == "Dg");
    CHECK(street.end(first)->was_up);
    CHECK_FALSE(street.end(theirs)->was_up);
    CHECK_FALSE(street.end(theirs));
    CHECK(street.row().empty());
    CHECK(street.dial(2) != first);
}

TEST_CASE("neighbours: no more are dialled than may be, until one has gone") {
    Street street;
    LinkId last;
    for (std::size_t i = 0; i < limits::kMaxDialled; ++i)
        CHECK((last = street.dial(i)).value != 0);
    CHECK(street.dial(limits::kMaxDialled).value == 0);
    CHECK(street.out.empty());
    CHECK(street.links.count_dialling() == limits::kMaxDialled);
    street.end(last);
    CHECK(street.dial(limits::kMaxDialled).value != 0);
}

TEST_CASE("neighbours: no more are accepted than may be, until one has gone") {
    Street street;
    LinkId last;
    for (std::size_t i = 0; i < limits::kMaxNeighbours; ++i)
        CHECK((last = street.accept()).value != 0);
    CHECK(street.accept().value == 0);
    CHECK(street.links.size() == limits::kMaxNeighbours);
    for (std::size_t i = 0; i < limits::kMaxDialled; ++i)
        CHECK(street.dial(i).value != 0);  // we still dial whom we need
    CHECK(street.accept().value == 0);
    CHECK(street.links.count_refused() == 2);
    street.end(last);
    CHECK(street.accept().value != 0);
    CHECK(street.links.count_refused() == 2);
}

TEST_CASE("neighbours: beyond kMaxNeighbours who says no hello gives way, the first of them") {
    Street street;
    const LinkId dialled = street.dial(1);
    for (std::size_t i = 0; i + 1 < limits::kMaxNeighbours; ++i)
        street.accept("here");
    CHECK_FALSE(street.links.gives_way("there"));  // a place is left
    street.accept("here");
    street.hello(LinkId{kIncoming + 1}, 'a');
    street.hello(LinkId{kIncoming + 3}, 'b');
    CHECK(street.links.gives_way("there") == LinkId{kIncoming + 2});
    street.end(LinkId{kIncoming + 2});
    CHECK_FALSE(street.links.gives_way("there"));
    street.accept("there");
    CHECK(street.links.gives_way("there") == LinkId{kIncoming + 4});
    CHECK(street.links.find(dialled) != nullptr);
}

TEST_CASE("neighbours: of those who said hello, one gives way from where most come, the idlest") {
    Street street;
    const auto greeted = [&](const std::string& from) {
        const LinkId link = street.accept(from);
        street.hello(link, 'a');
        street.links.find(link)->use(street.now);
        return link;
    };
    const LinkId alone = greeted("alone");
    const LinkId busy = greeted("crowd");
    const LinkId idle = greeted("crowd");
    street.now += 1s;
    street.links.find(busy)->use(street.now);
    greeted("crowd");
    for (std::size_t i = 4; i < limits::kMaxNeighbours; ++i)
        greeted("of their own " + std::to_string(i));
    CHECK(street.links.gives_way("new") == idle);
    CHECK(street.links.gives_way("crowd") == idle);
    street.end(idle);
    CHECK_FALSE(street.links.gives_way("new"));
    const LinkId second = greeted("alone");
    CHECK(street.links.gives_way("alone") == alone);
    CHECK(street.links.gives_way("new") == alone);   // of two crowds of two
    CHECK(street.links.gives_way("crowd") == busy);  // who is of one of them: of that one
    for (const LinkId link : {busy, second})
        street.end(link);
    greeted("new 1");
    greeted("new 2");
    CHECK_FALSE(street.links.gives_way("new 3"));  // nobody has more than others
}

TEST_CASE("neighbours: who has a prefix of his own shuts nobody out, one link to an address") {
    Street street;
    const auto greeted = [&](const std::string& from) {
        const LinkId link = street.accept(from);
        street.hello(link, 'a');
        street.links.find(link)->use(street.now += 1ms);
        return link;
    };
    const std::string kHome = "2001:db8:1:1::/64";
    const LinkId honest = greeted(kHome);
    const LinkId first = greeted("2001:db8:bad:1::/64");
    const LinkId second = greeted("2001:db8:bad:2::/64");
    const auto wide = [](std::size_t i) { return "2001:db8:bad:" + std::to_string(i) + "::/64"; };
    for (std::size_t i = 3; i < limits::kMaxNeighbours; ++i)
        greeted(wide(i));
    CHECK(street.links.gives_way("2001:db8:2:1::/64") == first);
    CHECK(street.links.gives_way("10.0.0.1") == first);
    CHECK_FALSE(street.links.gives_way("2001:db8:bad:ffff::/64"));  // his are the most
    street.links.find(first)->use(street.now += 1ms);
    CHECK(street.links.gives_way("10.0.0.1") == second);
    CHECK(street.links.find(honest) != nullptr);
}

TEST_CASE("neighbours: what did not last ten seconds is not dialled again at once") {
    const auto again = [](Duration lasted, bool up) {
        Street street;
        const LinkId link = street.dial(1);
        if (up) street.hello(link, 'a');
        street.now += lasted;
        street.end(link);
        const bool at_once = street.links.may_dial(door(1), street.now);
        CHECK((street.links.next_dial(street.now) == kNever) == at_once);
        CHECK((street.dial(1).value != 0) == at_once);
        street.now += limits::kMaxDialWait;
        CHECK(street.links.may_dial(door(1), street.now));
        return at_once;
    };
    CHECK_FALSE(again(0s, false));
    CHECK_FALSE(again(1h, false));
    CHECK_FALSE(again(10s - 1us, true));
    CHECK(again(10s, true));
}

TEST_CASE("neighbours: who dialled us says nothing of an endpoint") {
    Street street;
    street.end(street.accept());
    CHECK(street.links.count_endpoints() == 0);
    street.end(street.dial(1));
    CHECK_FALSE(street.links.may_dial(door(1), street.now));
    street.links.answered(door(1));
    CHECK(street.links.may_dial(door(1), street.now));
    street.links.ourselves(door(2));
    CHECK_FALSE(street.links.may_dial(door(2), street.now + 1000h));
}

TEST_CASE("neighbours: of several links to one peer the oldest is asked on") {
    Street street;
    const LinkId a = street.dial(1);
    const LinkId b = street.accept();
    const LinkId c = street.accept();
    street.hello(b, 'a');
    street.now += 1s;
    street.hello(a, 'a');
    street.hello(c, 'a');
    CHECK(street.links.to_ask_on({a, b, c})->link() == b);
    CHECK(street.links.to_ask_on({a, c})->link() == a);  // as old: the lower number
    street.end(b);
    CHECK(street.links.to_ask_on({a, b, c})->link() == a);
    CHECK(street.links.to_ask_on({b}) == nullptr);
    CHECK(street.links.to_ask_on({}) == nullptr);
}

TEST_CASE("neighbours: members are up and no guests; an endpoint is dialled or said") {
    Street street;
    const LinkId dialled = street.dial(1);
    CHECK_FALSE(street.links.any_up());
    CHECK(street.links.members().empty());
    const LinkId member = street.accept();
    const LinkId guest = street.accept();
    CHECK(street.links.at_end_of(door('a')) == nullptr);
    street.hello(guest, 'g', true);
    CHECK(street.links.any_up());
    CHECK(street.links.members().empty());
    street.hello(member, 'a');
    CHECK(street.links.members() == std::vector<LinkId>{member});
    CHECK(street.links.at_end_of(door('a')) == street.links.find(member));
    CHECK(street.links.at_end_of(door(1)) == street.links.find(dialled));
    CHECK(street.links.count_dialling() == 1);
}

TEST_CASE("neighbours: who was at a link is known after it, of the last ones that were up") {
    Street street;
    const LinkId silent = street.accept();
    CHECK(street.links.who(silent) == PeerId{});
    street.end(silent);
    CHECK_FALSE(street.links.who(silent));
    const LinkId first = street.accept();
    street.hello(first, 'a');
    CHECK(street.links.who(first) == pic::peer('a'));
    street.end(first);
    CHECK(street.links.who(first) == pic::peer('a'));
    for (std::uint64_t i = 0; i < limits::kMaxStoreQueue; ++i) {
        CHECK(street.links.who(first) == pic::peer('a'));
        const LinkId next = street.accept();
        street.hello(next, 'b');
        street.end(next);
        REQUIRE(street.links.who(next) == pic::peer('b'));
    }
    CHECK_FALSE(street.links.who(first));
    CHECK(street.links.count_former() == limits::kMaxStoreQueue);
}
