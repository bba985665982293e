// Loop thread.
//
// A peer without a face: the engine with the ports of production (neighbours, buses, the store's
// actor, name lookups, timers) on one loop. fragcast-peer puts HTTP around it; `get` and `put` use
// it as it is, as guests.
#pragma once

#include "messages/zmq/loop.hpp"
#include "messages/zmq/outbox.hpp"
#include "peer/engine/engine.hpp"
#include "peer/engine/exchange_log.hpp"
#include "peer/engine/throttle.hpp"
#include "peer/links/bus_links.hpp"
#include "peer/links/neighbour_links.hpp"
#include "peer/links/resolver.hpp"
#include "peer/store/store_actor.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace fragcast {

struct NodeOptions {
    SwarmOptions swarm;           // swarm.buses is set from `buses`
    std::vector<Endpoint> buses;  // names or literal
    std::uint64_t seed = 0;       // of the core's chance
};

class Node : NeighbourLinks::Owner,
             BusLinks::Owner,
             LinkPort,
             BusPort,
             StorePort,
             Hosts,
             ClockPort {
public:
    Node(zmq::context_t& context, Loop& loop, EngineHooks hooks);
    // The store's thread ends with what it was given done; farewells go out.
    ~Node() override;
    Node(const Node&) = delete;
    Node& operator=(const Node&) = delete;

    // Before start, optional (guests do not): neighbours may dial in. What is returned, with the
    // advertised host, belongs into the options' PeerRecord.
    Result<Endpoint> listen(const Endpoint& wanted, std::string_view flag);
    // Once. `stored`: what `store` has; `readers`: whom it loads for (EngineHooks::who_reads).
    Status start(NodeOptions options, std::unique_ptr<ChunkStore> store,
                 std::vector<StoredAsset> stored, std::optional<LoadersEnd> readers = std::nullopt);

    // Tells the core a fact (a want, a read, a question, a farewell), and does what it asks for.
    void tell(Fact fact) { engine_->tell(std::move(fact)); }
    void set_friends(std::vector<std::string> friends) { engine_->set_friends(std::move(friends)); }
    // As Engine::ask.
    template <class Question>
    void ask_store(Question question, Then<Question> then) {
        engine_->ask(std::move(question), std::move(then));
    }
    // What comes of it is told to on_store. False: the store is too busy.
    bool tell_store(StoreCommand command) { return take(std::move(command)); }
    const Swarm& swarm() const { return std::as_const(*engine_).swarm(); }
    Swarm& swarm() { return engine_->swarm(); }
    std::uint64_t facts() const { return engine_->facts(); }

private:
    // --- NeighbourLinks::Owner, BusLinks::Owner
    void link_up(LinkId link, bool dialled, const std::string& from) override;
    void dial_failed(LinkId link, const Error& why) override;
    void link_down(LinkId link) override;
    void link_message(LinkId link, Received& received) override;
    void link_garbage(LinkId link, const DecodeError& what) override;
    void bus_message(BusId bus, Received& received) override;
    void announcement(BusId bus, Received& received) override;
    void bus_failed(BusId bus, const Error& why) override;
    void bus_garbage(BusId bus, const DecodeError& what) override;

    // --- the ports
    void dial(LinkId link, const Endpoint& literal) override;
    void hang_up(LinkId link) override;
    void send(LinkId link, Message message) override;
    bool takes(LinkId link) override { return neighbours_.takes(link); }
    SendVerdict send(LinkId link, Message message, Payload payload) override;
    void connect(BusId bus) override { buses_->connect(bus); }
    void connect_forwarder(BusId bus, std::uint16_t in_port, std::uint16_t out_port) override {
        buses_->connect_forwarder(bus, in_port, out_port);
    }
    void send(BusId bus, Message message, Payload payload) override;
    void publish(Message announcement) override { buses_->publish(announcement); }
    // False: limits::kStoreCommands commands wait for the store's pipe already. What is for good is
    // taken all the same.
    bool take(StoreCommand command) override;
    void resolve(const Endpoint& endpoint, Hosts::Answer answer) override;
    Time now() const override { return Loop::now(); }
    std::uint64_t unix_seconds() const override;
    void wake_at(Time when) override;

    void read_store();
    void report(const std::optional<Report>& line) const;
    void complain(const std::string& who, const DecodeError& what);

    zmq::context_t& context_;
    Loop& loop_;
    EngineHooks hooks_;
    NeighbourLinks neighbours_;
    Resolver resolver_;
    std::unique_ptr<BusLinks> buses_;
    std::unique_ptr<Engine> engine_;
    bool listens_on_loopback_ = false;

    Throttle throttle_;
    ExchangeLog exchange_log_;
    Loop::Handle tick_ = 0;
    Time tick_at_ = kNever;

    std::unique_ptr<StoreActor> store_;
    Loop::Handle store_handle_ = 0;
    std::optional<Outbox<StoreCommand>> commands_;
};

}  // namespace fragcast
