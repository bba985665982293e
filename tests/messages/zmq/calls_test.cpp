#include "messages/zmq/calls.hpp"

#include <string>

#include <doctest/doctest.h>

using namespace fragcast;

namespace {

struct Weight {
    using Answer = int;
};
struct Name {
    using Answer = std::string;
};

}  // namespace

TEST_CASE("calls: an answer finds its asker by its type, whatever its number, once") {
    Callers<Weight, Name> callers;
    int weight = 0;
    std::string name;
    const auto first = callers.add<Weight>([&](const Result<int>& got) { weight = *got; });
    const auto second = callers.add<Name>([&](const Result<std::string>& got) { name = *got; });
    // The other's number is none of this kind.
    CHECK_FALSE(callers.take(CallId<Name>{first.value}));
    CHECK_FALSE(callers.take(CallId<Weight>{second.value}));
    callers.take(first)(7);
    callers.take(second)(std::string("film"));
    CHECK(weight == 7);
    CHECK(name == "film");
    CHECK_FALSE(callers.take(first));
    CHECK_FALSE(callers.take(CallId<Weight>{}));
}
