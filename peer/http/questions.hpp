// Loop thread. Value types, and the asker.
//
// What a user asks of the whole swarm: who has this, who has what. Asked of the buses (page by
// page, where an answer has pages); when none answers it is answered from what this peer knows
// itself, and where that is nothing, friends are asked where something is.
#pragma once

#include "messages/wire/message.hpp"
#include "peer/engine/node.hpp"
#include "peer/http/core_calls.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace fragcast {

enum class Via { bus, friends, local };

struct LocateAnswer {
    std::string source;  // who answered: "bus", "friends" or "peer" (this one)
    Located located;
};
struct LocateQuestion {
    using Answer = LocateAnswer;
    std::string name;  // or an id, or the beginning of one
    std::int64_t fragment = -1;
    Via via = Via::bus;
};
struct DirectoryAnswer {
    std::string source;  // as above
    bool settling = false;
    // A bus's. Of "peer" there are none: what it knows of them, it shows (PeerList, AssetList).
    std::vector<PeerRecord> peers;
    std::vector<AssetRecord> assets;
    std::vector<HoldingRecord> holdings;
};
struct DirectoryQuestion {
    using Answer = DirectoryAnswer;
};

class Questions {
public:
    Questions(Loop& loop, Node& node, CoreCalls& core) : loop_(loop), node_(node), core_(core) {}

    // `then` is called once, at the deadline at the latest; perhaps from inside. What this peer
    // itself knows of who has what it goes through limits::kMaxEntries in a turn of the loop, also
    // beyond the deadline.
    void ask(const LocateQuestion& question, Time deadline, Then<LocateQuestion> then);
    void ask(const DirectoryQuestion& question, Time deadline, Then<DirectoryQuestion> then);

private:
    struct Locating {
        LocateQuestion question;
        Time deadline;
        Then<LocateQuestion> then;
        bool friends = false;  // it is put to them
    };
    struct Listing {
        Time deadline;
        Then<DirectoryQuestion> then;
        DirectoryAnswer so_far;
        HoldingsPlace place = {};
    };
    using LocatingPtr = std::shared_ptr<Locating>;
    using ListingPtr = std::shared_ptr<Listing>;
    void send(const LocatingPtr& locating);
    void located(const LocatingPtr& locating, const Body& body);
    void failed(const LocatingPtr& locating, const Error& error);
    void send(const ListingPtr& listing, Body body);
    void page(const ListingPtr& listing, const Body& body);
    bool knows_nobody(const LocateQuestion& question) const;
    LocateAnswer locate_here(const LocateQuestion& question) const;
    void directory_here(const ListingPtr& listing);
    void go_on(const ListingPtr& listing);

    Loop& loop_;
    Node& node_;
    CoreCalls& core_;
    std::shared_ptr<int> alive_ = std::make_shared<int>();
};

}  // namespace fragcast
