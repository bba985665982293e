// Threads that are ready on start and gone on destruction.
#include "messages/zmq/actor.hpp"

#include "messages/zmq/loop.hpp"

#include <atomic>
#include <memory>

#include <doctest/doctest.h>

using namespace fragcast;
using namespace std::chrono_literals;

namespace {

struct Stop {};
using Command = std::variant<Stop, int>;
using Counter = Actor<Command, int>;

// Answers each number by its double, until told to stop.
void doubling(Counter::End& end, const ActorThread::Ready& ready) {
    Loop loop;
    loop.add(end.socket(), [&] {
        while (auto command = end.receive()) {
            if (std::holds_alternative<Stop>(*command)) return loop.stop();
            end.send(2 * std::get<int>(*command));
        }
    });
    ready(Done{});
    loop.run();
}

}  // namespace

TEST_CASE("an actor serves its pipe, and is gone after its destruction") {
    zmq::context_t context;
    std::atomic<bool> over = false;
    {
        Counter counter(
            context, "counter",
            [&over](Counter::End& end, const ActorThread::Ready& ready) {
                doubling(end, ready);
                over = true;
            },
            Stop{});
        REQUIRE(counter.started());
        int answer = 0;
        Loop loop;
        loop.add(counter.pipe().socket(), [&] { answer = *counter.pipe().receive(); });
        CHECK(counter.pipe().send(21));
        CHECK(loop.run_until([&] { return answer == 42; }, 60s));
    }
    CHECK(over);
}

TEST_CASE("an actor that cannot start says why, and can be destroyed") {
    zmq::context_t context;
    Counter counter(
        context, "broken",
        [](Counter::End&, const ActorThread::Ready& ready) {
            ready(fail(ErrorKind::busy, "the store is in use"));
        },
        Stop{});
    REQUIRE_FALSE(counter.started());
    CHECK(counter.started().error().text == "the store is in use");
}

TEST_CASE("an actor whose body ends without a report has not started") {
    zmq::context_t context;
    Counter counter(
        context, "mute", [](Counter::End&, const ActorThread::Ready&) {}, Stop{});
    REQUIRE_FALSE(counter.started());
    CHECK(counter.started().error().text == "mute ended before it was ready");
}

TEST_CASE("destruction gets through to an actor whose pipes are full both ways") {
    zmq::context_t context;
    constexpr int kLimit = 4;
    auto token = std::make_shared<int>(0);
    using Held = std::shared_ptr<int>;
    using Flooder = Actor<std::optional<Held>, Held>;
    {
        Flooder flooder(
            context, "flooder",
            [&token](Flooder::End& end, const ActorThread::Ready& ready) {
                while (end.send(Held(token))) {
                }
                ready(Done{});
                // Does nothing before it has told this last thing: there is no room for it until
                // its owner reads.
                while (!end.send(Held(token)))
                    std::this_thread::yield();
                for (bool stop = false; !stop;)
                    if (const auto command = end.receive()) stop = !command->has_value();
            },
            std::nullopt, kLimit);
        while (flooder.pipe().send(Held(token))) {
        }
    }
    CHECK(token.use_count() == 1);
}
