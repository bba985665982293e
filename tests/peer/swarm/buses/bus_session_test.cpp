// Our side of one bus, as PROTOCOL.md's table has it. What it does is a line of words.
#include "peer/swarm/buses/bus_session.hpp"

#include "messages/wire/limits.hpp"
#include "tests/support/pictures.hpp"

#include <doctest/doctest.h>

using namespace fragcast;
using namespace std::chrono_literals;
namespace pic = fragcast::pictures;

namespace {

using BusState = BusSession::State;
using BusEvent = BusSession::Event;

std::string word_of(const Action& action) {
    if (std::holds_alternative<ConnectBus>(action)) return "connect";
    if (std::holds_alternative<ConnectForwarder>(action)) return "forwarder";
    if (const auto* report = std::get_if<Report>(&action)) return report->kind;
    const auto* send = std::get_if<SendToBus>(&action);
    if (send == nullptr) return "?";
    if (const auto* join = std::get_if<Join>(&send->body))
        return "join " + std::to_string(join->entries.size()) + (join->more ? "+" : "");
    if (const auto* update = std::get_if<Update>(&send->body))
        return "update " + std::to_string(update->entries.size());
    if (const auto* page = std::get_if<Digests>(&send->body))
        return "digests " + std::to_string(page->digests.size()) + (page->more ? "+" : "");
    return name_of(kind_of(send->body));
}

struct Conversation {
    BusSelf self{{}, {}};
    Book book;
    std::uint64_t requests = 0;
    BusSession bus{{0}, "tcp://10.0.0.1:5550", self, book};
    Time now{100s};
    Actions all;

    explicit Conversation(std::uint32_t assets = 1) {
        for (std::uint32_t i = 0; i < assets; ++i)
            book.load(record(i), {{0, 1}});
    }
    static AssetRecord record(std::uint32_t number) {
        AssetRecord record;
        record.id = pic::asset(number);
        return record;
    }
    // What it does now; the state and the clock agree.
    template <class Step>
    std::string step(Step&& what) {
        Actions out;
        Turn turn{now, out, requests};
        what(turn);
        CHECK(bus.joined() ==
              (bus.state() == BusState::joined || bus.state() == BusState::settling));
        CHECK((!bus.in_sync() || bus.joined()));
        CHECK(bus.broken() == nullptr);
        CHECK((bus.next_tick() == kNever) == (bus.state() == BusState::left));
        std::string text;
        for (const Action& action : out)
            text += (text.empty() ? "" : ", ") + word_of(action);
        all.insert(all.end(), out.begin(), out.end());
        return text;
    }
    std::string start() {
        return step([&](Turn& turn) { bus.start(turn); });
    }
    std::string hear(const Body& body, BusEvent event = BusEvent::none) {
        return step([&](Turn& turn) { CHECK(bus.on_message(body, turn) == event); });
    }
    std::string tick() {
        const std::string said = step([&](Turn& turn) { bus.on_tick(turn); });
        CHECK(bus.next_tick() > now);
        return said;
    }
    // Whatever falls due until then.
    std::string pass(Duration time) {
        std::string said;
        for (const Time end = now + time; bus.next_tick() <= end;) {
            now = bus.next_tick();
            const std::string more = tick();
            said += (said.empty() || more.empty() ? "" : ", ") + more;
        }
        return said;
    }
    std::string change(std::uint32_t number) {
        book.add(record(number), {{1, 2}});
        return step([&](Turn& turn) { bus.on_change(pic::asset(number), turn); });
    }
    template <class T>
    RequestId last() const {
        RequestId request;
        for (const Action& action : all)
            if (const auto* send = std::get_if<SendToBus>(&action))
                if (const auto* one = std::get_if<T>(&send->body)) request = one->request;
        return request;
    }
    std::string welcome(bool settling = false) {
        Welcome body;
        body.request = last<Join>();
        body.heartbeat_ms = 5000;
        body.settling = settling;
        return hear(body, BusEvent::welcomed);
    }
    // From the start into that state.
    void reach(BusState state) {
        if (state == BusState::left) return (void)step([&](Turn& turn) { bus.leave(turn); });
        start();
        if (state == BusState::away) pass(2s);
        if (state == BusState::settling || state == BusState::joined)
            welcome(state == BusState::settling);
        REQUIRE(bus.state() == state);
    }
};

const BusState kBusStates[] = {BusState::away, BusState::joining, BusState::settling,
                               BusState::joined, BusState::left};

}  // namespace

