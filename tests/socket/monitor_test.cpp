// What is said of a socket's connections, and that nobody waits for a monitor that is gone.
#include "messages/zmq/monitor.hpp"

#include <doctest/doctest.h>

using namespace fragcast;

namespace {

// The next event within 5 s; 0: none came.
int next_of(Monitor& monitor) {
    zmq::pollitem_t item{monitor.socket().handle(), 0, ZMQ_POLLIN, 0};
    zmq::poll(&item, 1, std::chrono::seconds(5));
    const auto event = monitor.next();
    return event ? event->what : 0;
}

}  // namespace

TEST_CASE("monitor: it says who comes and who goes, and can be polled") {
    zmq::context_t context;
    zmq::socket_t server(context, zmq::socket_type::router);
    server.bind("tcp://127.0.0.1:*");
    auto monitor =
        Monitor::of(context, server,
                    ZMQ_EVENT_ACCEPTED | ZMQ_EVENT_HANDSHAKE_SUCCEEDED | ZMQ_EVENT_DISCONNECTED);
    REQUIRE(monitor);
    CHECK_FALSE(monitor->next());
    zmq::socket_t client(context, zmq::socket_type::dealer);
    client.set(zmq::sockopt::linger, 0);
    client.connect(server.get(zmq::sockopt::last_endpoint));
    CHECK(next_of(*monitor) == ZMQ_EVENT_ACCEPTED);
    CHECK(next_of(*monitor) == ZMQ_EVENT_HANDSHAKE_SUCCEEDED);
    Monitor moved = std::move(*monitor);
    CHECK_FALSE(monitor->next());
    client.close();
    CHECK(next_of(moved) == ZMQ_EVENT_DISCONNECTED);
    CHECK_FALSE(moved.next());
}

TEST_CASE("monitor: without one that was there, connections are made as before") {
    zmq::context_t context;
    zmq::socket_t server(context, zmq::socket_type::router);
    server.set(zmq::sockopt::rcvtimeo, 5000);
    server.bind("tcp://127.0.0.1:*");
    {
        auto monitor = Monitor::of(context, server, ZMQ_EVENT_ACCEPTED);
        REQUIRE(monitor);
    }
    CHECK_FALSE(Monitor().next());
    zmq::socket_t client(context, zmq::socket_type::dealer);
    client.set(zmq::sockopt::linger, 0);
    client.connect(server.get(zmq::sockopt::last_endpoint));
    REQUIRE(client.send(zmq::message_t(std::string("hello")), zmq::send_flags::none));
    zmq::message_t id, text;
    REQUIRE(server.recv(id));
    REQUIRE(server.recv(text));
    CHECK(text.to_string() == "hello");
}
