#include "messages/wire/topic.hpp"

#include "messages/wire/limits.hpp"
#include "tests/messages/wire/samples.hpp"

#include <algorithm>
#include <set>

#include <doctest/doctest.h>

using namespace fragcast;
using namespace fragcast::testing;

TEST_CASE("a topic ends in the id that it is about, and in a dot") {
    Message message;
    message.header.sender.bytes.fill(0xAA);
    FragmentAvailable available;
    available.asset.id.bytes.fill(0xBB);
    message.body = available;
    CHECK(topic_of(message) == "fragment.available." + available.asset.id.text() + '.');
    message.body = PeerAlive{};
    CHECK(topic_of(message) == "peer.alive." + message.header.sender.text() + '.');
    message.body = ViewerEntered{};
    CHECK(topic_of(message) == "viewer.entered." + message.header.sender.text() + '.');
    PeerLeft left;
    left.peer.bytes.fill(0xCC);
    message.body = left;
    CHECK(topic_of(message) == "peer.left." + left.peer.text() + '.');
    message.body = BusStats{};
    CHECK(topic_of(message) == "bus.stats.");
}

TEST_CASE("announcements have topics of their own within the limit, other kinds have none") {
    std::set<std::string> prefixes;
    for (const Kind kind : all_kinds()) {
        const auto prefix = topic_prefix(kind);
        CHECK(prefix.has_value() == (kind <= Kind::bus_stats));
        if (!prefix) continue;
        const std::string topic = topic_of(sample_message(kind));
        CAPTURE(topic);
        CHECK(prefixes.insert(std::string(*prefix)).second);
        CHECK(topic.starts_with(*prefix));
        CHECK(topic.ends_with('.'));
        CHECK(topic.size() <= limits::kMaxTopicBytes);
        CHECK(std::ranges::all_of(topic, [](char c) {
            return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.';
        }));
    }
}

TEST_CASE("peers hear of everything that carries a sequence, and of wants") {
    for (const Kind kind : {Kind::fragment_available, Kind::fragment_gone, Kind::asset_published,
                            Kind::asset_removed, Kind::peer_alive, Kind::fragment_wanted})
        CHECK(std::ranges::any_of(
            kSubscriptions, [&](auto prefix) { return topic_prefix(kind)->starts_with(prefix); }));
}
