#include "messages/zmq/outbox.hpp"

#include <string>
#include <vector>

#include <doctest/doctest.h>

using namespace fragcast;

namespace {

struct Ends {
    zmq::context_t context;
    Loop loop;
    std::pair<PipeEnd<int, int>, PipeEnd<int, int>> pipe = make_pipe<int, int>(context, 2);
    Outbox<int> out{loop, way_into(pipe.first)};
    std::vector<int> received;
    int turns = 0;

    Ends() {
        loop.after_each_turn([this] { ++turns; });
    }
    void receive() {
        while (const auto value = pipe.second.receive())
            received.push_back(*value);
    }
};

std::vector<int> up_to(int count) {
    std::vector<int> all;
    for (int i = 0; i < count; ++i)
        all.push_back(i);
    return all;
}

}  // namespace

TEST_CASE("outbox: what a full pipe does not take goes as soon as the other end reads, in order") {
    Ends ends;
    for (int i = 0; i < 50; ++i)
        ends.out.push(i);
    CHECK(ends.out.waiting() > 0);
    CHECK_FALSE(ends.out.offer(99));  // would overtake
    // Nobody reads: nothing goes, and nothing is tried either.
    ends.loop.run_until([] { return false; }, std::chrono::milliseconds(30));
    CHECK(ends.out.waiting() > 0);
    CHECK(ends.turns <= 2);
    // Of this loop there is nothing else that could wake it.
    const bool all = ends.loop.run_until(
        [&] {
            ends.receive();
            return ends.received.size() == 50;
        },
        std::chrono::seconds(30));
    CHECK(all);
    CHECK(ends.received == up_to(50));
    CHECK(ends.out.waiting() == 0);
}

TEST_CASE("outbox: one that ends with something waiting leaves the loop") {
    Ends ends;
    {
        Outbox<int> gone(ends.loop, way_into(ends.pipe.first));
        for (int i = 0; i < 50; ++i)
            gone.push(i);
    }
    ends.receive();
    ends.loop.run_until([] { return false; }, std::chrono::milliseconds(5));
    CHECK(ends.out.waiting() == 0);
}
