// One thread (the test's).
//
// One peer of the simulation: the real Swarm, whose actions are performed on the simulated network,
// buses and disk. Crashes lose the swarm and keep the disk's durable part; a restart raises the
// epoch.
#pragma once

#include "peer/swarm/fetch/manifest_parts.hpp"
#include "peer/swarm/swarm.hpp"
#include "tests/sim/sim_bus.hpp"
#include "tests/sim/sim_disk.hpp"
#include "tests/sim/sim_network.hpp"

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

class SimNode final : public Host, public BusClient {
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
    bool alive() const { return swarm_ != nullptr; }
    bool paused() const { return paused_; }
    Swarm& swarm() { return *swarm_; }
    std::size_t loads() const { return loads_; }    // for neighbours, not answered yet
    std::size_t stores() const { return stores_; }  // chunks, not answered yet

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

    Time now() const { return clock_.now(); }
    // Tells the swarm a fact (or several, in a call), does what it wants done, and sets its timer.
    template <class Call>
    void call(Call&& what) {
        if (!swarm_) return;
        Actions out;
        if constexpr (std::is_constructible_v<Fact, Call>)
            swarm_->on(std::forward<Call>(what), clock_.now(), out);
        else
            what(*swarm_, clock_.now(), out);
        perform(std::move(out));
    }

    // --- Host, BusClient ---
    void on_link_up(LinkId link, bool dialled) override;
    void on_dial_failed(LinkId link, const Error& why) override;
    void on_link_down(LinkId link) override;
    void on_packet(LinkId from, Packet packet) override;
    void on_bus_packet(BusId bus, const Packet& packet) override;
    void on_bus_failed(BusId bus, const Error& why) override;
    void on_announcement(BusId bus, const Message& message) override;

private:
    void perform(Actions actions);
    void later(std::function<void()> what);  // at this time, in this process
    void arm();
    Message message(Body body, Sequence change = {}) const;
    void boast(Body& body) const;
    void send(LinkId link, Body body);
    void wrong(const std::string& what) { observer_.on_wrong(*this, what); }
    void send_loaded(LinkId link, RequestId request, const ChunkRef& chunk, bool here, bool good);
    Packet manifest_part(RequestId request, const SimAsset& asset, std::uint64_t offset);
    void draw_key();
    void finish_manifest(const AssetId& asset, LinkId from, Bytes body);
    Reader* reader(ReadId read);

    void act(const SendTo& action) { send(action.link, action.body); }
    void act(const SendToBus& action);
    void act(const Publish& action);
    void act(const SendChunk& action);
    void act(const SendProof& action);
    void act(const SendManifest& action);
    void act(const SendManifestToBus& action);
    void act(const Dial& action) { network_.dial(id_, action.link, action.endpoint); }
    void act(const HangUp& action) { network_.hang_up(id_, action.link); }
    void act(const ConnectBus& action);
    void act(const ConnectForwarder& action);
    void act(const NewIdentity& action);
    void act(const StoreChunk& action);
    void act(const StoreProof& action);
    void act(const KeepManifestPart& action);
    void act(const DropFragment& action) { disk_.drop_fragment(action.fragment); }
    void act(const DropAsset& action);
    void act(const Mark& action);
    void act(const Decline& action);
    void act(const DoubtChunk& action);
    void act(const DeliverChunk& action);
    void act(const DeliverManifest& action);
    void act(const DeliverAnswer& action);
    void act(const DeliverFailure& action);
    void act(const Report& action) { observer_.on_report(*this, action); }

    SimClock& clock_;
    SimNetwork& network_;
    NodeObserver& observer_;
    NodeOptions options_;
    NodeId id_;
    PeerRecord record_;
    Bytes key_;
    SimRandom random_;
    SimDisk disk_;
    std::unique_ptr<Swarm> swarm_;
    std::uint64_t incarnation_ = 0;
    bool paused_ = false;
    bool tick_missed_ = false;
    Time armed_ = kNever;
    Time last_tick_{};
    std::uint32_t idle_ticks_ = 0;
    const Packet* current_ = nullptr;  // whose payload may be claimed
    ManifestParts parts_;
    std::map<ReadId, Reader*> readers_;
    std::uint64_t last_read_ = 0;
    std::size_t loads_ = 0;
    std::size_t stores_ = 0;
    bool room_ = true;
    bool stopping_ = false;
};

}  // namespace fragcast::sim
