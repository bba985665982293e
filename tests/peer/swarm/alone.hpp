// One thread (the test's).
//
// One real Swarm among people of the test's: it writes what bus and neighbours say, word for word,
// also what no swarm would say. (The town has several swarms, which are honest.)
#pragma once

#include "messages/wire/hash.hpp"
#include "messages/wire/limits.hpp"
#include "tests/peer/swarm/town.hpp"

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include <doctest/doctest.h>

namespace fragcast::town {

// Somebody, by his key; his words are the test's.
struct Somebody {
    Bytes key;
    PeerRecord record;
    std::uint64_t sequence = 0;

    explicit Somebody(std::uint8_t number, std::uint32_t capacity = 1)
        : key(limits::kKeyBytes, number) {
        record.id = peer_id_of(key);
        record.epoch = Epoch{1};
        record.name = "peer" + std::to_string(number);
        record.exchange = "tcp://10.0.0." + std::to_string(number) + ":4000";
        record.capacity = capacity;
    }
    Hello hello(bool reply) const {
        return {record, key, root_of(std::map<AssetId, StateDigest>{}), reply};
    }
    Header header() const { return {record.id, record.epoch, Sequence{sequence}}; }
};

class Alone {
public:
    explicit Alone(SwarmOptions options = {}, const std::vector<StoredAsset>& has = {})
        : swarm(filled(std::move(options)), 1) {
        swarm.on(facts::Started{has}, now, out);
    }

    // --- the bus
    void welcome(const std::vector<PeerRecord>& peers = {}) {
        Welcome welcome;
        welcome.heartbeat_ms = 5000;
        welcome.lease_ms = 15000;
        welcome.peers = peers;
        for (const SendToBus& send : done<SendToBus>())
            if (const auto* join = std::get_if<Join>(&send.body)) welcome.request = join->request;
        bus_says(welcome);
        answer_dumps();
    }
    void bus_says(Body body) {
        PeerId bus;
        bus.bytes.fill(0xb0);
        const Message message{{bus, bus_epoch, {}}, std::move(body)};
        swarm.on(facts::BusSaid{BusId{0}, message, 0}, now, out);
    }
    void lose_bus() {
        swarm.on(facts::BusFailed{BusId{0}, fail(ErrorKind::unavailable, "gone")}, now, out);
    }
    // What all hold, as the bus knows: nothing.
    void answer_dumps() {
        for (const SendToBus& send : done<SendToBus>())
            if (const auto* dump = std::get_if<Dump>(&send.body))
                bus_says(Dumped{dump->request, false, {}, false});
    }
    // Over the forwarder, by a bus or by anybody.
    void announced(const Header& header, Body body) {
        swarm.on(facts::Announced{BusId{0}, Message{header, std::move(body)}}, now, out);
    }
    void joined(const PeerRecord& peer) {
        PeerId bus;
        bus.bytes.fill(0xb0);
        announced({bus, bus_epoch, {}}, PeerJoined{peer});
    }

    // --- neighbours
    LinkId dialled_by(const Somebody& who) {
        const LinkId link{kFirstAccepted + ++accepted_};
        swarm.on(facts::LinkUp{link, false}, now, out);
        say(link, who, who.hello(false));
        return link;
    }
    void say(LinkId link, const Somebody& who, Body body) {
        swarm.on(facts::LinkSaid{link, Message{who.header(), std::move(body)}, 0}, now, out);
    }
    // Whoever lives where it dialled since `forget` answers; the others refuse.
    std::vector<LinkId> answer_dials(const std::vector<Somebody>& people) {
        std::vector<LinkId> up;
        for (const Dial& dial : take<Dial>()) {
            const auto lives = std::find_if(people.begin(), people.end(), [&](const auto& one) {
                return one.record.exchange == dial.endpoint;
            });
            if (lives == people.end()) {
                swarm.on(facts::DialFailed{dial.link, fail(ErrorKind::unavailable, "refused")}, now,
                         out);
                continue;
            }
            swarm.on(facts::LinkUp{dial.link, true}, now, out);
            say(dial.link, *lives, lives->hello(true));
            up.push_back(dial.link);
        }
        return up;
    }
    void claim(LinkId link, const Somebody& who, const TestAsset& asset) {
        Have have;
        have.asset = asset.id;
        have.fragments = all_of(asset);
        have.whole = true;
        say(link, who, have);
    }

    // --- what comes of it
    void pass(Duration time) {
        for (const Time end = now + time; now < end; now += 50ms) {
            swarm.on(facts::Ticked{}, now, out);
            // A bus that is there answers heartbeats.
            for (const SendToBus& send : done<SendToBus>())
                if (std::holds_alternative<Heartbeat>(send.body) && keeps_alive) {
                    bus_says(HeartbeatAck{true, true, false});
                    break;
                }
        }
        swarm.check_invariants(now);
    }
    template <class T>
    std::vector<T> done() const {
        std::vector<T> found;
        for (const Action& action : out)
            if (const T* one = std::get_if<T>(&action)) found.push_back(*one);
        return found;
    }
    // And takes them out.
    template <class T>
    std::vector<T> take() {
        std::vector<T> found = done<T>();
        std::erase_if(out, [](const Action& one) { return std::holds_alternative<T>(one); });
        return found;
    }
    template <class T>
    std::vector<T> said(LinkId to) const {
        std::vector<T> found;
        for (const SendTo& send : done<SendTo>())
            if (const T* body = std::get_if<T>(&send.body); body != nullptr && send.link == to)
                found.push_back(*body);
        return found;
    }
    bool reported(const std::string& kind) const {
        const auto reports = done<Report>();
        return std::any_of(reports.begin(), reports.end(),
                           [&](const Report& one) { return one.kind == kind; });
    }
    // What it believes of somebody; an empty record: nothing.
    PeerRecord record_of(const Somebody& who) const {
        for (const PeerRecord& record : swarm.known_peers())
            if (record.id == who.record.id) return record;
        return {};
    }
    RangeSet holding_of(const Somebody& who, const TestAsset& asset) const {
        for (const HolderRecord& holder : swarm.holders(asset.id))
            if (holder.peer.id == who.record.id) return holder.fragments;
        return {};
    }
    CountersView counters() { return swarm.news(now).overview->counters; }
    static RangeSet all_of(const TestAsset& asset) {
        return RangeSet::up_to(static_cast<std::uint32_t>(asset.manifest->fragments.size()));
    }
    static AssetRecord record_of(const TestAsset& asset) {
        return fragcast::record_of(asset.id, *asset.manifest);
    }

    Time now{Duration{1'000'000}};
    Epoch bus_epoch{1};
    bool keeps_alive = true;
    Swarm swarm;
    Actions out;

private:
    static SwarmOptions filled(SwarmOptions options) {
        options.key = Bytes(limits::kKeyBytes, 200);
        options.self.id = peer_id_of(options.key);
        options.self.epoch = Epoch{1};
        options.self.name = "alone";
        options.self.exchange = "tcp://10.0.0.200:4000";
        return options;
    }
    std::uint64_t accepted_ = 0;
};

inline SwarmOptions friends_only() {
    SwarmOptions options;
    options.buses = 0;
    return options;
}

// The question of this kind that was put to the link last.
template <class Question>
RequestId asked(const Alone& here, LinkId link) {
    const auto questions = here.said<Question>(link);
    REQUIRE_FALSE(questions.empty());
    return questions.back().request;
}

}  // namespace fragcast::town
