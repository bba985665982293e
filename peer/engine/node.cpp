#include "peer/engine/node.hpp"

#include "messages/wire/hash.hpp"
#include "messages/wire/key.hpp"
#include "messages/wire/limits.hpp"

#include <chrono>
#include <utility>

namespace fragcast {

namespace {

std::uint64_t unix_seconds() {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    return static_cast<std::uint64_t>(
        std::chrono::duration_cast<std::chrono::seconds>(now).count());
}

}  // namespace

Node::Node(zmq::context_t& context, Loop& loop, NodeHooks hooks)
    : context_(context),
      loop_(loop),
      hooks_(std::move(hooks)),
      neighbours_(context, loop, *this),
      resolver_(loop),
      exchange_log_([this](const AssetId& asset) { return name_of(asset); }) {}

Node::~Node() {
    if (tick_ != 0) loop_.cancel(tick_);
    if (store_handle_ != 0) loop_.remove(store_handle_);
}

Result<Endpoint> Node::listen(const Endpoint& wanted, std::string_view flag) {
    auto bound = neighbours_.listen(wanted, flag);
    if (bound && bound->loopback()) local_ = true;
    return bound;
}

Status Node::start(NodeOptions options, std::unique_ptr<ChunkStore> store,
                   std::vector<StoredAsset> stored) {
    for (const auto& asset : stored)
        manifests_[asset.id] = store->manifest_body(asset.id);
    store_ = start_store_actor(context_, std::move(store));
    if (!store_->started()) return store_->started().error();
    store_handle_ = loop_.add(store_->pipe().socket(), [this] { read_store(); });

    for (const auto& bus : options.buses) {
        local_ = local_ || bus.loopback();
        options.swarm.bus_endpoints.push_back(bus.text());
    }
    trust(options.swarm.friends);
    options.swarm.buses = static_cast<std::uint32_t>(options.buses.size());
    BusLinks::Owner& owner = *this;
    buses_ =
        std::make_unique<BusLinks>(context_, loop_, resolver_, std::move(options.buses), owner);
    swarm_ = std::make_unique<Swarm>(std::move(options.swarm), options.seed);
    tell(facts::ClockRead{unix_seconds()});
    tell(facts::Started{std::move(stored)});
    return Done{};
}

void Node::trust(std::vector<std::string> friends) {
    friends_ = std::move(friends);
    for (const auto& endpoint : friends_)
        if (const auto parsed = parse_endpoint(endpoint, "--friend"))
            local_ = local_ || parsed->loopback();
}

void Node::set_friends(std::vector<std::string> friends) {
    trust(friends);
    tell(facts::FriendsSet{std::move(friends)});
}

void Node::adopt(std::filesystem::path folder, std::uint64_t cookie) {
    if (command(store_command::Adopt{std::move(folder), cookie})) return;
    if (hooks_.on_adopted)
        hooks_.on_adopted(cookie, fail(ErrorKind::busy, "the store is too busy; try again"));
}

bool Node::relist(std::uint64_t cookie) {
    return command(store_command::Relist{cookie});
}

bool Node::verify(std::uint64_t cookie, const AssetId& asset) {
    return command(store_command::Verify{cookie, asset});
}

void Node::tell(Fact fact) {
    tell(std::move(fact), {});
}

void Node::tell(Fact fact, Payload payload) {
    ++facts_;
    if (!payload.empty()) payload_ = std::move(payload);
    swarm_->on(std::move(fact), Loop::now(), actions_);
    perform_all();
}

// Performing may bring new facts at once (a link that is gone): their actions go to the end.
void Node::perform_all() {
    if (busy_) return;
    busy_ = true;
    while (!actions_.empty()) {
        performing_.swap(actions_);
        for (auto& action : performing_)
            std::visit([this](auto& one) { perform(one); }, action);
        performing_.clear();
    }
    busy_ = false;
    payload_ = {};
    arm_tick();
}

void Node::arm_tick() {
    const Time when = swarm_->next_tick();
    if (tick_ != 0 && when == tick_at_) return;
    if (tick_ != 0) loop_.cancel(tick_);
    tick_ = 0;
    tick_at_ = when;
    if (when == kNever) return;
    tick_ = loop_.at(when, [this] {
        tick_ = 0;
        swarm_->on(facts::ClockRead{unix_seconds()}, Loop::now(), actions_);
        tell(facts::Ticked{});
    });
}

// --- what neighbours and buses say ---------------------------------------------------------------

void Node::link_up(LinkId link, bool dialled) {
    tell(facts::LinkUp{link, dialled});
}

void Node::dial_failed(LinkId link, const Error& why) {
    tell(facts::DialFailed{link, why});
}

void Node::link_down(LinkId link) {
    exchange_log_.forget(link);
    tell(facts::LinkDown{link});
}

void Node::link_message(LinkId link, Received& received) {
    const std::size_t bytes = received.payload.size();
    if (auto line = exchange_log_.heard(link, received.message)) perform(*line);
    tell(facts::LinkSaid{link, std::move(received.message), bytes}, std::move(received.payload));
}

void Node::link_garbage(LinkId link, const DecodeError& what) {
    complain(link.value == 0 ? "a stranger" : "neighbour link " + std::to_string(link.value), what);
    const bool malformed = what.why == DecodeError::Why::malformed;
    tell(facts::Garbage{link, malformed});
}

void Node::bus_message(BusId bus, Received& received) {
    const std::size_t bytes = received.payload.size();
    tell(facts::BusSaid{bus, std::move(received.message), bytes}, std::move(received.payload));
}

void Node::announcement(BusId bus, Received& received) {
    tell(facts::Announced{bus, std::move(received.message)});
}

void Node::bus_failed(BusId bus, const Error& why) {
    tell(facts::BusFailed{bus, why});
}

void Node::bus_garbage(BusId bus, const DecodeError& what) {
    complain("bus " + std::to_string(bus.value), what);
    tell(facts::Garbage{LinkId{}, false});
}

void Node::complain(const std::string& who, const DecodeError& what) {
    const auto silent = throttle_.speak(who, Loop::now());
    if (!silent || !hooks_.on_report) return;
    Report report;
    report.level = Report::Level::warning;
    report.kind = "garbage";
    report.text = who + " sent what is no message of ours: " + what.text;
    if (*silent > 0)
        report.text += " (and " + std::to_string(*silent) + " more since the last such line)";
    hooks_.on_report(report);
}

// --- the store -----------------------------------------------------------------------------------

bool Node::command(StoreCommand command) {
    if (commands_.empty() && store_->pipe().send(command)) return true;
    if (commands_.size() >= limits::kStoreCommands) return false;
    commands_.push_back(std::move(command));
    return true;
}

void Node::flush_commands() {
    while (!commands_.empty() && store_->pipe().send(commands_.front()))
        commands_.pop_front();
}

void Node::read_store() {
    for (int reads = 0; reads < kReadsPerTurn; ++reads) {
        auto event = store_->pipe().receive();
        if (!event) break;
        std::visit([this](auto& one) { happened(one); }, *event);
        if (hooks_.on_store) hooks_.on_store(*event);
    }
    flush_commands();
}

void Node::happened(store_event::ManifestKept& event) {
    if (event.verdict == StoreVerdict::stored && event.body) manifests_[event.asset] = event.body;
    tell(facts::ManifestStored{event.asset, event.from, event.verdict, event.manifest});
}

void Node::happened(store_event::ProofKept& event) {
    tell(facts::ProofStored{event.fragment, event.from, event.verdict, event.proven});
}

void Node::happened(store_event::ChunkKept& event) {
    tell(facts::ChunkStored{event.chunk, event.from, event.verdict});
}

void Node::happened(store_event::FragmentDone& event) {
    if (event.status) return tell(facts::FragmentDone{event.fragment});
    if (hooks_.on_unfinished) hooks_.on_unfinished(event.fragment, event.status.error());
    tell(facts::FragmentFailed{event.fragment, event.status.error().text});
}

void Node::happened(store_event::FragmentLost& event) {
    warn("store.lost", "a fragment is broken or gone on disk: " + event.why, event.fragment);
    if (event.damaged)
        tell(facts::FragmentDamaged{event.fragment});
    else
        tell(facts::FragmentLost{event.fragment});
}

void Node::happened(store_event::FragmentRefused& event) {
    warn("store.refused", "a fragment's file does not count: " + event.why, event.fragment);
}

void Node::happened(store_event::AssetDropped& event) {
    if (event.still && event.body) manifests_[event.asset] = event.body;
    tell(facts::AssetDropped{event.asset});
    if (event.still) tell(facts::AssetAdded{*event.still});
    if (!event.status)
        warn("store.failed",
             "cannot remove " + name_of(event.asset) + ": " + event.status.error().text,
             {event.asset, {}});
}

void Node::happened(store_event::Relisted& event) {
    if (!event.found) return warn("store.failed", event.found.error().text, {});
    const Relisted& found = *event.found;
    for (const auto& [asset, body] : event.bodies)
        manifests_[asset] = body;
    std::map<AssetId, RangeSet> gone;
    for (const FragmentRef& fragment : found.gone)
        gone[fragment.asset].add(fragment.index.value);
    for (const AssetId& asset : found.lost) {
        if (!event.bodies.contains(asset)) manifests_.erase(asset);
        gone.erase(asset);
        tell(facts::AssetTaken{asset});
    }
    for (const auto& [asset, fragments] : gone)
        tell(facts::FragmentsTaken{asset, fragments});
    for (const FragmentRef& fragment : found.unfinished)
        tell(facts::FragmentLost{fragment});
    for (const StoredAsset& asset : found.assets)
        tell(facts::AssetAdded{asset});
    for (const FragmentRef& fragment : found.counting)
        tell(facts::FragmentDone{fragment});
}

void Node::warn(const char* kind, std::string text, const FragmentRef& fragment) {
    Report report;
    report.level = Report::Level::warning;
    report.kind = kind;
    report.text = std::move(text);
    report.asset = fragment.asset;
    if (!fragment.asset.is_zero()) report.fragment = fragment.index.value;
    perform(report);
}

void Node::happened(store_event::ChunkLoaded& event) {
    if (const auto* read = std::get_if<ForRead>(&event.who)) {
        if (event.payload) {
            if (hooks_.on_chunk)
                hooks_.on_chunk(read->read, event.chunk, std::move(*event.payload));
        } else if (hooks_.on_failure) {
            hooks_.on_failure(read->read, fail(ErrorKind::io, event.payload.error().text));
        }
        return;
    }
    const ForLink& who = std::get<ForLink>(event.who);
    SendVerdict verdict = SendVerdict::absent;
    if (event.payload) {
        const ChunkRef& chunk = event.chunk;
        verdict = neighbours_.send_payload(
            who.link, message(Data{who.request, chunk.asset, chunk.fragment, chunk.chunk}),
            std::move(*event.payload));
    }
    sent(who.link, who.request, event.chunk, verdict);
}

void Node::happened(store_event::ProofLoaded& event) {
    SendVerdict verdict = SendVerdict::absent;
    if (event.payload)
        verdict = neighbours_.send_payload(
            event.who.link,
            message(ProofPart{event.who.request, event.fragment.asset, event.fragment.index}),
            std::move(*event.payload));
    sent(event.who.link, event.who.request, std::nullopt, verdict);
}

void Node::happened(store_event::Adopted& event) {
    if (event.asset) {
        if (event.body) manifests_[event.asset->id] = event.body;
        tell(facts::AssetAdded{*event.asset});
    }
    if (hooks_.on_adopted) hooks_.on_adopted(event.cookie, event.asset);
}

void Node::happened(store_event::Room& event) {
    tell(facts::RoomChanged{event.room});
}

void Node::happened(store_event::KeyDrawn& event) {
    Bytes key;
    if (event.public_key) {
        key = std::move(*event.public_key);
    } else {
        Report report;
        report.level = Report::Level::warning;
        report.kind = "store.key";
        report.text = "a new id was drawn and could not be kept: " + event.public_key.error().text +
                      ". It lasts until the next start";
        perform(report);
        const auto pair = make_key_pair();
        if (!pair) return;
        key = pair->public_key;
    }
    PeerRecord self = swarm_->self();
    self.id = peer_id_of(key);
    tell(facts::IdentityDrawn{std::move(self), std::move(key)});
}

std::string Node::name_of(const AssetId& asset) const {
    const auto manifest = swarm_->manifest(asset);
    return manifest ? manifest->name : asset.short_text();
}

std::shared_ptr<const Bytes> Node::manifest_body(const AssetId& asset) const {
    const auto found = manifests_.find(asset);
    return found == manifests_.end() ? nullptr : found->second;
}

}  // namespace fragcast
