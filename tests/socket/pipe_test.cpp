// What crosses between threads: order, the limit, and who owns what when.
#include "messages/zmq/pipe.hpp"

#include "messages/zmq/loop.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include <doctest/doctest.h>

using namespace fragcast;

namespace {

using Boxed = std::unique_ptr<std::string>;
using Shared = std::shared_ptr<int>;

}  // namespace

TEST_CASE("a pipe hands values over in order, both ways") {
    zmq::context_t context;
    auto [near, far] = make_pipe<int, Boxed>(context);
    CHECK(near.send(1));
    CHECK(near.send(2));
    CHECK(far.send(std::make_unique<std::string>("three")));
    CHECK(far.receive() == 1);
    CHECK(far.receive() == 2);
    CHECK_FALSE(far.receive());
    CHECK(**near.receive() == "three");
    CHECK_FALSE(near.receive());
}

TEST_CASE("a full pipe says so, keeps the value, and takes it when there is room") {
    zmq::context_t context;
    constexpr int kLimit = 10;
    auto [near, far] = make_pipe<Boxed, int>(context, kLimit);
    Boxed value = std::make_unique<std::string>("kept");
    int sent = 0;
    while (sent <= kLimit && near.send(std::make_unique<std::string>("filler")))
        ++sent;
    CHECK(sent == kLimit);
    CHECK_FALSE(near.send(value));
    REQUIRE(value);
    CHECK(*value == "kept");
    while (far.receive()) {
    }
    // libzmq looks for the news that there is room about once a millisecond.
    Loop loop;
    std::function<void()> tick = [&] { loop.at(Loop::now() + std::chrono::milliseconds(1), tick); };
    tick();
    REQUIRE(loop.run_until([&] { return near.send(value); }, std::chrono::seconds(60)));
    const auto kept = far.receive();
    REQUIRE(kept);
    CHECK(**kept == "kept");
}

TEST_CASE("what was never read is destroyed, whichever end goes first") {
    zmq::context_t context;
    const Shared token = std::make_shared<int>(0);
    for (const bool near_first : {true, false}) {
        auto [near_end, far_end] = make_pipe<Shared, Shared>(context);
        auto near = std::make_unique<PipeEnd<Shared, Shared>>(std::move(near_end));
        auto far = std::make_unique<PipeEnd<Shared, Shared>>(std::move(far_end));
        CHECK(near->send(Shared(token)));
        CHECK(far->send(Shared(token)));
        CHECK(token.use_count() == 3);
        (near_first ? near : far).reset();
        CHECK(token.use_count() == 2);
        (near_first ? far : near).reset();
        CHECK(token.use_count() == 1);
    }
}

TEST_CASE("an end that is replaced gives up what it had not read") {
    zmq::context_t context;
    const Shared token = std::make_shared<int>(0);
    auto [near, far] = make_pipe<Shared, Shared>(context);
    CHECK(near.send(Shared(token)));
    auto [other_near, other_far] = make_pipe<Shared, Shared>(context);
    far = std::move(other_far);
    CHECK(other_near.send(Shared(token)));
    CHECK(far.receive() == token);
}
