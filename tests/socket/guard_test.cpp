// What libzmq takes in while nobody reads, or of a message that never ends: who floods is cut
// whatever our loop does, nobody new is let in until what it sent was taken, and others live.
#include "messages/zmq/guard.hpp"

#include "messages/zmq/intake.hpp"
#include "tests/socket/attacks.hpp"
#include "tests/socket/link_pair.hpp"
#include "tests/socket/raw_zmtp.hpp"
#include "wait.hpp"

#include <optional>
#include <string>

#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

using namespace fragcast;
using namespace fragcast::test;

namespace {

constexpr std::size_t kFirst = 64 << 10;
constexpr std::size_t kEach = 1 << 20;

struct GuardedRouter {
    zmq::context_t context;
    Loop loop;
    zmq::socket_t router = socket_of(context, zmq::socket_type::router);
    Endpoint endpoint = bound(router);
    std::uint64_t cut = 0, strangers = 0;
    std::size_t heard = 0;
    Guard guard{context, loop, {kFirst, kEach, 4 * kEach}, [this](const Guard::News& news) {
                    cut += news.cut;
                    strangers += news.strangers;
                    intake.turn();
                }};
    Intake intake{loop, router, std::make_shared<Budget>(), guard.listening(router), [this] {
                      while (intake.next())
                          ++heard;
                  }};

    // One of whom a message was heard.
    RawZmtp known() {
        RawZmtp raw(endpoint, "DEALER");
        speak(raw);
        return raw;
    }
    void speak(RawZmtp& raw) {
        const std::size_t before = heard;
        raw.say(zmtp_frame("hello"));
        REQUIRE(wait_for(loop, [&] {
            REQUIRE(raw.write());
            return heard > before;
        }));
    }
    // Our loop does nothing meanwhile.
    static bool is_cut(RawZmtp& raw, int milliseconds = 20000) {
        for (int waited = 0; waited < milliseconds; waited += 5) {
            if (!raw.write() || raw.over()) return true;
            stand_still(5);
        }
        return false;
    }
};

std::string frames(std::size_t bytes, bool more) {
    const std::string one = zmtp_frame(std::string(200, 'x'), more);
    std::string out;
    while (out.size() < bytes)
        out += one;
    return out;
}

}  // namespace

TEST_CASE("guard: who floods is cut while our loop stands still; nobody else is") {
    GuardedRouter stage;
    RawZmtp honest = stage.known(), greedy = stage.known();
    honest.say(frames(kEach / 2, false));
    greedy.say(frames(4 * kEach, false));
    REQUIRE(honest.write());
    CHECK(GuardedRouter::is_cut(greedy));
    // Its messages are there yet: who comes now waits.
    RawZmtp late(stage.endpoint, "DEALER");
    CHECK_FALSE(GuardedRouter::is_cut(late, 200));
    CHECK(late.read() == 0);
    CHECK(stage.cut == 0);
    CHECK(wait_for(stage.loop, [&] { return stage.cut == 1; }));
    CHECK_FALSE(honest.over());
    stage.speak(honest);
    stage.speak(late);
    CHECK(stage.cut == 1);
}

TEST_CASE("guard: a message that never ends is cut, of a newcomer and of one who was heard") {
    GuardedRouter stage;
    RawZmtp honest = stage.known(), known = stage.known(), unknown(stage.endpoint, "DEALER");
    known.say(frames(kEach / 2, true));
    unknown.say(frames(kFirst / 2, true));
    for (RawZmtp* raw : {&known, &unknown})
        CHECK_FALSE(wait_for(
            stage.loop, [&] { return !raw->write() || raw->over(); }, 200ms));
    known.say(frames(kEach, true));
    unknown.say(frames(kFirst, true));
    for (RawZmtp* raw : {&known, &unknown})
        CHECK(wait_for(stage.loop, [&] { return !raw->write() || raw->over(); }));
    CHECK(wait_for(stage.loop, [&] { return stage.cut == 2; }));
    stage.speak(honest);
}

TEST_CASE("guard: PINGs without end are cut; who was there before the guard is looked at, too") {
    zmq::context_t context;
    zmq::socket_t router = socket_of(context, zmq::socket_type::router);
    const Endpoint endpoint = bound(router);
    RawZmtp early(endpoint, "DEALER");
    while (early.write() && early.read() <= zmtp_hello("DEALER").size() / 2)
        stand_still(5);
    Loop loop;
    std::uint64_t cut = 0;
    Guard guard(context, loop, {kFirst, kEach, 4 * kEach},
                [&](const Guard::News& news) { cut += news.cut; });
    const auto post = guard.listening(router);
    std::string pings;
    while (pings.size() < 4 * kFirst)
        pings += zmtp_ping();
    early.say(pings);
    CHECK(GuardedRouter::is_cut(early));
    CHECK(wait_for(loop, [&] { return cut == 1; }));
}

