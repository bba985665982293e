// Loop thread. Pure.
//
// The links that are up or coming (PROTOCOL.md, "A link"): which there are, who was at the other
// end of the last that ended, and which endpoints may be dialled when. At most limits::kMaxDialled
// of them were dialled by us, and have places of their own; limits::kMaxNeighbours dialled in.
// Beyond that somebody gives way to one more: who has not said hello, the longest of them first;
// then who was used the least recently of those who come from where most do: of one address, or,
// where each has one link, of one vicinity. Who is barred the caller asks first.
#pragma once

#include "peer/swarm/people/dials.hpp"
#include "peer/swarm/people/neighbour.hpp"
#include "peer/swarm/turn.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <ranges>
#include <set>
#include <string>
#include <vector>

namespace fragcast {

class Neighbours {
public:
    // --- which there are. nullptr: no such link.
    Neighbour* find(LinkId link);
    const Neighbour* find(LinkId link) const;
    // In the order of their numbers; none may come or go meanwhile.
    auto each() { return std::views::values(links_); }
    auto each() const { return std::views::values(links_); }
    bool empty() const { return links_.empty(); }
    std::size_t size() const { return links_.size(); }
    LinkId first() const { return links_.begin()->first; }  // there is one
    // Of several links to one peer the one to ask on, the same until it is gone: the oldest of
    // those that are not in doubt, else of all.
    Neighbour* to_ask_on(const std::set<LinkId>& links);
    // Whom we dialled there, or who says that it is there; nullptr: nobody.
    const Neighbour* at_end_of(const std::string& endpoint) const;
    bool any_up() const;
    std::size_t count_dialling() const;   // by us, and not up yet
    std::vector<LinkId> members() const;  // up, and no guest's
    // Who is at this link, or was when it ended.
    std::optional<PeerId> who(LinkId link) const;
    std::size_t count_former() const { return former_.size(); }

    // --- they come
    // Says Dial. 0: not now: too many, or it failed a while ago.
    LinkId dial(const std::string& endpoint, Turn& turn);
    std::size_t lines() const { return limits::kMaxDialled - dialled_; }  // that we may still dial
    // Who has to go before one more may dial in, from there (facts::LinkUp); none: there is a
    // place, or nobody has to.
    std::optional<LinkId> gives_way(const std::string& from) const;
    // Somebody dialled us. False: we have enough, and it is counted.
    bool accept(LinkId link, const std::string& from, Turn& turn);

    // --- and go
    struct Ended {
        PeerId peer;
        bool was_up = false;
    };
    // None: no such link. An endpoint that did not answer, or not last, is not dialled again at
    // once.
    std::optional<Ended> end(LinkId link, Time now);

    // --- endpoints
    void answered(const std::string& endpoint) { dials_.worked(endpoint); }
    void ourselves(const std::string& endpoint) { dials_.ourselves(endpoint); }  // never again
    void leave_alone(const std::string& endpoint, Time until) { dials_.leave(endpoint, until); }
    bool may_dial(const std::string& endpoint, Time now) const { return dials_.may(endpoint, now); }
    Time open_at(const std::string& endpoint) const { return dials_.open_at(endpoint); }
    // When an endpoint that may not be dialled now may be; kNever: none.
    Time next_dial(Time now) const { return dials_.next(now); }
    std::size_t count_endpoints() const { return dials_.size(); }  // that are waited with

    std::uint64_t count_refused() const { return refused_; }  // links, since the start
    const char* broken() const;                               // nullptr: all is as it must be

private:
    // Where nobody has two links of one address: who gives way from where most of a vicinity come.
    std::optional<LinkId> gives_way_widely(std::string own) const;
    std::size_t accepted() const { return links_.size() - dialled_; }

    std::map<LinkId, Neighbour> links_;
    // What the store still checks of theirs is theirs: of the last limits::kMaxStoreQueue.
    std::map<LinkId, PeerId> former_;
    std::uint64_t last_dialled_ = 0;  // the number of the last link that we dialled
    std::uint32_t dialled_ = 0;       // of links_
    Dials dials_;
    std::uint64_t refused_ = 0;
};

}  // namespace fragcast
