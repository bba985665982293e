// Neighbours come, speak and go; whom to dial.
#include "messages/wire/hash.hpp"
#include "peer/swarm/swarm_state.hpp"

#include <algorithm>
#include <utility>

namespace fragcast {

namespace {

constexpr std::int32_t kGarbagePoints = 10;

}  // namespace

Neighbour* Swarm::State::neighbour(LinkId link) {
    return neighbours_.find(link);
}
const Neighbour* Swarm::State::neighbour(LinkId link) const {
    return neighbours_.find(link);
}

// Several links to one peer are all heard; asked is on one, the same until it is gone.
Neighbour* Swarm::State::link_of(const PeerId& peer) {
    const auto found = peers_.find(peer);
    return found == peers_.end() ? nullptr : neighbours_.to_ask_on(found->second.links);
}

bool Swarm::State::barred(const Neighbour& n, Time now) const {
    return bars_.barred(n.peer().id, n.endpoint(), now);
}

// --- up and down ---------------------------------------------------------------------------------

LinkId Swarm::State::dial(const std::string& endpoint, Turn& turn) {
    if (bars_.barred(endpoint, turn.now) || endpoint == self_.record.exchange) return {};
    return neighbours_.dial(endpoint, turn);
}

void Swarm::State::on_link_up(LinkId link, bool dialled, Turn& turn) {
    if (Neighbour* known = neighbour(link)) {
        known->on_connected(turn.now);
        say_hello(*known, false, turn);
        return;
    }
    if (dialled || leaving_) {  // given up meanwhile
        turn.out.push_back(HangUp{link});
        return;
    }
    if (neighbours_.accept(link, turn)) return;
    ++counters_.refused_messages;
    turn.out.push_back(SendTo{link, Bye{}});
    turn.out.push_back(HangUp{link});
}

void Swarm::State::on_dial_failed(LinkId link, const Error& why, Turn& turn) {
    Neighbour* n = neighbour(link);
    if (n == nullptr) return;
    const std::string endpoint = n->endpoint();
    turn.report(Report::Level::debug, "neighbour.unreachable",
                "cannot reach " + endpoint + " (" + why.text + ")");
    offers_.unreachable(endpoint, why.text);
    neighbours_.unreachable(endpoint, turn.now);
    drop_link(link, turn);
}

void Swarm::State::on_link_down(LinkId link, Turn& turn) {
    if (const Neighbour* n = neighbour(link))
        turn.report(Report::Level::debug, "neighbour.lost",
                    "lost the link to " + name_of_peer(n->peer().id), n->peer().id);
    drop_link(link, turn);
}

void Swarm::State::hang_up(LinkId link, bool bye, Turn& turn) {
    if (bye) turn.out.push_back(SendTo{link, Bye{}});
    turn.out.push_back(HangUp{link});
    drop_link(link, turn);
}

// What was asked there is free to be asked elsewhere.
void Swarm::State::void_requests(LinkId link, Time now) {
    for (const RequestId request : requests_.open().of_link(link)) {
        const auto asked = requests_.drop(request);
        if (asked) relieve(*asked, asked->open, now);
    }
    proofs_.drop(link);
    manifests_.link_gone(link);
    order_.plan_anew();
}

void Swarm::State::drop_link(LinkId link, Turn& turn) {
    if (neighbour(link) == nullptr) return;
    void_requests(link, turn.now);
    const auto ended = neighbours_.end(link, turn.now);
    answers_.forget({link, ended->peer});
    for (auto& [id, peer] : peers_)
        if (peer.dialling == link) peer.dialling = {};
    offers_.on_link_down(link);
    hearing_.forget(link);
    connect_due_ = true;
    if (ended->was_up) unlink(ended->peer, link, turn);
}

// The peer is not (any more) at the other end of this link.
void Swarm::State::unlink(const PeerId& peer, LinkId link, Turn& turn) {
    const auto found = peers_.find(peer);
    if (found == peers_.end()) return;
    KnownPeer& known = found->second;
    known.links.erase(link);
    if (known.word == Word::hello && known.told_by == link) {
        known.word = Word::other;
        known.told_by = {};
        if (const Neighbour* n = link_of(peer)) learn(*n, turn.now);
    }
    if (!known.links.empty()) return;
    // Chunk claims are told by a link and end with the last.
    availability_.forget_partials(peer);
    answers_.forget(peer);
    hearing_.unlinked(peer);
    // Whom no bus names is remembered only where there is none to ask.
    const bool hint = known.word != Word::bus && any_bus_joined();
    if ((known.record.guest || known.gone || hint) && known.live_at.empty())
        forget_peer(peer, turn);
}

// --- hello ---------------------------------------------------------------------------------------

void Swarm::State::say_hello(Neighbour& n, bool reply, Turn& turn) {
    turn.out.push_back(SendTo{n.link(), Hello{self_.record, self_.key, self_.book.root(), reply}});
    if (!reply) n.hello_sent(turn.now);
}

void Swarm::State::on_hello(Neighbour& n, const Hello& hello, const Header& header, Turn& turn) {
    const LinkId link = n.link();
    if (hello.self.id == self_.record.id) {
        // NOLINTNEXTLINE(performance-unnecessary-copy-initialization): n ends here
        const std::string endpoint = n.endpoint();
        hang_up(link, true, turn);
        if (!endpoint.empty()) neighbours_.ourselves(endpoint);
        return;
    }
    const bool true_id = peer_id_of(hello.key) == hello.self.id && header.sender == hello.self.id &&
                         header.epoch == hello.self.epoch;
    if (!true_id || too_far_ahead(hello.self.epoch, turn) ||
        bars_.barred(hello.self.id, n.endpoint(), turn.now)) {
        if (!true_id) ++counters_.refused_messages;
        hang_up(link, true, turn);
        return;
    }
    // Somebody else lives there now.
    if (n.up() && n.peer().id != hello.self.id) unlink(n.peer().id, link, turn);
    const bool anew = n.on_hello(hello.self, hello.reply, turn.now);
    if (n.dialled()) neighbours_.answered(n.endpoint());
    if (!hello.reply) say_hello(n, true, turn);
    learn(n, turn.now);
    if (anew) greet(n, hello.root, header.sequence, turn);
}

// The other end knows nothing of what was said on this link before.
void Swarm::State::greet(Neighbour& n, const StateDigest& root, Sequence sequence, Turn& turn) {
    const LinkId link = n.link();
    const PeerId peer = n.peer().id;
    void_requests(link, turn.now);
    answers_.forget({link, peer});
    hearing_.forget(link);
    KnownPeer& known = peers_[peer];
    const bool first = known.links.empty();
    known.links.insert(link);
    known.dialling = {};
    if (first) {
        availability_.forget_partials(peer);
        turn.report(Report::Level::debug, "neighbour.up", "linked with " + name_of_peer(peer),
                    peer);
    }
    for (const AssetId& id : wants_.all())
        show_interest(n, id, turn);
    for (const AssetId& id : offers_.assets())
        show_interest(n, id, turn);
    offer_to(n, turn);
    if (!unheard_of(peer, n.peer().epoch, turn)) {
        begins_anew(peer, n.peer().epoch, turn);
        heed(availability_.hear_root(peer, n.peer().epoch, sequence, root), peer, turn);
    }
    if (first && no_bus_answers() && !n.peer().guest) ask_around(link, turn);
    connect_due_ = true;
    order_.plan_anew();
    for (const AssetId& id : wants_.all())
        assets_.at(id).search.next = std::min(assets_.at(id).search.next, turn.now);
    turn.wake_by(turn.now);
}

void Swarm::State::show_interest(Neighbour& n, const AssetId& id, Turn& turn) {
    if (!n.up() || !n.tell_interest(id)) return;
    turn.out.push_back(SendTo{n.link(), AskHave{turn.next_request(), id}});
}

void Swarm::State::show_interest(const AssetId& id, Turn& turn) {
    for (Neighbour& n : neighbours_.each())
        show_interest(n, id, turn);
}

// All that a peer has: of itself where it is linked, else of a bus.
void Swarm::State::ask_all(const PeerId& peer, Turn& turn) {
    Neighbour* n = link_of(peer);
    const Hearing::Ways ways{n != nullptr, any_bus_joined(), [&] { return asks_.dumping(peer); }};
    const Hearing::Whom whom = hearing_.ask_all(peer, ways, turn);
    if (whom == Hearing::Whom::nobody) return;
    ++counters_.asks;
    if (whom == Hearing::Whom::bus) return asks_.dump(peer, around_, turn);
    const RequestId request = turn.next_request();
    hearing_.asked(n->link(), request);
    turn.out.push_back(SendTo{n->link(), AskHave{request, {}}});
}

void Swarm::State::told_all(const PeerId& peer, bool news, Turn& turn) {
    if (hearing_.told_all(peer, news, availability_, turn)) ++counters_.mended;
}

// --- conduct -------------------------------------------------------------------------------------

void Swarm::State::blame(LinkId link, std::int32_t points, const char* why, Turn& turn) {
    Neighbour* n = neighbour(link);
    if (n == nullptr || !n->blame(points)) return;
    bars_.bar(n->peer().id, n->endpoint(), turn.now);
    turn.report(Report::Level::warning, "neighbour.barred",
                "barred " + name_of_peer(n->peer().id) + ": " + why, n->peer().id);
    hang_up(link, true, turn);
}

void Swarm::State::on_garbage(LinkId from, bool malformed, Turn& turn) {
    ++counters_.refused_messages;
    if (malformed) blame(from, kGarbagePoints, "it keeps sending what is no message", turn);
}

// --- time ----------------------------------------------------------------------------------------

void Swarm::State::tick_links(Turn& turn) {
    std::vector<LinkId> dead;
    std::vector<LinkId> idle;
    std::vector<LinkId> liars;
    for (Neighbour& n : neighbours_.each()) {
        const LinkId link = n.link();
        if (n.judgement_due(turn.now) && bars_.guilty(n.peer().id, n.endpoint(), turn.now)) {
            liars.push_back(link);
            continue;
        }
        turn.wake_by(n.judged_at());
        switch (n.duty(turn.now)) {
            case Neighbour::Duty::none:
                break;
            case Neighbour::Duty::hello:
                say_hello(n, false, turn);
                break;
            case Neighbour::Duty::ping:
                turn.out.push_back(SendTo{link, Ping{}});
                break;
            case Neighbour::Duty::dead:
                dead.push_back(link);
                continue;
        }
        turn.wake_by(n.next_duty());
        if (n.telling()) {
            tell_more(n, turn);
            if (n.telling()) turn.wake_by(turn.now + limits::kHavesEvery);
        }
        if (!n.dialled() || (is_friend(n.endpoint()) && no_bus_answers())) continue;
        if (turn.now - n.used() >= limits::kIdleLink && n.outstanding() == 0)
            idle.push_back(link);
        else
            turn.wake_by(std::max(n.used() + limits::kIdleLink, turn.now + Duration(1'000'000)));
    }
    for (const LinkId link : liars)
        bar_liar(link, turn);
    for (const LinkId link : dead) {
        turn.report(Report::Level::info, "neighbour.silent",
                    name_of_peer(neighbour(link)->peer().id) + " is silent: link closed",
                    neighbour(link)->peer().id);
        hang_up(link, false, turn);
    }
    for (const LinkId link : idle)
        hang_up(link, true, turn);
}

// --- whom to dial --------------------------------------------------------------------------------

// Those who have (or were named as having) what we lack, in an order of our own, so that the load
// of many who want the same spreads.
void Swarm::State::connect(Turn& turn) {
    if (leaving_) return;
    for (const PeerRecord& to : offers_.unreached()) {
        KnownPeer& known = peers_[to.id];
        if (known.links.empty() && known.dialling.value == 0)
            known.dialling = dial(to.exchange, turn);
    }
    for (const AssetId& id : wants_.all()) {
        AssetState& asset = assets_.at(id);
        const RangeSet lacking = wanted_fragments(asset);
        std::vector<std::pair<std::uint64_t, PeerId>> candidates;
        std::uint32_t linked = 0;
        const auto consider = [&](const PeerId& peer) {
            const auto known = peers_.find(peer);
            if (peer == self_.record.id) return;
            if (known == peers_.end() || !known->second.told) {  // only named by busy
                const auto named = asset.referred.find(peer);
                if (named == asset.referred.end()) return;
                if (neighbour(named->second.dialling) != nullptr)
                    ++linked;
                else
                    candidates.push_back({salt_of(seed_, peer), peer});
                return;
            }
            if (!known->second.links.empty() || known->second.dialling.value != 0)
                ++linked;
            else if (!known->second.record.exchange.empty())
                candidates.push_back({salt_of(seed_, peer), peer});
        };
        for (const auto& [peer, holding] : availability_.who(id))
            if (!asset.manifest || !lacking.common(holding.fragments).empty()) consider(peer);
        for (const auto& [peer, referral] : asset.referred)
            if (referral.until > turn.now && availability_.of(id, peer) == nullptr) consider(peer);
        std::sort(candidates.begin(), candidates.end());
        for (const auto& [salt, peer] : candidates) {
            if (linked >= limits::kMaxDialledPerAsset) break;
            const auto known = peers_.find(peer);
            const bool told = known != peers_.end() && known->second.told;
            LinkId& dialling = told ? known->second.dialling : asset.referred.at(peer).dialling;
            dialling =
                dial(told ? known->second.record.exchange : asset.referred.at(peer).exchange, turn);
            if (dialling.value != 0) ++linked;
        }
    }
    if (!wants_.empty() || !offers_.empty()) turn.wake_by(neighbours_.next_dial(turn.now));
}

}  // namespace fragcast
