// Loop thread. Pure.
//
// Manifests that come part by part, until they are whole. Each may be 4 MiB, and who begins many
// and ends none costs us no more than the limits say: what got no further part for a while is
// thrown away, then the oldest of who has too much begun, then the oldest of all.
#pragma once

#include "messages/wire/ids.hpp"
#include "messages/wire/limits.hpp"
#include "peer/swarm/actions.hpp"

#include <cstdint>
#include <map>
#include <span>
#include <variant>

namespace fragcast {

class ManifestParts {
public:
    enum class Trouble {
        nonsense,  // not the next part of what it began, or too large: its sender is to blame
        lost       // its beginning was thrown away: nobody's fault
    };
    struct More {};  // is to come
    // The next part of a manifest; the first begins it anew, whoever sent what is here of it. The
    // whole body after the last.
    std::variant<More, Bytes, Trouble> add(const KeepManifestPart& part,
                                           std::span<const std::uint8_t> bytes, Time now);
    void forget(const AssetId& asset) { drop(coming_.find(asset)); }

    std::size_t size() const { return coming_.size(); }
    std::uint64_t bytes() const { return bytes_; }

private:
    struct Coming {
        LinkId from;
        std::uint64_t total = 0;
        Bytes body;
        Time touched{};
        std::uint64_t number = 0;  // in the order in which they were begun
    };
    using All = std::map<AssetId, Coming>;
    void drop(All::iterator it);
    // For so many bytes of this one, which itself is spared.
    void make_room(const AssetId& asset, LinkId from, std::uint64_t bytes, Time now);

    All coming_;
    std::uint64_t bytes_ = 0;  // of all bodies
    std::uint64_t begun_ = 0;
};

}  // namespace fragcast
