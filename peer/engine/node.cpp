#include "peer/engine/node.hpp"

#include "messages/wire/limits.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace fragcast {

Node::Node(zmq::context_t& context, Loop& loop, EngineHooks hooks)
    : context_(context),
      loop_(loop),
      hooks_(std::move(hooks)),
      neighbours_(context, loop, *this),
      resolver_(loop),
      exchange_log_([this](const AssetId& asset) {
          const auto manifest = swarm().manifest(asset);
          return manifest ? manifest->name : asset.short_text();
      }) {}

Node::~Node() {
    if (tick_ != 0) loop_.cancel(tick_);
    if (store_handle_ != 0) loop_.remove(store_handle_);
}

Result<Endpoint> Node::listen(const Endpoint& wanted, std::string_view flag) {
    auto bound = neighbours_.listen(wanted, flag);
    if (bound && bound->loopback()) listens_on_loopback_ = true;
    return bound;
}

Status Node::start(NodeOptions options, std::unique_ptr<ChunkStore> store,
                   std::vector<StoredAsset> stored, std::optional<LoadersEnd> readers) {
    std::map<AssetId, std::shared_ptr<const Bytes>> bodies;
    for (const auto& asset : stored)
        bodies[asset.id] = store->manifest_body(asset.id);
    store_ = start_store_actor(context_, std::move(store), std::move(readers));
    if (!store_->started()) return store_->started().error();
    commands_.emplace(loop_, way_into(store_->pipe()));
    store_handle_ = loop_.add(store_->pipe().socket(), [this] { read_store(); });

    const bool local =
        listens_on_loopback_ || std::any_of(options.buses.begin(), options.buses.end(),
                                            [](const Endpoint& bus) { return bus.loopback(); });
    for (const auto& bus : options.buses)
        options.swarm.bus_endpoints.push_back(bus.text());
    options.swarm.buses = static_cast<std::uint32_t>(options.buses.size());
    BusLinks::Owner& owner = *this;
    buses_ =
        std::make_unique<BusLinks>(context_, loop_, resolver_, std::move(options.buses), owner);
    engine_ = std::make_unique<Engine>(std::move(options.swarm), options.seed, local,
                                       Ports{*this, *this, *this, *this, *this}, hooks_);
    engine_->start(std::move(stored), std::move(bodies));
    return Done{};
}

// --- time and names ------------------------------------------------------------------------------

std::uint64_t Node::unix_seconds() const {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    return static_cast<std::uint64_t>(
        std::chrono::duration_cast<std::chrono::seconds>(now).count());
}

void Node::wake_at(Time when) {
    if (tick_ != 0 && when == tick_at_) return;
    if (tick_ != 0) loop_.cancel(tick_);
    tick_ = 0;
    tick_at_ = when;
    if (when == kNever) return;
    tick_ = loop_.at(when, [this] {
        tick_ = 0;
        engine_->tick();
    });
}

void Node::resolve(const Endpoint& endpoint, Hosts::Answer answer) {
    resolver_.resolve(endpoint, std::move(answer));
}

// --- what neighbours and buses say ---------------------------------------------------------------

void Node::link_up(LinkId link, bool dialled, const std::string& from) {
    tell(facts::LinkUp{link, dialled, from});
}

void Node::dial_failed(LinkId link, const Error& why) {
    tell(facts::DialFailed{link, why});
}

void Node::link_down(LinkId link) {
    exchange_log_.forget(link);
    tell(facts::LinkDown{link});
}

void Node::link_message(LinkId link, Received& received) {
    report(exchange_log_.heard(link, received.message));
    engine_->link_said(link, std::move(received.message), std::move(received.payload));
}

void Node::link_garbage(LinkId link, const DecodeError& what) {
    complain(link.value == 0 ? "a stranger" : "neighbour link " + std::to_string(link.value), what);
    tell(facts::Garbage{link, what.why == DecodeError::Why::malformed});
}

void Node::bus_message(BusId bus, Received& received) {
    engine_->bus_said(bus, std::move(received.message), std::move(received.payload));
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

void Node::report(const std::optional<Report>& line) const {
    if (line && hooks_.on_report) hooks_.on_report(*line);
}

void Node::complain(const std::string& who, const DecodeError& what) {
    const auto silent = throttle_.speak(who, Loop::now());
    if (!silent) return;
    Report line;
    line.level = Report::Level::warning;
    line.kind = "garbage";
    line.text = who + " sent what is no message of ours: " + what.text;
    if (*silent > 0)
        line.text += " (and " + std::to_string(*silent) + " more since the last such line)";
    report(line);
}

// --- to neighbours and buses ---------------------------------------------------------------------

void Node::dial(LinkId link, const Endpoint& literal) {
    neighbours_.dial(link, literal);
}

void Node::hang_up(LinkId link) {
    exchange_log_.forget(link);
    neighbours_.hang_up(link);
}

void Node::send(LinkId link, Message message) {
    report(exchange_log_.said(link, message.body));
    neighbours_.send(link, std::move(message));
}

SendVerdict Node::send(LinkId link, Message message, Payload payload) {
    return neighbours_.send_payload(link, message, std::move(payload));
}

void Node::send(BusId bus, Message message, Payload payload) {
    buses_->send(bus, message, std::move(payload));
}

// --- the store -----------------------------------------------------------------------------------

bool Node::take(StoreCommand command) {
    if (commands_->waiting() >= limits::kStoreCommands && !is_for_good(command)) return false;
    commands_->push(std::move(command));
    return true;
}

void Node::read_store() {
    for (int reads = 0; reads < kReadsPerTurn; ++reads) {
        auto event = store_->pipe().receive();
        if (!event) return;
        engine_->happened(std::move(*event));
    }
}

}  // namespace fragcast
