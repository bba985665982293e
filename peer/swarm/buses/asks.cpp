#include "peer/swarm/buses/asks.hpp"

#include "messages/wire/limits.hpp"
#include "peer/swarm/buses/question.hpp"

#include <algorithm>
#include <utility>

namespace fragcast {

namespace {

constexpr Duration kSettlingRetry{500'000};
constexpr std::uint32_t kTries = 3;
constexpr Duration kOurPatience = 3 * limits::kDirectoryAnswer;

}  // namespace

// --- questions -----------------------------------------------------------------------------------

void Asks::ask(ReadId read, Body question, bool friends, Time deadline, Around& around,
               Turn& turn) {
    Ask ask;
    ask.read = read;
    ask.friends = friends;
    ask.deadline = deadline;
    ask.body = std::move(question);
    const auto failed = [&](ErrorKind kind, const char* why) {
        turn.out.push_back(DeliverFailure{read, fail(kind, why)});
    };
    if (stopped_) return failed(ErrorKind::interrupted, "the peer is stopping");
    if (!number_question(ask.body, {})) return failed(ErrorKind::invalid, "this is no question");
    if (asks_.size() >= limits::kMaxAsks)
        return failed(ErrorKind::busy, "too many questions are under way");
    begin(std::move(ask), around, turn);
}

Asks::Ask Asks::ours(Why why, Body body, Time now) {
    Ask ask;
    ask.why = why;
    ask.body = std::move(body);
    ask.deadline = now + kOurPatience;
    return ask;
}

void Asks::aim(Ask& ask, const Source& of) {
    ask.friends = !of.bus;
    ask.only_bus = of.bus;
    ask.only_link = of.link;
}

void Asks::locate(const AssetId& asset, bool friends, Around& around, Turn& turn) {
    Ask ask = ours(Why::locate, Locate{{}, asset, {}, -1}, turn.now);
    ask.asset = asset;
    ask.friends = friends;
    begin(std::move(ask), around, turn);
}

void Asks::dump(BusId bus, Around& around, Turn& turn) {
    Ask ask = ours(Why::dump, Dump{}, turn.now);
    ask.only_bus = bus;
    begin(std::move(ask), around, turn);
}

void Asks::dump(const PeerId& peer, Around& around, Turn& turn) {
    Ask ask = ours(Why::dump, Dump{{}, peer, {}, {}}, turn.now);
    ask.peer = peer;
    begin(std::move(ask), around, turn);
}

void Asks::list_all(const Source& of, Around& around, Turn& turn) {
    Ask ask = ours(Why::peers, ListPeers{}, turn.now);
    aim(ask, of);
    begin(std::move(ask), around, turn);
    list_assets(of, around, turn);
}

void Asks::list_assets(const Source& of, Around& around, Turn& turn) {
    Ask ask = ours(Why::assets, ListAssets{}, turn.now);
    aim(ask, of);
    begin(std::move(ask), around, turn);
}

void Asks::recount(BusId bus, Around& around, Turn& turn) {
    Ask ask = ours(Why::peers, ListPeers{}, turn.now);
    ask.only_bus = bus;
    ask.recount = turn.now;
    begin(std::move(ask), around, turn);
}

// Ends at once where there is nobody to ask; only a user hears of that.
void Asks::begin(Ask ask, Around& around, Turn& turn) {
    if (asks_.size() >= limits::kMaxAsks) return;
    const RequestId id = turn.next_request();
    number_question(ask.body, id);
    Ask& row = asks_.emplace(id, std::move(ask)).first->second;
    put(id, row, around, turn);
}

// --- answers -------------------------------------------------------------------------------------

Asks::Belief Asks::hear(RequestId id, const Body& answer, const Source& from) {
    const auto found = asks_.find(id);
    if (found == asks_.end() || !answers(found->second.body, answer)) return Belief::unasked;
    Ask& ask = found->second;
    if (ask.why == Why::locate && !is_of(ask.asset, answer)) {
        ++refused_;
        return Belief::wrong;
    }
    if (from.bus ? ask.buses.erase(*from.bus) == 0 : ask.link != from.link || from.link.value == 0)
        return Belief::unasked;
    if (!from.bus) ask.link = {};
    return ask.why == Why::user ? Belief::users : Belief::ours;
}

Asks::End Asks::go_on(RequestId id, const Body& answer, const Source& from, bool news,
                      Around& around, Turn& turn) {
    const auto found = asks_.find(id);
    if (found == asks_.end()) return {};
    Ask& ask = found->second;
    if (std::holds_alternative<Locate>(ask.body)) return located(id, ask, answer, around, turn);
    if (std::optional<Body> next = next_page(ask, answer, news)) {
        turn_page(id, ask, std::move(*next), from, around, turn);
        return {};
    }
    return end(id, answer, turn);
}

// The first that found it; else the best, when all have answered: who refuses has answered as well,
// and ends nobody else's answer.
Asks::End Asks::located(RequestId id, Ask& ask, const Body& answer, Around& around, Turn& turn) {
    const auto says = [](const Body& body, Found found) {
        const auto* located = std::get_if<Located>(&body);
        return located != nullptr && located->found == found;
    };
    const bool found_it = says(answer, Found::ok) || says(answer, Found::ambiguous);
    const bool any = ask.best && std::holds_alternative<Located>(*ask.best);
    ask.settling = ask.settling || says(answer, Found::settling);
    if (found_it && ask.why == Why::user) return end(id, answer, turn);
    const bool refused = std::holds_alternative<Refused>(answer);
    if (found_it || (!any && says(answer, Found::unknown)) || (!ask.best && refused))
        ask.best = answer;
    if (!ask.buses.empty()) return {};  // others are still to answer
    if (ask.friends && !found_it) return put(id, ask, around, turn);
    if (ask.settling && ask.why == Why::user && !any && !says(answer, Found::unknown)) {
        ask.best.reset();
        ask.patience = turn.now + kSettlingRetry;
        ask.tries = 0;
        turn.wake_by(ask.patience);
        return {};
    }
    return end(id, ask.best ? std::move(ask.best) : answer, turn);
}

// Notes what this page says. None: it was the last, or a user turns his own; or it never ends, then
// nothing follows from it, as from who is settling.
std::optional<Body> Asks::next_page(Ask& ask, const Body& answer, bool news) {
    std::optional<Body> next = page_after(ask, answer, news);
    ask.told += entries_of(answer);
    if (!next || (moves_on(ask.body, *next) && ask.told < most_of(*next))) return next;
    ask.settling = true;
    return std::nullopt;
}

std::optional<Body> Asks::page_after(Ask& ask, const Body& answer, bool news) {
    if (const auto* page = std::get_if<Peers>(&answer); page && ask.why == Why::peers) {
        if (ask.recount)
            for (const PeerRecord& peer : page->peers)
                ask.listed.insert(peer.id);
        ask.settling = ask.settling || page->settling;
        if (page->more && !page->peers.empty()) return ListPeers{{}, page->peers.back().id};
    } else if (const auto* list = std::get_if<Assets>(&answer); list && ask.why == Why::assets) {
        if (list->more && !list->assets.empty()) return ListAssets{{}, list->assets.back().id};
    } else if (const auto* dumped = std::get_if<Dumped>(&answer); dumped && ask.why == Why::dump) {
        if (!ask.peer.is_zero()) ask.named[ask.peer];
        for (const HoldingRecord& holding : dumped->holdings)
            ask.named[holding.peer].insert(holding.asset);
        ask.news = ask.news || news;
        ask.settling = dumped->settling;
        if (dumped->more && !dumped->holdings.empty())
            return Dump{{}, ask.peer, dumped->holdings.back().peer, dumped->holdings.back().asset};
    }
    return std::nullopt;
}

// The next page, from the same source.
void Asks::turn_page(RequestId id, Ask& ask, Body body, const Source& of, Around& around,
                     Turn& turn) {
    Ask next = std::move(ask);
    asks_.erase(id);
    next.body = std::move(body);
    next.tries = 0;
    next.tried.clear();
    aim(next, of);
    next.deadline = turn.now + kOurPatience;
    begin(std::move(next), around, turn);
}

// --- ends ----------------------------------------------------------------------------------------

Asks::End Asks::end(RequestId id, std::optional<Body> answer, Turn& turn) {
    const auto found = asks_.find(id);
    if (found == asks_.end()) return {};
    Ask ask = std::move(found->second);
    asks_.erase(found);
    if (ask.why == Why::user) deliver(ask, std::move(answer), turn);
    if (ask.why == Why::user || !answer || ask.settling) return {};
    if (auto* located = std::get_if<Located>(&*answer))
        return Holders{ask.asset, std::move(*located)};
    if (std::holds_alternative<Peers>(*answer) && ask.recount)
        return Everybody{*ask.only_bus, *ask.recount, std::move(ask.listed)};
    if (std::holds_alternative<Dumped>(*answer))
        return AllOf{ask.peer, std::move(ask.named), ask.news};
    return {};
}

void Asks::deliver(const Ask& ask, std::optional<Body> answer, Turn& turn) const {
    if (answer && std::holds_alternative<Refused>(*answer))
        turn.out.push_back(
            DeliverFailure{ask.read, fail(ErrorKind::refused, std::get<Refused>(*answer).text)});
    else if (answer)
        turn.out.push_back(DeliverAnswer{ask.read, std::move(*answer)});
    else if (stopped_)
        turn.out.push_back(
            DeliverFailure{ask.read, fail(ErrorKind::interrupted, "the peer is stopping")});
    else
        turn.out.push_back(DeliverFailure{
            ask.read,
            fail(ErrorKind::unavailable, ask.friends ? "no friend answers" : "no bus answers")});
}

std::vector<RequestId> Asks::late(Turn& turn) const {
    std::vector<RequestId> out;
    for (const auto& [id, ask] : asks_) {
        const Time when = std::min(ask.patience, ask.deadline);
        if (when <= turn.now)
            out.push_back(id);
        else
            turn.wake_by(when);
    }
    return out;
}

Asks::End Asks::on_late(RequestId id, Around& around, Turn& turn) {
    const auto found = asks_.find(id);
    if (found == asks_.end()) return {};
    Ask& ask = found->second;
    if (turn.now >= ask.deadline || (!ask.friends && ask.tries >= kTries))
        return end(id, std::move(ask.best), turn);
    return put(id, ask, around, turn);
}

void Asks::withdraw(ReadId read) {
    const auto found = std::find_if(asks_.begin(), asks_.end(), [&](const auto& entry) {
        return entry.second.why == Why::user && entry.second.read == read;
    });
    if (found != asks_.end()) asks_.erase(found);
}

void Asks::stop(Turn& turn) {
    stopped_ = true;
    while (!asks_.empty())
        end(asks_.begin()->first, std::nullopt, turn);
}

// --- what is so ----------------------------------------------------------------------------------

bool Asks::locating(const AssetId& asset) const {
    return std::any_of(asks_.begin(), asks_.end(), [&](const auto& entry) {
        return entry.second.why == Why::locate && entry.second.asset == asset;
    });
}

bool Asks::dumping(const PeerId& peer) const {
    return std::any_of(asks_.begin(), asks_.end(), [&](const auto& entry) {
        return entry.second.why == Why::dump && entry.second.peer == peer;
    });
}

const char* Asks::broken() const {
    if (asks_.size() > limits::kMaxAsks) return "too many questions are under way";
    for (const auto& [id, ask] : asks_) {
        Body numbered = ask.body;
        number_question(numbered, id);
        if (numbered != ask.body) return "a question goes by another number";
        if (ask.friends ? !ask.buses.empty() : ask.link.value != 0)
            return "a bus is asked what friends are, or the other way round";
        if (ask.only_bus && !ask.buses.empty() && ask.buses != std::set<BusId>{*ask.only_bus})
            return "another bus is asked than the one that it is a question to";
        if (ask.only_link.value != 0 && ask.link.value != 0 && ask.link != ask.only_link)
            return "another neighbour is asked than the one that it is a question to";
        if (!std::holds_alternative<Locate>(ask.body) && ask.buses.size() > 1)
            return "several buses are asked for what one can say";
    }
    return nullptr;
}

}  // namespace fragcast
