#include "peer/http/questions.hpp"

#include "messages/wire/limits.hpp"

#include <algorithm>
#include <utility>

namespace fragcast {
namespace {

Locate body_of(const LocateQuestion& question) {
    Locate body;
    body.fragment = question.fragment;
    if (const auto id = AssetId::parse(question.name))
        body.asset = *id;
    else
        body.name = question.name;
    return body;
}

}  // namespace

// --- where something is --------------------------------------------------------------------------

void Questions::ask(const LocateQuestion& question, Time deadline, Then<LocateQuestion> then) {
    if (question.via == Via::local) return then(locate_here(question));
    send(std::make_shared<Locating>(
        Locating{question, deadline, std::move(then), question.via == Via::friends}));
}

void Questions::send(const LocatingPtr& locating) {
    core_.question(body_of(locating->question), locating->friends, locating->deadline,
                   [this, locating](const Result<Body>& answer) {
                       answer ? located(locating, *answer) : failed(locating, answer.error());
                   });
}

void Questions::located(const LocatingPtr& locating, const Body& body) {
    const auto* located = std::get_if<Located>(&body);
    // Friends that nobody told us to ask may know no more than we do.
    const bool fallback = locating->friends && locating->question.via != Via::friends;
    if (located == nullptr || (fallback && located->found == Found::unknown))
        return locating->then(locate_here(locating->question));
    locating->then(LocateAnswer{locating->friends ? "friends" : "bus", *located});
}

void Questions::failed(const LocatingPtr& locating, const Error& error) {
    // The user chose; what we know ourselves is `local`.
    if (locating->question.via == Via::friends) return locating->then(error);
    if (locating->friends || !knows_nobody(locating->question))
        return locating->then(locate_here(locating->question));
    locating->friends = true;
    send(locating);
}

// --- what there is -------------------------------------------------------------------------------

void Questions::ask(const DirectoryQuestion&, Time deadline, Then<DirectoryQuestion> then) {
    const auto listing = std::make_shared<Listing>(Listing{deadline, std::move(then), {}});
    listing->so_far.source = "bus";
    send(listing, ListPeers{});
}

void Questions::send(const ListingPtr& listing, Body body) {
    core_.question(std::move(body), false, listing->deadline,
                   [this, listing](const Result<Body>& answer) {
                       answer ? page(listing, *answer) : directory_here(listing);
                   });
}

// First all peers, then all assets, then all holdings; each page says whether another follows.
void Questions::page(const ListingPtr& listing, const Body& body) {
    DirectoryAnswer& all = listing->so_far;
    if (const auto* peers = std::get_if<Peers>(&body)) {
        all.settling = peers->settling;
        all.peers.insert(all.peers.end(), peers->peers.begin(), peers->peers.end());
        if (peers->more && !peers->peers.empty())
            return send(listing, ListPeers{{}, peers->peers.back().id});
        return send(listing, ListAssets{});
    }
    if (const auto* assets = std::get_if<Assets>(&body)) {
        all.assets.insert(all.assets.end(), assets->assets.begin(), assets->assets.end());
        if (assets->more && !assets->assets.empty())
            return send(listing, ListAssets{{}, assets->assets.back().id});
        return send(listing, Dump{});
    }
    if (const auto* dumped = std::get_if<Dumped>(&body)) {
        const auto& page = dumped->holdings;
        all.holdings.insert(all.holdings.end(), page.begin(), page.end());
        if (dumped->more && !page.empty())
            return send(listing, Dump{{}, {}, page.back().peer, page.back().asset});
        return listing->then(std::move(all));
    }
    directory_here(listing);
}

// --- from our own knowledge ----------------------------------------------------------------------

bool Questions::knows_nobody(const LocateQuestion& question) const {
    const LocateAnswer here = locate_here(question);
    return here.located.found == Found::unknown ||
           (here.located.found == Found::ok && here.located.holders.empty());
}

LocateAnswer Questions::locate_here(const LocateQuestion& question) const {
    LocateAnswer answer{"peer", {}};
    answer.located.assets = node_.swarm().find(question.name);
    const std::size_t fit = answer.located.assets.size();
    answer.located.found = fit == 0 ? Found::unknown : fit == 1 ? Found::ok : Found::ambiguous;
    if (fit != 1) return answer;
    for (auto& holder : node_.swarm().holders(answer.located.assets.front().id)) {
        const bool fits = question.fragment < 0 ||
                          holder.fragments.contains(static_cast<std::uint32_t>(question.fragment));
        if (fits) answer.located.holders.push_back(std::move(holder));
    }
    return answer;
}

void Questions::directory_here(const ListingPtr& listing) {
    listing->so_far = {};
    listing->so_far.source = "peer";
    go_on(listing);
}

void Questions::go_on(const ListingPtr& listing) {
    const bool more = std::as_const(node_).swarm().holdings(listing->place, limits::kMaxEntries,
                                                            listing->so_far.holdings);
    if (!more) return listing->then(std::move(listing->so_far));
    loop_.at(Loop::now(), [this, listing, alive = std::weak_ptr<int>(alive_)] {
        if (!alive.expired()) go_on(listing);
    });
}

}  // namespace fragcast
