// One thread (the test's).
//
// A few real Swarms that exchange messages by hand: in order, at once, on a clock that only the
// test moves. Stores are facts (which proof, which chunks); there is no payload. The simulator in
// tests/sim is the large one; this one is for looking at single steps.
#pragma once

#include "peer/swarm/swarm.hpp"

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

class Inhabitant {
public:
    Inhabitant(Town& town, std::string name, SwarmOptions options);

    Swarm& swarm() { return *swarm_; }
    const PeerRecord& record() const { return swarm_->self(); }
    void start(const std::vector<StoredAsset>& stored = {});
    Time now() const;
    // Tells the swarm a fact, or several (Swarm&, Time, Actions&), and performs what comes of it.
    template <class Told>
    void tell(Told&& told);

    bool has(const TestAsset& asset) const;
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
    void send_to(LinkId link, Body body) { send(link, std::move(body), 0, true); }

    bool lies = false;                            // the chunks that it sends are wrong
    std::set<ChunkRef> rotten;                    // these are wrong on its disk
    bool deaf = false;                            // reads nothing
    StoreVerdict verdict = StoreVerdict::stored;  // of the next chunks
    int unfinished = 0;                           // so many fragments fail at their last step
    std::map<FragmentRef, RangeSet> on_disk;      // unfinished, found when the proof comes

private:
    friend class Town;
    void perform(const Action& action);
    void deliver(LinkId link, const Message& message, std::size_t bytes, bool good);
    void send(LinkId link, Body body, std::size_t bytes, bool good);
    void store_chunk(const StoreChunk& action);

    Town& town_;
    std::string name_;
    std::unique_ptr<Swarm> swarm_;
    std::map<LinkId, std::pair<Inhabitant*, LinkId>> links_;
    std::uint64_t accepted_ = 0;
    std::map<AssetId, std::shared_ptr<const Manifest>> manifests_;
    std::map<FragmentRef, RangeSet> chunks_;
    std::set<FragmentRef> proofs_;
    std::set<FragmentRef> whole_;
    std::size_t stored_chunks_ = 0;
    bool good_ = true;  // the payload that is being handled
    std::vector<Action> log_;
};

class Town {
public:
    Inhabitant& add(const std::string& name, SwarmOptions options = {});
    // So that manifests can be "decoded": the store of the test knows them all.
    void know(const TestAsset& asset) { assets_[asset.id] = asset.manifest; }
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
    std::map<AssetId, std::shared_ptr<const Manifest>> assets_;
};

inline Time Inhabitant::now() const {
    return town_.now_;
}

template <class Told>
void Inhabitant::tell(Told&& told) {
    Actions out;
    if constexpr (std::is_constructible_v<Fact, Told>)
        swarm_->on(std::forward<Told>(told), town_.now_, out);
    else
        told(*swarm_, town_.now_, out);
    for (const Action& action : out) {
        log_.push_back(action);
        perform(action);
    }
    swarm_->check_invariants(town_.now_);
}

StoredAsset stored(const TestAsset& asset);  // whole

SwarmOptions with_friend(const Inhabitant& one);

inline void fetch(Inhabitant& who, const TestAsset& asset, const RangeSet& fragments = {}) {
    who.tell(facts::FetchAsked{asset.id, fragments});
}

}  // namespace fragcast::town