TEST_CASE("bus session: it joins, is welcomed, tells what it changed, and leaves") {
    Conversation with;
    CHECK(with.start() == "connect, join 1");
    CHECK(with.welcome() == "forwarder, bus.joined");
    CHECK(with.bus.in_sync());
    CHECK(with.change(0) == "update 1");
    CHECK_FALSE(with.bus.in_sync());
    CHECK(with.hear(Ack{with.last<Update>(), {}}).empty());
    CHECK(with.bus.in_sync());
    CHECK(with.step([&](Turn& turn) { with.bus.leave(turn); }) == "leave");
    CHECK(with.bus.state() == BusState::left);
}

TEST_CASE("bus session: each state has an answer to each event") {
    struct Row {
        const char* event;
        const char* said[5];  // by state: away, joining, settling, joined, left
    };
    const Row rows[] = {
        {"stale welcome", {"", "", "", "", ""}},
        {"duplicate", {"", "bus.duplicate", "bus.duplicate", "bus.duplicate", ""}},
        {"refused join", {"", "bus.absent", "", "", ""}},
        {"not known", {"", "", "join 1", "join 1", ""}},
        {"not in sync", {"", "", "digests 1", "digests 1", ""}},
        {"in sync", {"", "", "", "", ""}},
        {"tell", {"", "", "update 1", "update 1", ""}},
        {"stray ack", {"", "", "", "", ""}},
        {"own change", {"", "", "update 1", "update 1", ""}},
        {"link failed", {"", "bus.absent", "bus.away", "bus.away", ""}},
        {"new identity",
         {"connect, join 1", "connect, join 1", "connect, join 1", "connect, join 1", ""}},
        {"leave", {"", "leave", "leave", "leave", ""}},
    };
    for (const Row& row : rows)
        for (std::size_t i = 0; i < 5; ++i) {
            const std::string event = row.event;
            CAPTURE(event);
            CAPTURE(i);
            Conversation with;
            with.reach(kBusStates[i]);
            PeerRecord other;
            other.id = pic::peer('a');
            with.self.become(other, {});
            const std::string said = with.step([&](Turn& turn) {
                const auto hear = [&](const Body& body) { with.bus.on_message(body, turn); };
                const RequestId join = with.last<Join>();
                Welcome stale;
                stale.request = {join.value + 9};
                if (event == "stale welcome") hear(stale);
                if (event == "duplicate") hear(Duplicate{join, "tcp://10.0.0.9:1"});
                if (event == "refused join") hear(Refused{join, "full", "no room"});
                if (event == "not known") hear(HeartbeatAck{false, false, false});
                if (event == "not in sync") hear(HeartbeatAck{true, false, i == 2});
                if (event == "in sync") hear(HeartbeatAck{true, true, i == 2});
                if (event == "tell") hear(Tell{{pic::asset()}});
                if (event == "stray ack") hear(Ack{{777}, {}});
                if (event == "own change") with.bus.on_change(pic::asset(), turn);
                if (event == "link failed")
                    with.bus.on_failed(fail(ErrorKind::unavailable, "refused"), turn);
                if (event == "new identity") with.bus.on_new_identity(turn);
                if (event == "leave") with.bus.leave(turn);
            });
            CHECK(said == row.said[i]);
        }
}

TEST_CASE("bus session: a bus that does not answer is tried again for ever, later each time") {
    Conversation with;
    with.start();
    std::string row = "j";
    for (int half = 1; half < 56; ++half) {
        const std::string said = with.pass(500ms);
        with.now = Time{100s} + half * 500ms;
        row += said.empty()                ? '.'
               : said == "bus.absent"      ? 'a'
               : said == "connect, join 1" ? 'j'
                                           : '?';
    }
    // Two seconds for an answer; then half a second, one, two, four, four and a half, and so on.
    CHECK(row == "j...aj...a.j...a...j...a.......j...a........j...a.......");
}

TEST_CASE("bus session: a bus that was joined and is lost is said once, and tried soon") {
    Conversation with;
    with.reach(BusState::joined);
    BusEvent event = BusEvent::none;
    with.now += limits::kDeadAfterSilence;
    CHECK(with.step([&](Turn& turn) { event = with.bus.on_tick(turn); }) == "bus.away");
    CHECK(event == BusEvent::lost);
    CHECK(with.bus.next_tick() == with.now + limits::kRetryMin);
    CHECK(with.pass(limits::kRetryMin) == "connect, join 1");
    CHECK(with.pass(2s) == "bus.absent");
}

