#include "peer/links/neighbour_links.hpp"

#include "messages/wire/limits.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace fragcast {
NeighbourLinks::NeighbourLinks(zmq::context_t& context, Loop& loop, Owner& owner)
    : context_(context),
      loop_(loop),
      owner_(owner),
      guard_(context, loop, {}, [this](const Guard::News& news) { on_guard(news); }) {
    reception_.post = guard_.dialling();
}

NeighbourLinks::~NeighbourLinks() {
    if (retry_timer_ != 0) loop_.cancel(retry_timer_);
    if (look_timer_ != 0) loop_.cancel(look_timer_);
    for (const auto& [link, timer] : dying_)
        loop_.cancel(timer);
    for (const auto& [routing, timer] : leaving_)
        loop_.cancel(timer);
    const int linger = static_cast<int>(limits::kFarewell.count());
    if (router_) router_->set(zmq::sockopt::linger, linger);
    for (auto& [link, entry] : dialled_)
        entry.socket->socket().set(zmq::sockopt::linger, linger);
}

Result<Endpoint> NeighbourLinks::listen(const Endpoint& wanted, std::string_view flag) {
    auto socket = make_socket(context_, zmq::socket_type::router);
    if (!socket) return socket.error();
    auto bound = bind_socket(*socket, wanted, flag);
    if (!bound) return bound;
    router_ = std::move(*socket);
    post_ = guard_.listening(*router_);
    intake_.emplace(loop_, *router_, reception_.budget, post_, [this] { read_router(); });
    return bound;
}

void NeighbourLinks::dial(LinkId link, const Endpoint& literal) {
    WatchedSocket::Handlers handlers;
    handlers.up = [this, link] {
        if (Link* known = find(link); known != nullptr && drain(link, *known)) retry_later();
        say_up(link);
    };
    handlers.readable = [this, link] { read_dealer(link); };
    handlers.down = [this, link, literal](const std::string& why) {
        const Link* known = find(link);
        if (known == nullptr) return;
        if (known->told_up) return say_down(link);
        forget(link);
        owner_.dial_failed(link, fail(ErrorKind::unavailable, literal.text() + ": " + why));
    };
    auto socket =
        dialled_.size() >= limits::kMaxDialled
            ? Result<std::unique_ptr<WatchedSocket>>(fail(ErrorKind::full, "too many neighbours"))
            : WatchedSocket::connect(context_, loop_, reception_, zmq::socket_type::dealer, literal,
                                     std::move(handlers));
    if (!socket) {
        dying_[link] = loop_.at(Time{}, [this, link, why = socket.error()] {
            dying_.erase(link);
            owner_.dial_failed(link, why);
        });
        return;
    }
    Link& dialled = dialled_[link];
    dialled.socket = std::move(*socket);
    dialled.small = Account::part_of(small_of_all_);
    dialled.payload = Account::part_of(payload_of_all_);
}

void NeighbourLinks::hang_up(LinkId link) {
    if (const auto timer = dying_.find(link); timer != dying_.end()) {
        loop_.cancel(timer->second);
        dying_.erase(timer);
    }
    if (const Link* known = find(link); known != nullptr && !known->socket)
        leave(known->routing, known->wire);
    forget(link);
}

// Who dialled in and goes on speaking would be a new link to us; so would be what he said before he
// was cut, and we read after it. libzmq gives no other connection the same name.
void NeighbourLinks::leave(RoutingId routing, const Wire& wire) {
    leaving_[routing] = loop_.at(Loop::now() + limits::kFarewell, [this, routing, wire] {
        (void)cut(wire);
        leaving_[routing] = loop_.at(Loop::now() + limits::kDeadAfterSilence,
                                     [this, routing] { leaving_.erase(routing); });
    });
}

NeighbourLinks::Link* NeighbourLinks::find(LinkId link) {
    auto& links = link.value >= kFirstAccepted ? accepted_ : dialled_;
    const auto found = links.find(link);
    return found == links.end() ? nullptr : &found->second;
}

void NeighbourLinks::forget(LinkId link) {
    Link* known = find(link);
    if (known == nullptr) return;
    drop_waiting(*known);
    if (known->socket) {
        WatchedSocket::retire(loop_, std::move(known->socket));
        dialled_.erase(link);
    } else {
        by_routing_.erase(known->routing);
        accepted_.erase(link);
    }
}

// --- sending -------------------------------------------------------------------------------------

SendResult NeighbourLinks::hand_over(Link& link, const Payload& frame) {
    if (!link.small.has_room(small_of_all_)) {
        if (link.small.unsent() < limits::kMaxUnsentSmallBytes) untaken_.no_room();
        return SendResult::full;
    }
    if (!link.socket) return send_frame(*router_, frame, &link.routing, link.small);
    // Not up yet: what is said now waits for it.
    if (!link.socket->up()) return SendResult::full;
    return send_frame(link.socket->socket(), frame, nullptr, link.small);
}

