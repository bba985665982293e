#include "peer/engine/engine.hpp"

#include "messages/wire/hash.hpp"
#include "messages/wire/key.hpp"
#include "peer/swarm/stamp.hpp"

#include <utility>

namespace fragcast {

Engine::Engine(SwarmOptions options, std::uint64_t seed, bool local, Ports ports, EngineHooks hooks)
    : ports_(ports), hooks_(std::move(hooks)), local_(local) {
    trust(options.friends);
    swarm_ = std::make_unique<Swarm>(std::move(options), seed);
}

void Engine::start(std::vector<StoredAsset> stored,
                   std::map<AssetId, std::shared_ptr<const Bytes>> bodies) {
    manifests_ = std::move(bodies);
    if (const std::uint64_t clock = ports_.clock.unix_seconds()) told(facts::ClockRead{clock});
    tell(facts::Started{std::move(stored)});
}

void Engine::trust(std::vector<std::string> friends) {
    friends_ = std::move(friends);
    for (const auto& endpoint : friends_)
        if (const auto parsed = parse_endpoint(endpoint, "--friend"))
            local_ = local_ || parsed->loopback();
}

void Engine::set_friends(std::vector<std::string> friends) {
    trust(friends);
    tell(facts::FriendsSet{std::move(friends)});
}

// --- what happens --------------------------------------------------------------------------------

void Engine::told(Fact fact) {
    ++facts_;
    swarm_->on(std::move(fact), ports_.clock.now(), actions_);
}

void Engine::tell(Fact fact) {
    told(std::move(fact));
    perform_all();
}

void Engine::tick() {
    if (const std::uint64_t clock = ports_.clock.unix_seconds()) told(facts::ClockRead{clock});
    tell(facts::Ticked{});
}

void Engine::link_said(LinkId link, Message message, Payload payload) {
    payload_ = std::move(payload);
    const std::size_t bytes = payload_.size();
    tell(facts::LinkSaid{link, std::move(message), bytes});
}

void Engine::bus_said(BusId bus, Message message, Payload payload) {
    payload_ = std::move(payload);
    const std::size_t bytes = payload_.size();
    tell(facts::BusSaid{bus, std::move(message), bytes});
}

// Performing may bring new facts at once (a store that is too busy): their actions go to the end.
void Engine::perform_all() {
    if (busy_) return;
    busy_ = true;
    while (!actions_.empty()) {
        performing_.swap(actions_);
        if (hooks_.on_actions) hooks_.on_actions(performing_);
        for (auto& action : performing_)
            std::visit([this](auto& one) { perform(one); }, action);
        performing_.clear();
    }
    busy_ = false;
    payload_ = {};
    ports_.clock.wake_at(swarm_->next_tick());
}

// --- what the store did --------------------------------------------------------------------------

void Engine::happened(StoreEvent event) {
    std::visit([this](auto& one) { take(one); }, event);
    if (hooks_.on_store) hooks_.on_store(event);
    std::visit([this](auto& one) { answer(one); }, event);
}

void Engine::take(store_event::ManifestKept& event) {
    if (event.verdict == StoreVerdict::stored && event.body) manifests_[event.asset] = event.body;
    tell(facts::ManifestStored{event.asset, event.from, event.verdict, event.manifest});
}

void Engine::take(store_event::ProofKept& event) {
    tell(facts::ProofStored{event.fragment, event.from, event.verdict, event.proven});
}

void Engine::take(store_event::ChunkKept& event) {
    tell(facts::ChunkStored{event.chunk, event.from, event.verdict});
}

void Engine::take(store_event::FragmentDone& event) {
    if (event.status) return tell(facts::FragmentDone{event.fragment});
    if (hooks_.on_unfinished) hooks_.on_unfinished(event.fragment, event.status.error());
    tell(facts::FragmentFailed{event.fragment, event.status.error().text});
}

void Engine::take(store_event::FragmentLost& event) {
    warn("store.lost", "a fragment is broken or gone on disk: " + event.why, event.fragment);
    using How = store_event::FragmentLost::How;
    if (event.how == How::gone) return tell(facts::FragmentLost{event.fragment});
    tell(facts::FragmentDamaged{event.fragment, event.how == How::unread});
}

void Engine::take(store_event::FragmentRefused& event) {
    warn("store.refused", "a fragment's file does not count: " + event.why, event.fragment);
}

void Engine::take(store_event::AssetDropped& event) {
    if (event.still && event.body) manifests_[event.asset] = event.body;
    tell(facts::AssetDropped{event.asset});
    if (event.still) tell(facts::AssetAdded{*event.still});
    if (!event.status)
        warn("store.failed",
             "cannot remove " + name_of(event.asset) + ": " + event.status.error().text,
             {event.asset, {}});
}

void Engine::take(store_event::Answer<store_question::Relist>& event) {
    if (!event.answer) return warn("store.failed", event.answer.error().text, {});
    const auto& [found, bodies] = *event.answer;
    for (const auto& [asset, body] : bodies)
        manifests_[asset] = body;
    std::map<AssetId, RangeSet> gone;
    for (const FragmentRef& fragment : found.gone)
        gone[fragment.asset].add(fragment.index.value);
    for (const AssetId& asset : found.lost) {
        if (!bodies.contains(asset)) manifests_.erase(asset);
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

void Engine::take(store_event::ChunkLoaded& event) {
    if (const auto* reader = std::get_if<ForReader>(&event.who)) {
        // What was loaded went to the reader by a pipe of its own.
        if (!event.payload && hooks_.on_reader_failure)
            hooks_.on_reader_failure(*reader, fail(ErrorKind::io, event.payload.error().text));
        return;
    }
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
    const ChunkRef& chunk = event.chunk;
    SendVerdict verdict = SendVerdict::absent;
    if (event.payload)
        verdict = ports_.links.send(
            who.link, message(Data{who.request, chunk.asset, chunk.fragment, chunk.chunk}),
            std::move(*event.payload));
    tell(facts::Sent{who.link, who.request, chunk, verdict});
}

void Engine::take(store_event::ProofLoaded& event) {
    SendVerdict verdict = SendVerdict::absent;
    if (event.payload)
        verdict = ports_.links.send(
            event.who.link,
            message(ProofPart{event.who.request, event.fragment.asset, event.fragment.index}),
            std::move(*event.payload));
    tell(facts::Sent{event.who.link, event.who.request, std::nullopt, verdict});
}

void Engine::take(store_event::Answer<store_question::Adopt>& event) {
    if (!event.answer) return;
    const auto& [asset, body] = *event.answer;
    if (body) manifests_[asset.id] = body;
    tell(facts::AssetAdded{asset});
}

void Engine::take(store_event::Room& event) {
    tell(facts::RoomChanged{event.room});
}

void Engine::take(store_event::KeyDrawn& event) {
    Bytes key;
    if (event.public_key) {
        key = std::move(*event.public_key);
    } else {
        warn("store.key",
             "a new id was drawn and could not be kept: " + event.public_key.error().text +
                 ". It lasts until the next start",
             {});
        const auto pair = make_key_pair();
        if (!pair) return;
        key = pair->public_key;
    }
    PeerRecord self = swarm_->self();
    self.id = peer_id_of(key);
    tell(facts::IdentityDrawn{std::move(self), std::move(key)});
}

void Engine::warn(const char* kind, std::string text, const FragmentRef& fragment) {
    Report report;
    report.level = Report::Level::warning;
    report.kind = kind;
    report.text = std::move(text);
    report.asset = fragment.asset;
    if (!fragment.asset.is_zero()) report.fragment = fragment.index.value;
    perform(report);
}

std::string Engine::name_of(const AssetId& asset) const {
    const auto manifest = swarm_->manifest(asset);
    return manifest ? manifest->name : asset.short_text();
}

}  // namespace fragcast
