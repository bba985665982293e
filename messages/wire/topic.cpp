#include "messages/wire/topic.hpp"

#include <cassert>
#include <string>

namespace fragcast {

std::optional<std::string_view> topic_prefix(Kind kind) {
    switch (kind) {
        case Kind::fragment_available:
            return "fragment.available.";
        case Kind::fragment_gone:
            return "fragment.gone.";
        case Kind::fragment_wanted:
            return "fragment.wanted.";
        case Kind::fragment_received:
            return "fragment.received.";
        case Kind::asset_published:
            return "asset.published.";
        case Kind::asset_removed:
            return "asset.removed.";
        case Kind::peer_joined:
            return "peer.joined.";
        case Kind::peer_alive:
            return "peer.alive.";
        case Kind::peer_leaving:
            return "peer.leaving.";
        case Kind::peer_left:
            return "peer.left.";
        case Kind::viewer_entered:
            return "viewer.entered.";
        case Kind::bus_stats:
            return "bus.stats.";
        default:
            return std::nullopt;
    }
}

namespace {

// The id that a topic ends in, one overload for each announcement; all others have none.
struct IdText {
    const Header& header;

    std::string operator()(const FragmentAvailable& m) const { return m.asset.id.text(); }
    std::string operator()(const FragmentGone& m) const { return m.asset.text(); }
    std::string operator()(const FragmentWanted& m) const { return m.asset.text(); }
    std::string operator()(const FragmentReceived& m) const { return m.asset.text(); }
    std::string operator()(const AssetPublished& m) const { return m.asset.id.text(); }
    std::string operator()(const AssetRemoved& m) const { return m.asset.text(); }
    std::string operator()(const PeerJoined& m) const { return m.peer.id.text(); }
    std::string operator()(const PeerLeft& m) const { return m.peer.text(); }
    std::string operator()(const PeerAlive&) const { return header.sender.text(); }
    std::string operator()(const PeerLeaving&) const { return header.sender.text(); }
    std::string operator()(const ViewerEntered&) const { return header.sender.text(); }
    template <class Other>
    std::string operator()(const Other&) const {
        return {};
    }
};

}  // namespace

std::string topic_of(const Message& announcement) {
    const auto prefix = topic_prefix(kind_of(announcement.body));
    assert(prefix.has_value());
    std::string topic(prefix.value_or(""));
    const std::string id = std::visit(IdText{announcement.header}, announcement.body);
    if (!id.empty()) topic += id + '.';
    return topic;
}

}  // namespace fragcast
