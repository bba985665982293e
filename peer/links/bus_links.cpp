#include "peer/links/bus_links.hpp"

#include "messages/wire/limits.hpp"
#include "messages/wire/topic.hpp"

#include <utility>

namespace fragcast {

BusLinks::BusLinks(zmq::context_t& context, Loop& loop, Resolver& resolver,
                   std::vector<Endpoint> buses, Owner& owner)
    : context_(context),
      loop_(loop),
      resolver_(resolver),
      owner_(owner),
      // Who is cut is heard of as any that ends.
      guard_(context, loop, Backlog::Limits::of_buses(), [](const Guard::News&) {}) {
    reception_.post = guard_.dialling();
    for (auto& endpoint : buses) {
        buses_.emplace_back();
        buses_.back().endpoint = std::move(endpoint);
    }
}

BusLinks::~BusLinks() {
    const int linger = static_cast<int>(limits::kFarewell.count());
    for (auto& bus : buses_)
        for (auto* socket : {bus.directory.get(), bus.in.get()})
            if (socket != nullptr) socket->socket().set(zmq::sockopt::linger, linger);
}

// --- the directory -------------------------------------------------------------------------------

void BusLinks::connect(BusId id) {
    Bus& bus = buses_.at(id.value);
    for (auto* socket : {&bus.directory, &bus.in, &bus.out})
        WatchedSocket::retire(loop_, std::move(*socket));
    bus.waiting.clear();
    const std::uint64_t attempt = ++bus.attempt;
    resolver_.resolve(bus.endpoint, [this, id, attempt, alive = std::weak_ptr<int>(alive_)](
                                        const Result<Endpoint>& literal) {
        if (!alive.expired()) connect_directory(id, attempt, literal);
    });
}

void BusLinks::connect_directory(BusId id, std::uint64_t attempt, const Result<Endpoint>& literal) {
    Bus& bus = buses_.at(id.value);
    if (attempt != bus.attempt) return;
    if (!literal) return failed(id, literal.error());
    bus.literal = *literal;
    WatchedSocket::Handlers handlers;
    handlers.up = [this, id] { directory_up(id); };
    handlers.readable = [this, id] { read_directory(id); };
    handlers.down = [this, id](const std::string& why) {
        failed(id, fail(ErrorKind::unavailable, why));
    };
    auto socket = WatchedSocket::connect(context_, loop_, reception_, zmq::socket_type::dealer,
                                         bus.literal, std::move(handlers));
    if (!socket) return failed(id, socket.error());
    bus.directory = std::move(*socket);
    bus.unsent = {};
}

void BusLinks::failed(BusId id, const Error& why) {
    Bus& bus = buses_.at(id.value);
    WatchedSocket::retire(loop_, std::move(bus.directory));
    bus.waiting.clear();
    owner_.bus_failed(id, why);
}

void BusLinks::directory_up(BusId id) {
    Bus& bus = buses_.at(id.value);
    auto waiting = std::exchange(bus.waiting, {});
    for (auto& [message, payload] : waiting)
        send(id, message, std::move(payload));
}

void BusLinks::send(BusId id, const Message& message, Payload payload) {
    Bus& bus = buses_.at(id.value);
    const bool up = bus.directory && bus.directory->up();
    // All that waits is handed over at once when it is up, and must have room there.
    if (!up && bus.waiting.size() < limits::kSendQueueMessages) {
        bus.waiting.emplace_back(message, std::move(payload));
        return;
    }
    if (up && bus.unsent.unsent() < limits::kMaxUnsentBytes &&
        send_message(bus.directory->socket(), message, std::move(payload), nullptr, nullptr,
                     &bus.unsent) == SendResult::sent)
        return;
    if (bus.failing != 0) return;
    // The owner is in the middle of a call to us: it hears of this in the next turn.
    bus.failing = loop_.at(Time{}, [this, id, alive = std::weak_ptr<int>(alive_)] {
        if (alive.expired()) return;
        buses_.at(id.value).failing = 0;
        failed(id, fail(ErrorKind::full, "does not take our messages"));
    });
}

void BusLinks::read_directory(BusId id) {
    Bus& bus = buses_.at(id.value);
    // Each message may make the owner connect anew.
    while (bus.directory) {
        auto got = bus.directory->next();
        if (!got) return;
        if (auto* received = std::get_if<Received>(&*got))
            owner_.bus_message(id, *received);
        else
            owner_.bus_garbage(id, std::get<Garbage>(*got).error);
    }
}

// --- the forwarder -------------------------------------------------------------------------------

void BusLinks::connect_forwarder(BusId id, std::uint16_t in_port, std::uint16_t out_port) {
    Bus& bus = buses_.at(id.value);
    bus.in_port = in_port;
    bus.out_port = out_port;
    connect_in(id);
    connect_out(id);
}

void BusLinks::connect_in(BusId id) {
    Bus& bus = buses_.at(id.value);
    WatchedSocket::retire(loop_, std::move(bus.in));
    WatchedSocket::Handlers handlers;
    handlers.down = [this, id](const std::string&) { again(id, &BusLinks::connect_in); };
    auto socket = WatchedSocket::connect(context_, loop_, reception_, zmq::socket_type::pub,
                                         {bus.literal.host, bus.in_port}, std::move(handlers));
    if (!socket) return again(id, &BusLinks::connect_in);
    bus.in = std::move(*socket);
}

void BusLinks::connect_out(BusId id) {
    Bus& bus = buses_.at(id.value);
    WatchedSocket::retire(loop_, std::move(bus.out));
    WatchedSocket::Handlers handlers;
    handlers.readable = [this, id] { read_announcements(id); };
    handlers.down = [this, id](const std::string&) { again(id, &BusLinks::connect_out); };
    auto socket = WatchedSocket::connect(context_, loop_, reception_, zmq::socket_type::sub,
                                         {bus.literal.host, bus.out_port}, std::move(handlers),
                                         [](zmq::socket_t& sub) {
                                             for (const auto prefix : kSubscriptions)
                                                 sub.set(zmq::sockopt::subscribe, prefix);
                                         });
    if (!socket) return again(id, &BusLinks::connect_out);
    bus.out = std::move(*socket);
}

void BusLinks::again(BusId id, void (BusLinks::*make)(BusId)) {
    const std::uint64_t attempt = buses_.at(id.value).attempt;
    loop_.at(Loop::now() + limits::kReconnectMin,
             [this, id, make, attempt, alive = std::weak_ptr<int>(alive_)] {
                 if (alive.expired() || buses_.at(id.value).attempt != attempt) return;
                 (this->*make)(id);
             });
}

void BusLinks::publish(const Message& announcement) {
    const std::string topic = topic_of(announcement);
    for (auto& bus : buses_)
        if (bus.in) (void)send_message(bus.in->socket(), announcement, {}, nullptr, &topic);
}

void BusLinks::read_announcements(BusId id) {
    Bus& bus = buses_.at(id.value);
    while (bus.out) {
        auto got = bus.out->next();
        if (!got) return;
        if (auto* received = std::get_if<Received>(&*got))
            owner_.announcement(id, *received);
        else
            owner_.bus_garbage(id, std::get<Garbage>(*got).error);
    }
}

}  // namespace fragcast
