#include "tests/peer/swarm/town.hpp"

#include "messages/wire/hash.hpp"
#include "peer/swarm/stamp.hpp"

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
    swarm_ = std::make_unique<Swarm>(std::move(options), town.people_.size());
}

void Inhabitant::start(const std::vector<StoredAsset>& stored) {
    for (const StoredAsset& asset : stored) {
        manifests_[asset.id] = asset.manifest;
        for (const Span& span : asset.holding.fragments.spans())
            for (std::uint32_t i = span.begin; i < span.end; ++i) {
                whole_.insert({asset.id, {i}});
                proofs_.insert({asset.id, {i}});
            }
    }
    tell(facts::Started{stored});
}

bool Inhabitant::has(const TestAsset& asset) const {
    for (std::uint32_t i = 0; i < asset.manifest->fragments.size(); ++i)
        if (!whole_.contains({asset.id, {i}})) return false;
    return true;
}

void Inhabitant::send(LinkId link, Body body, std::size_t bytes, bool good) {
    const auto found = links_.find(link);
    if (found == links_.end()) return;
    Message message = stamp(*swarm_, std::move(body));
    Inhabitant* other = found->second.first;
    const LinkId theirs = found->second.second;
    town_.later([other, theirs, message = std::move(message), bytes, good] {
        other->deliver(theirs, message, bytes, good);
    });
}

void Inhabitant::deliver(LinkId link, const Message& message, std::size_t bytes, bool good) {
    if (deaf || !links_.contains(link)) return;
    good_ = good;
    tell(facts::LinkSaid{link, message, bytes});
}

void Inhabitant::store_chunk(const StoreChunk& action) {
    const ChunkRef chunk = action.chunk;
    const bool good = good_;
    town_.later([this, action, chunk, good] {
        const StoreVerdict given = good ? verdict : StoreVerdict::bad;
        const auto& info = manifests_.at(chunk.asset)->fragments[chunk.fragment.value];
        bool complete = false;
        if (given == StoreVerdict::stored) {
            ++stored_chunks_;
            RangeSet& have = chunks_[chunk.of()];
            CHECK_FALSE(have.contains(chunk.chunk.value));
            have.add(chunk.chunk.value);
            complete = have.count() == chunk_count(info.size);
        }
        tell(facts::ChunkStored{chunk, action.from, given});
        if (!complete) return;
        if (unfinished > 0) {
            --unfinished;
            chunks_.erase(chunk.of());
            proofs_.erase(chunk.of());
            tell(facts::FragmentFailed{chunk.of(), "bad luck"});
            return;
        }
        whole_.insert(chunk.of());
        tell(facts::FragmentDone{chunk.of()});
    });
}

void Inhabitant::perform(const Action& action) {
    if (const auto* send_to = std::get_if<SendTo>(&action)) {
        send(send_to->link, send_to->body, 0, true);
    } else if (const auto* dial = std::get_if<Dial>(&action)) {
        Inhabitant* other = town_.at(dial->endpoint);
        const LinkId link = dial->link;
        town_.later([this, other, link] {
            if (other == nullptr) {
                tell(facts::DialFailed{link, fail(ErrorKind::unavailable, "refused")});
                return;
            }
            const LinkId theirs{kFirstAccepted + ++other->accepted_};
            links_[link] = {other, theirs};
            other->links_[theirs] = {this, link};
            other->tell(facts::LinkUp{theirs, false});
            tell(facts::LinkUp{link, true});
        });
    } else if (const auto* hang_up = std::get_if<HangUp>(&action)) {
        const LinkId link = hang_up->link;
        town_.later([this, link] { links_.erase(link); });
    } else if (const auto* chunk = std::get_if<SendChunk>(&action)) {
        const SendChunk one = *chunk;
        town_.later([this, one] {
            const auto& info = manifests_.at(one.chunk.asset)->fragments[one.chunk.fragment.value];
            send(one.link, Data{one.request, one.chunk.asset, one.chunk.fragment, one.chunk.chunk},
                 chunk_length(info.size, one.chunk.chunk), !lies && !rotten.contains(one.chunk));
            tell(facts::Sent{one.link, one.request, one.chunk, SendVerdict::sent});
        });
    } else if (const auto* proof = std::get_if<SendProof>(&action)) {
        const SendProof one = *proof;
        town_.later([this, one] {
            const auto& info =
                manifests_.at(one.fragment.asset)->fragments[one.fragment.index.value];
            send(one.link, ProofPart{one.request, one.fragment.asset, one.fragment.index},
                 32 * chunk_count(info.size), true);
            tell(facts::Sent{one.link, one.request, std::nullopt, SendVerdict::sent});
        });
    } else if (const auto* manifest = std::get_if<SendManifest>(&action)) {
        const SendManifest one = *manifest;
        town_.later([this, one] {
            const std::uint64_t total = encode_manifest(*manifests_.at(one.asset))->size();
            send(one.link, ManifestPart{one.request, one.asset, total, one.offset},
                 std::min<std::uint64_t>(total - one.offset, limits::kManifestPartBytes), true);
            tell(facts::Sent{one.link, one.request, std::nullopt, SendVerdict::sent});
        });
    } else if (const auto* part = std::get_if<KeepManifestPart>(&action)) {
        const KeepManifestPart one = *part;
        const auto& known = town_.assets_.at(one.asset);
        if (one.offset + limits::kManifestPartBytes < encode_manifest(*known)->size()) return;
        town_.later([this, one, known] {
            manifests_[one.asset] = known;
            tell(facts::ManifestStored{one.asset, one.from, StoreVerdict::stored, known});
        });
    } else if (const auto* kept = std::get_if<StoreProof>(&action)) {
        const StoreProof one = *kept;
        town_.later([this, one] {
            proofs_.insert(one.fragment);
            chunks_[one.fragment].add(on_disk[one.fragment]);
            tell(facts::ProofStored{one.fragment, one.from, StoreVerdict::stored,
                                    chunks_[one.fragment]});
        });
    } else if (const auto* store = std::get_if<StoreChunk>(&action)) {
        store_chunk(*store);
    } else if (const auto* drop = std::get_if<DropAsset>(&action)) {
        const AssetId id = drop->asset;
        town_.later([this, id] {
            std::erase_if(chunks_, [&](const auto& one) { return one.first.asset == id; });
            std::erase_if(proofs_, [&](const auto& one) { return one.asset == id; });
            std::erase_if(whole_, [&](const auto& one) { return one.asset == id; });
            tell(facts::AssetDropped{id});
        });
    } else if (const auto* doubt = std::get_if<DoubtChunk>(&action)) {
        const ChunkRef bad = doubt->chunk;
        town_.later([this, bad] {
            if (rotten.erase(bad) == 0) return;
            const auto& info = manifests_.at(bad.asset)->fragments[bad.fragment.value];
            on_disk[bad.of()] = RangeSet::up_to(chunk_count(info.size));
            on_disk[bad.of()].remove(RangeSet{{bad.chunk.value, bad.chunk.value + 1}});
            chunks_.erase(bad.of());
            proofs_.erase(bad.of());
            whole_.erase(bad.of());
            tell(facts::FragmentDamaged{bad.of()});
        });
    }
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