TEST_CASE("bus session: the lease is kept, however often the bus wishes it, within bounds") {
    struct Row {
        std::uint32_t wished_ms;
        Duration every;
    };
    for (const Row& row :
         {Row{5000, 5s}, Row{0, limits::kHeartbeatMin}, Row{~0U, limits::kLease}}) {
        CAPTURE(row.wished_ms);
        Conversation with;
        with.start();
        Welcome welcome;
        welcome.request = with.last<Join>();
        welcome.heartbeat_ms = row.wished_ms;
        with.hear(welcome, BusEvent::welcomed);
        for (int i = 0; i < 3; ++i) {
            with.now += row.every - 1us;
            with.hear(HeartbeatAck{true, true, false});
            CHECK(with.tick().empty());
            with.now += 1us;
            CHECK(with.tick() == "heartbeat");
        }
    }
}

TEST_CASE("bus session: one update at a time; what changes meanwhile goes into the next, once") {
    Conversation with(4);
    with.reach(BusState::joined);
    CHECK(with.change(0) == "update 1");
    CHECK(with.change(1).empty());
    CHECK(with.change(2).empty());
    CHECK(with.change(1).empty());
    CHECK(with.hear(HeartbeatAck{true, false, false}).empty());  // of course the roots differ
    CHECK(with.hear(Ack{with.last<Update>(), {}}) == "update 2");
    CHECK(with.hear(Ack{with.last<Update>(), {}}).empty());
    CHECK(with.bus.in_sync());
}

TEST_CASE("bus session: an update that is not answered is sent three times, then the bus is away") {
    Conversation with;
    with.reach(BusState::joined);
    CHECK(with.change(0) == "update 1");
    CHECK(with.pass(4s) == "update 1, update 1");
    CHECK(with.pass(2s) == "heartbeat, bus.away");
    CHECK(with.pass(limits::kRetryMin) == "connect, join 1");  // which tells all
}

TEST_CASE("bus session: an update that is refused means that the bus forgot us") {
    Conversation with;
    with.reach(BusState::joined);
    with.change(0);
    CHECK(with.hear(Refused{with.last<Update>(), "not_found", "who are you"}) == "join 1");
}

TEST_CASE(
    "bus session: a bus that is full is told the rest again after kFullAgain, and it is said") {
    Conversation with(2);
    with.reach(BusState::joined);
    with.change(0);
    CHECK(with.hear(Refused{with.last<Update>(), "full", "no room"}) == "bus.full");
    CHECK_FALSE(with.bus.in_sync());
    // Neither a change nor digests before that; it is no reason to join again.
    with.change(1);
    CHECK(with.hear(HeartbeatAck{true, false, false}) == "");
    CHECK(with.hear(Tell{{pic::asset(1)}}) == "");
    const auto until_room = [&] {
        const Time room = with.now + limits::kFullAgain;
        std::string said;
        while (with.now < room) {
            CHECK(said.find("update") == std::string::npos);
            said = with.pass(limits::kHeartbeat);
            with.hear(HeartbeatAck{true, false, false});
        }
        CHECK(with.now == room);
        return said;
    };
    CHECK(until_room() == "heartbeat, update 2");
    // Said once, until it took something.
    CHECK(with.hear(Refused{with.last<Update>(), "full", "no room"}) == "");
    CHECK(until_room() == "heartbeat, update 2");
    with.hear(Ack{with.last<Update>(), {}});
    CHECK(with.bus.in_sync());
    with.change(0);
    CHECK(with.hear(Refused{with.last<Update>(), "full", "no room"}) == "bus.full");
}

TEST_CASE("bus session: what does not fit into a join follows in updates, as much as fits") {
    Conversation with(2 * limits::kMaxEntries + 10);
    CHECK(with.start() == "connect, join 512+");
    CHECK(with.welcome() == "forwarder, bus.joined, update 512");
    CHECK(with.hear(Ack{with.last<Update>(), {}}) == "update 10");
    CHECK_FALSE(with.bus.in_sync());
    with.hear(Ack{with.last<Update>(), {}});
    CHECK(with.bus.in_sync());
}

TEST_CASE("bus session: digests go in pages that fit into a message") {
    Conversation with(limits::kMaxDigests + 1);
    with.start();
    with.welcome();
    while (!with.bus.in_sync())
        with.hear(Ack{with.last<Update>(), {}});
    CHECK(with.hear(HeartbeatAck{true, false, false}) == "digests 14043+, digests 2342");
}
