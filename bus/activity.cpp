#include "bus/activity.hpp"

#include "messages/wire/endpoint.hpp"
#include "messages/wire/topic.hpp"

#include <utility>

namespace fragcast {

namespace {

// A list of ranges that people read at a glance, or how many there are.
std::string which(const RangeSet& fragments) {
    constexpr std::size_t kReadable = 40;
    std::string text = fragments.text();
    return text.size() <= kReadable ? text : std::to_string(fragments.count()) + " fragments";
}

struct Describe {
    const PeerId& sender;
    const ActivityNames& names;
    EventRecord& event;

    std::string who() const { return names.peer(sender); }
    bool about(const AssetId& asset, std::string text) const {
        event.asset = asset;
        event.text = std::move(text);
        return true;
    }

    bool operator()(const FragmentAvailable& m) const {
        return about(m.asset.id, who() + " has " + m.asset.name + ' ' + which(m.fragments));
    }
    bool operator()(const FragmentGone& m) const {
        return about(m.asset,
                     who() + " dropped " + names.asset(m.asset) + ' ' + which(m.fragments));
    }
    bool operator()(const FragmentReceived& m) const {
        return about(m.asset, who() + " got " + names.asset(m.asset) + ' ' +
                                  std::to_string(m.fragment.value) + " from " + names.peer(m.from) +
                                  " (" + human_bytes(m.bytes) + ", " +
                                  human_duration(m.duration_us) + ')');
    }
    bool operator()(const AssetPublished& m) const {
        return about(m.asset.id, who() + " published " + m.asset.name + " (" +
                                     human_bytes(m.asset.size) + ", " +
                                     std::to_string(m.asset.fragments) + " fragments)");
    }
    bool operator()(const AssetRemoved& m) const {
        return about(m.asset, who() + " removed its copy of " + names.asset(m.asset));
    }
    bool operator()(const ViewerEntered&) const {
        return about({}, "somebody opened the page of " + who());
    }
    template <class Other>
    bool operator()(const Other&) const {
        return false;
    }
};

}  // namespace

std::optional<EventRecord> activity_of(const Message& announcement, const ActivityNames& names) {
    EventRecord event;
    event.peer = announcement.header.sender;
    if (!std::visit(Describe{event.peer, names, event}, announcement.body)) return std::nullopt;
    const auto prefix = *topic_prefix(kind_of(announcement.body));
    event.kind = prefix.substr(0, prefix.size() - 1);
    return event;
}

}  // namespace fragcast
