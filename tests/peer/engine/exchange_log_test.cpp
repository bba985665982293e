// Who asks whom for what, as lines for people.
#include "peer/engine/exchange_log.hpp"

#include <doctest/doctest.h>

using namespace fragcast;

namespace {

constexpr LinkId kLink{7};

Message hello(const std::string& name) {
    Hello body;
    body.self.name = name;
    return {{}, body};
}
Request request(std::uint32_t fragment) {
    Request body;
    body.fragment = {fragment};
    return body;
}
ExchangeLog log_of_film() {
    return ExchangeLog([](const AssetId&) { return std::string("film"); });
}

}  // namespace

TEST_CASE("exchange log: the first request for a fragment makes the line, in each direction") {
    ExchangeLog log = log_of_film();
    CHECK_FALSE(log.heard(kLink, hello("peer2")).has_value());
    const auto line = log.heard(kLink, {{}, request(3)});
    REQUIRE(line.has_value());
    CHECK(line->kind == "request");
    CHECK(line->text == "film 3: peer2 asks for it");
    CHECK(line->fragment == 3);
    CHECK_FALSE(log.heard(kLink, {{}, request(3)}).has_value());
    CHECK(log.said(kLink, request(3))->text == "film 3: peer2 is asked for it");
    CHECK_FALSE(log.said(kLink, request(3)).has_value());
    CHECK(log.heard(kLink, {{}, request(4)}).has_value());
}

TEST_CASE("exchange log: who never said hello, or is gone, makes no lines") {
    ExchangeLog log = log_of_film();
    CHECK_FALSE(log.heard(kLink, {{}, request(3)}).has_value());
    (void)log.heard(kLink, hello("peer2"));
    log.forget(kLink);
    CHECK_FALSE(log.heard(kLink, {{}, request(3)}).has_value());
}

TEST_CASE("exchange log: what is remembered of a neighbour is bounded") {
    ExchangeLog log = log_of_film();
    (void)log.heard(kLink, hello("peer2"));
    std::size_t lines = 0;
    for (std::uint32_t i = 0; i < 10000; ++i)
        lines += log.heard(kLink, {{}, request(i)}).has_value();
    CHECK(lines == 10000);
    CHECK(log.heard(kLink, {{}, request(0)}).has_value());
}
