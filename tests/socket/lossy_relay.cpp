#include "tests/socket/lossy_relay.hpp"

#include "messages/zmq/link.hpp"

#include <utility>

#include <doctest/doctest.h>

namespace fragcast::test {

namespace {

zmq::socket_t socket_for(zmq::context_t& context, zmq::socket_type type) {
    auto socket = make_socket(context, type);
    REQUIRE(socket);
    return std::move(*socket);
}

}  // namespace

LossyRelay::LossyRelay(Loop& loop, const std::string& host, const Endpoint& directory,
                       const Endpoint& in, const Endpoint& out)
    : loop_(loop),
      directory_(loop, {host, directory.port}),
      in_(loop, {host, in.port}),
      from_(socket_for(context_, zmq::socket_type::sub)),
      to_(socket_for(context_, zmq::socket_type::pub)) {
    directory_.lead_to(directory);
    in_.lead_to(in);
    from_.set(zmq::sockopt::subscribe, "");
    REQUIRE(connect_socket(from_, out));
    REQUIRE(bind_socket(to_, {host, out.port}, "test"));
    reading_ = loop_.add(from_, [this] {
        while ((from_.get(zmq::sockopt::events) & ZMQ_POLLIN) != 0)
            pass_one();
    });
}

LossyRelay::~LossyRelay() {
    loop_.remove(reading_);
}

void LossyRelay::lose(Loss which) {
    lose_ = std::move(which);
    beacons_.clear();
}

void LossyRelay::pass_one() {
    auto got = receive_message(from_);
    REQUIRE(got);
    const auto& received = std::get<Received>(*got);
    if (lose_ && lose_(received.message)) {
        ++lost_;
        return;
    }
    if (std::holds_alternative<PeerAlive>(received.message.body))
        beacons_.try_emplace(received.message.header.sender, Loop::now());
    send_message(to_, received.message, {}, nullptr, &received.topic);
}

}  // namespace fragcast::test
