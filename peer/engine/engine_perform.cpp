// Loop thread. What the core asks for, done: one function for each action.
#include "messages/wire/limits.hpp"
#include "peer/engine/engine.hpp"
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

Message Engine::message(Body body, Sequence change) const {
    return stamp(*swarm_, std::move(body), change);
}

std::shared_ptr<const Bytes> Engine::manifest_body(const AssetId& asset) const {
    const auto found = manifests_.find(asset);
    return found == manifests_.end() ? nullptr : found->second;
}

// --- to others -----------------------------------------------------------------------------------

void Engine::perform(SendTo& action) {
    ports_.links.send(action.link, message(std::move(action.body)));
}

void Engine::perform(SendToBus& action) {
    ports_.buses.send(action.bus, message(std::move(action.body)), {});
}

void Engine::perform(Publish& action) {
    ports_.buses.publish(message(std::move(action.body), action.sequence));
}

void Engine::perform(SendChunk& action) {
    if (ports_.links.takes(action.link) && ports_.store.take(store_command::LoadChunk{
                                               action.chunk, ForLink{action.link, action.request}}))
        return;
    tell(facts::Sent{action.link, action.request, action.chunk, SendVerdict::full});
}

void Engine::perform(SendProof& action) {
    if (ports_.links.takes(action.link) &&
        ports_.store.take(
            store_command::LoadProof{action.fragment, ForLink{action.link, action.request}}))
        return;
    tell(facts::Sent{action.link, action.request, std::nullopt, SendVerdict::full});
}

void Engine::perform(SendManifest& action) {
    SendVerdict verdict = SendVerdict::absent;
    const auto body = manifest_body(action.asset);
    if (body && action.offset < body->size())
        verdict = ports_.links.send(
            action.link,
            message(ManifestPart{action.request, action.asset, body->size(), action.offset}),
            slice(body, action.offset));
    tell(facts::Sent{action.link, action.request, std::nullopt, verdict});
}

void Engine::perform(SendManifestToBus& action) {
    const auto body = manifest_body(action.asset);
    if (!body) return;
    for (std::uint64_t offset = 0; offset < body->size(); offset += limits::kManifestPartBytes)
        ports_.buses.send(action.bus, message(ManifestPart{{}, action.asset, body->size(), offset}),
                          slice(body, offset));
}

// Only what the configuration names is resolved: an address that somebody told us is literal or
// refused.
void Engine::perform(Dial& action) {
    const LinkId link = action.link;
    const bool trusted =
        std::find(friends_.begin(), friends_.end(), action.endpoint) != friends_.end();
    const auto endpoint = trusted ? parse_endpoint(action.endpoint, "--friend")
                                  : check_told_endpoint(action.endpoint, local_);
    if (!endpoint) return tell(facts::DialFailed{link, endpoint.error()});
    resolving_.insert(link);
    ports_.hosts.resolve(*endpoint, [this, link, alive = std::weak_ptr<int>(alive_)](
                                        const Result<Endpoint>& literal) {
        if (alive.expired() || resolving_.erase(link) == 0) return;
        if (literal)
            ports_.links.dial(link, *literal);
        else
            tell(facts::DialFailed{link, literal.error()});
    });
}

void Engine::perform(HangUp& action) {
    resolving_.erase(action.link);
    ports_.links.hang_up(action.link);
}

void Engine::perform(ConnectBus& action) {
    ports_.buses.connect(action.bus);
}

void Engine::perform(ConnectForwarder& action) {
    ports_.buses.connect_forwarder(action.bus, action.in_port, action.out_port);
}

void Engine::perform(NewIdentity&) {
    (void)ports_.store.take(store_command::DrawKey{});
}

// --- to the store --------------------------------------------------------------------------------

void Engine::perform(StoreChunk& action) {
    if (ports_.store.take(store_command::KeepChunk{action.chunk, std::move(payload_), action.from}))
        return;
    tell(facts::ChunkStored{action.chunk, action.from, StoreVerdict::unwanted});
}

void Engine::perform(StoreProof& action) {
    if (ports_.store.take(
            store_command::KeepProof{action.fragment, std::move(payload_), action.from}))
        return;
    tell(facts::ProofStored{action.fragment, action.from, StoreVerdict::unwanted, {}});
}

void Engine::perform(KeepManifestPart& action) {
    const Payload part = std::move(payload_);
    auto step = parts_.add(action, {part.data(), part.size()}, ports_.clock.now());
    if (std::holds_alternative<ManifestParts::More>(step)) return;
    StoreVerdict verdict = StoreVerdict::unwanted;
    if (auto* body = std::get_if<Bytes>(&step)) {
        if (ports_.store.take(
                store_command::KeepManifest{action.asset, std::move(*body), action.from}))
            return;
    } else if (std::get<ManifestParts::Trouble>(step) == ManifestParts::Trouble::nonsense) {
        verdict = StoreVerdict::bad;
    }
    tell(facts::ManifestStored{action.asset, action.from, verdict, nullptr});
}

void Engine::perform(DropFragment& action) {
    (void)ports_.store.take(store_command::DropFragment{action.fragment});
}

void Engine::perform(DropAsset& action) {
    manifests_.erase(action.asset);
    if (ports_.store.take(store_command::DropAsset{action.asset, action.decline})) return;
    happened(store_event::AssetDropped{action.asset, fail(ErrorKind::busy, "the store is too busy"),
                                       std::nullopt, nullptr});
}

void Engine::perform(Mark& action) {
    (void)ports_.store.take(
        store_command::Mark{action.asset, std::move(action.fragments), action.kept});
}

void Engine::perform(Decline& action) {
    (void)ports_.store.take(store_command::Decline{action.asset, action.declined});
}

void Engine::perform(DoubtChunk& action) {
    (void)ports_.store.take(store_command::Doubt{action.chunk});
}

// --- to local askers and people ------------------------------------------------------------------

void Engine::perform(DeliverChunk& action) {
    const LoadFor who = hooks_.who_reads ? hooks_.who_reads(action.read) : ForRead{action.read};
    if (ports_.store.take(store_command::LoadChunk{action.chunk, who})) return;
    store_event::ChunkLoaded refused{action.chunk, who,
                                     fail(ErrorKind::io, "the store is too busy")};
    take(refused);
}

void Engine::perform(DeliverManifest& action) {
    if (hooks_.on_manifest) hooks_.on_manifest(action.read, action.asset, action.manifest);
}

void Engine::perform(DeliverAnswer& action) {
    if (hooks_.on_answer) hooks_.on_answer(action.read, std::move(action.body));
}

void Engine::perform(DeliverFailure& action) {
    if (hooks_.on_failure) hooks_.on_failure(action.read, action.error);
}

void Engine::perform(Report& action) {
    if (hooks_.on_report) hooks_.on_report(action);
}

}  // namespace fragcast
