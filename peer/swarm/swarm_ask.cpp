// Questions to buses and friends, our own and our users': whom they are put to, what is made of
// the answers.
#include "peer/swarm/swarm_state.hpp"

#include <algorithm>
#include <utility>

namespace fragcast {

namespace {

constexpr Duration kSettlingRetry{500'000};
constexpr std::uint32_t kTries = 3;
constexpr std::size_t kNeighboursAsked = 8;

template <class... Ts>
struct Kinds {};
using Questions = Kinds<Locate, ListPeers, ListAssets, Dump, AskStats, AskEvents>;

template <class... Ts>
bool number(Body& body, RequestId request, Kinds<Ts...>) {
    const auto one = [&](auto* question) {
        if (question != nullptr) question->request = request;
        return question != nullptr;
    };
    return (one(std::get_if<Ts>(&body)) || ...);
}

template <class Question, class Answer>
bool pair(const Body& question, const Body& answer) {
    return std::holds_alternative<Question>(question) && std::holds_alternative<Answer>(answer);
}

bool answers(const Body& question, const Body& answer) {
    return pair<Locate, Located>(question, answer) || pair<ListPeers, Peers>(question, answer) ||
           pair<ListAssets, Assets>(question, answer) || pair<Dump, Dumped>(question, answer) ||
           pair<AskStats, Stats>(question, answer) || pair<AskEvents, Events>(question, answer) ||
           std::holds_alternative<Refused>(answer);
}

// Who is asked for the holders of one asset tells of that one or of none.
bool about(const Ask& ask, const Body& answer) {
    const auto* located = std::get_if<Located>(&answer);
    return located == nullptr || ask.why != Ask::Why::locate || located->found != Found::ok ||
           (located->assets.size() == 1 && located->assets.front().id == ask.asset);
}

}  // namespace

// --- asking --------------------------------------------------------------------------------------

void Swarm::State::on_question(ReadId read, Body question, bool friends, Time deadline,
                               Turn& turn) {
    Ask ask;
    ask.why = Ask::Why::user;
    ask.read = read;
    ask.friends = friends;
    ask.deadline = deadline;
    ask.body = std::move(question);
    if (leaving_ || asks_.size() >= limits::kMaxAsks || !number(ask.body, {}, Questions{})) {
        turn.out.push_back(DeliverFailure{
            read, fail(leaving_ ? ErrorKind::interrupted : ErrorKind::busy,
                       leaving_ ? "the peer is stopping" : "too many questions are under way")});
        return;
    }
    begin_ask(std::move(ask), turn);
}

void Swarm::State::begin_ask(Ask ask, Turn& turn) {
    if (asks_.size() >= limits::kMaxAsks) return;
    const RequestId id = turn.next_request();
    number(ask.body, id, Questions{});
    Ask& put_it = asks_.emplace(id, std::move(ask)).first->second;
    put(id, put_it, turn);
}

// To all buses that are joined, for holders; else to one after the other.
void Swarm::State::put(RequestId id, Ask& ask, Turn& turn) {
    ++ask.tries;
    ask.buses.clear();
    ask.link = {};
    if (ask.friends) {
        if (!put_to_friend(id, ask, turn)) end_ask(id, ask.best, turn);
        return;
    }
    const bool to_all = std::holds_alternative<Locate>(ask.body);
    bool may_join = false;
    for (const BusSession& bus : buses_) {
        if (ask.only_bus && *ask.only_bus != bus.bus()) continue;
        may_join = may_join || bus.state() == BusSession::State::joining;
        if (!bus.joined() || (!to_all && (!ask.buses.empty() || ask.tried.contains(bus.bus()))))
            continue;
        ask.buses.insert(bus.bus());
        ask.tried.insert(bus.bus());
        turn.out.push_back(SendToBus{bus.bus(), ask.body});
    }
    if (ask.buses.empty() && (!may_join || ask.tries > 1)) {
        end_ask(id, ask.best, turn);
        return;
    }
    ask.patience = turn.now + limits::kDirectoryAnswer;
    turn.wake_by(std::min(ask.patience, ask.deadline));
}

// Friends in their order; each may have to be dialled first. Then whoever else is linked.
bool Swarm::State::put_to_friend(RequestId, Ask& ask, Turn& turn) {
    const auto send = [&](LinkId link) {
        ask.link = link;
        ask.patience = turn.now + limits::kDirectoryAnswer;
        turn.wake_by(std::min(ask.patience, ask.deadline));
        turn.out.push_back(SendTo{link, ask.body});
        return true;
    };
    if (ask.only_link.value != 0) {
        const Neighbour* n = neighbour(ask.only_link);
        return ask.tries == 1 && n != nullptr && n->up() && send(ask.only_link);
    }
    while (ask.next_friend < options_.friends.size()) {
        const std::string& endpoint = options_.friends[ask.next_friend];
        const auto known = std::find_if(neighbours_.begin(), neighbours_.end(), [&](const auto& n) {
            return n.second.endpoint() == endpoint ||
                   (n.second.up() && n.second.peer().exchange == endpoint);
        });
        const bool up = known != neighbours_.end() && known->second.up();
        if (up) {
            ++ask.next_friend;
            return send(known->first);
        }
        const bool first_look = !ask.dialling;
        const bool coming =
            known != neighbours_.end() || (first_look && dial(endpoint, turn).value != 0);
        if (coming && first_look) ask.friend_until = turn.now + limits::kDirectoryAnswer;
        if (coming && turn.now < ask.friend_until) {
            ask.dialling = true;
            ask.patience = turn.now + limits::kDialLook;
            turn.wake_by(std::min(ask.patience, ask.deadline));
            return true;
        }
        ask.dialling = false;
        ++ask.next_friend;
    }
    std::size_t others = ask.next_friend - options_.friends.size();
    for (const auto& [link, n] : neighbours_) {
        if (!n.up() || n.peer().guest || is_friend(n.peer().exchange)) continue;
        if (others-- > 0) continue;
        if (++ask.next_friend > options_.friends.size() + kNeighboursAsked) return false;
        return send(link);
    }
    return false;
}

void Swarm::State::ask_lists(BusId bus, Turn& turn) {
    Ask peers;
    peers.why = Ask::Why::peers;
    peers.only_bus = bus;
    peers.body = ListPeers{};
    peers.deadline = turn.now + 3 * limits::kDirectoryAnswer;
    Ask assets = peers;
    assets.why = Ask::Why::assets;
    assets.body = ListAssets{};
    begin_ask(std::move(peers), turn);
    begin_ask(std::move(assets), turn);
}

// --- answers -------------------------------------------------------------------------------------

void Swarm::State::answered(RequestId id, const Body& body, BusId* bus, LinkId link, Turn& turn) {
    const auto found = asks_.find(id);
    if (found == asks_.end() || !answers(found->second.body, body)) return;
    Ask& ask = found->second;
    if (!about(ask, body)) {
        ++counters_.refused_messages;
        return;
    }
    if (bus != nullptr ? ask.buses.erase(*bus) == 0 : ask.link != link || link.value == 0) return;
    if (bus == nullptr) ask.link = {};
    if (const auto* located = std::get_if<Located>(&body)) {
        take(ask, *located, bus, turn);
        ask.settling = ask.settling || located->found == Found::settling;
        const bool found_it = located->found == Found::ok || located->found == Found::ambiguous;
        if (found_it && ask.why == Ask::Why::user) return end_ask(id, body, turn);
        if (found_it) ask.best = body;
        if (!ask.best && located->found == Found::unknown) ask.best = body;
        if (!ask.buses.empty()) return;  // others are still to answer
        if (ask.friends && !found_it) return put(id, ask, turn);
        if (ask.settling && !ask.best && ask.why == Ask::Why::user) {
            ask.patience = turn.now + kSettlingRetry;
            ask.tries = 0;
            turn.wake_by(ask.patience);
            return;
        }
        return end_ask(id, ask.best ? ask.best : std::optional<Body>(body), turn);
    }
    if (std::holds_alternative<Refused>(body)) return end_ask(id, body, turn);
    if (const auto* peers = std::get_if<Peers>(&body)) {
        for (const PeerRecord& peer : peers->peers) {
            if (!too_far_ahead(peer.epoch, turn)) learn(peer, bus, turn);
            if (ask.began != Time{}) ask.listed.insert(peer.id);
        }
        ask.settling = ask.settling || peers->settling;
        if (ask.why == Ask::Why::peers && peers->more && !peers->peers.empty())
            return ask_again(id, ask, ListPeers{{}, peers->peers.back().id}, bus, link, turn);
        if (ask.began != Time{} && !ask.settling) end_recount(ask, turn);
    } else if (const auto* assets = std::get_if<Assets>(&body)) {
        for (const AssetRecord& record : assets->assets)
            learn(record, {}, turn.now);
        if (ask.why == Ask::Why::assets && assets->more && !assets->assets.empty())
            return ask_again(id, ask, ListAssets{{}, assets->assets.back().id}, bus, link, turn);
    } else if (const auto* dumped = std::get_if<Dumped>(&body);
               dumped && ask.why == Ask::Why::dump) {
        take(ask, *dumped, turn.now);
        if (dumped->more && !dumped->holdings.empty())
            return ask_again(
                id, ask,
                Dump{{}, ask.peer, dumped->holdings.back().peer, dumped->holdings.back().asset},
                bus, link, turn);
        if (!dumped->settling) end_dump(ask, turn);
    }
    end_ask(id, body, turn);
}

// The next page, from the same source.
void Swarm::State::ask_again(RequestId id, Ask& ask, Body body, BusId* bus, LinkId link,
                             Turn& turn) {
    Ask next = std::move(ask);
    asks_.erase(id);
    next.body = std::move(body);
    next.tries = 0;
    next.tried.clear();
    if (bus != nullptr)
        next.only_bus = *bus;
    else
        next.only_link = link;
    next.deadline = turn.now + 3 * limits::kDirectoryAnswer;
    begin_ask(std::move(next), turn);
}

void Swarm::State::end_ask(RequestId id, std::optional<Body> answer, Turn& turn) {
    const auto found = asks_.find(id);
    if (found == asks_.end()) return;
    const Ask ask = std::move(found->second);
    asks_.erase(found);
    if (ask.why == Ask::Why::user) {
        if (!answer)
            turn.out.push_back(DeliverFailure{
                ask.read, leaving_ ? fail(ErrorKind::interrupted, "the peer is stopping")
                                   : fail(ErrorKind::unavailable,
                                          ask.friends ? "no friend answers" : "no bus answers")});
        else if (const auto* refused = std::get_if<Refused>(&*answer))
            turn.out.push_back(DeliverFailure{ask.read, fail(ErrorKind::refused, refused->text)});
        else
            turn.out.push_back(DeliverAnswer{ask.read, std::move(*answer)});
        return;
    }
    if (ask.why != Ask::Why::locate || !answer) return;
    AssetState* asset = find_asset(ask.asset);
    const auto* located = std::get_if<Located>(&*answer);
    if (asset == nullptr || located == nullptr || ask.settling) return;
    asset->search.asked = asset->search.answered = true;
    asset->search.nobody =
        located->found == Found::unknown ||
        std::none_of(located->holders.begin(), located->holders.end(),
                     [&](const auto& holder) { return holder.peer.id != self_.record.id; });
    if (asset->search.nobody && located->found == Found::unknown &&
        availability_.who(ask.asset).empty())
        fail_hopeless(*asset, turn);
}

// What a linked peer has it says itself; of the others this is the best we know.
void Swarm::State::take(Ask&, const Located& located, BusId* bus, Turn& turn) {
    for (const AssetRecord& record : located.assets)
        learn(record, {}, turn.now);
    if (located.found != Found::ok || located.assets.size() != 1) return;
    const AssetId id = located.assets.front().id;
    if (find_asset(id) == nullptr) return;
    for (const HolderRecord& holder : located.holders) {
        if (holder.peer.id == self_.record.id || too_far_ahead(holder.peer.epoch, turn)) continue;
        learn(holder.peer, bus, turn);
        if (!peers_.contains(holder.peer.id) || link_of(holder.peer.id) != nullptr) continue;
        if (hear_of(id, holder.peer.id, turn.now) == nullptr) break;
        availability_.set_whole(holder.peer.id, id, holder.fragments);
    }
}

void Swarm::State::take(Ask& ask, const Dumped& dumped, Time now) {
    if (!ask.peer.is_zero()) ask.named[ask.peer];
    for (const HoldingRecord& holding : dumped.holdings) {
        if (holding.peer == self_.record.id) continue;
        ask.named[holding.peer].insert(holding.asset);
        if (!peers_.contains(holding.peer) && peers_.size() >= limits::kMaxBusPeers) continue;
        const AssetState* known = hear_of(holding.asset, holding.peer, now);
        if (known == nullptr) continue;
        if (peers_[holding.peer].word != Word::bus || !known->told) records_due_ = true;
        if (link_of(holding.peer) == nullptr &&
            availability_.set_whole(holding.peer, holding.asset, holding.fragments))
            ask.news = true;
    }
}

void Swarm::State::end_dump(const Ask& ask, Turn& turn) {
    bool fewer = false;
    for (const auto& [peer, named] : ask.named)
        if (link_of(peer) == nullptr) fewer = availability_.keep_only(peer, named) || fewer;
    if (!ask.peer.is_zero()) told_all(ask.peer, ask.news || fewer, turn);
}

void Swarm::State::tick_asks(Turn& turn) {
    std::vector<RequestId> due;
    for (const auto& [id, ask] : asks_) {
        const Time when = std::min(ask.patience, ask.deadline);
        if (when <= turn.now)
            due.push_back(id);
        else
            turn.wake_by(when);
    }
    for (const RequestId id : due) {
        const auto found = asks_.find(id);
        if (found == asks_.end()) continue;
        Ask& ask = found->second;
        if (turn.now >= ask.deadline || (!ask.friends && ask.tries >= kTries))
            end_ask(id, ask.best, turn);
        else
            put(id, ask, turn);
    }
}

}  // namespace fragcast
