#include "peer/swarm/buses/book.hpp"

namespace fragcast {

void Book::load(const AssetRecord& asset, const RangeSet& fragments) {
    EntryRecord& entry = entries_[asset.id];
    entry.asset = asset;
    entry.fragments.add(fragments);
    changed(asset.id);
}

bool Book::add(const AssetRecord& asset, const RangeSet& added) {
    RangeSet news = added;
    news.remove(fragments(asset.id));
    if (news.empty()) return false;
    load(asset, news);
    ++sequence_.value;
    return true;
}

bool Book::remove(const AssetId& asset, const RangeSet& removed) {
    const auto found = entries_.find(asset);
    if (found == entries_.end() || found->second.fragments.common(removed).empty()) return false;
    found->second.fragments.remove(removed);
    changed(asset);
    ++sequence_.value;
    return true;
}

void Book::lost(const FragmentRef& fragment) {
    if (fragments(fragment.asset).contains(fragment.index.value)) ++lost_;
}

// An asset of which nothing is left is no entry: the root is over what is held.
void Book::changed(const AssetId& asset) {
    changed_.insert(asset);
    root_known_ = false;
    count_.reset();
    const auto found = entries_.find(asset);
    if (found->second.fragments.empty()) {
        entries_.erase(found);
        digests_.erase(asset);
    } else {
        digests_[asset] = digest_of(asset, found->second.fragments);
    }
}

const RangeSet& Book::fragments(const AssetId& asset) const {
    static const RangeSet nothing;
    const auto found = entries_.find(asset);
    return found == entries_.end() ? nothing : found->second.fragments;
}

EntryRecord Book::entry(const AssetId& asset) const {
    const auto found = entries_.find(asset);
    if (found != entries_.end()) return found->second;
    EntryRecord none;
    none.asset.id = asset;
    return none;
}

const StateDigest& Book::root() const {
    if (!root_known_) root_ = root_of(digests_);
    root_known_ = true;
    return root_;
}

std::uint64_t Book::count() const {
    if (!count_) {
        count_ = 0;
        for (const auto& [asset, entry] : entries_)
            *count_ += entry.fragments.count();
    }
    return *count_;
}

const char* Book::broken() const {
    std::uint64_t fragments = 0;
    for (const auto& [asset, entry] : entries_) {
        if (entry.asset.id != asset) return "book: an entry is of another asset";
        if (entry.fragments.empty()) return "book: an entry says nothing";
        if (!digests_.contains(asset)) return "book: an entry has no digest";
        fragments += entry.fragments.count();
    }
    if (digests_.size() != entries_.size()) return "book: a digest is of nothing";
    return !count_ || *count_ == fragments ? nullptr : "book: the count of fragments is wrong";
}

}  // namespace fragcast
