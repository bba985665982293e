#include "messages/wire/codec.hpp"

#include "tests/messages/wire/raw_writer.hpp"
#include "tests/messages/wire/samples.hpp"

#include <algorithm>
#include <map>
#include <random>

#include <doctest/doctest.h>

using namespace fragcast;
using namespace fragcast::testing;

namespace {

Bytes raw_frame(const Message& message, RawWriter& writer) {
    Bytes frame = encode(message);
    frame.resize(kHeaderBytes);
    std::visit([&](const auto& body) { writer.record(body); }, message.body);
    frame.insert(frame.end(), writer.out.begin(), writer.out.end());
    return frame;
}

DecodeError refusal(const Bytes& frame) {
    auto result = decode(frame);
    REQUIRE(std::holds_alternative<DecodeError>(result));
    return std::get<DecodeError>(result);
}

}  // namespace

TEST_CASE("every kind comes back as it was sent, with every field set") {
    for (const Kind kind : all_kinds()) {
        CAPTURE(name_of(kind));
        const Message sent = sample_message(kind);
        const auto received = decode(encode(sent));
        REQUIRE(std::holds_alternative<Message>(received));
        CHECK(std::get<Message>(received) == sent);
    }
}

TEST_CASE("the codec writes what a second writer, made from PROTOCOL.md, writes") {
    for (const Kind kind : all_kinds()) {
        CAPTURE(name_of(kind));
        RawWriter writer;
        const Message message = sample_message(kind);
        const Bytes expected = raw_frame(message, writer);
        const Bytes frame = encode(message);
        CHECK(to_hex(frame.data(), frame.size()) == to_hex(expected.data(), expected.size()));
    }
}

TEST_CASE("every prefix of every kind is refused") {
    for (const Kind kind : all_kinds()) {
        CAPTURE(name_of(kind));
        const Bytes frame = encode(sample_message(kind));
        for (std::size_t size = 0; size < frame.size(); ++size) {
            const auto why = refusal(Bytes(frame.begin(), frame.begin() + size)).why;
            CHECK(why == (size < 2 ? DecodeError::Why::foreign : DecodeError::Why::malformed));
        }
    }
}

TEST_CASE("whatever field of whatever kind is wrong, the message is refused and the field named") {
    std::map<Break, int> made;
    for (const Kind kind : all_kinds()) {
        const Message message = sample_message(kind);
        RawWriter counter;
        raw_frame(message, counter);
        for (const Break how : {Break::limit, Break::type, Break::value}) {
            for (int leaf = 0; leaf <= counter.leaves(); ++leaf) {
                RawWriter writer(how, leaf);
                const Bytes frame = raw_frame(message, writer);
                if (!writer.broken) continue;
                ++made[how];
                const DecodeError error = refusal(frame);
                CAPTURE(error.text);
                CAPTURE(writer.last_field);
                CHECK(error.why == DecodeError::Why::malformed);
                // Lists beyond every list's limit end before the fields are looked at.
                CHECK((error.text.find(writer.last_field) != std::string::npos ||
                       error.text.find("beyond its limit") != std::string::npos));
            }
        }
    }
    CHECK(made[Break::limit] > 150);
    CHECK(made[Break::type] > 300);
    CHECK(made[Break::value] > 150);
}

TEST_CASE("a field of a later version is skipped, at the end of a message and of a record") {
    Message message = sample_message(Kind::peer_joined);
    Bytes frame = encode(message);
    // [[id … entered, new], new]: a map with a list in it, and a text.
    REQUIRE(frame[kHeaderBytes] == 0x91);
    REQUIRE(frame[kHeaderBytes + 1] == 0x99);
    frame[kHeaderBytes] = 0x92;
    frame[kHeaderBytes + 1] = 0x9A;
    const Bytes later = {0x81, 0x01, 0x92, 0x01, 0xC3, 0xA3, 'n', 'e', 'w'};
    frame.insert(frame.end(), later.begin(), later.end());
    CHECK(std::get<Message>(decode(frame)) == message);
}

TEST_CASE("fields that an older version did not send have their defaults") {
    Message message{{}, HeartbeatAck{true, true, true}};
    Bytes frame = encode(message);
    frame.resize(kHeaderBytes);
    frame.insert(frame.end(), {0x91, 0xC3});
    CHECK(std::get<Message>(decode(frame)).body == Body(HeartbeatAck{true, false, false}));
    frame.resize(kHeaderBytes);
    frame.push_back(0x90);
    frame[3] = static_cast<std::uint8_t>(Kind::locate);
    CHECK(std::get<Locate>(std::get<Message>(decode(frame)).body).fragment == -1);
}

