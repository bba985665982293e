#include "messages/wire/codec.hpp"
#include "tests/messages/wire/samples.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

using namespace fragcast;
using namespace fragcast::testing;

TEST_CASE("every kind is one line of JSON that names its fields") {
    for (const Kind kind : all_kinds()) {
        const std::string line = describe(sample_message(kind));
        CAPTURE(line);
        CHECK(line.find('\n') == std::string::npos);
        const auto json = nlohmann::json::parse(line, nullptr, false);
        REQUIRE(json.is_object());
        CHECK(json["kind"] == name_of(kind));
        CHECK(json["sequence"] == 300);
    }
}

TEST_CASE("a request reads as people read it") {
    Request request{RequestId{7}, {}, FragmentIndex{3}, Span{0, 16}, 1500, false};
    request.asset.bytes[31] = 1;
    CHECK(
        describe({{PeerId{}, Epoch{9}, Sequence{42}}, request}) ==
        R"({"kind":"request","sender":"00000000000000000000000000000000","epoch":9,"sequence":42,)"
        R"("request":7,"asset":"0000000000000000000000000000000000000000000000000000000000000001",)"
        R"("fragment":3,"chunks":"0-15","deadline_ms":1500,"insist":false})");
}

TEST_CASE("long lists, ranges and byte strings are cut and say so") {
    Tell tell;
    tell.assets.resize(100);
    CHECK(describe({{}, tell}).ends_with(R"("… 84 more"]})"));
    FragmentGone gone;
    for (std::uint32_t i = 0; i < 100; ++i)
        gone.fragments.add(2 * i);
    CHECK(describe({{}, gone}).ends_with(R"(,60,62,… 68 more"})"));
    Join join;
    join.key.assign(100, 0xAB);
    CHECK(describe({{}, join}).find("abab… 36 more\"") != std::string::npos);
}

TEST_CASE("texts from strangers cannot break out of the line") {
    PeerJoined joined;
    joined.peer.name = "a\"\n\x1b[2J\xff";
    const std::string line = describe({{}, joined});
    CHECK(line.find('\n') == std::string::npos);
    CHECK(line.find('\x1b') == std::string::npos);
    CHECK_FALSE(nlohmann::json::parse(line, nullptr, false).is_discarded());
}
