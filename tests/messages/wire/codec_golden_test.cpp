// The bytes of each kind, pinned: a change here is a change of the protocol.
#include "messages/wire/codec.hpp"
#include "tests/messages/wire/samples.hpp"
#include "tests/support/source_path.hpp"

#include <fstream>
#include <map>

#include <doctest/doctest.h>

using namespace fragcast;
using namespace fragcast::testing;

TEST_CASE("the bytes of every kind are those that were pinned") {
    std::ifstream file(test::source_path("tests/messages/wire/golden/frames.hex"));
    REQUIRE(file.good());
    std::map<std::string, std::string> golden;
    for (std::string name, hex; file >> name >> hex;)
        golden[name] = hex;
    CHECK(golden.size() == all_kinds().size());
    for (const Kind kind : all_kinds()) {
        CAPTURE(name_of(kind));
        const Bytes frame = encode(sample_message(kind));
        CHECK(to_hex(frame.data(), frame.size()) == golden[name_of(kind)]);
        const auto bytes = from_hex(golden[name_of(kind)]);
        REQUIRE(bytes.has_value());
        const auto message = decode(*bytes);
        REQUIRE(std::holds_alternative<Message>(message));
        CHECK(std::get<Message>(message) == sample_message(kind));
    }
}
