// Which announcements carry a sequence is said by PROTOCOL.md, section 6.
#include "peer/swarm/stamp.hpp"

#include "messages/wire/topic.hpp"
#include "tests/support/source_path.hpp"

#include <fstream>
#include <map>
#include <string>

#include <doctest/doctest.h>

using namespace fragcast;

namespace {

// "fragment.gone." to "yes" or "0", as the table has them.
std::map<std::string, std::string> table() {
    std::ifstream file(fragcast::test::source_path("messages/PROTOCOL.md"));
    std::map<std::string, std::string> out;
    bool within = false;
    for (std::string line; std::getline(file, line);) {
        if (line.starts_with("## ")) within = line.starts_with("## 6.");
        if (!within || !line.starts_with("| `")) continue;
        const std::string topic = line.substr(3, line.find('`', 3) - 3);
        const std::size_t second = line.find("| ", 2) + 2;
        out[topic.substr(0, topic.find('<'))] =
            line.substr(second, line.find(' ', second) - second);
    }
    return out;
}

}  // namespace

TEST_CASE("stamp: sender and epoch, and the sequence where the protocol says so") {
    SwarmOptions options;
    options.self.id.bytes[0] = 7;
    options.self.epoch = {3};
    Swarm swarm(options, 1);
    Actions out;
    AssetId asset;
    asset.bytes[0] = 9;
    Manifest manifest;
    manifest.name = "film";
    manifest.fragments.resize(1);
    manifest.fragments[0].size = 1000;
    swarm.on(facts::Started{}, Time{}, out);
    swarm.on(
        facts::AssetAdded{{asset, std::make_shared<const Manifest>(manifest), {{{0, 1}}, {}}, {}}},
        Time{}, out);
    REQUIRE(swarm.sequence().value != 0);

    const auto said = table();
    CHECK(said.size() == 12);
    for (const Kind kind : all_kinds()) {
        INFO(name_of(kind));
        const Message made = stamp(swarm, *empty_body(kind));
        CHECK(made.header.sender == options.self.id);
        CHECK(made.header.epoch == options.self.epoch);
        const auto topic = topic_prefix(kind);
        const bool carries = !topic || said.at(std::string(*topic)) == "yes";
        CHECK(made.header.sequence == (carries ? swarm.sequence() : Sequence{}));
    }
    CHECK(stamp(swarm, FragmentGone{}, Sequence{42}).header.sequence == Sequence{42});
}
