// bus. Loop thread. Pure.
//
// `{"peers":[…]}` of the directory, bit by bit while it is sent (http_pieces.hpp): each peer with
// all that it holds, which may be more than a piece, in the order of ids. Between two bits the
// table may change: neither the order nor an entry that stays is lost.
#pragma once

#include "bus/leases.hpp"
#include "messages/http/http_page.hpp"

#include <optional>
#include <string>
#include <utility>

namespace fragcast {

class DirectoryText {
public:
    // `head`: up to the list's bracket. The leases outlive it.
    DirectoryText(const Leases& leases, const ListPage<PeerId>& page, std::string head)
        : leases_(leases), walk_(page), head_(std::move(head)) {}
    // Nothing: it ended.
    std::optional<std::string> next(Time now);

private:
    std::string begin_peer(const Leases::Lease& lease, Time now);
    std::optional<std::string> next_held();

    const Leases& leases_;
    PageWalk<PeerId> walk_;
    std::optional<std::string> head_;
    bool first_ = true;
    bool ended_ = false;
    std::optional<PeerId> open_;    // whose holdings are being told
    std::optional<AssetId> after_;  // the last of them so far
};

}  // namespace fragcast
