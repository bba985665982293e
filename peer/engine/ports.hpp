// Loop thread. What the engine acts on: production plugs in sockets, the store's actor and timers,
// the simulator its network, disk and clock, tests a town. No port calls the engine back from
// inside a call, but Hosts: what comes of it is told later.
#pragma once

#include "messages/wire/endpoint.hpp"
#include "messages/wire/message.hpp"
#include "messages/wire/payload.hpp"
#include "peer/store/store_talk.hpp"
#include "peer/swarm/swarm.hpp"

#include <cstdint>
#include <functional>
#include <memory>

namespace fragcast {

class LinkPort {
public:
    virtual ~LinkPort() = default;
    // Ends in LinkUp or DialFailed.
    virtual void dial(LinkId link, const Endpoint& literal) = 0;
    // Nothing of this link is told any more; what was sent goes out.
    virtual void hang_up(LinkId link) = 0;
    // Without payload: waits where the link is full. LinkDown follows where it cannot.
    virtual void send(LinkId link, Message message) = 0;
    // Whether payload would not be refused as `full` now: what is loaded to be refused is loaded
    // in vain.
    virtual bool takes(LinkId link) = 0;
    // full: what is on its way is as much as may be.
    virtual SendVerdict send(LinkId link, Message message, Payload payload) = 0;
};

class BusPort {
public:
    virtual ~BusPort() = default;
    // As the actions of these names. BusFailed may follow.
    virtual void connect(BusId bus) = 0;
    virtual void connect_forwarder(BusId bus, std::uint16_t in_port, std::uint16_t out_port) = 0;
    virtual void send(BusId bus, Message message, Payload payload) = 0;
    virtual void publish(Message announcement) = 0;
};

class StorePort {
public:
    virtual ~StorePort() = default;
    // Answered by Engine::happened. False: it is too busy, and nothing follows; never of what is
    // for good (store_talk.hpp).
    virtual bool take(StoreCommand command) = 0;
};

// Names to addresses.
class Hosts {
public:
    using Answer = std::function<void(const Result<Endpoint>&)>;
    virtual ~Hosts() = default;
    // `answer` may be called at once.
    virtual void resolve(const Endpoint& endpoint, Answer answer) = 0;
};

class ClockPort {
public:
    virtual ~ClockPort() = default;
    virtual Time now() const = 0;
    virtual std::uint64_t unix_seconds() const = 0;  // 0: not known
    // Engine::tick is due then, and no more at what was said before.
    virtual void wake_at(Time when) = 0;
};

struct Ports {
    LinkPort& links;
    BusPort& buses;
    StorePort& store;
    Hosts& hosts;
    ClockPort& clock;
};

// Local askers, and people. All optional. Called in the loop's thread, also from inside tell();
// each may call tell().
struct EngineHooks {
    // For whom a chunk is loaded that was read; absent: for the read itself, and on_chunk follows.
    std::function<LoadFor(ReadId)> who_reads;
    // It could not be loaded for that reader.
    std::function<void(const ForReader&, const Error&)> on_reader_failure;
    std::function<void(ReadId, const ChunkRef&, Payload)> on_chunk;
    std::function<void(ReadId, const AssetId&, std::shared_ptr<const Manifest>)> on_manifest;
    std::function<void(ReadId, Body)> on_answer;
    // io: a proven chunk could not be loaded; ask again.
    std::function<void(ReadId, const Error&)> on_failure;
    // All its chunks are here, and it could not be finished: the disk, or its place is taken.
    std::function<void(const FragmentRef&, const Error&)> on_unfinished;
    std::function<void(const Report&)> on_report;
    // What the store did that is no matter of one link or read, once the core knows it.
    std::function<void(const StoreEvent&)> on_store;
    // What is about to be done, in order.
    std::function<void(const Actions&)> on_actions;
};

}  // namespace fragcast
