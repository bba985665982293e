#include "messages/wire/holding.hpp"

#include "messages/wire/hash.hpp"

#include <algorithm>
#include <charconv>

namespace fragcast {

RangeSet::RangeSet(std::initializer_list<Span> spans) {
    for (const Span& span : spans)
        add(span);
}

void RangeSet::add(Span span) {
    if (span.empty()) return;
    // Most sets grow at their end: a download in order, a list read from a message.
    if (spans_.empty() || spans_.back().end < span.begin) {
        spans_.push_back(span);
        return;
    }
    // [first, last): the spans that overlap or touch the new one, which swallows them.
    const auto first = std::partition_point(spans_.begin(), spans_.end(),
                                            [&](const Span& s) { return s.end < span.begin; });
    const auto last = std::partition_point(first, spans_.end(),
                                           [&](const Span& s) { return s.begin <= span.end; });
    if (first == last) {
        spans_.insert(first, span);
        return;
    }
    first->begin = std::min(first->begin, span.begin);
    first->end = std::max((last - 1)->end, span.end);
    spans_.erase(first + 1, last);
}

void RangeSet::remove(Span span) {
    if (span.empty()) return;
    // [first, last): the spans that overlap the removed one.
    const auto first = std::partition_point(spans_.begin(), spans_.end(),
                                            [&](const Span& s) { return s.end <= span.begin; });
    const auto last = std::partition_point(first, spans_.end(),
                                           [&](const Span& s) { return s.begin < span.end; });
    if (first == last) return;
    const Span left{first->begin, span.begin};
    const Span right{span.end, (last - 1)->end};
    auto at = spans_.erase(first, last);
    if (!right.empty()) at = spans_.insert(at, right);
    if (!left.empty()) spans_.insert(at, left);
}

// Set by set the work is linear, whatever a stranger's ranges look like.
void RangeSet::add(const RangeSet& other) {
    std::vector<Span> both;
    both.reserve(spans_.size() + other.spans_.size());
    std::merge(spans_.begin(), spans_.end(), other.spans_.begin(), other.spans_.end(),
               std::back_inserter(both));
    spans_.clear();
    for (const Span& span : both) {
        if (!spans_.empty() && span.begin <= spans_.back().end)
            spans_.back().end = std::max(spans_.back().end, span.end);
        else
            spans_.push_back(span);
    }
}

void RangeSet::remove(const RangeSet& other) {
    *this = common(other.missing(end()));
}

bool RangeSet::contains(std::uint32_t index) const {
    const auto after = std::partition_point(spans_.begin(), spans_.end(),
                                            [&](const Span& s) { return s.end <= index; });
    return after != spans_.end() && after->contains(index);
}

bool RangeSet::contains(Span span) const {
    if (span.empty()) return true;
    const auto after = std::partition_point(spans_.begin(), spans_.end(),
                                            [&](const Span& s) { return s.end <= span.begin; });
    return after != spans_.end() && after->begin <= span.begin && span.end <= after->end;
}

std::uint64_t RangeSet::count() const {
    std::uint64_t sum = 0;
    for (const Span& span : spans_)
        sum += span.size();
    return sum;
}

RangeSet RangeSet::missing(std::uint32_t end) const {
    RangeSet out;
    std::uint32_t from = 0;
    for (const Span& span : spans_) {
        if (span.begin >= end) break;
        out.add(Span{from, span.begin});
        from = span.end;
    }
    out.add(Span{from, end});
    return out;
}

RangeSet RangeSet::common(const RangeSet& other) const {
    RangeSet out;
    auto a = spans_.begin();
    auto b = other.spans_.begin();
    while (a != spans_.end() && b != other.spans_.end()) {
        out.add(Span{std::max(a->begin, b->begin), std::min(a->end, b->end)});
        if (a->end < b->end)
            ++a;
        else
            ++b;
    }
    return out;
}

std::string RangeSet::text() const {
    if (spans_.empty()) return "-";
    std::string out;
    for (const Span& span : spans_) {
        if (!out.empty()) out += ',';
        out += std::to_string(span.begin);
        if (span.size() > 1) out += '-' + std::to_string(span.end - 1);
    }
    return out;
}

std::optional<RangeSet> RangeSet::parse(std::string_view text, std::uint32_t end) {
    RangeSet out;
    if (text == "-") return out;
    const auto number = [&]() -> std::optional<std::uint32_t> {
        std::uint32_t value = 0;
        const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), value);
        if (error != std::errc() || value >= end) return std::nullopt;
        text.remove_prefix(static_cast<std::size_t>(rest - text.data()));
        return value;
    };
    const auto take = [&](char c) {
        if (!text.starts_with(c)) return false;
        text.remove_prefix(1);
        return true;
    };
    do {
        const auto first = number();
        if (!first) return std::nullopt;
        const auto last = take('-') ? number() : first;
        if (!last || *last < *first) return std::nullopt;
        out.add(Span{*first, *last + 1});
    } while (take(','));
    if (!text.empty()) return std::nullopt;
    return out;
}

namespace {

void append_u32(Bytes& out, std::uint32_t value) {
    for (int shift = 24; shift >= 0; shift -= 8)
        out.push_back(static_cast<std::uint8_t>(value >> shift));
}

StateDigest shortened(const Digest& digest) {
    StateDigest out;
    std::copy_n(digest.bytes.begin(), StateDigest::kBytes, out.bytes.begin());
    return out;
}

}  // namespace

StateDigest digest_of(const AssetId& asset, const RangeSet& fragments) {
    Bytes text(asset.bytes.begin(), asset.bytes.end());
    text.reserve(text.size() + 8 * fragments.spans().size());
    for (const Span& span : fragments.spans()) {
        append_u32(text, span.begin);
        append_u32(text, span.end);
    }
    return shortened(sha256(text));
}

StateDigest root_of(const std::map<AssetId, StateDigest>& digests) {
    RootSum sum;
    for (const auto& [asset, digest] : digests)
        sum.add(asset, digest);
    return sum.root();
}

void RootSum::add(const AssetId& asset, const StateDigest& digest) {
    sum_.update(asset.bytes);
    sum_.update(digest.bytes);
}

StateDigest RootSum::root() {
    return shortened(sum_.finish());
}

StateDigest root_of(const std::map<AssetId, RangeSet>& holdings) {
    std::map<AssetId, StateDigest> digests;
    for (const auto& [asset, fragments] : holdings)
        if (!fragments.empty()) digests.emplace(asset, digest_of(asset, fragments));
    return root_of(digests);
}

}  // namespace fragcast
