// Loop thread.
//
// Connections to the buses of the configuration: to each a DEALER (directory), and after its
// welcome a PUB and a SUB (forwarder). Names are resolved anew for every connection.
#pragma once

#include "messages/zmq/link.hpp"
#include "messages/zmq/loop.hpp"
#include "peer/links/resolver.hpp"
#include "peer/links/watched_socket.hpp"
#include "peer/swarm/actions.hpp"

#include <cstdint>
#include <memory>
#include <vector>

namespace fragcast {

class BusLinks {
public:
    // Who is told. Never called from inside connect…(), send() or publish().
    class Owner {
    public:
        virtual ~Owner() = default;
        virtual void bus_message(BusId bus, Received& received) = 0;
        virtual void announcement(BusId bus, Received& received) = 0;
        // The connection to the directory could not be made, or is over. connect() makes another.
        virtual void bus_failed(BusId bus, const Error& why) = 0;
        virtual void bus_garbage(BusId bus, const DecodeError& what) = 0;
    };

    BusLinks(zmq::context_t& context, Loop& loop, Resolver& resolver, std::vector<Endpoint> buses,
             Owner& owner);
    ~BusLinks();

    // Makes the directory's connection (anew). What is sent meanwhile waits for it.
    void connect(BusId bus);
    // Makes both connections to the forwarder (anew), on the host that the directory answered from.
    // A lost one is made again after limits::kReconnectMin until connect() is called.
    void connect_forwarder(BusId bus, std::uint16_t in_port, std::uint16_t out_port);
    // To the directory. What a directory that does not take it is sent is dropped, bus_failed
    // follows.
    void send(BusId bus, const Message& message, Payload payload = {});
    // An announcement, to every bus whose forwarder is connected.
    void publish(const Message& announcement);

private:
    struct Bus {
        Endpoint endpoint;
        Endpoint literal;
        std::unique_ptr<WatchedSocket> directory, in, out;
        std::vector<std::pair<Message, Payload>> waiting;  // for the name, or the connection
        std::uint16_t in_port = 0;
        std::uint16_t out_port = 0;
        std::uint64_t attempt = 0;  // tells late answers from the newest
        Loop::Handle failing = 0;
        Account unsent;
    };
    void connect_directory(BusId id, std::uint64_t attempt, const Result<Endpoint>& literal);
    void directory_up(BusId id);
    void connect_in(BusId id);
    void connect_out(BusId id);
    void again(BusId id, void (BusLinks::*make)(BusId));
    void read_directory(BusId id);
    void read_announcements(BusId id);
    void failed(BusId id, const Error& why);

    zmq::context_t& context_;
    Loop& loop_;
    Resolver& resolver_;
    Owner& owner_;
    Guard guard_;
    Reception reception_;
    std::vector<Bus> buses_;
    std::shared_ptr<int> alive_ = std::make_shared<int>();  // ends timers and lookups under way
};

}  // namespace fragcast
