#include "tests/sim/sim_network.hpp"

#include "peer/links/untaken.hpp"

#include <algorithm>
#include <utility>

namespace fragcast::sim {

namespace {

// Of a connection's payload the kernels of both ends have so much in their hands; the rest lies.
constexpr std::uint64_t kWithKernels = 2 << 20;

std::uint64_t beyond_kernels(std::uint64_t bytes) {
    return bytes > kWithKernels ? bytes - kWithKernels : 0;
}

Duration time_of(std::uint64_t bytes, std::uint64_t rate) {
    return Duration{rate ? static_cast<Duration::rep>(bytes * 1'000'000 / rate) : 0};
}

}  // namespace

NodeId SimNetwork::attach(Host& host, std::string endpoint, HostOptions options) {
    Seat seat;
    seat.host = &host;
    seat.endpoint = std::move(endpoint);
    seat.options = options;
    seats_.push_back(std::move(seat));
    return NodeId{static_cast<std::uint32_t>(seats_.size() - 1)};
}

SimNetwork::Connection* SimNetwork::find(ConnectionId id) {
    const auto it = connections_.find(id);
    return it == connections_.end() ? nullptr : &it->second;
}

NodeId SimNetwork::remote_of(NodeId node, LinkId link) const {
    const auto it = at(node).links.find(link);
    if (it == at(node).links.end()) return kNobody;
    const Connection& connection = connections_.at(it->second);
    return connection.dialler == node && connection.dialler_link == link ? connection.acceptor
                                                                         : connection.dialler;
}

std::vector<SimNetwork::ConnectionId> SimNetwork::between(NodeId a, NodeId b) const {
    const auto found = pairs_.find(std::minmax(a, b));
    if (found == pairs_.end()) return {};
    return {found->second.begin(), found->second.end()};
}

void SimNetwork::forget(ConnectionId id) {
    const Connection& connection = connections_.at(id);
    pairs_.at(std::minmax(connection.dialler, connection.acceptor)).erase(id);
    connections_.erase(id);
}

void SimNetwork::run(NodeId node, Duration delay, std::function<void()> what) {
    clock_.after(
        delay, [this, node, incarnation = at(node).incarnation, what = std::move(what)]() mutable {
            enter(node, incarnation, std::move(what));
        });
}

void SimNetwork::enter(NodeId node, std::uint64_t incarnation, std::function<void()> what) {
    Seat& seat = at(node);
    if (seat.incarnation != incarnation || !seat.alive) return;
    if (seat.paused)
        seat.inbox.push_back(std::move(what));
    else
        what();
}

// --- making and ending connections ---------------------------------------------------------------

void SimNetwork::dial(NodeId from, LinkId link, const std::string& endpoint) {
    at(from).dialling.insert(link);
    NodeId to = kNobody;
    for (std::uint32_t i = 0; i < seats_.size(); ++i)
        if (seats_[i].endpoint == endpoint) to = NodeId{i};
    if (to == kNobody)
        return fail_dial(from, link, Duration{1000},
                         fail(ErrorKind::unavailable, "no host at " + endpoint));
    const Duration round_trip = 2 * latency(from, to);
    if (notice_ == LinkNotice::blind)
        return run(from, Duration{0}, [this, from, link, to] { connect(from, link, to); });
    if (blocked(from, to) || blocked(to, from))
        return fail_dial(from, link, limits::kHandshake,
                         fail(ErrorKind::timeout, endpoint + " does not answer"));
    run(from, round_trip, [this, from, link, to] { end_dial(from, link, to); });
}

void SimNetwork::end_dial(NodeId from, LinkId link, NodeId to) {
    if (at(to).alive)
        connect(from, link, to);
    else
        fail_dial(from, link, Duration{0},
                  fail(ErrorKind::unavailable, at(to).endpoint + " refused the connection"));
}

void SimNetwork::fail_dial(NodeId from, LinkId link, Duration delay, Error why) {
    run(from, delay, [this, from, link, why = std::move(why)] {
        if (at(from).dialling.erase(link)) at(from).host->on_dial_failed(link, why);
    });
}

void SimNetwork::connect(NodeId from, LinkId link, NodeId to) {
    if (!at(from).dialling.erase(link)) return;  // hung up meanwhile
    Connection connection;
    connection.dialler = from;
    connection.acceptor = to;
    connection.dialler_link = link;
    connections_.emplace(++last_connection_, std::move(connection));
    pairs_[std::minmax(from, to)].insert(last_connection_);
    at(from).links[link] = last_connection_;
    at(from).host->on_link_up(link, true);
}

void SimNetwork::forget_link(NodeId node, LinkId link) {
    if (at(node).links.erase(link)) observer_.on_link_gone(node, link);
}

void SimNetwork::hang_up(NodeId node, LinkId link) {
    at(node).dialling.erase(link);
    const auto it = at(node).links.find(link);
    if (it == at(node).links.end()) return;
    const ConnectionId id = it->second;
    Connection& connection = connections_.at(id);
    if (connection.dialler == node && connection.dialler_link == link) return lose_dialler(id);
    forget_link(node, link);
    connection.acceptor_link = {};
    leave(id);
}

void SimNetwork::leave(ConnectionId id) {
    Connection& connection = connections_.at(id);
    connection.leaving = true;
    run(connection.acceptor, limits::kFarewell, [this, id, generation = connection.generation] {
        Connection* c = find(id);
        if (!c || c->generation != generation || c->silent) return;
        lose_acceptor(id);
        // What a dialler says before it is told does not arrive; a blind one connects anew.
        c->silent = notice_ == LinkNotice::told;
    });
}

// The dialler's socket is closed (linger 0): what was underway is lost; the acceptor's routing id
// fails from when the closing has travelled.
void SimNetwork::lose_dialler(ConnectionId id) {
    Connection& connection = connections_.at(id);
    forget_link(connection.dialler, connection.dialler_link);
    connection.dialler_open = false;
    ++connection.generation;
    clock_.after(latency(connection.dialler, connection.acceptor), [this, id] {
        Connection* c = find(id);
        if (!c) return;
        if (c->acceptor_link.value) forget_link(c->acceptor, c->acceptor_link);
        forget(id);
    });
}

// The acceptor's process, or the connection under it, is gone.
void SimNetwork::lose_acceptor(ConnectionId id) {
    Connection& connection = connections_.at(id);
    if (connection.acceptor_link.value) forget_link(connection.acceptor, connection.acceptor_link);
    connection.acceptor_link = {};
    connection.leaving = false;
    ++connection.generation;
    connection.forth = {};
    connection.back = {};
    if (notice_ == LinkNotice::blind || !connection.dialler_open) return;
    run(connection.dialler, latency(connection.dialler, connection.acceptor),
        [this, id] { tell_dialler(id); });
}

void SimNetwork::tell_dialler(ConnectionId id) {
    Connection* connection = find(id);
    if (!connection || !connection->dialler_open) return;
    const NodeId node = connection->dialler;
    const LinkId link = connection->dialler_link;
    if (connection->acceptor_link.value)
        forget_link(connection->acceptor, connection->acceptor_link);
    forget_link(node, link);
    forget(id);
    at(node).host->on_link_down(link);
}

// --- faults --------------------------------------------------------------------------------------

void SimNetwork::set_alive(NodeId node, bool alive) {
    Seat& seat = at(node);
    seat.alive = alive;
    seat.paused = false;
    seat.inbox.clear();
    if (alive) return;
    ++seat.incarnation;
    seat.dialling.clear();
    seat.ready.clear();
    const auto links = seat.links;
    for (const auto& [link, id] : links) {
        Connection* connection = find(id);
        if (!connection) continue;
        if (connection->dialler == node && connection->dialler_link == link)
            lose_dialler(id);
        else
            lose_acceptor(id);
    }
    // Dialled to it, without a word of it yet.
    for (auto& [id, connection] : connections_)
        if (connection.acceptor == node && connection.dialler_open) lose_acceptor(id);
}

void SimNetwork::block(NodeId from, NodeId to) {
    const std::uint64_t block = ++last_block_;
    blocks_[{from, to}] = block;
    clock_.after(limits::kZmtpHeartbeatTimeout, [this, from, to, block] {
        const auto it = blocks_.find({from, to});
        if (it != blocks_.end() && it->second == block) disconnect(from, to);
    });
}

void SimNetwork::unblock(NodeId from, NodeId to) {
    blocks_.erase({from, to});
    for (const ConnectionId id : between(from, to))
        for (const bool forwards : {true, false}) {
            Connection& connection = connections_.at(id);
            if ((forwards ? connection.dialler : connection.acceptor) != from) continue;
            for (Packet& packet : std::exchange(connection.lane(forwards).stalled, {}))
                arrive(id, forwards, std::move(packet));
        }
}

void SimNetwork::kill_silently(NodeId a, NodeId b) {
    for (const ConnectionId id : between(a, b))
        connections_.at(id).silent = true;
}

void SimNetwork::disconnect(NodeId a, NodeId b) {
    for (const ConnectionId id : between(a, b))
        lose_acceptor(id);
}

void SimNetwork::pause(NodeId node) {
    at(node).paused = true;
}

void SimNetwork::resume(NodeId node) {
    at(node).paused = false;
    for (auto& what : std::exchange(at(node).inbox, {}))
        enter(node, at(node).incarnation, std::move(what));
}

// --- carrying messages ---------------------------------------------------------------------------

bool SimNetwork::takes(NodeId from, LinkId link) const {
    const auto& links = at(from).links;
    const auto lane = [&](const auto& one) -> const Lane& {
        return connections_.at(one.second).lane(from, one.first);
    };
    const auto it = links.find(link);
    if (it == links.end()) return true;  // the answer to sending says so
    std::uint64_t all = 0;
    for (const auto& one : links)
        all += beyond_kernels(lane(one).underway);
    return Untaken::has_room(beyond_kernels(lane(*it).underway), lane(*it).taken, all);
}

SendVerdict SimNetwork::send(NodeId from, LinkId link, Packet packet) {
    const auto it = at(from).links.find(link);
    if (it == at(from).links.end()) return SendVerdict::unreachable;
    const ConnectionId id = it->second;
    Connection& connection = connections_.at(id);
    const bool forwards = connection.dialler == from && connection.dialler_link == link;
    Lane& lane = connection.lane(forwards);
    if (packet.payload_bytes != 0 && !takes(from, link)) return SendVerdict::full;
    observer_.on_sent(from, link, forwards ? connection.acceptor : connection.dialler, packet);
    if (connection.silent) return SendVerdict::sent;
    lane.underway += packet.payload_bytes;
    lane.waiting.push_back(std::move(packet));
    offer(id, forwards);
    return SendVerdict::sent;
}

void SimNetwork::offer(ConnectionId id, bool forwards) {
    Connection& connection = connections_.at(id);
    Lane& lane = connection.lane(forwards);
    if (lane.ready || lane.waiting.empty()) return;
    lane.ready = true;
    const NodeId sender = forwards ? connection.dialler : connection.acceptor;
    at(sender).ready.emplace_back(id, forwards);
    pump(sender);
}

// The uplink takes one message of each waiting link in turn.
void SimNetwork::pump(NodeId node) {
    Seat& seat = at(node);
    while (!seat.sending && !seat.ready.empty()) {
        const auto [id, forwards] = seat.ready.front();
        seat.ready.pop_front();
        Connection* connection = find(id);
        if (!connection) continue;
        Lane& lane = connection->lane(forwards);
        lane.ready = false;
        if (lane.waiting.empty()) continue;
        Packet packet = std::move(lane.waiting.front());
        lane.waiting.pop_front();
        if (!lane.waiting.empty()) {
            lane.ready = true;
            seat.ready.emplace_back(id, forwards);
        }
        const Duration taken = time_of(packet.size(), seat.options.up_rate);
        if (taken == Duration{0}) {
            launch(id, forwards, std::move(packet));
            continue;
        }
        seat.sending = true;
        clock_.after(taken,
                     [this, node, id = id, forwards = forwards, generation = connection->generation,
                      packet = std::move(packet)]() mutable {
                         at(node).sending = false;
                         const Connection* c = find(id);
                         if (c && c->generation == generation)
                             launch(id, forwards, std::move(packet));
                         pump(node);
                     });
    }
}

void SimNetwork::launch(ConnectionId id, bool forwards, Packet packet) {
    Connection& connection = connections_.at(id);
    Lane& lane = connection.lane(forwards);
    const NodeId sender = forwards ? connection.dialler : connection.acceptor;
    lane.wire_free = std::max(clock_.now(), lane.wire_free) +
                     time_of(packet.size(), at(sender).options.pair_rate);
    clock_.at(lane.wire_free + latency(connection.dialler, connection.acceptor),
              [this, id, forwards, generation = connection.generation,
               packet = std::move(packet)]() mutable {
                  const Connection* c = find(id);
                  if (c && c->generation == generation) arrive(id, forwards, std::move(packet));
              });
}

void SimNetwork::arrive(ConnectionId id, bool forwards, Packet packet) {
    Connection& connection = connections_.at(id);
    const NodeId from = forwards ? connection.dialler : connection.acceptor;
    const NodeId to = forwards ? connection.acceptor : connection.dialler;
    if (blocked(from, to)) {
        connection.lane(forwards).stalled.push_back(std::move(packet));
        return;
    }
    Seat& seat = at(to);
    seat.down_free =
        std::max(clock_.now(), seat.down_free) + time_of(packet.size(), seat.options.down_rate);
    clock_.at(seat.down_free, [this, id, forwards, generation = connection.generation,
                               packet = std::move(packet)]() mutable {
        deliver(id, generation, forwards, std::move(packet));
    });
}

void SimNetwork::deliver(ConnectionId id, std::uint64_t generation, bool forwards, Packet packet) {
    const Connection* connection = find(id);
    if (!connection || connection->generation != generation || connection->silent) return;
    const NodeId to = forwards ? connection->acceptor : connection->dialler;
    if (!at(to).alive) return;
    enter(to, at(to).incarnation,
          [this, id, generation, forwards, packet = std::move(packet)]() mutable {
              const Connection* c = find(id);
              if (c && c->generation == generation) hand_over(id, forwards, std::move(packet));
          });
}

void SimNetwork::hand_over(ConnectionId id, bool forwards, Packet packet) {
    Lane& lane = connections_.at(id).lane(forwards);
    lane.underway -= packet.payload_bytes;
    lane.taken += packet.size();
    if (forwards && connections_.at(id).leaving) return;
    if (forwards && !connections_.at(id).acceptor_link.value) accept(id);
    const Connection* connection = find(id);
    if (!connection) return;
    const NodeId to = forwards ? connection->acceptor : connection->dialler;
    const NodeId from = forwards ? connection->dialler : connection->acceptor;
    const LinkId link = forwards ? connection->acceptor_link : connection->dialler_link;
    if (!at(to).links.contains(link)) return;  // hung up
    observer_.on_delivered(to, link, from, packet);
    at(to).host->on_packet(link, std::move(packet));
}

void SimNetwork::accept(ConnectionId id) {
    Connection& connection = connections_.at(id);
    Seat& seat = at(connection.acceptor);
    connection.acceptor_link = LinkId{kFirstAccepted + ++seat.accepted};
    seat.links[connection.acceptor_link] = id;
    seat.host->on_link_up(connection.acceptor_link, false);
}

}  // namespace fragcast::sim
