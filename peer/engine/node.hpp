// Loop thread.
//
// A peer without a face: the swarm core with everything it acts on (neighbours, buses, store) on
// one loop. Sockets and store bring facts; the core's actions are performed here, in order, at
// once. fragcast-peer puts HTTP around it; `get` and `put` use it as it is, as guests.
#pragma once

#include "messages/zmq/loop.hpp"
#include "peer/engine/exchange_log.hpp"
#include "peer/engine/throttle.hpp"
#include "peer/links/bus_links.hpp"
#include "peer/links/neighbour_links.hpp"
#include "peer/links/resolver.hpp"
#include "peer/store/store_actor.hpp"
#include "peer/swarm/fetch/manifest_parts.hpp"
#include "peer/swarm/swarm.hpp"

#include <cstdint>
#include <deque>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace fragcast {

struct NodeOptions {
    SwarmOptions swarm;           // swarm.buses is set from `buses`
    std::vector<Endpoint> buses;  // names or literal
    std::uint64_t seed = 0;       // of the core's chance
};

// All optional. Called in the loop's thread, also from inside tell(); each may call tell().
struct NodeHooks {
    std::function<void(ReadId, const ChunkRef&, Payload)> on_chunk;
    std::function<void(ReadId, const AssetId&, std::shared_ptr<const Manifest>)> on_manifest;
    std::function<void(ReadId, Body)> on_answer;
    // io: a proven chunk could not be loaded; ask again.
    std::function<void(ReadId, const Error&)> on_failure;
    // All its chunks are here, and it could not be finished: the disk, or its place is taken.
    std::function<void(const FragmentRef&, const Error&)> on_unfinished;
    std::function<void(const Report&)> on_report;
    std::function<void(std::uint64_t cookie, const Result<StoredAsset>&)> on_adopted;
    // What the store did that is no matter of one link or read, once the core knows it.
    std::function<void(const StoreEvent&)> on_store;
};

class Node : NeighbourLinks::Owner, BusLinks::Owner {
public:
    Node(zmq::context_t& context, Loop& loop, NodeHooks hooks);
    // The store's thread ends with what it was given done; farewells go out.
    ~Node() override;
    Node(const Node&) = delete;
    Node& operator=(const Node&) = delete;

    // Before start, optional (guests do not): neighbours may dial in. What is returned, with the
    // advertised host, belongs into the options' PeerRecord.
    Result<Endpoint> listen(const Endpoint& wanted, std::string_view flag);
    // Once. `stored`: what `store` has.
    Status start(NodeOptions options, std::unique_ptr<ChunkStore> store,
                 std::vector<StoredAsset> stored);

    // Tells the core a fact (a want, a read, a question, a farewell), and does what it asks for.
    void tell(Fact fact);
    // Friends may be told by name, and on loopback, as all that the user says.
    void set_friends(std::vector<std::string> friends);
    // A folder inside the store's incoming(): answered by on_adopted, after the core knows it.
    void adopt(std::filesystem::path folder, std::uint64_t cookie);
    // Lists the store's folders again, hashes what counts again (of all assets: zero); answered by
    // on_store with Relisted, Verified. False: the store is too busy.
    bool relist(std::uint64_t cookie);
    bool verify(std::uint64_t cookie, const AssetId& asset);
    const Swarm& swarm() const { return *swarm_; }
    Swarm& swarm() { return *swarm_; }  // for snapshot(), which keeps what it made
    // Counts the facts that the core was told: unchanged, nothing can have changed.
    std::uint64_t facts() const { return facts_; }

private:
    // --- NeighbourLinks::Owner, BusLinks::Owner
    void link_up(LinkId link, bool dialled) override;
    void dial_failed(LinkId link, const Error& why) override;
    void link_down(LinkId link) override;
    void link_message(LinkId link, Received& received) override;
    void link_garbage(LinkId link, const DecodeError& what) override;
    void bus_message(BusId bus, Received& received) override;
    void announcement(BusId bus, Received& received) override;
    void bus_failed(BusId bus, const Error& why) override;
    void bus_garbage(BusId bus, const DecodeError& what) override;

    // --- the store's events
    void read_store();
    void happened(store_event::ManifestKept& event);
    void happened(store_event::ProofKept& event);
    void happened(store_event::ChunkKept& event);
    void happened(store_event::FragmentDone& event);
    void happened(store_event::ChunkLoaded& event);
    void happened(store_event::ProofLoaded& event);
    void happened(store_event::FragmentLost& event);
    void happened(store_event::Adopted& event);
    void happened(store_event::Room& event);
    void happened(store_event::KeyDrawn& event);
    void happened(store_event::FragmentRefused& event);
    void happened(store_event::AssetDropped& event);
    void happened(store_event::Relisted& event);
    void happened(store_event::Verified&) {}

    // --- the core's actions
    void perform(SendTo& action);
    void perform(SendToBus& action);
    void perform(Publish& action);
    void perform(SendChunk& action);
    void perform(SendProof& action);
    void perform(SendManifest& action);
    void perform(SendManifestToBus& action);
    void perform(Dial& action);
    void perform(HangUp& action);
    void perform(ConnectBus& action);
    void perform(ConnectForwarder& action);
    void perform(NewIdentity& action);
    void perform(StoreChunk& action);
    void perform(StoreProof& action);
    void perform(KeepManifestPart& action);
    void perform(DropFragment& action);
    void perform(DropAsset& action);
    void perform(Mark& action);
    void perform(Decline& action);
    void perform(DoubtChunk& action);
    void perform(DeliverChunk& action);
    void perform(DeliverManifest& action);
    void perform(DeliverAnswer& action);
    void perform(DeliverFailure& action);
    void perform(Report& action);

    // `payload` is what the first action may claim.
    void tell(Fact fact, Payload payload);
    void perform_all();
    void arm_tick();
    Message message(Body body) const;
    // False: limits::kStoreCommands commands wait for the store's pipe already.
    bool command(StoreCommand command);
    void trust(std::vector<std::string> friends);
    void flush_commands();
    void sent(LinkId to, RequestId request, std::optional<ChunkRef> chunk, SendVerdict verdict);
    std::string name_of(const AssetId& asset) const;
    void warn(const char* kind, std::string text, const FragmentRef& fragment);
    void complain(const std::string& who, const DecodeError& what);
    std::shared_ptr<const Bytes> manifest_body(const AssetId& asset) const;

    zmq::context_t& context_;
    Loop& loop_;
    NodeHooks hooks_;
    NeighbourLinks neighbours_;
    Resolver resolver_;
    std::unique_ptr<BusLinks> buses_;
    std::unique_ptr<Swarm> swarm_;
    std::vector<std::string> friends_;
    std::set<LinkId> resolving_;  // dials whose address is not known yet
    bool local_ = false;  // we ourselves live on loopback: others may tell us loopback addresses

    Actions actions_;      // not performed yet
    Actions performing_;   // keeps its memory from turn to turn
    bool busy_ = false;    // perform_all is running
    Payload payload_;      // of the message being handled, until it is claimed
    ManifestParts parts_;  // manifests that come
    std::map<AssetId, std::shared_ptr<const Bytes>> manifests_;  // encoded, to serve
    Throttle throttle_;
    ExchangeLog exchange_log_;
    Loop::Handle tick_ = 0;
    Time tick_at_ = kNever;
    std::uint64_t facts_ = 0;

    std::unique_ptr<StoreActor> store_;
    Loop::Handle store_handle_ = 0;
    std::deque<StoreCommand> commands_;  // waiting for room in the pipe
    std::shared_ptr<int> alive_ = std::make_shared<int>();
};

}  // namespace fragcast
