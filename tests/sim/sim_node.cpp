#include "tests/sim/sim_node.hpp"

#include "messages/wire/hash.hpp"
#include "peer/swarm/stamp.hpp"

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
      disk_(clock, options_.disk, seed + 1) {
    draw_key();
    record_.name = options_.name;
    record_.exchange = options_.guest ? "" : std::move(endpoint);
    record_.capacity = options_.guest ? 0 : options_.capacity;
    record_.guest = options_.guest;
    for (std::uint32_t i = 0; i < options_.buses.size(); ++i)
        options_.buses[i]->add_client(id_, *this, BusId{i});
    disk_.on_done([this](const FragmentRef& fragment) {
        observer_.on_fragment_done(*this, fragment);
        later([this, fragment] { call(facts::FragmentDone{fragment}); });
    });
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
    swarm_ = std::make_unique<Swarm>(std::move(options), random_.next());
    network_.set_alive(id_, true);
    observer_.on_started(*this);
    call(facts::Started{disk_.stored()});
}

void SimNode::crash() {
    swarm_.reset();
    ++incarnation_;
    armed_ = kNever;
    paused_ = tick_missed_ = stopping_ = false;
    loads_ = stores_ = 0;
    room_ = true;
    parts_ = {};
    readers_.clear();
    disk_.crash();
    network_.set_alive(id_, false);
    for (SimBus* bus : options_.buses)
        bus->disconnect(id_);
}

void SimNode::leave() {
    call(facts::Leaving{});
    clock_.after(kFarewell, [this, incarnation = incarnation_] {
        if (incarnation == incarnation_) crash();
    });
}

void SimNode::stop(bool drain, Duration most) {
    stopping_ = true;
    call(facts::StopAsked{drain, clock_.now() + most});
}

void SimNode::pause() {
    paused_ = true;
    network_.pause(id_);
}

void SimNode::resume() {
    paused_ = false;
    network_.resume(id_);
    if (std::exchange(tick_missed_, false)) call(facts::Ticked{});
}

void SimNode::later(std::function<void()> what) {
    clock_.at(clock_.now(), [this, incarnation = incarnation_, what = std::move(what)] {
        if (incarnation == incarnation_) what();
    });
}

void SimNode::arm() {
    const Time next = std::max(swarm_->next_tick(), clock_.now());
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
        call(facts::Ticked{});
    });
}

// --- what users do -------------------------------------------------------------------------------

void SimNode::add(const SimAsset& asset, const RangeSet& fragments) {
    disk_.put(asset, fragments);
    StoredAsset stored{asset.id, asset.manifest, {disk_.done(asset.id), {}}, {}};
    call(facts::AssetAdded{stored});
}

void SimNode::fetch(const AssetId& asset, const RangeSet& fragments) {
    call(facts::FetchAsked{asset, fragments});
}

void SimNode::play(const AssetId& asset) {
    call([&](Swarm& s, Time now, Actions& out) {
        s.on(facts::ManifestAsked{ReadId{++last_read_}, asset, now + limits::kHold}, now, out);
        s.on(facts::PlayheadMoved{ViewerId{1}, asset, {0}, 0}, now, out);
    });
}

void SimNode::publish(const AssetId& asset, std::vector<Offering> offerings) {
    call(facts::PublishAsked{asset, std::move(offerings)});
}

void SimNode::make_room(std::uint64_t capacity) {
    disk_.set_capacity(capacity);
    room_ = true;
    call(facts::RoomChanged{true});
}

ReadId SimNode::next_read(Reader& asker) {
    const ReadId read{++last_read_};
    readers_[read] = &asker;
    return read;
}

Reader* SimNode::reader(ReadId read) {
    const auto it = readers_.find(read);
    return it == readers_.end() ? nullptr : it->second;
}

// --- facts from the network and the buses --------------------------------------------------------

void SimNode::on_link_up(LinkId link, bool dialled) {
    call(facts::LinkUp{link, dialled});
}

void SimNode::on_dial_failed(LinkId link, const Error& why) {
    call(facts::DialFailed{link, why});
}

void SimNode::on_link_down(LinkId link) {
    call(facts::LinkDown{link});
}

void SimNode::on_packet(LinkId from, Packet packet) {
    current_ = &packet;
    call(facts::LinkSaid{from, packet.message, packet.payload_bytes});
    current_ = nullptr;
}

void SimNode::on_bus_packet(BusId bus, const Packet& packet) {
    current_ = &packet;
    call(facts::BusSaid{bus, packet.message, packet.payload_bytes});
    current_ = nullptr;
}

