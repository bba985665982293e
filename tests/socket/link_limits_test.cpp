// What a stranger may send to a socket of ours: every limit and malformed frame has its answer, and
// costs nobody but its sender.
#include "messages/wire/limits.hpp"
#include "tests/socket/link_pair.hpp"

#include <vector>

#include <doctest/doctest.h>

using namespace fragcast;
using namespace fragcast::test;

namespace {

struct Doorstep {
    zmq::context_t context;
    zmq::socket_t router = socket_of(context, zmq::socket_type::router);
    Endpoint endpoint = bound(router);
    // Not one of ours: no limits.
    zmq::socket_t stranger{context, zmq::socket_type::dealer};
    Doorstep() {
        stranger.set(zmq::sockopt::linger, 0);
        stranger.connect(endpoint.text());
    }
    void send(const std::vector<Bytes>& frames) {
        for (std::size_t i = 0; i < frames.size(); ++i)
            REQUIRE(stranger.send(zmq::buffer(frames[i]), i + 1 < frames.size()
                                                              ? zmq::send_flags::sndmore
                                                              : zmq::send_flags::none));
    }
};

}  // namespace

TEST_CASE("what is no message of ours is garbage with a reason, and the next one is heard") {
    Doorstep door;
    const Bytes ping = encode(message(Ping{}));
    const Bytes chunk = encode(data(0));
    Bytes cut = ping;
    cut.resize(20);
    Bytes other_version = ping;
    other_version[2] = 99;
    Bytes other_kind = ping;
    other_kind[3] = 250;

    using Why = DecodeError::Why;
    const std::vector<std::pair<std::vector<Bytes>, Why>> cases{
        {{{'G', 'E', 'T', ' ', '/'}}, Why::foreign},
        {{Bytes{}}, Why::foreign},
        {{Bytes{}, ping}, Why::foreign},  // a REQ's delimiter
        {{cut}, Why::malformed},
        {{other_version}, Why::version},
        {{other_kind}, Why::unknown},
        {{ping, Bytes{1}}, Why::malformed},  // a payload where none belongs
        {{chunk}, Why::malformed},           // none where one belongs
        {{chunk, Bytes{}}, Why::malformed},  // an empty one
        {{chunk, Bytes{1}, Bytes{2}}, Why::malformed},
        {std::vector<Bytes>(limits::kMaxFrames + 1, ping), Why::foreign},
        {std::vector<Bytes>(50, ping), Why::foreign},
    };
    for (const auto& [frames, why] : cases) {
        CAPTURE(frames.size());
        door.send(frames);
        const DecodeError error = next_bad(door.router);
        CHECK(error.why == why);
        CHECK_FALSE(error.text.empty());
        door.send({ping});
        CHECK(next_good(door.router).message == message(Ping{}));
    }
}

TEST_CASE("an oversized frame costs its own connection and nobody else's") {
    Doorstep door;
    auto friendly = socket_of(door.context, zmq::socket_type::dealer);
    REQUIRE(connect_socket(friendly, door.endpoint));
    REQUIRE(send_message(friendly, message(Ping{}, 2)) == SendResult::sent);
    const RoutingId before = next_good(door.router).from;
    door.send({encode(message(Ping{}, 1))});
    const RoutingId strangers = next_good(door.router).from;

    door.send({Bytes(limits::kMaxFrameBytes + 1, 0)});
    // It never arrives; the connection is dropped, and the stranger's socket makes another. What it
    // said meanwhile may be lost with the old one.
    Loop loop;
    std::optional<Incoming> again;
    loop.add(door.router, [&] { again = receive_message(door.router); });
    std::function<void()> knock = [&] {
        door.send({encode(message(Pong{}, 1))});
        loop.at(Loop::now() + 5ms, knock);
    };
    knock();
    REQUIRE(loop.run_until([&] { return again.has_value(); }, 60s));
    REQUIRE(std::holds_alternative<Received>(*again));
    CHECK(std::get<Received>(*again).message == message(Pong{}, 1));
    CHECK(std::get<Received>(*again).from != strangers);
    door.stranger.close();

    REQUIRE(send_message(friendly, message(Ping{}, 2)) == SendResult::sent);
    Received heard = next_good(door.router);
    while (heard.message != message(Ping{}, 2))
        heard = next_good(door.router);
    CHECK(heard.from == before);
}

TEST_CASE("a frame of exactly the limit passes") {
    Doorstep door;
    door.send({encode(data(0)), Bytes(limits::kMaxFrameBytes, 0x33)});
    CHECK(next_good(door.router).payload.size() == limits::kMaxFrameBytes);
}

