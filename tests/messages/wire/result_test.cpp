#include "messages/wire/result.hpp"

#include <memory>
#include <set>

#include <doctest/doctest.h>

using namespace fragcast;

TEST_CASE("a result is a value or the reason why there is none") {
    Result<int> good = 7;
    CHECK(good);
    CHECK(*good == 7);
    Result<int> bad = fail(ErrorKind::not_found, "nobody has it");
    CHECK_FALSE(bad);
    CHECK(bad.error() == Error{ErrorKind::not_found, "nobody has it"});
    Result<std::unique_ptr<int>> moved = std::make_unique<int>(3);
    CHECK(*std::move(moved).value() == 3);
    CHECK(Status(Done{}).ok());
}

TEST_CASE("every kind of error has a name of its own") {
    std::set<std::string> names;
    for (int kind = 0; kind <= static_cast<int>(ErrorKind::interrupted); ++kind)
        names.insert(name_of(static_cast<ErrorKind>(kind)));
    CHECK(names.size() == static_cast<std::size_t>(ErrorKind::interrupted) + 1);
    CHECK(names.count("unknown") == 0);
}