TEST_CASE("guard: whom we dialled at ::1 and who floods is cut while our loop stands still") {
    if (!has_version_6()) return;
    zmq::context_t context;
    Loop loop;
    std::uint64_t cut = 0;
    Guard guard(context, loop, {kFirst, kEach, 4 * kEach},
                [&](const Guard::News& news) { cut += news.cut; });
    const auto post = guard.dialling();
    RawListener listener(true);
    zmq::socket_t dealer = socket_of(context, zmq::socket_type::dealer);
    post->dials(listener.endpoint());
    REQUIRE(connect_socket(dealer, listener.endpoint()));
    std::optional<RawZmtp> greedy;
    REQUIRE(wait_for(loop, [&] {
        if (auto one = listener.accept("ROUTER")) greedy.emplace(std::move(*one));
        return greedy.has_value();
    }));
    greedy->say(frames(4 * kEach, false));
    CHECK(GuardedRouter::is_cut(*greedy));
    CHECK(wait_for(loop, [&] { return cut == 1; }));
}

TEST_CASE("guard: strangers are counted") {
    GuardedRouter stage;
    TcpStranger browser(stage.endpoint, broken_streams().front().bytes);
    CHECK(wait_for(stage.loop, [&] {
        (void)browser.cut();
        return stage.strangers == 1;
    }));
}

// --- whose a connection is -----------------------------------------------------------------------

namespace {

// A connection to ourselves, as the side that accepted it sees it.
struct OwnConnection {
    int listening, dialled, accepted;

    explicit OwnConnection(const in6_addr& to, bool version_6)
        : listening(socket(AF_INET6, SOCK_STREAM, 0)),
          dialled(socket(version_6 ? AF_INET6 : AF_INET, SOCK_STREAM, 0)),
          accepted(-1) {
        sockaddr_in6 address{};
        address.sin6_family = AF_INET6;
        address.sin6_addr = in6addr_any;
        REQUIRE(bind(listening, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
        REQUIRE(listen(listening, 1) == 0);
        address.sin6_port = htons(local_port(listening));
        address.sin6_addr = to;
        sockaddr_in four{};
        four.sin_family = AF_INET;
        four.sin_port = address.sin6_port;
        four.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        REQUIRE((version_6
                     ? connect(dialled, reinterpret_cast<sockaddr*>(&address), sizeof address)
                     : connect(dialled, reinterpret_cast<sockaddr*>(&four), sizeof four)) == 0);
        accepted = accept(listening, nullptr, nullptr);
    }
    ~OwnConnection() {
        for (const int fd : {listening, dialled, accepted})
            close(fd);
    }
    OwnConnection(const OwnConnection&) = delete;
    OwnConnection& operator=(const OwnConnection&) = delete;
};

}  // namespace

TEST_CASE("a connection is of an IPv4 address, however it came, or of 64 bits of an IPv6 one") {
    if (!has_version_6()) return;
    const OwnConnection four(in6addr_loopback, false), six(in6addr_loopback, true);
    CHECK(address_of(wire_of(four.accepted)) == "127.0.0.1");
    CHECK(address_of(wire_of(four.dialled)) == "127.0.0.1");
    CHECK(address_of(wire_of(six.accepted)) == "::/64");
    CHECK(address_of(Wire{six.accepted, 0}).empty());
    CHECK(address_of(Wire{six.accepted, 1}).empty());
}

TEST_CASE("a connection leads to the IPv6 literal that was dialled, and to no other") {
    if (!has_version_6()) return;
    const OwnConnection six(in6addr_loopback, true);
    const std::uint16_t port = local_port(six.listening);
    const std::uint16_t other_port = local_port(six.dialled);
    CHECK(leads_to(six.dialled, {"::1", port}));
    CHECK(leads_to(six.dialled, {"0:0:0:0:0:0:0:1", port}));
    CHECK(leads_to(six.dialled, {"::1%lo", port}));
    CHECK(leads_to(six.accepted, {"::1", other_port}));
    for (const char* host : {"::2", "1::1", "127.0.0.1", "0.0.0.1", "localhost", ""})
        CHECK_FALSE(leads_to(six.dialled, {host, port}));
    CHECK_FALSE(leads_to(six.dialled, {"::1", other_port}));
    CHECK_FALSE(leads_to(six.listening, {"::1", port}));
    CHECK_FALSE(leads_to(-1, {"::1", port}));
}

TEST_CASE("a connection leads to the IPv4 literal that was dialled, by whichever family") {
    if (!has_version_6()) return;
    in6_addr mapped{};
    REQUIRE(inet_pton(AF_INET6, "::ffff:127.0.0.1", &mapped) == 1);
    const OwnConnection plain(in6addr_loopback, false), as_six(mapped, true);
    for (const OwnConnection* one : {&plain, &as_six}) {
        const std::uint16_t port = local_port(one->listening);
        CHECK(leads_to(one->dialled, {"127.0.0.1", port}));
        for (const char* host : {"127.0.0.2", "::1", "::7f00:1"})
            CHECK_FALSE(leads_to(one->dialled, {host, port}));
        CHECK_FALSE(leads_to(one->dialled, {"127.0.0.1", local_port(one->dialled)}));
    }
}
