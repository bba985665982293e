#include "tests/sim/sim_node.hpp"

#include "messages/wire/hash.hpp"
#include "peer/swarm/stamp.hpp"
#include "tests/support/made_up.hpp"

#include <utility>

namespace fragcast::sim {

namespace {

constexpr std::uint32_t kMaxIdleTicks = 1000;  // at one time: then the timer stands still
constexpr Duration kFarewell{500'000};         // between leaving and the end of the process

}  // namespace

SimNode::SimNode(SimClock& clock, SimNetwork& network, NodeObserver& observer, NodeOptions options,
                 std::string endpoint, std::uint64_t seed)
    : clock_(clock),
      network_(network),
      observer_(observer),
      options_(std::move(options)),
      id_(network.attach(*this, options_.guest ? "" : endpoint, options_.host)),
      key_(32, 0),
      random_(seed),
      disk_(clock, options_.disk, seed + 1),
      store_(disk_, store_owner()) {
    store_.be_silent(options_.lies.silent);
    draw_key();
    record_.name = options_.name;
    record_.exchange = options_.guest ? "" : std::move(endpoint);
    record_.capacity = options_.guest ? 0 : options_.capacity;
    record_.guest = options_.guest;
    for (std::uint32_t i = 0; i < options_.buses.size(); ++i)
        options_.buses[i]->add_client(id_, *this, BusId{i});
    disk_.on_done([this](const FragmentRef& fragment) {
        observer_.on_fragment_done(*this, fragment);
        later([this, fragment] { engine_->happened(store_event::FragmentDone{fragment}); });
    });
    if (options_.files)
        real_ =
            std::make_unique<RealStore>(clock_, disk_, *options_.files, store_owner(), seed + 2);
}

SimNode::~SimNode() = default;

void SimNode::draw_key() {
    for (std::uint8_t& byte : key_)
        byte = static_cast<std::uint8_t>(random_.next());
    record_.id = peer_id_of(key_);
}

void SimNode::copy_identity(const SimNode& other) {
    key_ = other.key_;
    record_.id = other.record_.id;
    record_.epoch = other.record_.epoch;
}

// --- life ----------------------------------------------------------------------------------------

void SimNode::start() {
    record_.epoch.value += 1;
    if (real_) {
        const Identity identity = real_->open(options_.name);
        key_ = identity.public_key;
        record_.id = identity.id;
        record_.epoch = identity.epoch;
    }
    SwarmOptions options;
    options.self = record_;
    options.key = key_;
    options.buses = static_cast<std::uint32_t>(options_.buses.size());
    options.friends = options_.friends;
    options.max_upload = options_.max_upload;
    options.max_download = options_.max_download;
    options.upload_slots = options_.upload_slots;
    options.max_store = options_.max_store;
    options.declined = disk_.declined();
    engine_ = std::make_unique<Engine>(std::move(options), random_.next(), false,
                                       Ports{*this, *this, store_port(), *this, *this}, hooks());
    network_.set_alive(id_, true);
    observer_.on_started(*this);
    std::map<AssetId, std::shared_ptr<const Bytes>> bodies;
    for (const auto& [id, asset] : disk_.assets())
        bodies[id] = asset.asset.body;
    engine_->start(real_ ? real_->stored() : disk_.stored(), std::move(bodies));
}

void SimNode::crash() {
    engine_.reset();
    ++incarnation_;
    armed_ = kNever;
    paused_ = tick_missed_ = stopping_ = false;
    store_.crash();
    if (real_) real_->crash();
    readers_.clear();
    disk_.crash();
    network_.set_alive(id_, false);
    for (SimBus* bus : options_.buses)
        bus->disconnect(id_);
}

void SimNode::leave() {
    tell(facts::Leaving{});
    clock_.after(kFarewell, [this, incarnation = incarnation_] {
        if (incarnation == incarnation_) crash();
    });
}

void SimNode::stop(bool drain, Duration most) {
    stopping_ = true;
    tell(facts::StopAsked{drain, clock_.now() + most});
}

void SimNode::pause() {
    paused_ = true;
    network_.pause(id_);
}

void SimNode::resume() {
    paused_ = false;
    network_.resume(id_);
    if (std::exchange(tick_missed_, false)) tick();
}

void SimNode::later(std::function<void()> what) {
    clock_.at(clock_.now(), [this, incarnation = incarnation_, what = std::move(what)] {
        if (incarnation == incarnation_) what();
    });
}

void SimNode::tell(Fact fact) {
    if (engine_) engine_->tell(std::move(fact));
}

void SimNode::tick() {
    if (engine_) engine_->tick();
}

void SimNode::wake_at(Time when) {
    if (stopping_ && swarm().farewell().done) {
        stopping_ = false;
        later([this] { leave(); });
    }
    const Time next = std::max(when, clock_.now());
    if (next == armed_ || next == kNever) return;
    armed_ = next;
    clock_.at(next, [this, next, incarnation = incarnation_] {
        if (incarnation != incarnation_ || armed_ != next) return;
        armed_ = kNever;
        if (paused_) {
            tick_missed_ = true;
            return;
        }
        idle_ticks_ = last_tick_ == clock_.now() ? idle_ticks_ + 1 : 0;
        last_tick_ = clock_.now();
        if (idle_ticks_ > kMaxIdleTicks) return wrong("next_tick() does not move on");
        tick();
    });
}

// --- what users do -------------------------------------------------------------------------------

void SimNode::add(const SimAsset& asset, const RangeSet& fragments) {
    disk_.put(asset, fragments);
    if (!engine_) return;
    engine_->happened(store_event::Answer<store_question::Adopt>{
        {},
        store_question::Adopted{
            StoredAsset{asset.id, asset.manifest, {disk_.done(asset.id), {}}, {}}, asset.body}});
}

void SimNode::fetch(const AssetId& asset, const RangeSet& fragments) {
    tell(facts::FetchAsked{asset, fragments});
}

void SimNode::play(const AssetId& asset) {
    tell(facts::ManifestAsked{ReadId{++last_read_}, asset, clock_.now() + limits::kHold});
    tell(facts::PlayheadMoved{ViewerId{1}, asset, {0}, 0});
}

void SimNode::publish(const AssetId& asset, std::vector<Offering> offerings) {
    tell(facts::PublishAsked{asset, std::move(offerings)});
}

void SimNode::make_room(std::uint64_t capacity) {
    disk_.set_capacity(capacity);
    store_.make_room();
    if (engine_) engine_->happened(store_event::Room{true});
}

ReadId SimNode::next_read(Reader& asker) {
    const ReadId read{++last_read_};
    readers_[read] = &asker;
    return read;
}

Reader* SimNode::take_reader(ReadId read) {
    const auto found = readers_.find(read);
    if (found == readers_.end()) return nullptr;
    Reader* asker = found->second;
    readers_.erase(found);
    return asker;
}

// --- facts from the network and the buses --------------------------------------------------------

void SimNode::on_link_up(LinkId link, bool dialled) {
    tell(facts::LinkUp{link, dialled});
}

void SimNode::on_dial_failed(LinkId link, const Error& why) {
    tell(facts::DialFailed{link, why});
}

void SimNode::on_link_down(LinkId link) {
    tell(facts::LinkDown{link});
}

// What a packet does not carry is made up.
Payload payload_of(const Packet& packet) {
    if (packet.payload)
        return Payload(packet.payload->data(), packet.payload->size(), packet.payload);
    return packet.payload_bytes > 0 ? made_up::payload(packet.payload_bytes, packet.good)
                                    : Payload{};
}

void SimNode::on_packet(LinkId from, Packet packet) {
    if (!engine_) return;
    if (options_.lies.babble)
        if (const auto* request = std::get_if<Request>(&packet.message.body))
            babble(from, *request);
    Payload payload = payload_of(packet);
    engine_->link_said(from, std::move(packet.message), std::move(payload));
}

void SimNode::on_bus_packet(BusId bus, const Packet& packet) {
    if (engine_) engine_->bus_said(bus, packet.message, payload_of(packet));
}

void SimNode::on_bus_failed(BusId bus, const Error& why) {
    tell(facts::BusFailed{bus, why});
}

void SimNode::on_announcement(BusId bus, const Message& message) {
    tell(facts::Announced{bus, message});
}

// --- the ports -----------------------------------------------------------------------------------

void SimNode::boast(Body& body) const {
    const auto all = [this](const AssetId& asset, RangeSet& fragments) {
        if (const auto* held = disk_.find(asset); held != nullptr && !fragments.empty())
            fragments = RangeSet::up_to(held->asset.fragments());
    };
    if (auto* have = std::get_if<Have>(&body)) all(have->asset, have->fragments);
    if (auto* available = std::get_if<FragmentAvailable>(&body))
        all(available->asset.id, available->fragments);
    if (auto* join = std::get_if<Join>(&body))
        for (auto& entry : join->entries)
            all(entry.asset.id, entry.fragments);
    if (auto* update = std::get_if<Update>(&body))
        for (auto& entry : update->entries)
            all(entry.asset.id, entry.fragments);
}

// Whoever asks numbers what it asks others alike: the next numbers are somebody else's to answer.
void SimNode::babble(LinkId link, const Request& request) {
    const auto after = [&](std::uint64_t by) { return RequestId{request.request.value + by}; };
    const std::vector<Body> lies{
        Busy{after(1), 60'000, {}}, Absent{after(2), request.asset, request.fragment, {}},
        Refused{after(3), "not_found", "no"}, OfferAnswer{after(4), false, "draining"},
        Absent{after(5), request.asset, {request.fragment.value + 1}, {}}};
    for (const Body& lie : lies)
        send(link, stamp(swarm(), lie));
}

Packet SimNode::packet(Message message, const Payload& payload) {
    if (options_.lies.claims) boast(message.body);
    Packet packet{std::move(message)};
    packet.payload_bytes = static_cast<std::uint32_t>(payload.size());
    if (!payload.empty() && !made_up::is(payload))
        packet.payload =
            std::make_shared<const Bytes>(payload.view().begin(), payload.view().end());
    else
        packet.good = !made_up::is(payload) || made_up::is_good(payload);
    if (options_.lies.proofs && std::holds_alternative<ProofPart>(packet.message.body))
        packet.good = false;
    return packet;
}

void SimNode::dial(LinkId link, const Endpoint& literal) {
    network_.dial(id_, link, literal.text());
}

void SimNode::send(LinkId link, Message message) {
    if (network_.send(id_, link, packet(std::move(message), {})) == SendVerdict::unreachable)
        later([this, link] { on_link_down(link); });
}

SendVerdict SimNode::send(LinkId link, Message message, Payload payload) {
    if (options_.lies.silent) return SendVerdict::sent;
    if (options_.lies.babble) {
        const auto* part = std::get_if<ManifestPart>(&message.body);
        if (part != nullptr && part->offset > 0) return SendVerdict::sent;
        (void)network_.send(id_, link, packet(message, payload));
    }
    return network_.send(id_, link, packet(std::move(message), payload));
}

void SimNode::connect(BusId bus) {
    options_.buses.at(bus.value)->connect_directory(id_);
}

void SimNode::connect_forwarder(BusId bus, std::uint16_t, std::uint16_t) {
    options_.buses.at(bus.value)->connect_forwarder(id_);
}

void SimNode::send(BusId bus, Message message, Payload payload) {
    options_.buses.at(bus.value)->tell(id_, packet(std::move(message), payload));
}

void SimNode::publish(Message announcement) {
    const Packet told = packet(std::move(announcement), {});
    for (SimBus* bus : options_.buses)
        bus->publish(id_, told.message);
}

StoreOwner SimNode::store_owner() {
    StoreOwner owner;
    owner.happened = [this](StoreEvent event) { engine_->happened(std::move(event)); };
    owner.later = [this](std::function<void()> what) { later(std::move(what)); };
    owner.on_load = [this](const ChunkRef& chunk) { observer_.on_load(*this, chunk); };
    owner.on_kept = [this](const ChunkRef& chunk, StoreVerdict verdict) {
        observer_.on_kept(*this, chunk, verdict);
    };
    owner.on_done = [this](const FragmentRef& fragment) {
        observer_.on_fragment_done(*this, fragment);
    };
    owner.draw_key = [this] {
        draw_key();
        return key_;
    };
    owner.spoils = [this] { return random_.chance(options_.lies.chunks); };
    owner.wrong = [this](const std::string& what) { wrong(what); };
    return owner;
}

// --- answers to local askers ---------------------------------------------------------------------

EngineHooks SimNode::hooks() {
    EngineHooks hooks;
    hooks.on_actions = [this](const Actions& actions) { observer_.on_actions(*this, actions); };
    hooks.on_report = [this](const Report& report) { observer_.on_report(*this, report); };
    hooks.on_chunk = [this](ReadId read, const ChunkRef& chunk, const Payload& payload) {
        if (Reader* asker = take_reader(read);
            asker && (made_up::is_good(payload) || !made_up::is(payload)))
            asker->on_chunk(read, chunk);
    };
    hooks.on_manifest = [this](ReadId read, const AssetId&,
                               std::shared_ptr<const Manifest> manifest) {
        later([this, read, manifest] {
            if (Reader* asker = take_reader(read)) asker->on_manifest(read, manifest);
        });
    };
    hooks.on_answer = [this](ReadId read, const Body& body) {
        later([this, read, body] {
            if (Reader* asker = take_reader(read)) asker->on_answer(read, body);
        });
    };
    hooks.on_failure = [this](ReadId read, const Error& error) {
        later([this, read, error] {
            if (Reader* asker = take_reader(read)) asker->on_failure(read, error);
        });
    };
    return hooks;
}

}  // namespace fragcast::sim
