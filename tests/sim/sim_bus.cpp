#include "tests/sim/sim_bus.hpp"

#include <algorithm>
#include <utility>

namespace fragcast::sim {

SimBus::SimBus(SimClock& clock, BusObserver& observer, BusOptions options, LinkNotice notice,
               std::uint64_t seed)
    : clock_(clock), observer_(observer), options_(options), notice_(notice), random_(seed) {}

void SimBus::add_client(NodeId node, BusClient& client, BusId bus) {
    Client& one = clients_[node];
    one.client = &client;
    one.bus = bus;
}

// --- life ----------------------------------------------------------------------------------------

void SimBus::start() {
    DirectoryOptions options;
    options.id.bytes[0] = 0xb5;
    options.id.bytes[1] = static_cast<std::uint8_t>(++incarnation_);
    // Lower with every start: as when the clock was set back, which harms nothing.
    options.epoch = Epoch{1'000'000 - incarnation_};
    options.in_port = 5551;
    options.out_port = 5552;
    session_ = std::make_unique<DirectorySession>(options, clock_.now());
    armed_ = kNever;
    arm();
    for (auto& [node, client] : clients_)
        connect_again(client);
}

// Sockets that were told nothing come back by themselves, as new connections.
void SimBus::connect_again(Client& client) {
    if (client.route != 0) client.route = ++last_route_;
    if (client.subscriber == 0) return;
    client.subscriber = ++last_route_;
    client.subscribed_at = clock_.now() + 2 * options_.latency;
}

void SimBus::kill() {
    session_.reset();
    ++incarnation_;
    if (notice_ == LinkNotice::blind) return;
    for (auto& [node, client] : clients_)
        if (client.route != 0) fail_client(node, "connection lost");
}

void SimBus::fail_client(NodeId node, const char* why) {
    clients_.at(node).route = 0;
    clients_.at(node).subscriber = 0;
    clock_.after(options_.latency, [this, node, why] {
        const Client& client = clients_.at(node);
        if (client.route == 0)
            client.client->on_bus_failed(client.bus, fail(ErrorKind::unavailable, why));
    });
}

void SimBus::connect_directory(NodeId node) {
    Client& client = clients_.at(node);
    client.route = ++last_route_;
    if (notice_ == LinkNotice::told && (!alive() || cut_.contains(node)))
        fail_client(node, "refused");
}

void SimBus::connect_forwarder(NodeId node) {
    Client& client = clients_.at(node);
    client.subscriber = ++last_route_;
    client.subscribed_at = clock_.now() + 2 * options_.latency;
}

void SimBus::disconnect(NodeId node) {
    Client& client = clients_.at(node);
    client.route = client.subscriber = 0;
}

// --- carrying messages ---------------------------------------------------------------------------

void SimBus::in_bus(Duration delay, std::function<void()> what) {
    if (!alive()) return;
    clock_.after(delay, [this, incarnation = incarnation_, what = std::move(what)] {
        if (alive() && incarnation == incarnation_) what();
    });
}

void SimBus::tell(NodeId node, Packet packet) {
    observer_.on_told_bus(node, clients_.at(node).bus, packet);
    const std::uint64_t route = clients_.at(node).route;
    if (route == 0 || cut_.contains(node)) return;
    in_bus(options_.latency, [this, node, route, packet = std::move(packet)] {
        if (clients_.at(node).route != route) return;
        DirectoryActions out;
        const Payload payload = packet.payload ? Payload(Bytes(*packet.payload)) : Payload();
        session_->on_message(std::to_string(route), packet.message, payload, clock_.now(), out);
        perform(std::move(out));
    });
}

void SimBus::publish(NodeId node, const Message& message) {
    observer_.on_published(node, message);
    if (clients_.at(node).subscriber == 0 || cut_.contains(node)) return;
    in_bus(options_.latency, [this, message] {
        session_->on_announcement(message, clock_.now());
        forward(message);
    });
}

void SimBus::forward(const Message& message) {
    const auto shared = std::make_shared<const Message>(message);
    for (auto& [node, client] : clients_) {
        if (client.subscriber == 0 || client.subscribed_at > clock_.now() || cut_.contains(node))
            continue;
        if (deaf_.contains(node) || random_.chance(options_.drop_percent)) continue;
        if (lose_ && lose_(node, message)) continue;
        client.free =
            std::max(client.free, clock_.now() + options_.latency +
                                      random_.between(Duration{0}, options_.subscriber_delay));
        clock_.at(client.free, [this, node = node, subscriber = client.subscriber, shared] {
            const Client& to = clients_.at(node);
            if (to.subscriber != subscriber || cut_.contains(node)) return;
            observer_.on_announced(node, *shared);
            to.client->on_announcement(to.bus, *shared);
        });
    }
}

void SimBus::perform(DirectoryActions actions) {
    for (DirectoryAction& action : actions) {
        if (const auto* send = std::get_if<DirectorySend>(&action))
            answer(*send);
        else if (const auto* publish = std::get_if<DirectoryPublish>(&action))
            forward(publish->message);
    }
    arm();
}

void SimBus::answer(const DirectorySend& send) {
    const std::uint64_t route = std::stoull(send.to);
    const auto to = std::find_if(clients_.begin(), clients_.end(),
                                 [&](const auto& one) { return one.second.route == route; });
    if (to == clients_.end()) return session_->on_unsent();
    Packet packet{send.message};
    if (!send.payload.empty()) {
        packet.payload_bytes = static_cast<std::uint32_t>(send.payload.size());
        packet.payload = std::make_shared<const Bytes>(send.payload.data(),
                                                       send.payload.data() + send.payload.size());
    }
    in_bus(options_.latency,
           [this, node = to->first, route = to->second.route, packet = std::move(packet)] {
               const Client& client = clients_.at(node);
               if (client.route != route || cut_.contains(node)) return;
               observer_.on_bus_answer(node, client.bus, packet);
               client.client->on_bus_packet(client.bus, packet);
           });
}

void SimBus::arm() {
    const Time next = session_->next_tick();
    if (next == kNever || next == armed_) return;
    armed_ = next;
    clock_.at(next, [this, next, incarnation = incarnation_] {
        if (!alive() || incarnation != incarnation_ || armed_ != next) return;
        armed_ = kNever;
        DirectoryActions out;
        session_->on_tick(clock_.now(), out);
        perform(std::move(out));
    });
}

}  // namespace fragcast::sim
