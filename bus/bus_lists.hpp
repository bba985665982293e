// bus. Loop thread.
//
// Lists by HTTP that are as long as there are peers and assets: made while they are sent, in pieces
// of limits::kListPieceBytes and of the order of ids, so that an answer holds no more than that,
// however slowly it is read. Between two pieces the table may change: neither the order nor an
// entry that stays is lost. All lists together make limits::kListPiecesPerTurn pieces in a turn of
// the loop, one after the other, so that nobody's question keeps peers waiting.
#pragma once

#include "bus/leases.hpp"
#include "messages/http/http_page.hpp"
#include "messages/http/http_server.hpp"
#include "messages/zmq/loop.hpp"

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace fragcast {

// `{"peers":[…]}` of the directory: each peer with all that it holds, which may be more than a
// piece. Pure.
class DirectoryPieces {
public:
    // `head`: up to the list's bracket. The leases outlive it.
    DirectoryPieces(const Leases& leases, const ListPage<PeerId>& page, std::string head)
        : leases_(leases), walk_(page), head_(std::move(head)) {}
    // Empty: it ended.
    std::string next(Time now);

private:
    void begin_peer(const Leases::Lease& lease, Time now, std::string& text);
    void go_on(const PeerId& peer, std::string& text);

    const Leases& leases_;
    PageWalk<PeerId> walk_;
    std::string head_;
    bool first_ = true;
    bool ended_ = false;
    std::optional<PeerId> open_;    // whose holdings are being told
    std::optional<AssetId> after_;  // the last of them so far
};

// Work that is done a few pieces a turn, in the order in which it was asked for. Pure.
class PieceQueue {
public:
    using Work = std::function<void()>;
    void add(Work work) { due_.push_back(std::move(work)); }
    void turn();
    bool empty() const { return due_.empty(); }

private:
    std::deque<Work> due_;
};

class BusLists {
public:
    explicit BusLists(Loop& loop) : loop_(loop) {}
    ~BusLists() { loop_.cancel(turn_); }
    BusLists(const BusLists&) = delete;
    BusLists& operator=(const BusLists&) = delete;

    // A body that `next` makes piece by piece; an empty piece ends it.
    void send(const HttpReply& reply, std::function<std::string()> next);

private:
    struct List {
        HttpReply reply;
        std::function<std::string()> next;
        bool over = false;
    };
    void ask(const std::shared_ptr<List>& list);
    void turn();

    Loop& loop_;
    PieceQueue queue_;
    Loop::Handle turn_ = 0;
};

}  // namespace fragcast
