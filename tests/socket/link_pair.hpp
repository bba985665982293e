// One thread (the test's). Two sockets of ours over tcp, and messages to try them with.
#pragma once

#include "messages/zmq/link.hpp"
#include "messages/zmq/loop.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <variant>

#include <doctest/doctest.h>

namespace fragcast::test {

using namespace std::chrono_literals;

inline zmq::socket_t socket_of(zmq::context_t& context, zmq::socket_type type) {
    auto socket = make_socket(context, type);
    REQUIRE(socket);
    return std::move(*socket);
}

inline Endpoint bound(zmq::socket_t& socket) {
    const auto endpoint = bind_socket(socket, {"127.0.0.1", 0}, "--listen");
    REQUIRE(endpoint);
    REQUIRE(endpoint->port != 0);
    return *endpoint;
}

inline PeerId peer_id(std::uint8_t number) {
    PeerId id;
    id.bytes.fill(number);
    return id;
}
inline AssetId asset_id(std::uint8_t number) {
    AssetId id;
    id.bytes.fill(number);
    return id;
}
inline Message message(Body body, std::uint8_t sender = 1) {
    return {{peer_id(sender), Epoch{1}, Sequence{0}}, std::move(body)};
}
inline Message data(std::uint32_t chunk) {
    return message(Data{RequestId{1}, asset_id(9), FragmentIndex{0}, ChunkIndex{chunk}});
}

// The next message, good or garbage; fails the test after 5 s.
inline Incoming next(zmq::socket_t& socket) {
    Loop loop;
    std::optional<Incoming> got;
    loop.add(socket, [&] { got = receive_message(socket); });
    REQUIRE(loop.run_until([&] { return got.has_value(); }, 60s));
    return std::move(*got);
}
inline Received next_good(zmq::socket_t& socket) {
    Incoming got = next(socket);
    if (const auto* bad = std::get_if<Garbage>(&got)) FAIL(bad->error.text);
    return std::move(std::get<Received>(got));
}
inline DecodeError next_bad(zmq::socket_t& socket) {
    const Incoming got = next(socket);
    REQUIRE(std::holds_alternative<Garbage>(got));
    return std::get<Garbage>(got).error;
}

}  // namespace fragcast::test