void NeighbourLinks::send(LinkId link, Message message) {
    Link* known = find(link);
    if (known == nullptr) return;
    asks(*known, message);
    Payload frame(encode(message));
    const SendResult result = known->waiting.empty() ? hand_over(*known, frame) : SendResult::full;
    look_later();
    if (result == SendResult::sent) return;
    if (result == SendResult::unreachable) return down_later(link);
    if (known->waiting.size() >= limits::kLinkOverflow ||
        known->waiting_bytes >= limits::kLinkOverflowBytes)
        return cut_later(link);
    keep(link, *known, std::move(frame));
    if (!known->socket || known->socket->up()) retry_later();
}

// --- what is asked: who sends that is not the greediest

void NeighbourLinks::asks(Link& link, const Message& message) {
    const auto* request = std::get_if<Request>(&message.body);
    if (request == nullptr) return;
    link.asked_at = Loop::now();
    const std::uint64_t more = std::uint64_t{request->chunks.size()} * limits::kChunkBytes;
    note_asked(link, std::min(limits::kMaxInFlightBytes, link.asked + more));
}

void NeighbourLinks::hears(LinkId id, const Received& received) {
    Link* link = find(id);
    if (link == nullptr || link->asked == 0) return;
    // Some of it may have been refused, or cancelled.
    const bool late = Loop::now() - link->asked_at >= limits::kRequestTimeout;
    const std::uint64_t came = late ? link->asked : received.payload.size();
    if (came != 0) note_asked(*link, link->asked - std::min<std::uint64_t>(link->asked, came));
}

void NeighbourLinks::note_asked(Link& link, std::uint64_t bytes) {
    link.asked = bytes;
    if (link.socket)
        reception_.post->asks(link.socket->wire(), bytes);
    else
        post_->asks(link.wire, bytes);
}

// Together they keep no more than a few that are full: then the fullest is cut, and looked for only
// then, since what waits changes with every message.
void NeighbourLinks::keep(LinkId link, Link& known, Payload frame) {
    known.waiting_bytes += frame.size();
    waiting_of_all_ += frame.size();
    known.waiting.push_back(std::move(frame));
    if (waiting_of_all_ <= limits::kLinkOverflowTotalBytes) return;
    std::pair<LinkId, Link*> fullest{link, &known};
    for (auto* links : {&dialled_, &accepted_})
        for (auto& [id, one] : *links)
            if (one.waiting_bytes > fullest.second->waiting_bytes) fullest = {id, &one};
    drop_waiting(*fullest.second);
    cut_later(fullest.first);
}

void NeighbourLinks::drop_waiting(Link& link) {
    waiting_of_all_ -= std::exchange(link.waiting_bytes, 0);
    link.waiting.clear();
}

bool NeighbourLinks::takes(LinkId link) {
    const Link* known = find(link);
    if (known == nullptr) return true;  // the answer to sending says so
    const std::uint64_t own = known->payload.unsent();
    if (!known->waiting.empty()) return false;
    const std::uint64_t all = payload_of_all_.unsent();
    if (Untaken::has_room(own, taken(*known), all)) return true;
    if (Untaken::lacks_room(own, all)) untaken_.no_room();
    return false;
}

// The kernel knows of each byte that was taken; libzmq gives back whole messages.
std::uint64_t NeighbourLinks::taken(const Link& link) {
    const std::uint64_t released = link.small.taken() + link.payload.taken();
    return taken_of(link.socket ? link.socket->wire() : link.wire).value_or(released);
}

SendVerdict NeighbourLinks::send_payload(LinkId link, const Message& message, Payload payload) {
    Link* known = find(link);
    if (known == nullptr) return SendVerdict::unreachable;
    look_later();
    if (!takes(link)) return SendVerdict::full;
    // What is less than a buffer of the store would hold all of it, and count as little.
    if (payload.size() < limits::kChunkBytes)
        payload = Payload(Bytes(payload.data(), payload.data() + payload.size()));
    if (known->socket && !known->socket->up()) return SendVerdict::full;
    zmq::socket_t& socket = known->socket ? known->socket->socket() : *router_;
    const RoutingId* to = known->socket ? nullptr : &known->routing;
    switch (send_message(socket, message, std::move(payload), to, nullptr, &known->payload)) {
        case SendResult::sent:
            return SendVerdict::sent;
        case SendResult::full:
            return SendVerdict::full;
        case SendResult::unreachable:
            break;
    }
    down_later(link);
    return SendVerdict::unreachable;
}

void NeighbourLinks::retry_later() {
    if (retry_timer_ != 0) return;
    retry_timer_ = loop_.at(Loop::now() + limits::kSendRetry, [this] { retry(); });
}

