// One thread (the test's).
//
// One peer of the simulation: the real engine, on the simulated network, buses and disk. Crashes
// lose the engine and keep the disk's durable part; a restart raises the epoch.
#pragma once

#include "peer/engine/engine.hpp"
#include "tests/sim/real_store.hpp"
#include "tests/sim/sim_bus.hpp"
#include "tests/sim/sim_disk.hpp"
#include "tests/sim/sim_network.hpp"
#include "tests/sim/sim_store.hpp"

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace fragcast::sim {

// What this one says is not so.
struct Lies {
    std::uint32_t chunks = 0;  // percent of those that it sends: they do not match their hash
    bool proofs = false;       // nor does any proof
    bool claims = false;       // it claims all of whatever it has something of
    bool silent = false;       // it claims, and sends nothing that it is asked for
    bool babble = false;       // answers twice, and what it was not asked: busy, absent, refused;
                               // of a manifest it sends the first part only
};

struct NodeOptions {
    std::string name;
    bool guest = false;
    HostOptions host;
    DiskOptions disk;
    std::uint64_t max_upload = 0;
    std::uint64_t max_download = 0;
    std::uint32_t upload_slots = limits::kUploadSlots;
    std::uint32_t capacity = 0;   // for copies; 0: holds none
    std::uint64_t max_store = 0;  // 0: no limit
    Lies lies;
    std::vector<SimBus*> buses;
    std::vector<std::string> friends;  // endpoints
    // The real store works on these, and the node's key and epoch are that store's; nullptr: a
    // store of facts.
    std::shared_ptr<test::MemoryFiles> files;
};

class SimNode;

// Sees what no message shows; for invariants, statistics and the trace.
class NodeObserver {
public:
    virtual ~NodeObserver() = default;
    virtual void on_load(SimNode& node, const ChunkRef& chunk) = 0;  // to be sent or delivered
    virtual void on_kept(SimNode& node, const ChunkRef& chunk, StoreVerdict verdict) = 0;
    virtual void on_fragment_done(SimNode& node, const FragmentRef& fragment) = 0;
    virtual void on_report(SimNode& node, const Report& report) = 0;
    virtual void on_started(SimNode& node) = 0;
    virtual void on_actions(SimNode& node,
                            const Actions& actions) = 0;  // before they are performed
    virtual void on_wrong(SimNode& node, const std::string& what) = 0;
};

// A local asker: a viewer. Answers come by the clock, never from within its own call.
class Reader {
public:
    virtual ~Reader() = default;
    virtual void on_manifest(ReadId read, std::shared_ptr<const Manifest> manifest) = 0;
    virtual void on_chunk(ReadId read, const ChunkRef& chunk) = 0;
    virtual void on_answer(ReadId read, const Body& body) = 0;
    virtual void on_failure(ReadId read, const Error& error) = 0;
};

class SimNode final : public Host, public BusClient, LinkPort, BusPort, Hosts, ClockPort {
public:
    SimNode(SimClock& clock, SimNetwork& network, NodeObserver& observer, NodeOptions options,
            std::string endpoint, std::uint64_t seed);
    ~SimNode() override;

    NodeId id() const { return id_; }
    const std::string& name() const { return options_.name; }
    const NodeOptions& options() const { return options_; }
    const PeerId& peer() const { return record_.id; }
    const std::string& endpoint() const { return network_.endpoint(id_); }
    SimDisk& disk() { return disk_; }
    const SimDisk& disk() const { return disk_; }
    bool alive() const { return engine_ != nullptr; }
    bool paused() const { return paused_; }
    Swarm& swarm() { return engine_->swarm(); }
    const SimStore& store() const { return store_; }
    RealStore* real_store() { return real_.get(); }

    // --- life ---
    void start();
    void crash();
    void leave();                          // in order; the process ends a moment later
    void stop(bool drain, Duration most);  // hands over, then leaves
    // Takes another's key: a store that was copied. Before start().
    void copy_identity(const SimNode& other);
    void pause();
    void resume();

    // --- what users do ---
    void add(const SimAsset& asset, const RangeSet& fragments);  // appears in the store
    void fetch(const AssetId& asset, const RangeSet& fragments = {});
    void play(const AssetId& asset);  // from its beginning, for as long as a playhead lasts
    void publish(const AssetId& asset, std::vector<Offering> offerings);
    void make_room(std::uint64_t capacity);
    ReadId next_read(Reader& reader);
    void end_read(ReadId read) { readers_.erase(read); }

    Time now() const override { return clock_.now(); }
    void tell(Fact fact);

    // --- Host, BusClient ---
    void on_link_up(LinkId link, bool dialled) override;
    void on_dial_failed(LinkId link, const Error& why) override;
    void on_link_down(LinkId link) override;
    void on_packet(LinkId from, Packet packet) override;
    void on_bus_packet(BusId bus, const Packet& packet) override;
    void on_bus_failed(BusId bus, const Error& why) override;
    void on_announcement(BusId bus, const Message& message) override;

private:
    // --- the ports
    void dial(LinkId link, const Endpoint& literal) override;
    void hang_up(LinkId link) override { network_.hang_up(id_, link); }
    void send(LinkId link, Message message) override;
    bool takes(LinkId link) override { return network_.takes(id_, link); }
    SendVerdict send(LinkId link, Message message, Payload payload) override;
    void connect(BusId bus) override;
    void connect_forwarder(BusId bus, std::uint16_t in_port, std::uint16_t out_port) override;
    void send(BusId bus, Message message, Payload payload) override;
    void publish(Message announcement) override;
    void resolve(const Endpoint& endpoint, Hosts::Answer answer) override { answer(endpoint); }
    std::uint64_t unix_seconds() const override { return 0; }
    void wake_at(Time when) override;

    EngineHooks hooks();
    StoreOwner store_owner();
    void later(std::function<void()> what);  // at this time, in this process
    void tick();
    StorePort& store_port() {
        return real_ ? static_cast<StorePort&>(*real_) : static_cast<StorePort&>(store_);
    }
    Packet packet(Message message, const Payload& payload);
    void boast(Body& body) const;
    void babble(LinkId link, const Request& request);
    void wrong(const std::string& what) { observer_.on_wrong(*this, what); }
    void draw_key();
    Reader* take_reader(ReadId read);

    SimClock& clock_;
    SimNetwork& network_;
    NodeObserver& observer_;
    NodeOptions options_;
    NodeId id_;
    PeerRecord record_;
    Bytes key_;
    SimRandom random_;
    SimDisk disk_;
    SimStore store_;
    std::unique_ptr<RealStore> real_;
    std::unique_ptr<Engine> engine_;
    std::uint64_t incarnation_ = 0;
    bool paused_ = false;
    bool tick_missed_ = false;
    Time armed_ = kNever;
    Time last_tick_{};
    std::uint32_t idle_ticks_ = 0;
    std::map<ReadId, Reader*> readers_;
    std::uint64_t last_read_ = 0;
    bool stopping_ = false;
};

}  // namespace fragcast::sim
