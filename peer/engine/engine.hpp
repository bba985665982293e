// Loop thread.
//
// The swarm core, and the performing of what it decides: the same in production, simulator and
// tests. What happens at the ports comes in as facts, messages and the store's events; the core's
// actions are performed in order, at once. Here messages get their stamp (sender, epoch, sequence),
// manifests are put together and kept in memory to be served, and it is decided which addresses are
// trusted.
#pragma once

#include "peer/engine/ports.hpp"
#include "peer/swarm/fetch/manifest_parts.hpp"
#include "peer/swarm/swarm.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace fragcast {

class Engine {
public:
    // `local`: a bus or our own listener is on loopback, so that others may tell us such addresses.
    // The ports outlive the engine.
    Engine(SwarmOptions options, std::uint64_t seed, bool local, Ports ports, EngineHooks hooks);
    Engine(const Engine&) = delete;
    Engine& operator=(const Engine&) = delete;

    // Once, first. `bodies`: the encoded manifests of what is stored.
    void start(std::vector<StoredAsset> stored,
               std::map<AssetId, std::shared_ptr<const Bytes>> bodies);
    // A fact, and what comes of it. Messages and the store's events have their own doors.
    void tell(Fact fact);
    void tick();
    void link_said(LinkId link, Message message, Payload payload);
    void bus_said(BusId bus, Message message, Payload payload);
    void happened(StoreEvent event);
    // Of the store. `then` is called once, when the core knows the answer; from inside where the
    // store is too busy.
    template <class Question>
    void ask(Question question, Then<Question> then) {
        const auto id = callers_.add<Question>(std::move(then));
        if (ports_.store.take(store_command::Call<Question>{id, std::move(question)})) return;
        callers_.take(id)(fail(ErrorKind::busy, "the store is too busy; try again"));
    }
    // Friends may be told by name, and on loopback, as all that the user says.
    void set_friends(std::vector<std::string> friends);

    const Swarm& swarm() const { return *swarm_; }
    Swarm& swarm() { return *swarm_; }  // for news() and asset_view(), which keep what they made
    // Counts the facts that the core was told: unchanged, nothing can have changed.
    std::uint64_t facts() const { return facts_; }

private:
    // --- what the store did
    void take(store_event::ManifestKept& event);
    void take(store_event::ProofKept& event);
    void take(store_event::ChunkKept& event);
    void take(store_event::FragmentDone& event);
    void take(store_event::ChunkLoaded& event);
    void take(store_event::ProofLoaded& event);
    void take(store_event::FragmentLost& event);
    void take(store_event::Room& event);
    void take(store_event::KeyDrawn& event);
    void take(store_event::FragmentRefused& event);
    void take(store_event::AssetDropped& event);
    void take(store_event::Answer<store_question::Adopt>& event);
    void take(store_event::Answer<store_question::Relist>& event);
    template <class Event>
    void take(Event&) {}  // nothing to the core
    template <class Question>
    void answer(store_event::Answer<Question>& event) {
        if (const auto then = callers_.take(event.id)) then(std::move(event.answer));
    }
    template <class Event>
    void answer(Event&) {}

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

    void told(Fact fact);
    void perform_all();
    Message message(Body body, Sequence change = {}) const;
    void trust(std::vector<std::string> friends);
    std::string name_of(const AssetId& asset) const;
    void warn(const char* kind, std::string text, const FragmentRef& fragment);
    std::shared_ptr<const Bytes> manifest_body(const AssetId& asset) const;

    Ports ports_;
    EngineHooks hooks_;
    std::unique_ptr<Swarm> swarm_;
    std::vector<std::string> friends_;
    std::set<LinkId> resolving_;  // dials whose address is not known yet
    bool local_;

    Actions actions_;      // not performed yet
    Actions performing_;   // keeps its memory from turn to turn
    bool busy_ = false;    // perform_all is running
    Payload payload_;      // of the message being handled, until it is claimed
    ManifestParts parts_;  // manifests that come
    std::map<AssetId, std::shared_ptr<const Bytes>> manifests_;  // encoded, to serve
    StoreTalk::Callers callers_;
    std::uint64_t facts_ = 0;
    std::shared_ptr<int> alive_ = std::make_shared<int>();
};

}  // namespace fragcast