TEST_CASE("a connection that does not read fills up, alone, and nothing is cut in half") {
    Doorstep door;
    door.stranger.close();
    zmq::context_t elsewhere;
    zmq::socket_t slow(elsewhere, zmq::socket_type::dealer);
    slow.set(zmq::sockopt::linger, 0);
    slow.set(zmq::sockopt::rcvhwm, 1);
    slow.connect(door.endpoint.text());
    const Bytes ping = encode(message(Ping{}));
    REQUIRE(slow.send(zmq::buffer(ping), zmq::send_flags::none));
    const RoutingId to_slow = next_good(door.router).from;

    const Payload chunk(Bytes(limits::kChunkBytes, 1));
    int sent = 0;
    constexpr int kFar = 100 * limits::kSendQueueMessages;
    while (sent < kFar &&
           send_message(door.router, data(0), chunk.share(), &to_slow) == SendResult::sent)
        ++sent;
    CHECK(sent >= limits::kSendQueueMessages);
    CHECK(sent < kFar);
    CHECK(send_message(door.router, data(0), chunk.share(), &to_slow) == SendResult::full);

    auto friendly = socket_of(door.context, zmq::socket_type::dealer);
    REQUIRE(connect_socket(friendly, door.endpoint));
    REQUIRE(send_message(friendly, message(Ping{}, 2)) == SendResult::sent);
    const RoutingId to_friend = next_good(door.router).from;
    CHECK(send_message(door.router, data(1), chunk.share(), &to_friend) == SendResult::sent);
    CHECK(next_good(friendly).message == data(1));

    for (int i = 0; i < sent; ++i) {
        const Received got = next_good(slow);
        REQUIRE(got.message == data(0));
        REQUIRE(got.payload.size() == limits::kChunkBytes);
    }
}

TEST_CASE("every socket asks for the heartbeats and pauses that PROTOCOL.md names") {
    Doorstep door;
    auto dealer = socket_of(door.context, zmq::socket_type::dealer);
    REQUIRE(connect_socket(dealer, door.endpoint));
    const auto ms = [](auto time) {
        return static_cast<int>(
            std::chrono::duration_cast<std::chrono::milliseconds>(time).count());
    };
    for (zmq::socket_t* socket : {&door.router, &dealer}) {
        CHECK(socket->get(zmq::sockopt::heartbeat_ivl) == ms(limits::kZmtpHeartbeat));
        CHECK(socket->get(zmq::sockopt::heartbeat_timeout) == ms(limits::kZmtpHeartbeatTimeout));
        CHECK(socket->get(zmq::sockopt::handshake_ivl) == ms(limits::kHandshake));
        CHECK(socket->get(zmq::sockopt::reconnect_ivl) == ms(limits::kReconnectMin));
        CHECK(socket->get(zmq::sockopt::reconnect_ivl_max) == ms(limits::kReconnectMax));
        CHECK(socket->get(zmq::sockopt::maxmsgsize) ==
              static_cast<std::int64_t>(limits::kMaxFrameBytes));
    }
}

namespace {

constexpr std::uint64_t kQuarter = limits::kMaxUnsentSmallBytes / 4;

struct Accounts {
    std::shared_ptr<const Bytes> bytes = std::make_shared<const Bytes>(kQuarter);
    Account all;
    std::vector<Payload> unsent;

    void give(const Account& account) {
        unsent.push_back(account.count(Payload(bytes->data(), bytes->size(), bytes)));
    }
};

}  // namespace

TEST_CASE("account: a connection has so much unsent, and more when it has read") {
    Accounts accounts;
    const Account one = Account::part_of(accounts.all);
    for (std::uint64_t has = 0; has < limits::kMaxUnsentSmallBytes; has += kQuarter) {
        REQUIRE(one.has_room(accounts.all));
        accounts.give(one);
    }
    CHECK_FALSE(one.has_room(accounts.all));
    CHECK(Account::part_of(accounts.all).has_room(accounts.all));
    accounts.unsent.pop_back();
    CHECK(one.has_room(accounts.all));
}

TEST_CASE("account: with so much unsent to all, only who has read everything gets more") {
    Accounts accounts;
    std::vector<Account> many;
    while (accounts.all.unsent() < limits::kMaxUnsentTotalBytes) {
        many.push_back(Account::part_of(accounts.all));
        REQUIRE(many.back().has_room(accounts.all));
        accounts.give(many.back());
    }
    CHECK_FALSE(many.front().has_room(accounts.all));
    const Account reader = Account::part_of(accounts.all);
    CHECK(reader.has_room(accounts.all));
    accounts.unsent.pop_back();
    CHECK(many.front().has_room(accounts.all));
}

TEST_CASE("account: a frame counts from so many bytes on, until libzmq is done with it") {
    const Account account;
    {
        const zmq::message_t small =
            counted_frame(zmq::message_t(limits::kCountedFrameBytes - 1), account);
        CHECK(small.size() == limits::kCountedFrameBytes - 1);
        CHECK(account.unsent() == 0);
        const zmq::message_t counted =
            counted_frame(zmq::message_t(limits::kCountedFrameBytes), account);
        CHECK(counted.size() == limits::kCountedFrameBytes);
        CHECK(account.unsent() == limits::kCountedFrameBytes);
    }
    CHECK(account.unsent() == 0);
}
