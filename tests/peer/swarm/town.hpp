// One thread (the test's).
//
// A few real engines that exchange messages by hand: in order, at once, on a clock that only the
// test moves. Stores are facts (which proof, which chunks); payloads are made up. The simulator in
// tests/sim is the large one; this one is for looking at single steps.
#pragma once

#include "peer/engine/engine.hpp"
#include "tests/peer/swarm/onlooker.hpp"

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace fragcast::town {

using namespace std::chrono_literals;

struct TestAsset {
    AssetId id;
    std::shared_ptr<const Manifest> manifest;
};
// So many fragments of so many chunks each.
TestAsset make_asset(const std::string& name, std::uint32_t fragments, std::uint32_t chunks);

class Town;

class Inhabitant : LinkPort, BusPort, StorePort, Hosts, ClockPort {
public:
    Inhabitant(Town& town, std::string name, SwarmOptions options);

    Swarm& swarm() { return engine_->swarm(); }
    const PeerRecord& record() const { return std::as_const(*engine_).swarm().self(); }
    void start(const std::vector<StoredAsset>& stored = {});
    Time now() const override;
    // A fact, and what comes of it.
    void tell(Fact fact);
    // This lies in its store from now on.
    void add(const TestAsset& asset);

    bool has(const TestAsset& asset) const;
    // What is shown of it, to somebody who looks now.
    const Onlooker& look() { return onlooker_.look(swarm(), now()); }
    std::size_t chunks_stored() const { return stored_chunks_; }
    // All that was ever done, newest last; `last<T>()` finds one.
    template <class T>
    std::vector<T> done() const {
        std::vector<T> out;
        for (const Action& action : log_)
            if (const T* one = std::get_if<T>(&action)) out.push_back(*one);
        return out;
    }
    template <class T>
    std::vector<T> said() const {  // to neighbours
        std::vector<T> out;
        for (const SendTo& send : done<SendTo>())
            if (const T* body = std::get_if<T>(&send.body)) out.push_back(*body);
        return out;
    }
    void forget_log() { log_.clear(); }
    // What a swarm would not say by itself.
    void send_to(LinkId link, Body body);

    bool lies = false;                            // the chunks that it sends are wrong
    std::set<ChunkRef> rotten;                    // these are wrong on its disk
    bool deaf = false;                            // reads nothing
    bool seen = true;                             // somebody looks at it now and then
    StoreVerdict verdict = StoreVerdict::stored;  // of the next chunks
    int unfinished = 0;                           // so many fragments fail at their last step
    std::map<FragmentRef, RangeSet> on_disk;      // unfinished, found when the proof comes

private:
    friend class Town;
    // --- the ports
    void dial(LinkId link, const Endpoint& literal) override;
    void hang_up(LinkId link) override;
    void send(LinkId link, Message message) override;
    bool takes(LinkId) override { return true; }
    SendVerdict send(LinkId link, Message message, Payload payload) override;
    void connect(BusId) override {}
    void connect_forwarder(BusId, std::uint16_t, std::uint16_t) override {}
    void send(BusId, Message, Payload) override {}
    void publish(Message) override {}
    bool take(StoreCommand command) override;
    void resolve(const Endpoint& endpoint, Hosts::Answer answer) override { answer(endpoint); }
    std::uint64_t unix_seconds() const override { return 0; }
    void wake_at(Time) override {}

    void deliver(LinkId link, Message message, Payload payload);
    void happened(StoreEvent event);
    void do_it(store_command::KeepManifest& command);
    void do_it(store_command::KeepProof& command);
    void do_it(store_command::KeepChunk& command);
    void do_it(store_command::LoadChunk& command);
    void do_it(store_command::LoadProof& command);
    void do_it(store_command::DropAsset& command);
    void do_it(store_command::Doubt& command);
    template <class Other>
    void do_it(Other&) {}
    void finish(const FragmentRef& fragment);
    void forget(const FragmentRef& fragment);
    std::uint64_t size_of(const FragmentRef& fragment) const;

    Town& town_;
    std::string name_;
    void check();
    std::unique_ptr<Engine> engine_;
    Onlooker onlooker_;
    std::uint64_t checks_ = 0;
    std::map<LinkId, std::pair<Inhabitant*, LinkId>> links_;
    std::uint64_t accepted_ = 0;
    std::map<AssetId, std::shared_ptr<const Manifest>> manifests_;
    std::map<FragmentRef, RangeSet> chunks_;
    std::set<FragmentRef> proofs_;
    std::set<FragmentRef> whole_;
    std::size_t stored_chunks_ = 0;
    std::vector<Action> log_;
};

class Town {
public:
    Inhabitant& add(const std::string& name, SwarmOptions options = {});
    // Runs what is due, until nothing is left to do at this time.
    void settle();
    // Lets time pass, tick by tick.
    void pass(Duration time);
    bool wait(const std::function<bool()>& condition, Duration most = 60s);
    void cut(Inhabitant& a, Inhabitant& b, bool told = true);
    Time now() const { return now_; }

private:
    friend class Inhabitant;
    void later(std::function<void()> what) { due_.push_back(std::move(what)); }
    Inhabitant* at(const std::string& endpoint);

    Time now_{};
    std::deque<std::function<void()>> due_;
    std::vector<std::unique_ptr<Inhabitant>> people_;
};

StoredAsset stored(const TestAsset& asset);  // whole

SwarmOptions with_friend(const Inhabitant& one);

inline void fetch(Inhabitant& who, const TestAsset& asset, const RangeSet& fragments = {}) {
    who.tell(facts::FetchAsked{asset.id, fragments});
}

}  // namespace fragcast::town
