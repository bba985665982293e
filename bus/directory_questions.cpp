// Pure. The directory's answers to questions, which anybody may ask.
#include "bus/directory_session.hpp"
#include "messages/wire/limits.hpp"

#include <algorithm>
#include <iterator>

namespace fragcast {

namespace {

// Counts what a message has room for.
class Room {
public:
    explicit Room(std::size_t bytes = limits::kMaxPageBytes) : bytes_(bytes) {}

    template <class Record>
    bool add(std::vector<Record>& list, Record record) {
        const std::size_t size = packed_size(record);
        if (list.size() >= limits::kMaxEntries || size > bytes_) return false;
        bytes_ -= size;
        list.push_back(std::move(record));
        return true;
    }

private:
    std::size_t bytes_;
};

// Both return whether more follow.
bool list_peers(const Leases& leases, const PeerId& after, Room& room,
                std::vector<PeerRecord>& out) {
    for (auto at = leases.peers().upper_bound(after); at != leases.peers().end(); ++at)
        if (!room.add(out, at->second.peer)) return true;
    return false;
}

bool list_assets(const Leases& leases, const AssetId& after, Room& room,
                 std::vector<AssetRecord>& out) {
    for (auto at = leases.assets().upper_bound(after); at != leases.assets().end(); ++at)
        if (!room.add(out, at->second.record)) return true;
    return false;
}

// The holders, beginning above the asker and round: so that where they do not all fit, not
// everybody is sent to the same ones.
std::vector<HolderRecord> holders_of(const Leases& leases, const Leases::Asset& asset,
                                     std::int64_t fragment, const PeerId& asker, Room room) {
    std::vector<HolderRecord> out;
    const auto take = [&](auto from, auto to) {
        for (; from != to; ++from) {
            const Leases::Lease* lease = leases.find(*from);
            const Holdings::One& one = *lease->holdings.find(asset.record.id);
            const bool has = fragment < 0 || one.contains(static_cast<std::uint32_t>(fragment));
            if (has && !room.add(out, HolderRecord{lease->peer, one.fragments()})) return;
        }
    };
    const auto middle = asset.holders.upper_bound(asker);
    take(middle, asset.holders.end());
    take(asset.holders.begin(), middle);
    std::sort(out.begin(), out.end(),
              [](const auto& a, const auto& b) { return a.peer.id < b.peer.id; });
    return out;
}

}  // namespace

void DirectorySession::welcome(const Incoming& in, RequestId request) {
    Welcome welcome;
    welcome.request = request;
    welcome.in_port = options_.in_port;
    welcome.out_port = options_.out_port;
    welcome.settling = settling(in.now);
    welcome.heartbeat_ms = std::chrono::milliseconds(limits::kHeartbeat).count();
    welcome.lease_ms = std::chrono::milliseconds(limits::kLease).count();
    Room room;
    const bool more_assets = list_assets(leases_, {}, room, welcome.assets);
    const bool more_peers = list_peers(leases_, {}, room, welcome.peers);
    welcome.more = more_assets || more_peers;
    answer(in, std::move(welcome));
}

Located DirectorySession::locate(const Locate& question, const PeerId& asker, Time now) const {
    Located located;
    located.request = question.request;
    const std::string word = question.asset.is_zero() ? question.name : question.asset.text();
    const auto ids = leases_.named(word);
    Room room;
    for (const AssetId& id : ids)
        room.add(located.assets, leases_.assets().at(id).record);
    if (ids.size() > 1) {
        located.found = Found::ambiguous;
    } else if (ids.size() == 1) {
        const Leases::Asset& asset = leases_.assets().at(ids.front());
        located.holders = holders_of(leases_, asset, question.fragment, asker, room);
        located.found = located.holders.empty() && settling(now) ? Found::settling : Found::ok;
    } else {
        located.found = settling(now) ? Found::settling : Found::unknown;
    }
    return located;
}

void DirectorySession::handle(const Incoming& in, const Locate& question) {
    if (question.asset.is_zero() && question.name.empty())
        return refuse(in, question.request, fail(ErrorKind::invalid, "neither an id nor a name"));
    if (question.fragment < -1 || question.fragment >= limits::kMaxFragments)
        return refuse(in, question.request,
                      fail(ErrorKind::invalid,
                           "no asset has a fragment " + std::to_string(question.fragment)));
    answer(in, locate(question, in.header.sender, in.now));
}

void DirectorySession::handle(const Incoming& in, const ListPeers& question) {
    Peers peers;
    peers.request = question.request;
    peers.settling = settling(in.now);
    Room room;
    peers.more = list_peers(leases_, question.after, room, peers.peers);
    answer(in, std::move(peers));
}

void DirectorySession::handle(const Incoming& in, const ListAssets& question) {
    Assets assets;
    assets.request = question.request;
    assets.settling = settling(in.now);
    Room room;
    assets.more = list_assets(leases_, question.after, room, assets.assets);
    answer(in, std::move(assets));
}

void DirectorySession::handle(const Incoming& in, const AskManifest& question) {
    auto part = manifests_.part(question.asset, question.offset);
    if (!part) return refuse(in, question.request, part.error());
    answer(in, ManifestPart{question.request, question.asset, part->total, question.offset},
           std::move(part->bytes));
}

void DirectorySession::handle(const Incoming& in, const Dump& question) {
    Dumped dumped;
    dumped.request = question.request;
    dumped.settling = settling(in.now);
    const bool of_one = !question.peer.is_zero();
    const auto& peers = leases_.peers();
    auto peer = peers.lower_bound(of_one ? question.peer : question.after_peer);
    const auto end = of_one ? peers.upper_bound(question.peer) : peers.end();
    // Of one peer the answer is as of its sequence; of all there is no such number.
    const Sequence as_of = of_one && peer != end ? peer->second.sequence : Sequence{};
    Room room;
    for (; peer != end && !dumped.more; ++peer) {
        const auto& [id, lease] = *peer;
        const auto add = [&, &of = id](const Holdings::One& one) {
            dumped.more = !room.add(dumped.holdings, HoldingRecord{of, one.id(), one.fragments()});
            return !dumped.more;
        };
        id == question.after_peer ? lease.holdings.each_above(question.after_asset, add)
                                  : lease.holdings.each(add);
    }
    answer(in, std::move(dumped), {}, as_of);
}

void DirectorySession::handle(const Incoming& in, const AskStats& question) {
    answer(in, Stats{question.request, settling(in.now), uptime_ms(in.now), counters()});
}

void DirectorySession::handle(const Incoming& in, const AskEvents& question) {
    auto page = events_.page(question.from, question.limit);
    answer(in, Events{question.request, std::move(page.events), page.next, page.lost});
}

std::vector<CounterRecord> DirectorySession::counters() const {
    return {{"peers", leases_.peers().size() - leases_.guests()},
            {"guests", leases_.guests()},
            {"assets", leases_.assets().size()},
            {"holdings", leases_.holdings()},
            {"messages_in", counters_.messages_in},
            {"messages_out", counters_.messages_out},
            {"announcements", counters_.announcements},
            {"garbage", counters_.garbage},
            {"joins", counters_.joins},
            {"leaves", counters_.leaves},
            {"lapses", counters_.lapses},
            {"duplicates", counters_.duplicates},
            {"unsent", counters_.unsent},
            {"unrecorded", counters_.unrecorded},
            {"events", events_.count()},
            {"in_port", options_.in_port},
            {"out_port", options_.out_port}};
}

}  // namespace fragcast