void SimNode::on_bus_failed(BusId bus, const Error& why) {
    call(facts::BusFailed{bus, why});
}

void SimNode::on_announcement(BusId bus, const Message& message) {
    call(facts::Announced{bus, message});
}

// --- performing actions --------------------------------------------------------------------------

void SimNode::perform(Actions actions) {
    observer_.on_actions(*this, actions);
    for (const Action& action : actions)
        std::visit([this](const auto& one) { act(one); }, action);
    if (stopping_ && swarm_ && swarm_->farewell().done) {
        stopping_ = false;
        later([this] { leave(); });
    }
    if (swarm_) arm();
}

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

Message SimNode::message(Body body, Sequence change) const {
    if (options_.lies.claims) boast(body);
    return stamp(*swarm_, std::move(body), change);
}

void SimNode::send(LinkId link, Body body) {
    if (network_.send(id_, link, {message(std::move(body))}) == SendVerdict::unreachable)
        later([this, link] { on_link_down(link); });
}

void SimNode::act(const SendToBus& action) {
    options_.buses.at(action.bus.value)->tell(id_, {message(action.body)});
}

void SimNode::act(const Publish& action) {
    const Message told = message(action.body, action.sequence);
    for (SimBus* bus : options_.buses)
        bus->publish(id_, told);
}

void SimNode::act(const ConnectBus& action) {
    options_.buses.at(action.bus.value)->connect_directory(id_);
}

void SimNode::act(const NewIdentity&) {
    later([this] {
        draw_key();
        call(facts::IdentityDrawn{record_, key_});
    });
}

void SimNode::act(const ConnectForwarder& action) {
    options_.buses.at(action.bus.value)->connect_forwarder(id_);
}

void SimNode::act(const SendChunk& action) {
    if (options_.lies.silent) return;
    observer_.on_load(*this, action.chunk);
    ++loads_;
    disk_.load_chunk(action.chunk, [this, action](bool here, bool good) {
        --loads_;
        send_loaded(action.link, action.request, action.chunk, here, good);
    });
}

void SimNode::send_loaded(LinkId link, RequestId request, const ChunkRef& chunk, bool here,
                          bool good) {
    SendVerdict verdict = SendVerdict::absent;
    if (here) {
        Packet packet{message(Data{request, chunk.asset, chunk.fragment, chunk.chunk})};
        packet.payload_bytes = disk_.find(chunk.asset)->asset.length(chunk);
        packet.good = good && !random_.chance(options_.lies.chunks);
        verdict = network_.send(id_, link, std::move(packet));
    }
    call(facts::Sent{link, request, chunk, verdict});
}

void SimNode::act(const SendProof& action) {
    if (options_.lies.silent) return;
    disk_.load_proof(action.fragment, [this, action](bool here, bool good) {
        SendVerdict verdict = SendVerdict::absent;
        if (here) {
            Packet packet{
                message(ProofPart{action.request, action.fragment.asset, action.fragment.index})};
            packet.payload_bytes =
                32 * disk_.find(action.fragment.asset)->asset.chunks(action.fragment.index);
            packet.good = good && !options_.lies.proofs;
            verdict = network_.send(id_, action.link, std::move(packet));
        }
        call(facts::Sent{action.link, action.request, std::nullopt, verdict});
    });
}

Packet SimNode::manifest_part(RequestId request, const SimAsset& asset, std::uint64_t offset) {
    const std::uint64_t total = asset.body->size();
    const std::uint64_t length =
        std::min<std::uint64_t>(limits::kManifestPartBytes, total - std::min(offset, total));
    Packet packet{message(ManifestPart{request, asset.id, total, offset})};
    packet.payload_bytes = static_cast<std::uint32_t>(length);
    const auto from = asset.body->begin() + static_cast<std::ptrdiff_t>(std::min(offset, total));
    packet.payload =
        std::make_shared<const Bytes>(from, from + static_cast<std::ptrdiff_t>(length));
    return packet;
}

void SimNode::act(const SendManifest& action) {
    if (options_.lies.silent) return;
    const SimDisk::Asset* asset = disk_.find(action.asset);
    const SendVerdict verdict =
        asset ? network_.send(id_, action.link,
                              manifest_part(action.request, asset->asset, action.offset))
              : SendVerdict::absent;
    later([this, action, verdict] {
        call(facts::Sent{action.link, action.request, std::nullopt, verdict});
    });
}

void SimNode::act(const SendManifestToBus& action) {
    const SimDisk::Asset* asset = disk_.find(action.asset);
    if (!asset) return wrong("sends a manifest that it has not to a bus");
    for (std::uint64_t offset = 0; offset < asset->asset.body->size();
         offset += limits::kManifestPartBytes)
        options_.buses.at(action.bus.value)
            ->tell(id_, manifest_part(RequestId{}, asset->asset, offset));
}