TEST_CASE("what is not ours, of another version or of an unknown kind is told apart") {
    const Bytes frame = encode(sample_message(Kind::ping));
    Bytes foreign = frame;
    foreign[0] = 'G';
    CHECK(refusal(foreign).why == DecodeError::Why::foreign);
    CHECK(refusal({}).why == DecodeError::Why::foreign);
    Bytes version = frame;
    version[2] = 2;
    CHECK(refusal(version).why == DecodeError::Why::version);
    CHECK(refusal(version).text == "version 2 of the protocol; this program speaks version 1");
    Bytes unknown = frame;
    for (const int kind : {0, 13, 31, 57, 113, 255}) {
        unknown[3] = static_cast<std::uint8_t>(kind);
        CHECK(refusal(unknown).why == DecodeError::Why::unknown);
        CHECK(name_of(static_cast<Kind>(kind)) == nullptr);
    }
}

TEST_CASE("a body that is no single list of fields is malformed") {
    Bytes head = encode(sample_message(Kind::ping));
    head.resize(kHeaderBytes);
    const auto why = [&](const Bytes& body) {
        Bytes frame = head;
        frame.insert(frame.end(), body.begin(), body.end());
        const DecodeError error = refusal(frame);
        CHECK(error.why == DecodeError::Why::malformed);
        return error.text;
    };
    CHECK(why({}) == "ping: the body is cut short");
    CHECK(why({0xC1}) == "ping: the body is no msgpack");
    CHECK(why({0x80}) == "ping: the body is no list");
    CHECK(why({0x90, 0x90}) == "ping: the body goes on after its end");
    CHECK(why({0xDD, 0xFF, 0xFF, 0xFF, 0xFF}).ends_with("beyond its limit"));
    Bytes nested(limits::kMaxBodyDepth, 0x91);
    nested.push_back(0x90);
    CHECK(why(nested).ends_with("beyond its limit"));
    nested.erase(nested.begin());
    Bytes deepest = head;
    deepest.insert(deepest.end(), nested.begin(), nested.end());
    CHECK(std::holds_alternative<Message>(decode(deepest)));
}

TEST_CASE("a frame beyond kMaxBodyBytes is refused unread") {
    Bytes frame = encode(sample_message(Kind::ping));
    frame.resize(limits::kMaxBodyBytes + 1);
    CHECK(refusal(frame).text == "a frame of 1048577 bytes is too long");
}

TEST_CASE("an asset of kMaxAssetBytes is read, and one of a byte more is malformed") {
    auto published = std::get<AssetPublished>(sample_message(Kind::asset_published).body);
    published.asset.size = limits::kMaxAssetBytes;
    Bytes frame = encode({{}, published});
    CHECK(std::holds_alternative<Message>(decode(frame)));
    // Nobody of ours says more: its eight bytes are changed in the frame.
    const Bytes size{0xCF, 0, 0, 0x10, 0, 0, 0, 0, 0};
    const auto at = std::search(frame.begin(), frame.end(), size.begin(), size.end());
    REQUIRE(at != frame.end());
    at[8] = 1;
    CHECK(refusal(frame).text.find("size") != std::string::npos);
}

TEST_CASE("frames with flipped bytes are refused or mean something: nothing in between") {
    std::mt19937 random(20261121);
    const auto kinds = all_kinds();
    int accepted = 0;
    for (int round = 0; round < 20000; ++round) {
        Bytes frame = encode(sample_message(kinds[random() % kinds.size()]));
        for (unsigned flips = 1 + random() % 4; flips > 0; --flips)
            frame[random() % frame.size()] = static_cast<std::uint8_t>(random());
        const auto first = decode(frame);
        if (!std::holds_alternative<Message>(first)) continue;
        ++accepted;
        const auto& message = std::get<Message>(first);
        const auto second = decode(encode(message));
        REQUIRE(std::holds_alternative<Message>(second));
        REQUIRE(std::get<Message>(second) == message);
        REQUIRE_FALSE(describe(message).empty());
    }
    CHECK(accepted > 1000);
}

TEST_CASE("packed_size is what a record adds to its list") {
    const auto grows_by_its_size = [](auto list_of, auto record) {
        const std::size_t none = encode({{}, list_of(0, record)}).size();
        const std::size_t one = encode({{}, list_of(1, record)}).size();
        CHECK(one - none == packed_size(record));
    };
    Filler filler;
    PeerRecord peer;
    filler.fill(peer);
    HoldingRecord holding;
    filler.fill(holding);
    EntryRecord entry;
    filler.fill(entry);
    grows_by_its_size(
        [](std::size_t n, const auto& record) {
            Peers peers;
            peers.peers.assign(n, record);
            return peers;
        },
        peer);
    grows_by_its_size(
        [](std::size_t n, const auto& record) {
            Dumped dumped;
            dumped.holdings.assign(n, record);
            return dumped;
        },
        holding);
    grows_by_its_size(
        [](std::size_t n, const auto& record) {
            Update update;
            update.entries.assign(n, record);
            return update;
        },
        entry);
}

TEST_CASE("three kinds carry a payload frame") {
    const auto with = std::ranges::count_if(all_kinds(), has_payload);
    CHECK(with == 3);
    CHECK(has_payload(Kind::data));
    CHECK(has_payload(Kind::proof_part));
    CHECK(has_payload(Kind::manifest_part));
}
