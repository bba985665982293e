#include "peer/swarm/copies/room.hpp"

#include "messages/wire/endpoint.hpp"
#include "messages/wire/limits.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

namespace fragcast {

const Room::Row& Room::row(const AssetId& asset) const {
    static const Row kNoRow;
    const auto found = rows_.find(asset);
    return found == rows_.end() ? kNoRow : found->second;
}

void Room::tidy(const AssetId& asset) {
    const auto found = rows_.find(asset);
    if (found == rows_.end()) return;
    const Row& row = found->second;
    if (row.stock == 0 && row.put.empty() && row.loose.empty() && row.used.empty())
        rows_.erase(found);
}

// --- the disk ------------------------------------------------------------------------------------

bool Room::disk_says(bool room, Turn& turn) {
    if (!room) try_disk_ = turn.now + limits::kMaxDialWait;
    if (room == on_disk_) return false;
    on_disk_ = room;
    if (room)
        turn.report(Report::Level::info, "store.room", "there is room on disk again");
    else
        turn.report(
            Report::Level::error, "store.full",
            "no room on disk: nothing is fetched until there is. Make room, or remove assets");
    turn.wake_by(room ? turn.now : try_disk_);
    return true;
}

bool Room::tick_disk(Turn& turn) {
    if (on_disk_) return false;
    if (turn.now >= try_disk_) return disk_says(true, turn);
    turn.wake_by(try_disk_);
    return false;
}

// --- what is counted -----------------------------------------------------------------------------

// All of `fragments` but those of `but`.
static std::uint64_t bytes_of(const Manifest& manifest, RangeSet fragments, const RangeSet& but) {
    if (!but.empty()) fragments.remove(but);
    std::uint64_t bytes = 0;
    for (const Span& span : fragments.spans())
        for (std::uint32_t i = span.begin; i < span.end; ++i)
            bytes += Room::on_disk(manifest.fragments[i].size);
    return bytes;
}

std::uint64_t Room::here(const Assembly& one) {
    if (!one.empty()) return on_disk(one.bytes_here());
    return one.proof() == Assembly::Proof::missing ? 0 : on_disk(one.chunks() * Digest::kBytes);
}

static std::uint64_t bytes_of(const std::map<FragmentIndex, Assembly>& unfinished, bool comes) {
    std::uint64_t bytes = 0;
    for (const auto& [index, one] : unfinished)
        bytes += comes && !one.empty() ? Room::on_disk(one.size()) : Room::here(one);
    return bytes;
}

std::uint64_t Room::bytes(const Taken& taken) {
    if (taken.manifest == nullptr) return 0;
    return bytes_of(*taken.manifest, taken.whole, {}) +
           bytes_of(*taken.manifest, taken.withdrawn, taken.whole) +
           bytes_of(taken.unfinished, taken.comes);
}

// Once for each chunk that comes: what is whole is looked at only where it changed.
void Room::count(const AssetId& asset, const Taken& taken) {
    static const RangeSet kNothing;
    Row& row = rows_[asset];
    RangeSet both;
    if (taken.manifest != nullptr && !taken.withdrawn.empty()) {
        both = taken.whole;
        both.add(taken.withdrawn);
    }
    const RangeSet& whole = taken.manifest == nullptr ? kNothing
                            : taken.withdrawn.empty() ? taken.whole
                                                      : both;
    if (whole != row.whole) {
        if (taken.manifest == nullptr)
            row.whole_bytes = 0;
        else
            row.whole_bytes = row.whole_bytes - bytes_of(*taken.manifest, row.whole, whole) +
                              bytes_of(*taken.manifest, whole, row.whole);
        row.whole = whole;
    }
    std::uint64_t unfinished = 0;
    std::uint64_t kept = 0;
    if (taken.manifest != nullptr)
        for (const auto& [index, one] : taken.unfinished) {
            const std::uint64_t bytes = here(one);
            unfinished += bytes;
            if (taken.comes && !one.empty()) kept += on_disk(one.size()) - bytes;
        }
    if (!taken.comes) needed_ -= std::min(needed_, row.kept);
    row.kept = kept;
    stock_ -= row.stock;
    row.stock = row.whole_bytes + unfinished + kept;
    stock_ += row.stock;
    if (row.stock == 0) tidy(asset);
}

std::uint64_t Room::stock(const AssetId& of) const {
    return row(of).stock;
}

bool Room::fits(std::uint64_t size, std::uint64_t coming) {
    const std::uint64_t all = stock_ + coming + size;
    if (!limited() || all <= limit()) return true;
    if (size <= limit()) needed_ = std::max(needed_, all - limit());
    return false;
}

// --- what is kept --------------------------------------------------------------------------------

const RangeSet& Room::loose(const AssetId& asset) const {
    return row(asset).loose;
}

bool Room::is_put(const AssetId& asset) const {
    return !row(asset).put.empty();
}

void Room::keep(const AssetId& asset, const RangeSet& fragments, Turn& turn) {
    const RangeSet news = loose(asset).common(fragments);
    if (news.empty()) return;
    rows_[asset].loose.remove(news);
    turn.out.push_back(Mark{asset, news, true});
    tidy(asset);
}

void Room::put(const AssetId& asset, const RangeSet& fragments, Turn& turn) {
    rows_[asset].put.add(fragments);
    keep(asset, fragments, turn);
    tidy(asset);
}

void Room::put_no_more(const AssetId& asset) {
    if (!is_put(asset)) return;
    rows_[asset].put = {};
    tidy(asset);
}

void Room::came(const FragmentRef& fragment, bool on_purpose, Turn& turn) {
    const RangeSet one{{fragment.index.value, fragment.index.value + 1}};
    Row& row = rows_[fragment.asset];
    if (on_purpose || row.put.contains(fragment.index.value)) {
        row.loose.remove(one);
        return tidy(fragment.asset);
    }
    row.loose.add(one);
    turn.out.push_back(Mark{fragment.asset, one, false});
}

void Room::found(const AssetId& asset, const RangeSet& whole, const RangeSet& loose) {
    Row& row = rows_[asset];
    row.loose.remove(whole);
    row.loose.add(loose.common(whole));
    tidy(asset);
}

void Room::used(const FragmentRef& fragment, Time now) {
    if (limited()) rows_[fragment.asset].used[fragment.index] = now;
}

void Room::taken(const AssetId& asset, const RangeSet& fragments) {
    const auto found = rows_.find(asset);
    if (found == rows_.end()) return;
    found->second.put.remove(fragments);
    found->second.loose.remove(fragments);
    tidy(asset);
}

void Room::dropped(const AssetId& asset, const RangeSet& fragments) {
    const auto found = rows_.find(asset);
    if (found == rows_.end()) return;
    found->second.loose.remove(fragments);
    std::erase_if(found->second.used,
                  [&](const auto& one) { return fragments.contains(one.first.value); });
    tidy(asset);
}

void Room::removed(const AssetId& asset) {
    const auto found = rows_.find(asset);
    if (found == rows_.end()) return;
    found->second.loose = {};
    found->second.used.clear();
    tidy(asset);
}

void Room::forget(const AssetId& asset) {
    stock_ -= row(asset).stock;
    rows_.erase(asset);
}

// --- making room ---------------------------------------------------------------------------------

void Room::wake(Turn& turn) const {
    if (lacks()) turn.wake_by(look_);
}

bool Room::look(bool staying, Turn& turn) {
    if (limited() && stock_ > limit()) needed_ = std::max(needed_, stock_ - limit());
    if (!lacks() || !staying) return false;
    if (turn.now < look_) {
        turn.wake_by(look_);
        return false;
    }
    look_ = turn.now + kLookEvery;
    return true;
}

std::vector<FragmentRef> Room::evictable(const std::vector<Held>& held, bool copied) const {
    std::vector<std::tuple<Time, FragmentRef>> found;
    for (const Held& one : held) {
        const Row& row = this->row(one.asset);
        const RangeSet loose = one.here->common(row.loose);
        for (const Span& span : loose.spans())
            for (std::uint32_t i = span.begin; i < span.end && i < one.played; ++i) {
                const auto copies =
                    std::count_if(one.witnesses.begin(), one.witnesses.end(),
                                  [i](const RangeSet* has) { return has->contains(i); });
                const bool enough = static_cast<std::uint64_t>(copies) >= one.replicas;
                if (enough != copied || one.responsible(i)) continue;
                const auto used = row.used.find({i});
                found.emplace_back(used == row.used.end() ? started_ : used->second,
                                   FragmentRef{one.asset, {i}});
            }
    }
    std::sort(found.begin(), found.end());
    std::vector<FragmentRef> out;
    out.reserve(found.size());
    for (const auto& [used, fragment] : found)
        out.push_back(fragment);
    return out;
}

std::optional<Room::Victims> Room::victims(
    const std::vector<FragmentRef>& evictable, std::uint64_t lacking,
    const std::function<std::uint64_t(const FragmentRef&)>& size, Turn& turn) {
    if (evictable.empty()) {
        if (!std::exchange(limit_told_, true))
            turn.report(
                Report::Level::warning, "store.limit",
                "the store's limit of " + human_bytes(limit()) +
                    " is reached, and nothing here may be dropped for more: nothing more is "
                    "fetched. What was put here or fetched on purpose is kept, and what has "
                    "too few copies elsewhere. Raise --max-store-size, or remove assets");
        return std::nullopt;
    }
    limit_told_ = false;
    Victims out{evictable.front().asset, {}};
    for (const FragmentRef& fragment : evictable) {
        if (fragment.asset != out.asset || lacking == 0) continue;
        out.fragments.add(fragment.index.value);
        lacking -= std::min(lacking, size(fragment));
    }
    return out;
}

bool Room::pass_on(Time now) {
    look_ = now + 2 * kLookEvery;  // whether they took it
    if (now < pass_on_at_) return false;
    pass_on_at_ = now + kPassOnEvery;
    return true;
}

const char* Room::broken() const {
    std::uint64_t all = 0;
    for (const auto& [id, row] : rows_) {
        all += row.stock;
        if (row.stock < row.whole_bytes + row.kept)
            return "room: an asset takes less than its parts";
        if (row.stock == 0 && row.put.empty() && row.loose.empty() && row.used.empty())
            return "room: a row says nothing";
    }
    return all == stock_ ? nullptr : "room: the sum over assets is wrong";
}

}  // namespace fragcast
