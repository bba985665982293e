// The limit of the store: what is counted, and what is dropped to make room. Never a copy that the
// swarm would miss: R witnesses are heard first (PROTOCOL.md, "Eviction").
#include "messages/wire/endpoint.hpp"
#include "peer/swarm/swarm_state.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

namespace fragcast {

namespace {

constexpr Duration kRoomEvery{1'000'000};
constexpr Duration kPassOnEvery{30'000'000};
constexpr std::size_t kMostPassedOn = 16;  // fragments offered at a time

}  // namespace

// --- what is counted -----------------------------------------------------------------------------

// Whole fragments, and unfinished ones as if they were: room is kept for the rest of one of which
// something came, while it is wanted and somebody who has more of it is linked. A proof keeps none.
void Swarm::State::restock(AssetState& asset) {
    stock_ -= asset.stock;
    asset.stock = 0;
    if (asset.manifest) {
        const auto& fragments = asset.manifest->fragments;
        for (const Span& span : self_.book.fragments(asset.id).spans())
            for (std::uint32_t i = span.begin; i < span.end; ++i)
                asset.stock += fragments[i].size;
        if (eviction_ && eviction_->asset == asset.id)  // withdrawn, and still on disk
            for (const Span& span : eviction_->fragments.spans())
                for (std::uint32_t i = span.begin; i < span.end; ++i)
                    asset.stock += fragments[i].size;
        const auto& who = availability_.who(asset.id);
        const bool comes = wants_.contains(asset.id) &&
                           std::any_of(who.begin(), who.end(), [this](const auto& claim) {
                               const auto known = peers_.find(claim.first);
                               return known != peers_.end() && !known->second.links.empty();
                           });
        for (const auto& [index, unfinished] : asset.unfinished)
            asset.stock +=
                comes && !unfinished.empty() ? unfinished.size() : unfinished.bytes_here();
    }
    stock_ += asset.stock;
}

void Swarm::State::use(const FragmentRef& fragment, Time now) {
    if (options_.max_store > 0) assets_.at(fragment.asset).used[fragment.index] = now;
}

// Notes how much lacks where it does not.
bool Swarm::State::fits(const AssetState& asset, FragmentIndex fragment) {
    if (options_.max_store == 0) return true;
    const auto unfinished = asset.unfinished.find(fragment);
    if (unfinished != asset.unfinished.end() && !unfinished->second.empty()) return true;
    const std::uint64_t size = asset.manifest->fragments[fragment.value].size;
    // And the others of which the first chunk is on its way.
    std::uint64_t taken = stock_;
    for (const FragmentRef& coming : inflight_.fragments()) {
        const Assembly* other = assembly(coming);
        if (coming != FragmentRef{asset.id, fragment} && other != nullptr && other->empty())
            taken += other->size();
    }
    if (taken + size <= options_.max_store) return true;
    if (size <= options_.max_store)
        room_needed_ = std::max(room_needed_, taken + size - options_.max_store);
    return false;
}

// Whether so much more would fit after all that may be evicted is.
bool Swarm::State::could_hold(std::uint64_t bytes, Time now) {
    if (options_.max_store == 0 || stock_ + bytes <= options_.max_store) return true;
    std::uint64_t free = 0;
    for (const FragmentRef& fragment : evictable(true, now))
        free += assets_.at(fragment.asset).manifest->fragments[fragment.index.value].size;
    return stock_ + bytes <= options_.max_store + free;
}

// --- what is kept --------------------------------------------------------------------------------

// Put here, or fetched on purpose: no word of others makes it go.
void Swarm::State::keep(AssetState& asset, const RangeSet& fragments, Turn& turn) {
    const RangeSet news = asset.loose.common(fragments);
    if (news.empty()) return;
    asset.loose.remove(news);
    turn.out.push_back(Mark{asset.id, news, true});
}

// `fetched`: by us, chunk by chunk; else somebody put its file here. One that is fetched again,
// since the disk spoilt it, is what it was.
void Swarm::State::came(AssetState& asset, FragmentIndex fragment, bool fetched, Turn& turn) {
    const RangeSet one{{fragment.value, fragment.value + 1}};
    const bool asked_for = asset.put.contains(fragment.value) ||
                           wants_.on_purpose({asset.id, fragment}, fragment_count(asset),
                                             asset.loose.contains(fragment.value));
    if (!fetched || asked_for) {
        asset.loose.remove(one);
        return;
    }
    asset.loose.add(one);
    turn.out.push_back(Mark{asset.id, one, false});
}

// What is held and loose, that nobody here wants and we are not responsible for, the longest unused
// first; `only_copied`: of which R others have a copy, as far as known.
std::vector<FragmentRef> Swarm::State::evictable(bool only_copied, Time now) {
    std::vector<std::tuple<Time, FragmentRef>> found;
    for (const auto& [id, entry] : self_.book.entries()) {
        const AssetState& asset = assets_.at(id);
        if (!asset.manifest || asset.loose.empty()) continue;
        const FragmentIndex played = viewers_.played_from(id).value_or(FragmentIndex{~0U});
        const CopyPicture picture = this->picture(asset, now);
        std::vector<const RangeSet*> witnesses;
        for (const auto& [peer, holding] : availability_.who(id))
            if (may_witness(peer, now)) witnesses.push_back(&holding.fragments);
        const RangeSet loose = entry.fragments.common(asset.loose);
        for (const Span& span : loose.spans())
            for (std::uint32_t i = span.begin; i < span.end && i < played.value; ++i) {
                const auto copies =
                    std::count_if(witnesses.begin(), witnesses.end(),
                                  [i](const RangeSet* has) { return has->contains(i); });
                const bool copied = static_cast<std::uint64_t>(copies) >= replicas(asset);
                if (copied != only_copied || picture.responsible(self_.record.id, i)) continue;
                const auto used = asset.used.find({i});
                found.emplace_back(used == asset.used.end() ? started_at_ : used->second,
                                   FragmentRef{id, {i}});
            }
    }
    std::sort(found.begin(), found.end());
    std::vector<FragmentRef> out;
    out.reserve(found.size());
    for (const auto& [used, fragment] : found)
        out.push_back(fragment);
    return out;
}

// --- eviction ------------------------------------------------------------------------------------

void Swarm::State::tick_room(Turn& turn) {
    if (eviction_) {
        if (turn.now >= eviction_->until) return end_eviction(turn);
        ask_witnesses(turn);
        turn.wake_by(eviction_->until);
        return;
    }
    if (options_.max_store > 0 && stock_ > options_.max_store)
        room_needed_ = std::max(room_needed_, stock_ - options_.max_store);
    if (room_needed_ == 0 || farewell_.kind != Farewell::Kind::none) return;
    if (turn.now < room_look_) {
        turn.wake_by(room_look_);
        return;
    }
    room_look_ = turn.now + kRoomEvery;
    // Room that is kept for what does not come any more.
    const std::uint64_t before = stock_;
    for (const AssetId& id : wants_.all())
        if (AssetState& asset = assets_.at(id); !asset.unfinished.empty()) restock(asset);
    room_needed_ -= std::min(room_needed_, before - std::min(before, stock_));
    if (room_needed_ > 0) return begin_eviction(turn);
    plan_due_ = true;
    for (const AssetId& id : wants_.all())
        copies_due_.add(id);
}

// Chunks that nobody wants any more are no copy: they go first, and unasked.
void Swarm::State::begin_eviction(Turn& turn) {
    std::uint64_t lacking = std::exchange(room_needed_, 0);
    for (auto& [id, asset] : assets_) {
        if (wants_.contains(id) || asset.unfinished.empty()) continue;
        for (auto it = asset.unfinished.begin(); it != asset.unfinished.end() && lacking > 0;) {
            lacking -= std::min(lacking, it->second.bytes_here());
            proofs_.drop(FragmentRef{id, it->first});
            turn.out.push_back(DropFragment{{id, it->first}});
            untold_.erase({id, it->first});
            it = asset.unfinished.erase(it);
        }
        restock(asset);
        touch(id);
    }
    if (lacking == 0) {
        plan_due_ = true;
        for (const AssetId& id : wants_.all())
            copies_due_.add(id);
        return;
    }
    const auto candidates = evictable(true, turn.now);
    if (candidates.empty()) {
        if (!std::exchange(limit_told_, true))
            turn.report(
                Report::Level::warning, "store.limit",
                "the store's limit of " + human_bytes(options_.max_store) +
                    " is reached, and nothing here may be dropped for more: nothing more is "
                    "fetched. What was put here or fetched on purpose is kept, and what has "
                    "too few copies elsewhere. Raise --max-store-size, or remove assets");
        return pass_on(turn);
    }
    limit_told_ = false;
    // Of one asset at a time: one answer speaks for all of its fragments.
    Eviction eviction;
    eviction.asset = candidates.front().asset;
    AssetState& asset = assets_.at(eviction.asset);
    for (const FragmentRef& fragment : candidates) {
        if (fragment.asset != eviction.asset || lacking == 0) continue;
        eviction.fragments.add(fragment.index.value);
        lacking -= std::min(lacking, asset.manifest->fragments[fragment.index.value].size);
    }
    eviction.replicas = replicas(asset);
    eviction.until = turn.now + limits::kWitnessWait;
    for (const auto& [peer, theirs] : availability_.who(eviction.asset))
        if (may_witness(peer, turn.now) && !theirs.fragments.common(eviction.fragments).empty())
            eviction.asked[peer];
    const RangeSet fragments = eviction.fragments;
    eviction_ = std::move(eviction);
    self_.book.remove(asset.id, fragments);
    changed(asset.id, turn);
    if (any_bus_joined())
        turn.out.push_back(Publish{FragmentGone{asset.id, fragments}, self_.book.sequence()});
    push_have(asset.id, have_of(asset.id), turn);
    ask_witnesses(turn);
    turn.wake_by(eviction_->until);
}

// Over a link that we dialled, to where a bus or the configuration says that it lives: so who
// invents ids must be reachable under each, and nobody is spoken for over another link.
Neighbour* Swarm::State::witness_link(const PeerId& peer) {
    const auto known = peers_.find(peer);
    if (known == peers_.end()) return nullptr;
    for (const LinkId link : known->second.links) {
        Neighbour* n = neighbour(link);
        if (n->dialled() &&
            (is_friend(n->endpoint()) ||
             (known->second.word == Word::bus && n->endpoint() == known->second.record.exchange)))
            return n;
    }
    return nullptr;
}

bool Swarm::State::may_witness(const PeerId& peer, Time now) const {
    const auto found = peers_.find(peer);
    if (found == peers_.end()) return false;
    const KnownPeer& known = found->second;
    return stays(known) && !bars_.barred_id(peer, now) && !known.record.exchange.empty() &&
           !(must_be_linked() && known.links.empty()) &&
           (known.word == Word::bus || is_friend(known.record.exchange));
}

void Swarm::State::ask_witnesses(Turn& turn) {
    for (auto& [peer, question] : eviction_->asked) {
        if (question.request.value != 0) continue;
        Neighbour* n = witness_link(peer);
        if (n == nullptr) {
            const auto known = peers_.find(peer);
            if (known != peers_.end() && known->second.dialling.value == 0)
                known->second.dialling = dial(known->second.record.exchange, turn);
            continue;
        }
        question = {n->link(), turn.next_request()};
        n->use(turn.now);
        turn.out.push_back(SendTo{n->link(), AskHave{question.request, eviction_->asset}});
    }
}

void Swarm::State::hear_witness(const Neighbour& n, const Have& have, Turn& turn) {
    if (!eviction_ || have.request.value == 0 || have.asset != eviction_->asset) return;
    const PeerId peer = n.peer().id;
    const auto asked = eviction_->asked.find(peer);
    if (asked == eviction_->asked.end() || asked->second.request != have.request ||
        asked->second.link != n.link())
        return;
    eviction_->witnessed[peer] = have.fragments.common(eviction_->fragments);
    const bool all =
        std::all_of(eviction_->fragments.spans().begin(), eviction_->fragments.spans().end(),
                    [&](const Span& span) {
                        for (std::uint32_t i = span.begin; i < span.end; ++i) {
                            const auto count = std::count_if(
                                eviction_->witnessed.begin(), eviction_->witnessed.end(),
                                [i](const auto& one) { return one.second.contains(i); });
                            if (static_cast<std::uint64_t>(count) < eviction_->replicas)
                                return false;
                        }
                        return true;
                    });
    if (all || eviction_->witnessed.size() == eviction_->asked.size()) end_eviction(turn);
}

void Swarm::State::end_eviction(Turn& turn) {
    const Eviction eviction = *eviction_;
    RangeSet kept;
    RangeSet dropped;
    for (const Span& span : eviction.fragments.spans())
        for (std::uint32_t i = span.begin; i < span.end; ++i) {
            const auto witnesses =
                std::count_if(eviction.witnessed.begin(), eviction.witnessed.end(),
                              [i](const auto& one) { return one.second.contains(i); });
            (static_cast<std::uint64_t>(witnesses) >= eviction.replicas ? dropped : kept).add(i);
        }
    AssetState& asset = assets_.at(eviction.asset);
    wants_.evicted(asset.id, dropped);
    asset.loose.remove(dropped);
    for (const Span& span : dropped.spans())
        for (std::uint32_t i = span.begin; i < span.end; ++i) {
            const FragmentRef fragment{asset.id, {i}};
            turn.out.push_back(DropFragment{fragment});
            asset.origins.erase({i});
            asset.used.erase({i});
            answers_.forget(fragment);
            ++counters_.evicted;
        }
    eviction_->fragments = kept;
    if (!dropped.empty())
        turn.report(Report::Level::info, "store.evicted",
                    "dropped " + name_of_asset(asset.id) + " " + dropped.text() +
                        " to make room: others have copies",
                    {}, asset.id);
    keep_after_all(kept, turn);
    room_look_ = kept.empty() ? turn.now : turn.now + kRoomEvery;
    plan_due_ = true;
    copies_due_.add_all();
}

// Too few others have them: they are announced again.
void Swarm::State::keep_after_all(const RangeSet& fragments, Turn& turn) {
    const AssetId id = eviction_->asset;
    eviction_.reset();
    AssetState& asset = assets_.at(id);
    if (!fragments.empty()) announce(asset, fragments, turn);
    restock(asset);
    deliver_ready(asset, turn);
    review(id, turn);
}

void Swarm::State::spare(const AssetId& asset, Turn& turn) {
    if (eviction_ && eviction_->asset == asset) keep_after_all(eviction_->fragments, turn);
}

// There is nothing that others have: those who should have it are asked to take it.
void Swarm::State::pass_on(Turn& turn) {
    room_look_ = turn.now + 2 * kRoomEvery;  // whether they took it
    if (turn.now < pass_on_at_) return;
    pass_on_at_ = turn.now + kPassOnEvery;
    std::map<std::pair<AssetId, PeerId>, RangeSet> offers;
    std::size_t offered = 0;
    for (const FragmentRef& fragment : evictable(false, turn.now)) {
        if (++offered > kMostPassedOn) break;
        const AssetState& asset = assets_.at(fragment.asset);
        const CopyPicture picture = this->picture(asset, turn.now);
        const std::uint32_t copies = picture.copies(self_.record.id, fragment.index.value);
        for (const PeerId& peer : picture.takers(fragment.index.value, replicas(asset) - copies))
            offers[{fragment.asset, peer}].add(fragment.index.value);
    }
    for (auto& [key, fragments] : offers)
        if (const auto known = peers_.find(key.second); known != peers_.end())
            add_offering(key.first, {known->second.record, std::move(fragments)},
                         OfferReason::repair);
    if (offers.empty()) return;
    connect_due_ = true;
    offer_to_all(turn);
}

}  // namespace fragcast
