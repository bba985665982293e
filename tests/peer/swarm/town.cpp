#include "tests/peer/swarm/town.hpp"

#include "messages/wire/hash.hpp"
#include "peer/swarm/stamp.hpp"
#include "tests/support/made_up.hpp"

#include <utility>

#include <doctest/doctest.h>

namespace fragcast::town {

TestAsset make_asset(const std::string& name, std::uint32_t fragments, std::uint32_t chunks) {
    Manifest manifest;
    manifest.name = name;
    manifest.mime = "application/octet-stream";
    manifest.source.name = name;
    for (std::uint32_t i = 0; i < fragments; ++i) {
        FragmentInfo fragment;
        fragment.size = std::uint64_t{chunks} * limits::kChunkBytes - 1000;  // the last one shorter
        const std::string text = name + std::to_string(i);
        fragment.hash = sha256({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
        manifest.fragments.push_back(fragment);
    }
    manifest.source.size = manifest.size();
    const auto body = encode_manifest(manifest);
    REQUIRE_MESSAGE(body.ok(), (body.ok() ? "" : body.error().text));
    return {id_of_manifest(*body), std::make_shared<const Manifest>(std::move(manifest))};
}

namespace {

std::shared_ptr<const Bytes> body_of(const Manifest& manifest) {
    return std::make_shared<const Bytes>(*encode_manifest(manifest));
}

}  // namespace

StoredAsset stored(const TestAsset& asset) {
    const auto count = static_cast<std::uint32_t>(asset.manifest->fragments.size());
    return {asset.id, asset.manifest, {RangeSet::up_to(count), {}}, {}};
}

Inhabitant::Inhabitant(Town& town, std::string name, SwarmOptions options)
    : town_(town), name_(std::move(name)) {
    options.key = Bytes(32, 7);
    for (std::size_t i = 0; i < name_.size() && i < 32; ++i)
        options.key[i] = static_cast<std::uint8_t>(name_[i]);
    options.self.id = peer_id_of(options.key);
    options.self.name = name_;
    // Nothing moves by itself here, unless a test says what somebody holds.
    if (options.self.capacity == PeerRecord{}.capacity) options.self.capacity = 0;
    if (options.self.epoch.value == 0) options.self.epoch = {1};
    if (!options.self.guest)
        options.self.exchange = "tcp://10.0.0." + std::to_string(town.people_.size() + 1) + ":4000";
    EngineHooks hooks;
    hooks.on_actions = [this](const Actions& actions) {
        log_.insert(log_.end(), actions.begin(), actions.end());
    };
    engine_ = std::make_unique<Engine>(std::move(options), town.people_.size(), false,
                                       Ports{*this, *this, *this, *this, *this}, std::move(hooks));
}

void Inhabitant::start(const std::vector<StoredAsset>& stored) {
    std::map<AssetId, std::shared_ptr<const Bytes>> bodies;
    for (const StoredAsset& asset : stored) {
        manifests_[asset.id] = asset.manifest;
        bodies[asset.id] = body_of(*asset.manifest);
        for (const Span& span : asset.holding.fragments.spans())
            for (std::uint32_t i = span.begin; i < span.end; ++i) {
                whole_.insert({asset.id, {i}});
                proofs_.insert({asset.id, {i}});
            }
    }
    engine_->start(stored, std::move(bodies));
    check();
}

// Somebody looks now and then: what was shown stays true by what changes.
void Inhabitant::check() {
    if (seen && ++checks_ % 4 == 0) look();
    swarm().check_invariants(now());
}

Time Inhabitant::now() const {
    return town_.now_;
}

void Inhabitant::tell(Fact fact) {
    engine_->tell(std::move(fact));
    check();
}

void Inhabitant::happened(StoreEvent event) {
    engine_->happened(std::move(event));
    check();
}

void Inhabitant::add(const TestAsset& asset) {
    happened(store_event::Answer<store_question::Adopt>{
        {}, store_question::Adopted{stored(asset), body_of(*asset.manifest)}});
}

bool Inhabitant::has(const TestAsset& asset) const {
    for (std::uint32_t i = 0; i < asset.manifest->fragments.size(); ++i)
        if (!whole_.contains({asset.id, {i}})) return false;
    return true;
}

std::uint64_t Inhabitant::size_of(const FragmentRef& fragment) const {
    return manifests_.at(fragment.asset)->fragments[fragment.index.value].size;
}

// --- links ---------------------------------------------------------------------------------------

void Inhabitant::send_to(LinkId link, Body body) {
    send(link, stamp(swarm(), std::move(body)));
}

void Inhabitant::send(LinkId link, Message message) {
    (void)send(link, std::move(message), {});
}

SendVerdict Inhabitant::send(LinkId link, Message message, Payload payload) {
    const auto found = links_.find(link);
    if (found == links_.end()) return SendVerdict::sent;  // into the void
    const auto [other, theirs] = found->second;
    const auto carried = std::make_shared<Payload>(std::move(payload));
    town_.later([other = other, theirs = theirs, message = std::move(message), carried] {
        other->deliver(theirs, message, std::move(*carried));
    });
    return SendVerdict::sent;
}

void Inhabitant::deliver(LinkId link, Message message, Payload payload) {
    if (deaf || !links_.contains(link)) return;
    engine_->link_said(link, std::move(message), std::move(payload));
    check();
}

void Inhabitant::dial(LinkId link, const Endpoint& literal) {
    Inhabitant* other = town_.at(literal.text());
    town_.later([this, other, link] {
        if (other == nullptr)
            return tell(facts::DialFailed{link, fail(ErrorKind::unavailable, "refused")});
        const LinkId theirs{kFirstAccepted + ++other->accepted_};
        links_[link] = {other, theirs};
        other->links_[theirs] = {this, link};
        other->tell(facts::LinkUp{theirs, false});
        tell(facts::LinkUp{link, true});
    });
}

void Inhabitant::hang_up(LinkId link) {
    town_.later([this, link] { links_.erase(link); });
}

// --- the store -----------------------------------------------------------------------------------

bool Inhabitant::take(StoreCommand command) {
    const auto one = std::make_shared<StoreCommand>(std::move(command));
    town_.later([this, one] { std::visit([this](auto& what) { do_it(what); }, *one); });
    return true;
}

void Inhabitant::do_it(store_command::KeepManifest& command) {
    auto manifest = decode_manifest(command.body.data(), command.body.size());
    REQUIRE(manifest);
    manifests_[command.asset] = std::make_shared<const Manifest>(std::move(*manifest));
    happened(store_event::ManifestKept{command.asset, command.from, StoreVerdict::stored,
                                       manifests_[command.asset],
                                       std::make_shared<const Bytes>(std::move(command.body))});
}

void Inhabitant::do_it(store_command::KeepProof& command) {
    proofs_.insert(command.fragment);
    chunks_[command.fragment].add(on_disk[command.fragment]);
    happened(store_event::ProofKept{command.fragment, command.from, StoreVerdict::stored,
                                    chunks_[command.fragment]});
}

void Inhabitant::do_it(store_command::KeepChunk& command) {
    const ChunkRef chunk = command.chunk;
    const StoreVerdict given = made_up::is_good(command.payload) ? verdict : StoreVerdict::bad;
    if (given == StoreVerdict::stored) {
        ++stored_chunks_;
        RangeSet& have = chunks_[chunk.of()];
        CHECK_FALSE(have.contains(chunk.chunk.value));
        have.add(chunk.chunk.value);
    }
    const bool complete = given == StoreVerdict::stored &&
                          chunks_[chunk.of()].count() == chunk_count(size_of(chunk.of()));
    happened(store_event::ChunkKept{chunk, command.from, given});
    if (complete) finish(chunk.of());
}

void Inhabitant::finish(const FragmentRef& fragment) {
    if (unfinished > 0) {
        --unfinished;
        forget(fragment);
        return happened(store_event::FragmentDone{fragment, fail(ErrorKind::io, "bad luck")});
    }
    whole_.insert(fragment);
    happened(store_event::FragmentDone{fragment});
}

void Inhabitant::forget(const FragmentRef& fragment) {
    chunks_.erase(fragment);
    proofs_.erase(fragment);
    whole_.erase(fragment);
}

void Inhabitant::do_it(store_command::LoadChunk& command) {
    const bool good = !lies && !rotten.contains(command.chunk);
    const auto bytes = chunk_length(size_of(command.chunk.of()), command.chunk.chunk);
    happened(store_event::ChunkLoaded{command.chunk, command.who, made_up::payload(bytes, good)});
}

void Inhabitant::do_it(store_command::LoadProof& command) {
    const auto bytes = 32 * chunk_count(size_of(command.fragment));
    happened(
        store_event::ProofLoaded{command.fragment, command.who, made_up::payload(bytes, true)});
}

void Inhabitant::do_it(store_command::DropAsset& command) {
    const AssetId id = command.asset;
    std::erase_if(chunks_, [&](const auto& one) { return one.first.asset == id; });
    std::erase_if(proofs_, [&](const auto& one) { return one.asset == id; });
    std::erase_if(whole_, [&](const auto& one) { return one.asset == id; });
    happened(store_event::AssetDropped{id});
}

void Inhabitant::do_it(store_command::Doubt& command) {
    const ChunkRef bad = command.chunk;
    if (rotten.erase(bad) == 0) return;
    on_disk[bad.of()] = RangeSet::up_to(chunk_count(size_of(bad.of())));
    on_disk[bad.of()].remove(RangeSet{{bad.chunk.value, bad.chunk.value + 1}});
    forget(bad.of());
    happened(
        store_event::FragmentLost{bad.of(), "it rotted", store_event::FragmentLost::How::damaged});
}

// --- the town ------------------------------------------------------------------------------------

Inhabitant& Town::add(const std::string& name, SwarmOptions options) {
    if (options.buses == 1) options.buses = 0;  // no bus unless a test brings one
    people_.push_back(std::make_unique<Inhabitant>(*this, name, std::move(options)));
    return *people_.back();
}

Inhabitant* Town::at(const std::string& endpoint) {
    for (const auto& person : people_)
        if (person->record().exchange == endpoint && !person->deaf) return person.get();
    return nullptr;
}

void Town::settle() {
    std::size_t steps = 0;
    while (!due_.empty()) {
        REQUIRE(++steps < 1'000'000);
        const auto what = std::move(due_.front());
        due_.pop_front();
        what();
    }
}

void Town::pass(Duration time) {
    const Time end = now_ + time;
    settle();
    for (;;) {
        Time next = end;
        for (const auto& person : people_)
            next = std::min(next, std::max(person->swarm().next_tick(), now_));
        if (next >= end) break;
        now_ = next;
        for (const auto& person : people_)
            if (person->swarm().next_tick() <= now_) {
                person->tell(facts::Ticked{});
                REQUIRE(person->swarm().next_tick() > now_);
            }
        settle();
    }
    now_ = end;
}

bool Town::wait(const std::function<bool()>& condition, Duration most) {
    const Time end = now_ + most;
    settle();
    while (!condition() && now_ < end)
        pass(5ms);
    return condition();
}

void Town::cut(Inhabitant& a, Inhabitant& b, bool told) {
    for (auto* one : {&a, &b}) {
        Inhabitant* other = one == &a ? &b : &a;
        std::vector<LinkId> links;
        for (const auto& [link, end] : one->links_)
            if (end.first == other) links.push_back(link);
        for (const LinkId link : links) {
            one->links_.erase(link);
            if (told) one->tell(facts::LinkDown{link});
        }
    }
}

SwarmOptions with_friend(const Inhabitant& one) {
    SwarmOptions options;
    options.friends = {one.record().exchange};
    return options;
}

}  // namespace fragcast::town
