// Names to addresses, and a lookup that hangs.
#include "peer/links/resolver.hpp"

#include "messages/zmq/host_name.hpp"
#include "wait.hpp"

#include <thread>
#include <vector>

#include <doctest/doctest.h>

using namespace fragcast;
using namespace fragcast::test;
using namespace std::chrono_literals;

namespace {

// A name server that never answers.
Resolver::Begin hanging() {
    return [](const std::string&, const Resolver::Found&) {};
}

}  // namespace

TEST_CASE("resolver: a literal address comes back as it is, later") {
    Loop loop;
    Resolver resolver(loop, limits::kResolve, hanging());
    std::optional<Result<Endpoint>> answer;
    resolver.resolve({"::1", 5550}, [&](Result<Endpoint> got) { answer = std::move(got); });
    CHECK_FALSE(answer.has_value());
    REQUIRE(wait_for(loop, [&] { return answer.has_value(); }));
    CHECK(answer->value() == Endpoint{"::1", 5550});
}

TEST_CASE("resolver: localhost is an address of this machine") {
    Loop loop;
    Resolver resolver(loop);
    std::optional<Result<Endpoint>> answer;
    resolver.resolve({"localhost", 5550}, [&](Result<Endpoint> got) { answer = std::move(got); });
    REQUIRE(wait_for(loop, [&] { return answer.has_value(); }));
    REQUIRE(answer->ok());
    CHECK((*answer)->literal());
    CHECK((*answer)->loopback());
    CHECK((*answer)->port == 5550);
}

TEST_CASE("resolver: a name that cannot be is an error that names it") {
    Loop loop;
    Resolver resolver(loop);
    std::optional<Result<Endpoint>> answer;
    // A label of 64 bytes is no name, so no server is asked.
    const std::string name(64, 'x');
    resolver.resolve({name, 1}, [&](Result<Endpoint> got) { answer = std::move(got); });
    REQUIRE(wait_for(loop, [&] { return answer.has_value(); }));
    REQUIRE_FALSE(answer->ok());
    CHECK(answer->error().text.find(name) != std::string::npos);
}

TEST_CASE("resolver: a lookup that hangs is given up, and nothing waits for it") {
    Loop loop;
    Resolver resolver(loop, 1s, hanging());
    std::optional<Result<Endpoint>> hung;
    std::optional<Result<Endpoint>> other;
    int turns = 0;
    loop.after_each_turn([&] { ++turns; });
    resolver.resolve({"hangs.example", 1}, [&](Result<Endpoint> got) { hung = std::move(got); });
    resolver.resolve({"127.0.0.1", 2}, [&](Result<Endpoint> got) { other = std::move(got); });
    REQUIRE(loop.run_until([&] { return other.has_value(); }, kPatience));
    CHECK_FALSE(hung.has_value());
    REQUIRE(loop.run_until([&] { return hung.has_value(); }, kPatience));
    CHECK(turns <= 4);  // it slept meanwhile
    REQUIRE_FALSE(hung->ok());
    CHECK(hung->error().kind == ErrorKind::timeout);
    CHECK(resolver.under_way() == 0);
}

TEST_CASE("resolver: what another thread found wakes the loop, which slept until then") {
    Loop loop;
    std::vector<std::thread> threads;
    Resolver resolver(loop, 2 * kPatience, [&](const std::string&, const Resolver::Found& found) {
        threads.emplace_back([found] { found(std::string("192.0.2.7")); });
    });
    int turns = 0, answers = 0;
    loop.after_each_turn([&] { ++turns; });
    for (const std::uint16_t port : {std::uint16_t{1}, std::uint16_t{2}, std::uint16_t{3}})
        resolver.resolve({"one.example", port}, [&, port](const Result<Endpoint>& got) {
            CHECK(got.value() == Endpoint{"192.0.2.7", port});
            ++answers;
        });
    CHECK(loop.run_until([&] { return answers == 3; }, kPatience));
    CHECK(turns <= 3);
    CHECK(resolver.under_way() == 0);
    for (auto& thread : threads)
        thread.join();
}

TEST_CASE("resolver: an answer asks for more; what is found too late is told to nobody") {
    Loop loop;
    std::vector<Resolver::Found> late;
    int answers = 0;
    bool more = false;
    {
        Resolver resolver(loop, 1ms, [&](const std::string&, const Resolver::Found& found) {
            late.push_back(found);
        });
        resolver.resolve({"late.example", 1}, [&](const Result<Endpoint>& got) {
            ++answers;
            CHECK(got.error().kind == ErrorKind::timeout);
            late.front()(std::string("192.0.2.7"));
            resolver.resolve({"127.0.0.1", 2}, [&](const Result<Endpoint>&) { more = true; });
        });
        REQUIRE(loop.run_until([&] { return more; }, kPatience));
    }
    late.front()(std::string("192.0.2.7"));  // nor when the resolver is gone
    CHECK_FALSE(wait_for(
        loop, [&] { return answers > 1; }, 20ms));
}

TEST_CASE("resolver: too many names at once are refused") {
    Loop loop;
    Resolver resolver(loop, limits::kResolve, hanging());
    for (std::size_t i = 0; i < limits::kMaxLookups; ++i)
        resolver.resolve({"hangs.example", 1}, [](const Result<Endpoint>&) {});
    std::optional<Result<Endpoint>> answer;
    resolver.resolve({"one.more.example", 1},
                     [&](Result<Endpoint> got) { answer = std::move(got); });
    REQUIRE(wait_for(loop, [&] { return answer.has_value(); }));
    REQUIRE_FALSE(answer->ok());
    CHECK(answer->error().kind == ErrorKind::full);
}

TEST_CASE("resolver: destroyed with lookups under way, it calls nobody") {
    Loop loop;
    bool called = false;
    {
        Resolver resolver(loop, 1ms, hanging());
        resolver.resolve({"hangs.example", 1}, [&](const Result<Endpoint>&) { called = true; });
        resolver.resolve({"127.0.0.1", 1}, [&](const Result<Endpoint>&) { called = true; });
    }
    CHECK_FALSE(wait_for(
        loop, [&] { return called; }, 20ms));
}

TEST_CASE("resolver: at start, names are looked up and the rest is left alone") {
    CHECK(resolve_now({"localhost", 5550}, "--bus")->text() == "tcp://127.0.0.1:5550");
    for (const auto* host : {"192.0.2.7", "2001:db8::1", "0.0.0.0", "*"})
        CHECK(resolve_now({host, 1}, "--bus")->host == host);
    const auto missing = resolve_now({"no-such-name.invalid", 1}, "--advertise");
    REQUIRE_FALSE(missing);
    CHECK(missing.error().kind == ErrorKind::not_found);
    CHECK(missing.error().text.starts_with("--advertise: cannot resolve no-such-name.invalid: "));
}
