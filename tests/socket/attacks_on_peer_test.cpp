// What strangers send to a peer's exchange, and what a bus or neighbour that it dialled answers: it
// is counted and said once, costs nobody but its sender, and meanwhile everybody else is served.
#include "messages/wire/limits.hpp"
#include "tests/socket/attacks.hpp"
#include "tests/socket/link_pair.hpp"
#include "tests/socket/real_peer.hpp"
#include "tests/socket/wait.hpp"

#include <doctest/doctest.h>

using namespace fragcast;
using namespace fragcast::test;

namespace {

// A ROUTER that answers all that it hears with what `answer` gives.
class HostileRouter {
public:
    explicit HostileRouter(std::vector<std::vector<Bytes>> answers) : answers_(std::move(answers)) {
        socket_.set(zmq::sockopt::linger, 0);
        socket_.bind("tcp://127.0.0.1:*");
        endpoint_ = *parse_endpoint(socket_.get(zmq::sockopt::last_endpoint).c_str(), "the test's");
    }
    const Endpoint& endpoint() const { return endpoint_; }
    std::size_t heard() const { return heard_; }
    void turn() {
        zmq::message_t from, frame;
        while (socket_.recv(from, zmq::recv_flags::dontwait)) {
            for (bool more = from.more(); more; more = frame.more())
                (void)socket_.recv(frame);
            const auto& answer = answers_[heard_++ % answers_.size()];
            socket_.send(zmq::buffer(from.to_string()), zmq::send_flags::sndmore);
            for (std::size_t i = 0; i < answer.size(); ++i)
                socket_.send(zmq::buffer(answer[i]), i + 1 < answer.size()
                                                         ? zmq::send_flags::sndmore
                                                         : zmq::send_flags::none);
        }
    }

private:
    zmq::context_t context_;
    zmq::socket_t socket_{context_, zmq::socket_type::router};
    Endpoint endpoint_;
    std::vector<std::vector<Bytes>> answers_;
    std::size_t heard_ = 0;
};

std::vector<std::vector<Bytes>> bad_answers(const Message& good) {
    std::vector<std::vector<Bytes>> answers;
    for (const BadFrames& attack : broken_messages(good))
        answers.push_back(attack.frames);
    answers.push_back({Bytes(limits::kMaxFrameBytes + 1, 0)});
    return answers;
}

struct Street {
    Loop loop;
    TempFolder folders;
    RealPeer& peer(const std::string& name, PeerWishes wishes = {}) {
        wishes.name = name;
        peers.push_back(std::make_unique<RealPeer>(loop, folders / name, std::move(wishes)));
        return *peers.back();
    }
    std::vector<std::unique_ptr<RealPeer>> peers;
};

std::uint64_t refused(RealPeer& peer) {
    return peer.node().swarm().news(Loop::now()).overview->counters["refused_messages"];
}

}  // namespace

TEST_CASE("a peer at whose exchange strangers shout in plain bytes cuts them, and serves on") {
    Street street;
    RealPeer& giver = street.peer("giver");
    RealPeer& taker = street.peer("taker", {.friends = {giver.exchange().text()}});
    std::vector<TcpStranger> callers;
    for (const Bytestream& stream : broken_streams())
        callers.emplace_back(giver.exchange(), stream.bytes);
    const AssetId asset = giver.add_file("file", kFileBytes);
    taker.fetch(asset);
    CHECK(wait_for(
        street.loop, [&] { return taker.has_all(asset); }, kPatience));
    const auto all_cut = [&] {
        bool all = true;
        for (TcpStranger& caller : callers)
            all = caller.cut() && all;
        return all;
    };
    CHECK(wait_for(street.loop, all_cut, limits::kHandshake + 20s));
    CHECK(wait_for(street.loop, [&] { return refused(giver) >= callers.size() / 2; }));
    CHECK(giver.reports("garbage") >= 1);
    CHECK(giver.reports("garbage") <= 4);  // one in 10 s for each that got as far as a message
    const AssetId second = giver.add_file("second", kFileBytes / 4);
    taker.fetch(second);
    CHECK(wait_for(
        street.loop, [&] { return taker.has_all(second); }, kPatience));
}

TEST_CASE(
    "malformed and oversized messages to an exchange are counted, said once, and stop nobody") {
    Street street;
    RealPeer& giver = street.peer("giver");
    RealPeer& taker = street.peer("taker", {.friends = {giver.exchange().text()}});
    const AssetId asset = giver.add_file("file", kFileBytes);
    taker.fetch(asset);
    REQUIRE(wait_for(
        street.loop, [&] { return taker.proven_bytes(asset) > 0; }, kPatience));

    zmq::context_t context;
    zmq::socket_t stranger(context, zmq::socket_type::dealer);
    stranger.set(zmq::sockopt::linger, 0);
    stranger.connect(giver.exchange().text());
    const std::uint64_t before = refused(giver);
    std::uint64_t sent = 0;
    for (const BadFrames& attack : broken_messages(message(Ping{}, 9))) {
        CAPTURE(attack.name);
        for (std::size_t i = 0; i < attack.frames.size(); ++i)
            REQUIRE(stranger.send(zmq::buffer(attack.frames[i]), i + 1 < attack.frames.size()
                                                                     ? zmq::send_flags::sndmore
                                                                     : zmq::send_flags::none));
        ++sent;
        CHECK(wait_for(street.loop, [&] { return refused(giver) == before + sent; }));
    }
    CHECK(giver.reports("garbage") == 1);
    REQUIRE(
        stranger.send(zmq::buffer(Bytes(limits::kMaxFrameBytes + 1, 0)), zmq::send_flags::none));
    CHECK(wait_for(
        street.loop, [&] { return taker.has_all(asset); }, kPatience));
    CHECK(taker.reports("neighbour.lost") == 0);
}

TEST_CASE("a bus that answers with rubbish is left at that: peers find each other without it") {
    Street street;
    HostileRouter bus(bad_answers(message(Welcome{}, 8)));
    RealPeer& giver = street.peer("giver");
    RealPeer& taker =
        street.peer("taker", {.buses = {bus.endpoint()}, .friends = {giver.exchange().text()}});
    const AssetId asset = giver.add_file("file", kFileBytes);
    taker.fetch(asset);
    CHECK(wait_for(
        street.loop,
        [&] {
            bus.turn();
            return taker.has_all(asset) && bus.heard() >= 3;
        },
        60s));
    CHECK(taker.reports("garbage") >= 1);
    CHECK(taker.reports("garbage") <= 1 + bus.heard() / 2);
    CHECK(refused(taker) >= 1);
}

TEST_CASE("a neighbour that answers with rubbish loses its standing; others deliver") {
    Street street;
    HostileRouter liar(bad_answers(message(Ping{}, 8)));
    RealPeer& giver = street.peer("giver");
    RealPeer& taker =
        street.peer("taker", {.friends = {liar.endpoint().text(), giver.exchange().text()}});
    const AssetId asset = giver.add_file("file", kFileBytes);
    taker.fetch(asset);
    CHECK(wait_for(
        street.loop,
        [&] {
            liar.turn();
            return taker.has_all(asset) && liar.heard() >= 3;
        },
        60s));
    CHECK(refused(taker) >= 1);
}
