// How zmq-watch shows messages: ours, others', and bytes that are neither.
#include "tools/watch_format.hpp"

#include "messages/wire/codec.hpp"
#include "messages/wire/topic.hpp"
#include "tests/support/source_path.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

namespace fragcast::tools {

namespace {

template <class Id>
Id id_of(std::uint8_t byte) {
    Id id;
    id.bytes.fill(byte);
    return id;
}

std::vector<std::string> frames_of(const Message& message) {
    const Bytes frame = encode(message);
    return {topic_of(message), std::string(frame.begin(), frame.end())};
}

Message joined() {
    PeerJoined body;
    body.peer.id = id_of<PeerId>(0xab);
    body.peer.name = "peer1";
    return {{id_of<PeerId>(0x11), Epoch{7}, Sequence{0}}, body};
}

// Each in every place: as topic, as message, alone.
void expect_calm(const std::string& bytes) {
    const PeerNames names;
    for (const std::vector<std::string>& frames : {std::vector<std::string>{bytes},
                                                   {"peer.alive.", bytes},
                                                   {bytes, bytes},
                                                   {bytes, frames_of(joined())[1]}}) {
        const std::string line = format_line(frames, 0, names);
        CHECK(std::none_of(line.begin(), line.end(), [](char c) {
            return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
        }));
        const auto json = nlohmann::json::parse(format_json(frames, 0), nullptr, false);
        CHECK(json.is_object());
        CHECK(json.contains("message") != json.contains("frames"));
    }
}

}  // namespace

TEST_CASE("watch: a message of ours is a line of time, topic, sender and fields, ids short") {
    PeerNames names;
    const Message message = joined();
    names.learn(message);
    const std::string line = format_line(frames_of(message), 61'005, names);
    CHECK(line.find(".005  peer.joined.abababab..  ") != std::string::npos);
    CHECK(line.find("  11111111  ") != std::string::npos);
    CHECK(line.find("peer={id=abababab peer1 ") != std::string::npos);

    const Message gone{{id_of<PeerId>(0xab), Epoch{7}, Sequence{3}},
                       FragmentGone{id_of<AssetId>(0x22), {{0, 4}}}};
    const std::string told = format_line(frames_of(gone), 0, names);
    CHECK(told.find("  fragment.gone.22222222..") != std::string::npos);
    CHECK(told.find("  abababab peer1 ") != std::string::npos);
    CHECK(told.ends_with("  asset=22222222 fragments=0-3"));
}

TEST_CASE("watch: names are told apart from syntax, and cannot write on the terminal") {
    PeerNames names;
    Message message = joined();
    std::get<PeerJoined>(message.body).peer.name = "a {b}=\"c\" \xc2\x9b[2J";
    names.learn(message);
    const std::string line = format_line(frames_of(message), 0, names);
    CHECK(line.find("name=\"a {b}=\\\"c\\\" \\u009b[2J\"") != std::string::npos);
}

TEST_CASE("watch: as JSON the fields are whole") {
    const auto json = nlohmann::json::parse(format_json(frames_of(joined()), 61'005));
    CHECK(json["unix_ms"] == 61'005);
    CHECK(json["topic"] == topic_of(joined()));
    CHECK(json["sender"] == id_of<PeerId>(0x11).text());
    CHECK(json["epoch"] == 7);
    CHECK(json["sequence"] == 0);
    CHECK(json["message"]["kind"] == "peer_joined");
    CHECK(json["message"]["peer"]["name"] == "peer1");
}

TEST_CASE("watch: what is not ours is text where it can be, else hex, and long ones say how long") {
    const PeerNames names;
    CHECK(format_line({"weather", "sunny, 21 C"}, 0, names).ends_with("  weather  sunny, 21 C"));
    CHECK(format_line({"weather", std::string("\0\x1b[2J", 5)}, 0, names)
              .ends_with("  weather  x001b5b324a"));
    CHECK(format_line({std::string(1000, '\xff')}, 0, names).ends_with("ff… (1000 bytes)"));
    const auto json = nlohmann::json::parse(format_json({"weather", std::string(1, '\xff')}, 0));
    CHECK(json["topic"] == "weather");
    CHECK(json["frames"] == nlohmann::json::array({"77656174686572", "ff"}));
    CHECK_FALSE(format_line({}, 0, names).empty());
}

TEST_CASE("watch: nothing that the fuzzers found and no random bytes upset it") {
    std::size_t inputs = 0;
    for (const auto& entry :
         std::filesystem::recursive_directory_iterator(test::source_path("tests/fuzz/corpus"))) {
        if (!entry.is_regular_file()) continue;
        std::ifstream file(entry.path(), std::ios::binary);
        expect_calm({std::istreambuf_iterator<char>(file), {}});
        ++inputs;
    }
    CHECK(inputs >= 20);
    std::mt19937 chance(1);
    const std::string good = frames_of(joined())[1];
    for (int i = 0; i < 2000; ++i) {
        std::string bytes(chance() % 100, '\0');
        std::generate(bytes.begin(), bytes.end(), [&] { return static_cast<char>(chance()); });
        expect_calm(bytes);
        std::string flipped = good;
        flipped[chance() % flipped.size()] = static_cast<char>(chance());
        expect_calm(flipped);
    }
}

}  // namespace fragcast::tools