void NeighbourLinks::retry() {
    retry_timer_ = 0;
    bool some_wait = false;
    for (auto* links : {&dialled_, &accepted_})
        for (auto& [id, link] : *links)
            // What is not up yet says so.
            if (!link.socket || link.socket->up()) some_wait = drain(id, link) || some_wait;
    if (some_wait) retry_later();
}

bool NeighbourLinks::drain(LinkId id, Link& link) {
    while (!link.waiting.empty()) {
        const SendResult result = hand_over(link, link.waiting.front());
        if (result == SendResult::unreachable) down_later(id);
        if (result != SendResult::sent) return result == SendResult::full;
        link.waiting_bytes -= link.waiting.front().size();
        waiting_of_all_ -= link.waiting.front().size();
        link.waiting.pop_front();
    }
    return false;
}

void NeighbourLinks::look_later() {
    if (look_timer_ != 0) return;
    look_timer_ = loop_.at(Loop::now() + limits::kLookAtUntaken, [this] {
        look_timer_ = 0;
        look_at_untaken();
    });
}

void NeighbourLinks::look_at_untaken() {
    std::vector<Untaken::Line> lines;
    for (const auto* links : {&dialled_, &accepted_})
        for (const auto& [id, link] : *links) {
            if (link.lies() != 0) lines.push_back({id, link.lies(), taken(link)});
        }
    if (!lines.empty()) look_later();
    for (const LinkId link : untaken_.look(lines, Loop::now()))
        cut_later(link);
}

// --- hearing -------------------------------------------------------------------------------------

void NeighbourLinks::say_up(LinkId link) {
    Link* known = find(link);
    if (known == nullptr || known->told_up) return;
    known->told_up = true;
    owner_.link_up(link, known->socket != nullptr, address_of(known->wire));
}

void NeighbourLinks::say_down(LinkId link) {
    if (find(link) == nullptr) return;
    forget(link);
    owner_.link_down(link);
}

// What it was sent and did not read goes with its connection.
void NeighbourLinks::cut_later(LinkId link) {
    if (const Link* known = find(link))
        (void)cut(known->socket ? known->socket->wire() : known->wire);
    down_later(link);
}

// The owner is in the middle of a call to us: it hears of this in the next turn.
void NeighbourLinks::down_later(LinkId link) {
    if (dying_.contains(link)) return;
    dying_[link] = loop_.at(Time{}, [this, link] {
        dying_.erase(link);
        say_down(link);
    });
}

void NeighbourLinks::read_dealer(LinkId link) {
    for (;;) {
        Link* known = find(link);  // each message may end the link
        if (known == nullptr) return;
        auto got = known->socket->next();
        if (!got) return;
        say_up(link);
        if (auto* received = std::get_if<Received>(&*got)) {
            hears(link, *received);
            owner_.link_message(link, *received);
        } else
            owner_.link_garbage(link, std::get<Garbage>(*got).error);
    }
}

void NeighbourLinks::on_guard(const Guard::News& news) {
    for (auto strangers = news.strangers; strangers > 0; --strangers)
        owner_.link_garbage(LinkId{}, Guard::stranger());
    for (auto cut = news.cut; cut > 0; --cut)
        owner_.link_garbage(LinkId{}, Guard::flooder());
    if (intake_) intake_->turn();
}

void NeighbourLinks::read_router() {
    for (auto cut = intake_->take_cut(); cut > 0; --cut)
        owner_.link_garbage(LinkId{}, Guard::flooder());
    while (auto got = intake_->next()) {
        if (auto* received = std::get_if<Received>(&*got)) {
            const LinkId link = accept(received->from, intake_->from());
            if (link.value == 0) continue;
            hears(link, *received);
            owner_.link_message(link, *received);
        } else {
            const Garbage& garbage = std::get<Garbage>(*got);
            const auto known = by_routing_.find(garbage.from);
            owner_.link_garbage(known == by_routing_.end() ? LinkId{} : known->second,
                                garbage.error);
        }
    }
}

LinkId NeighbourLinks::accept(const RoutingId& from, const Wire& wire) {
    if (const auto known = by_routing_.find(from); known != by_routing_.end()) return known->second;
    if (leaving_.contains(from)) return {};
    if (accepted_.size() > limits::kMaxNeighbours) {
        ++refused_;
        leave(from, wire);
        return {};
    }
    const LinkId link = next_accepted_;
    ++next_accepted_.value;
    by_routing_[from] = link;
    Link& accepted = accepted_[link];
    accepted.routing = from;
    accepted.wire = wire;
    accepted.small = Account::part_of(small_of_all_);
    accepted.payload = Account::part_of(payload_of_all_);
    say_up(link);
    return link;
}

}  // namespace fragcast
