// What the core asks for, done: one function for each action.
#include "messages/wire/limits.hpp"
#include "peer/engine/node.hpp"
#include "peer/swarm/stamp.hpp"

#include <algorithm>
#include <utility>

namespace fragcast {
namespace {

Payload slice(const std::shared_ptr<const Bytes>& body, std::uint64_t offset) {
    const std::size_t size =
        std::min<std::size_t>(limits::kManifestPartBytes, body->size() - offset);
    return Payload(body->data() + offset, size, body);
}

}  // namespace

Message Node::message(Body body) const {
    return stamp(*swarm_, std::move(body));
}

void Node::sent(LinkId to, RequestId request, std::optional<ChunkRef> chunk, SendVerdict verdict) {
    tell(facts::Sent{to, request, chunk, verdict});
}

// --- to others -----------------------------------------------------------------------------------

void Node::perform(SendTo& action) {
    if (auto line = exchange_log_.said(action.link, action.body)) perform(*line);
    neighbours_.send(action.link, message(std::move(action.body)));
}

void Node::perform(SendToBus& action) {
    buses_->send(action.bus, message(std::move(action.body)));
}

void Node::perform(Publish& action) {
    buses_->publish(stamp(*swarm_, std::move(action.body), action.sequence));
}

void Node::perform(SendChunk& action) {
    if (!command(store_command::LoadChunk{action.chunk, ForLink{action.link, action.request}}))
        sent(action.link, action.request, action.chunk, SendVerdict::full);
}

void Node::perform(SendProof& action) {
    if (!command(store_command::LoadProof{action.fragment, ForLink{action.link, action.request}}))
        sent(action.link, action.request, std::nullopt, SendVerdict::full);
}

void Node::perform(SendManifest& action) {
    SendVerdict verdict = SendVerdict::absent;
    const auto body = manifest_body(action.asset);
    if (body && action.offset < body->size())
        verdict = neighbours_.send_payload(
            action.link,
            message(ManifestPart{action.request, action.asset, body->size(), action.offset}),
            slice(body, action.offset));
    sent(action.link, action.request, std::nullopt, verdict);
}

void Node::perform(SendManifestToBus& action) {
    const auto body = manifest_body(action.asset);
    if (!body) return;
    for (std::uint64_t offset = 0; offset < body->size(); offset += limits::kManifestPartBytes)
        buses_->send(action.bus, message(ManifestPart{{}, action.asset, body->size(), offset}),
                     slice(body, offset));
}

// Only what the configuration names is resolved: an address that somebody told us is literal or
// refused.
void Node::perform(Dial& action) {
    const LinkId link = action.link;
    const bool trusted =
        std::find(friends_.begin(), friends_.end(), action.endpoint) != friends_.end();
    auto endpoint = trusted ? parse_endpoint(action.endpoint, "--friend")
                            : check_told_endpoint(action.endpoint, local_);
    const auto answer = [this, link,
                         alive = std::weak_ptr<int>(alive_)](const Result<Endpoint>& literal) {
        if (alive.expired() || resolving_.erase(link) == 0) return;
        if (literal)
            neighbours_.dial(link, *literal);
        else
            dial_failed(link, literal.error());
    };
    resolving_.insert(link);
    if (endpoint)
        resolver_.resolve(*endpoint, answer);
    else
        loop_.at(Time{}, [answer, why = endpoint.error()] { answer(why); });
}

void Node::perform(HangUp& action) {
    resolving_.erase(action.link);
    exchange_log_.forget(action.link);
    neighbours_.hang_up(action.link);
}

void Node::perform(ConnectBus& action) {
    buses_->connect(action.bus);
}

void Node::perform(ConnectForwarder& action) {
    buses_->connect_forwarder(action.bus, action.in_port, action.out_port);
}

void Node::perform(NewIdentity&) {
    (void)command(store_command::DrawKey{});
}

// --- to the store --------------------------------------------------------------------------------

void Node::perform(StoreChunk& action) {
    store_command::KeepChunk keep{action.chunk, std::move(payload_), action.from};
    if (command(std::move(keep))) return;
    tell(facts::ChunkStored{action.chunk, action.from, StoreVerdict::unwanted});
}

void Node::perform(StoreProof& action) {
    store_command::KeepProof keep{action.fragment, std::move(payload_), action.from};
    if (command(std::move(keep))) return;
    tell(facts::ProofStored{action.fragment, action.from, StoreVerdict::unwanted, {}});
}

void Node::perform(KeepManifestPart& action) {
    const Payload part = std::move(payload_);
    auto step = parts_.add(action, {part.data(), part.size()}, Loop::now());
    if (std::holds_alternative<ManifestParts::More>(step)) return;
    StoreVerdict verdict = StoreVerdict::unwanted;
    if (auto* body = std::get_if<Bytes>(&step)) {
        if (command(store_command::KeepManifest{action.asset, std::move(*body), action.from}))
            return;
    } else if (std::get<ManifestParts::Trouble>(step) == ManifestParts::Trouble::nonsense) {
        verdict = StoreVerdict::bad;
    }
    tell(facts::ManifestStored{action.asset, action.from, verdict, nullptr});
}

void Node::perform(DropFragment& action) {
    (void)command(store_command::DropFragment{action.fragment});
}

void Node::perform(DropAsset& action) {
    manifests_.erase(action.asset);
    if (command(store_command::DropAsset{action.asset, action.decline})) return;
    StoreEvent refused = store_event::AssetDropped{
        action.asset, fail(ErrorKind::busy, "the store is too busy"), std::nullopt, nullptr};
    happened(std::get<store_event::AssetDropped>(refused));
    if (hooks_.on_store) hooks_.on_store(refused);
}

void Node::perform(Mark& action) {
    (void)command(store_command::Mark{action.asset, std::move(action.fragments), action.kept});
}

void Node::perform(Decline& action) {
    (void)command(store_command::Decline{action.asset, action.declined});
}

void Node::perform(DoubtChunk& action) {
    (void)command(store_command::Doubt{action.chunk});
}

// --- to local askers and people ------------------------------------------------------------------

void Node::perform(DeliverChunk& action) {
    if (command(store_command::LoadChunk{action.chunk, ForRead{action.read}})) return;
    if (hooks_.on_failure)
        hooks_.on_failure(action.read, fail(ErrorKind::io, "the store is too busy"));
}

void Node::perform(DeliverManifest& action) {
    if (hooks_.on_manifest) hooks_.on_manifest(action.read, action.asset, action.manifest);
}

void Node::perform(DeliverAnswer& action) {
    if (hooks_.on_answer) hooks_.on_answer(action.read, std::move(action.body));
}

void Node::perform(DeliverFailure& action) {
    if (hooks_.on_failure) hooks_.on_failure(action.read, action.error);
}

void Node::perform(Report& action) {
    if (hooks_.on_report) hooks_.on_report(action);
}

}  // namespace fragcast
