// Neighbours come, speak and go; whom to dial.
#include "peer/swarm/swarm_links.hpp"

#include "messages/wire/hash.hpp"
#include "peer/swarm/core.hpp"
#include "peer/swarm/swarm_ask.hpp"
#include "peer/swarm/swarm_bus.hpp"
#include "peer/swarm/swarm_copies.hpp"
#include "peer/swarm/swarm_fetch.hpp"
#include "peer/swarm/swarm_find.hpp"
#include "peer/swarm/swarm_messages.hpp"
#include "peer/swarm/swarm_names.hpp"
#include "peer/swarm/swarm_peers.hpp"
#include "peer/swarm/swarm_publish.hpp"
#include "peer/swarm/swarm_store.hpp"
#include "peer/swarm/swarm_wants.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <utility>
#include <vector>

namespace fragcast {

namespace {

constexpr std::int32_t kGarbagePoints = 10;

}  // namespace

static void drop_link(Core& core, LinkId link, Turn& turn);
static void unlink(Core& core, const PeerId& peer, LinkId link, Turn& turn);
static void greet(Core& core, Neighbour& n, const StateDigest& root, Sequence sequence, Turn& turn);

Neighbour* neighbour(Core& core, LinkId link) {
    return core.neighbours.find(link);
}
const Neighbour* neighbour(const Core& core, LinkId link) {
    return core.neighbours.find(link);
}

// Several links to one peer are all heard; asked is on one, the same until it is gone.
Neighbour* link_of(Core& core, const PeerId& peer) {
    const KnownPeer* known = core.peers.find(peer);
    return known == nullptr ? nullptr : core.neighbours.to_ask_on(known->links);
}

bool barred(const Core& core, const Neighbour& n, Time now) {
    return core.bars.barred(n.peer().id, n.place(), now);
}

// --- up and down ---------------------------------------------------------------------------------

LinkId dial(Core& core, const std::string& endpoint, Turn& turn) {
    if (open_at(core, endpoint) > turn.now) return {};
    return core.neighbours.dial(endpoint, turn);
}

bool dial(Core& core, const PeerId& peer, const std::string& endpoint, Turn& turn) {
    const LinkId link = dial(core, endpoint, turn);
    if (link.value != 0) core.peers.dialling(peer, link);
    return link.value != 0;
}

void reach(Core& core, const PeerId& peer, Turn& turn) {
    const KnownPeer* known = core.peers.find(peer);
    if (known != nullptr && known->dialling.value == 0)
        dial(core, peer, known->record.exchange, turn);
}

// Who was passed over for one more.
static void make_way(Core& core, const std::string& from, Turn& turn) {
    const auto link = core.neighbours.gives_way(from);
    if (!link) return;
    const PeerRecord& peer = neighbour(core, *link)->peer();
    turn.report(Report::Level::debug, "neighbour.gave_way",
                "too many links: closed that of " +
                    (peer.id.is_zero() ? "who did not say hello" : name_of_peer(core, peer.id)),
                peer.id);
    hang_up(core, *link, true, turn);
}

void on_link_up(Core& core, const facts::LinkUp& up, Turn& turn) {
    const LinkId link = up.link;
    if (Neighbour* known = neighbour(core, link)) {
        known->on_connected(turn.now);
        say_hello(core, *known, false, turn);
        return;
    }
    if (up.dialled || core.life.has_left()) {  // given up meanwhile
        turn.out.push_back(HangUp{link});
        return;
    }
    make_way(core, up.from, turn);
    if (core.neighbours.accept(link, up.from, turn)) return;
    turn.out.push_back(SendTo{link, Bye{}});
    turn.out.push_back(HangUp{link});
}

void on_dial_failed(Core& core, LinkId link, const Error& why, Turn& turn) {
    Neighbour* n = neighbour(core, link);
    if (n == nullptr) return;
    const std::string endpoint = n->endpoint();
    turn.report(Report::Level::debug, "neighbour.unreachable",
                "cannot reach " + endpoint + " (" + why.text + ")");
    core.offers.unreachable(endpoint, why.text);
    drop_link(core, link, turn);
}

void on_link_down(Core& core, LinkId link, Turn& turn) {
    if (const Neighbour* n = neighbour(core, link))
        turn.report(Report::Level::debug, "neighbour.lost",
                    "lost the link to " + name_of_peer(core, n->peer().id), n->peer().id);
    drop_link(core, link, turn);
}

void hang_up(Core& core, LinkId link, bool bye, Turn& turn) {
    if (bye) turn.out.push_back(SendTo{link, Bye{}});
    turn.out.push_back(HangUp{link});
    drop_link(core, link, turn);
}

// What was asked there is free to be asked elsewhere.
static void void_requests(Core& core, LinkId link, Time now) {
    for (const RequestId request : core.requests.open().of_link(link)) {
        const auto asked = core.requests.drop(request);
        if (asked) relieve(core, *asked, asked->open, now);
    }
    core.proofs.drop(link);
    core.manifests.link_gone(link);
    core.order.plan_anew();
}

static void drop_link(Core& core, LinkId link, Turn& turn) {
    if (neighbour(core, link) == nullptr) return;
    void_requests(core, link, turn.now);
    const auto ended = core.neighbours.end(link, turn.now);
    core.answers.forget({link, ended->peer});
    if (const auto dialled = core.peers.dial_over(link)) forget_peer(core, *dialled, turn);
    core.offers.on_link_down(link);
    core.hearing.forget(link);
    core.calls.due();
    if (ended->was_up) unlink(core, ended->peer, link, turn);
}

// The peer is not (any more) at the other end of this link.
static void unlink(Core& core, const PeerId& peer, LinkId link, Turn& turn) {
    if (!core.peers.contains(peer)) return;
    const KnownPeers::Unlinked what = core.peers.unlinked(peer, link, any_bus_joined(core));
    if (what == KnownPeers::Unlinked::voucher) learn(core, *link_of(core, peer));
    if (what == KnownPeers::Unlinked::voucher || what == KnownPeers::Unlinked::nothing) return;
    // Chunk claims are told by a link and end with the last.
    core.availability.forget_partials(peer);
    core.answers.forget(peer);
    core.hearing.unlinked(peer);
    if (what == KnownPeers::Unlinked::forgotten) forget_peer(core, peer, turn);
}

// --- hello ---------------------------------------------------------------------------------------

void say_hello(Core& core, Neighbour& n, bool reply, Turn& turn) {
    turn.out.push_back(
        SendTo{n.link(), Hello{core.self.record(), core.self.key(), core.book.root(), reply}});
    if (!reply) n.hello_sent(turn.now);
}

void on_hello(Core& core, Neighbour& n, const Hello& hello, const Header& header, Turn& turn) {
    const LinkId link = n.link();
    if (hello.self.id == core.self.record().id) {
        // NOLINTNEXTLINE(performance-unnecessary-copy-initialization): n ends here
        const std::string endpoint = n.endpoint();
        hang_up(core, link, true, turn);
        if (!endpoint.empty()) core.neighbours.ourselves(endpoint);
        return;
    }
    const bool true_id = peer_id_of(hello.key) == hello.self.id && header.sender == hello.self.id &&
                         header.epoch == hello.self.epoch;
    if (!true_id || too_far_ahead(core, hello.self.epoch, turn) ||
        core.bars.barred(hello.self.id, n.place(hello.self.id), turn.now)) {
        if (!true_id) turn.count("refused_messages");
        hang_up(core, link, true, turn);
        return;
    }
    // Somebody else lives there now.
    if (n.up() && n.peer().id != hello.self.id) unlink(core, n.peer().id, link, turn);
    const bool anew = n.on_hello(hello.self, hello.reply, turn.now);
    if (n.dialled()) core.neighbours.answered(n.endpoint());
    if (!hello.reply) say_hello(core, n, true, turn);
    learn(core, n);
    if (anew) greet(core, n, hello.root, header.sequence, turn);
}

// The other end knows nothing of what was said on this link before.
static void greet(Core& core, Neighbour& n, const StateDigest& root, Sequence sequence,
                  Turn& turn) {
    const LinkId link = n.link();
    const PeerId peer = n.peer().id;
    void_requests(core, link, turn.now);
    core.answers.forget({link, peer});
    core.offers.on_link_down(link);
    core.hearing.forget(link);
    const bool first = core.peers.linked(peer, link);
    if (first) {
        core.availability.forget_partials(peer);
        turn.report(Report::Level::debug, "neighbour.up", "linked with " + name_of_peer(core, peer),
                    peer);
    }
    for (const AssetId& id : core.wants.all())
        show_interest(n, id, turn);
    for (const AssetId& id : core.offers.assets())
        show_interest(n, id, turn);
    offer_to(core, n, turn);
    if (!unheard_of(core, peer, n.peer().epoch, turn)) {
        begins_anew(core, peer, n.peer().epoch, turn);
        heed(core, core.availability.hear_root(peer, n.peer().epoch, sequence, root),
             Hearing::Word::hello, peer, turn);
    }
    if (first && no_bus_answers(core) && !n.peer().guest) ask_around(core, link, turn);
    core.calls.due();
    core.order.plan_anew();
    for (const AssetId& id : core.wants.all())
        core.search.hasten(id, turn.now);
    turn.wake_by(turn.now);
}

void show_interest(Neighbour& n, const AssetId& id, Turn& turn) {
    if (!n.up() || !n.tell_interest(id)) return;
    turn.out.push_back(SendTo{n.link(), AskHave{turn.next_request(), id}});
}

void show_interest(Core& core, const AssetId& id, Turn& turn) {
    for (Neighbour& n : core.neighbours.each())
        show_interest(n, id, turn);
}

// All that a peer has: of itself where it is linked, else of a bus.
void ask_all(Core& core, const PeerId& peer, Turn& turn) {
    Neighbour* n = link_of(core, peer);
    const Hearing::Ways ways{n != nullptr, any_bus_joined(core),
                             [&] { return core.asks.dumping(peer); }};
    const Hearing::Whom whom = core.hearing.ask_all(peer, ways, turn);
    if (whom == Hearing::Whom::nobody) return;
    if (whom == Hearing::Whom::bus) {
        AskAround around(core);
        return core.asks.dump(peer, around, turn);
    }
    const RequestId request = turn.next_request();
    core.hearing.asked(n->link(), request);
    turn.out.push_back(SendTo{n->link(), AskHave{request, {}}});
}

void told_all(Core& core, const PeerId& peer, bool news, Turn& turn) {
    core.hearing.told_all(peer, news, core.availability, turn);
}

// --- conduct -------------------------------------------------------------------------------------

void blame(Core& core, LinkId link, std::int32_t points, const char* why, Turn& turn) {
    Neighbour* n = neighbour(core, link);
    if (n == nullptr || !n->blame(points)) return;
    core.bars.bar(n->culprit(), n->place(), turn.now);
    turn.report(Report::Level::warning, "neighbour.barred",
                "barred " + name_of_peer(core, n->peer().id) + ": " + why, n->peer().id);
    hang_up(core, link, true, turn);
}

void on_garbage(Core& core, LinkId from, bool malformed, Turn& turn) {
    turn.count("refused_messages");
    if (malformed) blame(core, from, kGarbagePoints, "it keeps sending what is no message", turn);
}

// --- time ----------------------------------------------------------------------------------------

namespace {

enum class LinkEnd { none, liar, dead, idle };

}  // namespace

// What it is to be told now. How the link ends, if it does.
static LinkEnd tend(Core& core, Neighbour& n, Turn& turn) {
    if (n.judgement_due(turn.now) && core.bars.guilty(n.culprit(), n.place(), turn.now))
        return LinkEnd::liar;
    turn.wake_by(n.judged_at());
    n.doubt(turn.now);
    const Neighbour::Duty duty = n.duty(turn.now);
    if (duty == Neighbour::Duty::dead) return LinkEnd::dead;
    if (duty == Neighbour::Duty::hello) say_hello(core, n, false, turn);
    if (duty == Neighbour::Duty::ping) turn.out.push_back(SendTo{n.link(), Ping{}});
    turn.wake_by(n.next_duty());
    if (n.telling()) {
        tell_more(core, n, turn);
        if (n.telling()) turn.wake_by(turn.now + limits::kHavesEvery);
    }
    const bool kept = core.calls.is_friend(n.endpoint()) && no_bus_answers(core);
    const bool idle = Calls::given_up({n.dialled(), kept, n.used(), n.outstanding() > 0}, turn);
    return idle ? LinkEnd::idle : LinkEnd::none;
}

static void end_silent(Core& core, LinkId link, Turn& turn) {
    const PeerId& peer = neighbour(core, link)->peer().id;
    turn.report(Report::Level::info, "neighbour.silent",
                name_of_peer(core, peer) + " is silent: link closed", peer);
    hang_up(core, link, false, turn);
}

void tick_links(Core& core, Turn& turn) {
    std::map<LinkEnd, std::vector<LinkId>> ends;
    for (Neighbour& n : core.neighbours.each())
        ends[tend(core, n, turn)].push_back(n.link());
    for (const LinkId link : ends[LinkEnd::liar])
        bar_liar(core, link, turn);
    for (const LinkId link : ends[LinkEnd::dead])
        end_silent(core, link, turn);
    for (const LinkId link : ends[LinkEnd::idle])
        hang_up(core, link, true, turn);
}

// --- whom to dial --------------------------------------------------------------------------------

// Barred, failed lately, or our own.
Time open_at(const Core& core, const std::string& endpoint) {
    if (endpoint == core.self.record().exchange) return kNever;
    return std::max(core.bars.until(endpoint), core.neighbours.open_at(endpoint));
}

static Calls::Callee callee(const Core& core, const PeerId& peer, const std::string& endpoint,
                            bool here) {
    return {peer, endpoint, here, false, here ? Time{} : open_at(core, endpoint)};
}

// Or about to be: not only over links of which it is not sure that they lead to it.
static bool is_here(const Core& core, const KnownPeer& peer) {
    return peer.dialling.value != 0 ||
           std::any_of(peer.links.begin(), peer.links.end(),
                       [&](LinkId link) { return !neighbour(core, link)->doubted(); });
}

static bool gives_nothing(const Core& core, const KnownPeer& peer, Time now) {
    return std::any_of(peer.links.begin(), peer.links.end(), [&](LinkId link) {
        return neighbour(core, link)->gives_nothing_for(now) >= limits::kGivesNothing;
    });
}

// Who has, or was named as having, something of it that we lack.
static Calls::Want want_of(const Core& core, const AssetId& id, Time now) {
    const KnownAsset& asset = core.assets.at(id);
    const RangeSet lacking = wanted_fragments(core, asset);
    const Search::Referrals& referrals = core.search.referrals(id);
    Calls::Want out{id, {}};
    const auto consider = [&](const PeerId& peer) {
        if (peer == core.self.record().id) return;
        if (const KnownPeer* known = core.peers.find(peer); known != nullptr && known->told()) {
            out.holders.push_back(
                callee(core, peer, known->record.exchange, is_here(core, *known)));
            out.holders.back().idle = gives_nothing(core, *known, now);
            return;
        }
        const auto named = referrals.find(peer);
        if (named == referrals.end()) return;
        const bool here = neighbour(core, named->second.dialling) != nullptr;
        out.holders.push_back(callee(core, peer, named->second.exchange, here));
        out.holders.back().referred = true;
    };
    for (const auto& [peer, holding] : core.availability.who(id))
        if (!asset.manifest || !lacking.common(holding.fragments).empty()) consider(peer);
    for (const auto& [peer, referral] : referrals)
        if (referral.until > now && core.availability.of(id, peer) == nullptr) consider(peer);
    return out;
}

static std::vector<Calls::Want> wants_of(const Core& core, Time now) {
    std::vector<Calls::Want> out;
    for (const AssetId& id : core.wants.all())
        out.push_back(want_of(core, id, now));
    return out;
}

// Where no line is left for others that could be dialled: those whom we dialled and who give
// nothing.
static std::set<LinkId> in_the_way(Core& core, const std::vector<Calls::Want>& wants, Time now) {
    std::set<LinkId> out;
    if (core.neighbours.lines() > 0) return out;
    for (const Calls::Want& want : wants) {
        if (!Calls::others_wait(want, now)) continue;
        for (const Calls::Callee& callee : want.holders)
            if (const Neighbour* n = callee.idle ? link_of(core, callee.peer) : nullptr;
                n != nullptr && n->dialled())
                out.insert(n->link());
    }
    return out;
}

void connect(Core& core, Turn& turn) {
    if (core.life.has_left()) return;
    std::vector<Calls::Want> wants = wants_of(core, turn.now);
    const std::set<LinkId> idle = in_the_way(core, wants, turn.now);
    for (const LinkId link : idle) {
        const std::string endpoint = neighbour(core, link)->endpoint();
        hang_up(core, link, true, turn);
        core.neighbours.leave_alone(endpoint, turn.now + limits::kBar);
    }
    if (!idle.empty()) wants = wants_of(core, turn.now);
    std::vector<Calls::Callee> given;
    const std::vector<PeerRecord> unreached = core.offers.unreached();
    for (const PeerRecord& to : unreached) {
        const KnownPeer* known = core.peers.find(to.id);
        given.push_back(callee(core, to.id, to.exchange, known != nullptr && !known->apart()));
    }
    for (const Calls::Call& call :
         core.calls.round(given, wants, core.neighbours.lines(), turn.now)) {
        if (call.of)
            core.search.dialled(*call.of, call.peer, dial(core, call.endpoint, turn));
        else
            dial(core, call.peer, call.endpoint, turn);
    }
    if (!core.wants.empty() || !core.offers.empty())
        turn.wake_by(core.neighbours.next_dial(turn.now));
}

}  // namespace fragcast