void SimNode::act(const StoreChunk& action) {
    const Data* data = current_ ? std::get_if<Data>(&current_->message.body) : nullptr;
    if (!data || ChunkRef{data->asset, data->fragment, data->chunk} != action.chunk)
        return wrong("claims the payload of a chunk that did not come");
    ++stores_;
    disk_.keep_chunk(action.chunk, current_->good, [this, action](StoreVerdict verdict) {
        --stores_;
        observer_.on_kept(*this, action.chunk, verdict);
        if (verdict == StoreVerdict::full && std::exchange(room_, false))
            later([this] { call(facts::RoomChanged{false}); });
        call(facts::ChunkStored{action.chunk, action.from, verdict});
    });
}

void SimNode::act(const StoreProof& action) {
    const ProofPart* proof = current_ ? std::get_if<ProofPart>(&current_->message.body) : nullptr;
    if (!proof || FragmentRef{proof->asset, proof->fragment} != action.fragment)
        return wrong("claims the payload of a proof that did not come");
    disk_.keep_proof(action.fragment, current_->good,
                     [this, action](StoreVerdict verdict, const RangeSet& proven) {
                         call(facts::ProofStored{action.fragment, action.from, verdict, proven});
                     });
}

void SimNode::act(const DropAsset& action) {
    if (action.decline) disk_.decline(action.asset, true);
    disk_.drop_asset(action.asset,
                     [this, asset = action.asset] { call(facts::AssetDropped{asset}); });
}

void SimNode::act(const Mark& action) {
    disk_.mark(action.asset, action.fragments, action.kept);
}

void SimNode::act(const Decline& action) {
    disk_.decline(action.asset, action.declined);
}

void SimNode::act(const DoubtChunk& action) {
    disk_.doubt(action.chunk,
                [this, fragment = action.chunk.of()] { call(facts::FragmentDamaged{fragment}); });
}

void SimNode::act(const KeepManifestPart& action) {
    if (!current_ || !current_->payload) return wrong("claims a manifest's part that did not come");
    auto step = parts_.add(action, *current_->payload, clock_.now());
    if (auto* body = std::get_if<Bytes>(&step))
        return finish_manifest(action.asset, action.from, std::move(*body));
    if (const auto* trouble = std::get_if<ManifestParts::Trouble>(&step))
        later([this, action, lost = *trouble == ManifestParts::Trouble::lost] {
            call(facts::ManifestStored{action.asset, action.from,
                                       lost ? StoreVerdict::unwanted : StoreVerdict::bad, nullptr});
        });
}

void SimNode::finish_manifest(const AssetId& asset, LinkId from, Bytes body) {
    Result<Manifest> manifest = decode_manifest(body.data(), body.size());
    SimAsset kept;
    if (manifest && id_of_manifest(body) == asset)
        kept = {asset, std::make_shared<const Manifest>(std::move(*manifest)),
                std::make_shared<const Bytes>(std::move(body))};
    auto answer = [this, asset, from, kept](StoreVerdict verdict) {
        call(facts::ManifestStored{asset, from, verdict, kept.manifest});
    };
    if (!kept.manifest) return later([answer] { answer(StoreVerdict::bad); });
    disk_.keep_manifest(kept, answer);
}

// --- answers to local askers ---------------------------------------------------------------------

void SimNode::act(const DeliverChunk& action) {
    observer_.on_load(*this, action.chunk);
    disk_.load_chunk(action.chunk, [this, action](bool here, bool good) {
        if (!here) return wrong("delivers a chunk that it has not");
        Reader* asker = reader(action.read);
        readers_.erase(action.read);
        if (asker && good) asker->on_chunk(action.read, action.chunk);
    });
}

void SimNode::act(const DeliverManifest& action) {
    later([this, action] {
        Reader* asker = reader(action.read);
        readers_.erase(action.read);
        if (asker) asker->on_manifest(action.read, action.manifest);
    });
}

void SimNode::act(const DeliverAnswer& action) {
    later([this, action] {
        Reader* asker = reader(action.read);
        readers_.erase(action.read);
        if (asker) asker->on_answer(action.read, action.body);
    });
}

void SimNode::act(const DeliverFailure& action) {
    later([this, action] {
        Reader* asker = reader(action.read);
        readers_.erase(action.read);
        if (asker) asker->on_failure(action.read, action.error);
    });
}

}  // namespace fragcast::sim
