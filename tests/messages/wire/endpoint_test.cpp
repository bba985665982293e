#include "messages/wire/endpoint.hpp"

#include <doctest/doctest.h>

using namespace fragcast;

TEST_CASE("endpoints read and write alike, IPv6 in brackets") {
    for (const char* text : {"tcp://127.0.0.1:5550", "tcp://[::1]:5550", "tcp://bus.example:1",
                             "tcp://*:0", "tcp://[2001:db8::7]:65535", "tcp://my_host-2:80"}) {
        const auto endpoint = parse_endpoint(text, "--bus");
        REQUIRE(endpoint);
        CHECK(endpoint->text() == text);
    }
    CHECK(parse_endpoint("tcp://[::1]:5550", "--bus")->host == "::1");
    CHECK(parse_host_port("[::1]:8001", "--http")->text() == "tcp://[::1]:8001");
    CHECK(parse_host_port("127.0.0.1:8001", "--http")->port == 8001);
}

TEST_CASE("what is no endpoint is refused with an example") {
    for (const char* text : {"",
                             "127.0.0.1:5550",
                             "tcp://",
                             "tcp://127.0.0.1",
                             "tcp://127.0.0.1:",
                             "tcp://:5550",
                             "tcp://127.0.0.1:65536",
                             "tcp://127.0.0.1:-1",
                             "tcp://127.0.0.1:+1",
                             "tcp://127.0.0.1:5x",
                             "tcp://127.0.0.1: 5",
                             "ipc:///tmp/x",
                             "TCP://127.0.0.1:5",
                             "tcp://::1:5550",
                             "tcp://[::1:5",
                             "tcp://[127.0.0.1]:5",
                             "tcp://[fe80::1%eth0]:5",
                             "tcp://a b:5",
                             "tcp://a/b:5",
                             "tcp://eth0;1.2.3.4:5",
                             "tcp://h\n:5"}) {
        CAPTURE(text);
        CHECK_FALSE(parse_endpoint(text, "--bus"));
    }
    CHECK(parse_endpoint("5550", "--bus").error().text ==
          "--bus: \"5550\" is no address; write it like tcp://127.0.0.1:5550 or tcp://[::1]:5550");
    CHECK_FALSE(parse_host_port("tcp://127.0.0.1:8001", "--http"));
    CHECK_FALSE(parse_host_port("8001", "--http"));
}

TEST_CASE("an endpoint knows what kind of address it is") {
    const auto at = [](const char* host) { return Endpoint{host, 1}; };
    CHECK(at("127.0.0.1").literal());
    CHECK(at("::1").literal());
    CHECK_FALSE(at("localhost").literal());
    CHECK_FALSE(at("*").literal());
    CHECK_FALSE(at("127.1").literal());
    for (const char* host : {"127.0.0.1", "127.9.9.9", "::1", "localhost", "::ffff:127.0.0.1"})
        CHECK(at(host).loopback());
    for (const char* host : {"128.0.0.1", "::2", "localhost.example", "0.0.0.0"})
        CHECK_FALSE(at(host).loopback());
    for (const char* host : {"0.0.0.0", "::", "*"})
        CHECK(at(host).wildcard());
    CHECK_FALSE(at("10.0.0.1").wildcard());
}

TEST_CASE("an address that a peer tells is believed only where a peer can be") {
    for (const char* text : {"tcp://10.1.2.3:5", "tcp://192.168.0.7:40001", "tcp://[2001:db8::1]:5",
                             "tcp://8.8.8.8:5"})
        CHECK(check_told_endpoint(text, false));
    for (const char* text :
         {"tcp://bus.example:5", "tcp://localhost:5", "tcp://10.1.2.3:0", "tcp://0.0.0.0:5",
          "tcp://[::]:5", "tcp://*:5", "tcp://224.0.0.1:5", "tcp://255.255.255.255:5",
          "tcp://[ff02::1]:5", "tcp://169.254.169.254:80", "tcp://[fe80::1]:5",
          "tcp://[::ffff:169.254.169.254]:80", "tcp://[::ffff:224.0.0.1]:5", "ipc:///tmp/x", ""}) {
        CAPTURE(text);
        CHECK_FALSE(check_told_endpoint(text, false));
        CHECK_FALSE(check_told_endpoint(text, true));
    }
    for (const char* text : {"tcp://127.0.0.1:5", "tcp://[::1]:5", "tcp://[::ffff:127.0.0.1]:5"}) {
        CHECK_FALSE(check_told_endpoint(text, false));
        CHECK(check_told_endpoint(text, true));
    }
    CHECK(check_told_endpoint("tcp://127.0.0.1:5", false).error().text ==
          "will not dial tcp://127.0.0.1:5, which a peer named: it is a loopback address, and the "
          "peer is on another host");
}
