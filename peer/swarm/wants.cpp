#include "peer/swarm/wants.hpp"

#include "messages/wire/limits.hpp"

#include <algorithm>
#include <utility>

namespace fragcast {

bool Wants::Row::any() const {
    return all || !good.empty() || !askers.empty() || !offered.empty() || !copies.empty();
}

const Wants::Row* Wants::find(const AssetId& asset) const {
    const auto found = rows_.find(asset);
    return found == rows_.end() ? nullptr : &found->second;
}

template <class Do>
void Wants::change(const AssetId& asset, Do what) {
    const auto found = rows_.find(asset);
    if (found == rows_.end()) return;
    Row& row = found->second;
    what(row);
    if (!row.any() && !row.declined && row.alone == kNever) rows_.erase(found);
}

// --- reasons come --------------------------------------------------------------------------------

void Wants::ask(ReadId who, const AssetId& asset, const RangeSet& fragments) {
    Row& row = rows_[asset];
    if (who.value != 0)
        row.askers.add(who, fragments);
    else if (fragments.empty())
        row.all = true;
    else
        row.good.add(fragments);
}

void Wants::offer(const AssetId& asset, const RangeSet& fragments) {
    if (!fragments.empty()) rows_[asset].offered.add(fragments);
}

void Wants::copy(const AssetId& asset, RangeSet fragments) {
    if (!fragments.empty()) rows_.try_emplace(asset);
    change(asset, [&](Row& row) {
        copies_ += fragments.count();
        copies_ -= row.copies.count();
        row.copies = std::move(fragments);
    });
}

// --- and go --------------------------------------------------------------------------------------

void Wants::end(ReadId who, const AssetId& asset) {
    change(asset, [&](Row& row) {
        if (who.value != 0) {
            row.askers.end(who);
        } else {
            row.all = false;
            row.good = {};
        }
    });
}

// What came for an asker was fetched on purpose, whatever becomes of its other wants.
void Wants::came(const AssetId& asset, const RangeSet& here, std::uint32_t count) {
    change(asset, [&](Row& row) {
        if (row.askers.empty()) return;
        row.good.add(row.askers.wanted(count).common(here));
        row.askers.settle(here, count);
    });
}

void Wants::fetched(const FragmentRef& fragment) {
    if (copies(fragment.asset).contains(fragment.index.value)) ++copied_;
}

void Wants::evicted(const AssetId& asset, const RangeSet& fragments) {
    change(asset, [&](Row& row) {
        row.good.remove(fragments);
        row.offered.remove(fragments);
    });
}

void Wants::taken(const AssetId& asset, const RangeSet& fragments, std::uint32_t count) {
    change(asset, [&](Row& row) {
        // Who fetched it has had it; only who reads it now wants it still.
        if (std::exchange(row.all, false)) row.good.add(RangeSet::up_to(count));
        row.good.remove(fragments);
        row.offered.remove(fragments);
    });
}

void Wants::drop(const AssetId& asset) {
    change(asset, [](Row& row) {
        row.all = false;
        row.good = row.offered = {};
        row.askers.end_all();
    });
}

bool Wants::decline(const AssetId& asset, bool declined, Turn& turn) {
    if (this->declined(asset) == declined) return false;
    rows_.try_emplace(asset);
    change(asset, [&](Row& row) { row.declined = declined; });
    // What is removed is remembered as its drop is done.
    if (!declined) turn.out.push_back(Decline{asset, false});
    return true;
}

void Wants::holders_changed(const AssetId& asset, bool nobody, Time now) {
    if (!contains(asset)) return;
    if (nobody) rows_.try_emplace(asset);
    change(asset, [&](Row& row) { row.alone = nobody ? std::min(row.alone, now) : kNever; });
}

std::vector<AssetId> Wants::give_up(const Availability& availability, Time now) {
    std::vector<AssetId> out;
    for (const AssetId& id : wanted_) {
        const Row* row = find(id);
        if (row == nullptr || row->offered.empty() || !availability.who(id).empty()) continue;
        if (now < row->alone || now - row->alone < limits::kHearsayKept) continue;
        out.push_back(id);
    }
    for (const AssetId& id : out)
        change(id, [](Row& row) { row.offered = {}; });
    return out;
}

void Wants::forget(const AssetId& asset) {
    copy(asset, {});
    rows_.erase(asset);
    wanted_.erase(asset);
    changed_.erase(asset);
    turned_.erase(asset);
}

// --- why -----------------------------------------------------------------------------------------

bool Wants::any(const AssetId& asset) const {
    const Row* row = find(asset);
    return row != nullptr && row->any();
}

bool Wants::declined(const AssetId& asset) const {
    const Row* row = find(asset);
    return row != nullptr && row->declined;
}

RangeSet Wants::fragments(const AssetId& asset, std::uint32_t count) const {
    const Row* row = find(asset);
    if (row == nullptr) return {};
    RangeSet out = wished(asset, count);
    if (row->all) return out;
    const RangeSet whole = RangeSet::up_to(count);
    out.add(row->offered.common(whole));
    out.add(row->copies.common(whole));
    return out;
}

RangeSet Wants::wished(const AssetId& asset, std::uint32_t count) const {
    const Row* row = find(asset);
    if (row == nullptr) return {};
    const RangeSet whole = RangeSet::up_to(count);
    if (row->all) return whole;
    RangeSet out = row->good.common(whole);
    out.add(row->askers.wanted(count));
    return out;
}

bool Wants::on_purpose(const FragmentRef& fragment, std::uint32_t count, bool loose) const {
    const Row* row = find(fragment.asset);
    if (row == nullptr) return false;
    return row->all || row->askers.wanted(count).contains(fragment.index.value) ||
           (row->good.contains(fragment.index.value) && !loose);
}

const RangeSet& Wants::copies(const AssetId& asset) const {
    static const RangeSet kNone;
    const Row* row = find(asset);
    return row == nullptr ? kNone : row->copies;
}

// --- which ---------------------------------------------------------------------------------------

Wants::Change Wants::look(const AssetId& asset, bool lacking) {
    const bool turns = lacking ? wanted_.insert(asset).second : wanted_.erase(asset) > 0;
    if (!turns) return Change::none;
    turned_.insert(asset);
    return lacking ? Change::begins : Change::ends;
}

const char* Wants::broken() const {
    std::uint64_t copies = 0;
    for (const auto& [id, row] : rows_) {
        copies += row.copies.count();
        if (!row.any() && !row.declined && row.alone == kNever) return "a want has no reason";
    }
    return copies == copies_ ? nullptr : "the sum of wanted copies is wrong";
}

}  // namespace fragcast
