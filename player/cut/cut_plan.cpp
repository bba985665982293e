#include "player/cut/cut_plan.hpp"

#include "messages/wire/limits.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <utility>

namespace fragcast {

using namespace limits;

namespace {

constexpr std::int64_t kMinRangeUs = std::chrono::microseconds(kMinKeyRange).count();
constexpr std::int64_t kMaxRangeUs = std::chrono::microseconds(kMaxKeyRange).count();

// A fragment that is planned up to its hard limit may turn out larger by the sound that its
// neighbours were counted with, never by more than a range.
constexpr std::uint64_t kHardFragmentBytes = kMaxFragmentBytes - kMaxKeyRangeBytes;

// Framing: moof, traf, tfdt and mdat of a range, and the longest trun entry of a packet.
constexpr std::uint64_t kRangeOverhead = 512;
constexpr std::uint64_t kPacketOverhead = 24;

std::string seconds_text(std::int64_t us) {
    char text[32];
    std::snprintf(text, sizeof text, "%.1f s", static_cast<double>(us) / 1e6);
    return text;
}

std::string mebibytes_text(std::uint64_t bytes) {
    return std::to_string(bytes >> 20) + " MiB";
}

}  // namespace

RangeCollector::RangeCollector(std::int64_t first_us)
    : ranges_{{0, first_us, kRangeOverhead}}, shortest_us_(kMinRangeUs) {}

void RangeCollector::on_key_frame(std::uint64_t packet, std::int64_t time_us) {
    if (packet == 0 || time_us < ranges_.back().start_us + shortest_us_) return;
    ranges_.push_back({packet, time_us, kRangeOverhead});
    if (ranges_.size() >= std::size_t{2} * kMaxKeyRangesPerAsset) join_short_ones();
}

void RangeCollector::on_packet(std::uint64_t bytes) {
    ranges_.back().bytes += bytes + kPacketOverhead;
}

void RangeCollector::join_short_ones() {
    shortest_us_ *= 2;
    std::size_t kept = 0;
    for (std::size_t i = 1; i < ranges_.size(); ++i) {
        if (ranges_[i].start_us >= ranges_[kept].start_us + shortest_us_)
            ranges_[++kept] = ranges_[i];
        else
            ranges_[kept].bytes += ranges_[i].bytes;
    }
    ranges_.resize(kept + 1);
}

std::vector<PlannedRange> RangeCollector::finish(std::int64_t origin_us, std::int64_t end_us) {
    while (ranges_.size() > kMaxKeyRangesPerAsset)
        join_short_ones();
    if (ranges_.size() > 1 && end_us < ranges_.back().start_us + kMinRangeUs) {
        ranges_[ranges_.size() - 2].bytes += ranges_.back().bytes;
        ranges_.pop_back();
    }
    for (PlannedRange& range : ranges_)
        range.start_us -= origin_us;
    ranges_.front().start_us = 0;
    return std::move(ranges_);
}

Status check(const FragmentWish& wish) {
    if (wish.fragments && wish.seconds)
        return fail(ErrorKind::invalid,
                    "--fragments and --fragment-seconds exclude each other; give one of them");
    if (wish.fragments && (*wish.fragments == 0 || *wish.fragments > kMaxFragments))
        return fail(ErrorKind::invalid, "--fragments " + std::to_string(*wish.fragments) +
                                            " is out of range; give 1 to " +
                                            std::to_string(kMaxFragments));
    // Written so that not-a-number fails too.
    if (wish.seconds && !(*wish.seconds >= 1 && *wish.seconds <= 1e6))
        return fail(ErrorKind::invalid,
                    "--fragment-seconds is out of range; give 1 to 1000000 seconds");
    return Done{};
}

namespace {

// Cuts the ranges [begin, end) into `parts` (no more than there are ranges) whose borders lie
// nearest to equal steps of `measure`, which grows from range to range by `whole` in all. The
// begins.
template <class Measure>
std::vector<std::uint32_t> cut_evenly(std::uint32_t begin, std::uint32_t end, std::uint32_t parts,
                                      std::uint64_t whole, const Measure& measure) {
    const double step = static_cast<double>(whole) / parts;
    const auto far_from = [&](std::uint32_t range, double target) {
        return std::abs(static_cast<double>(measure(range) - measure(begin)) - target);
    };
    std::vector<std::uint32_t> cuts{begin};
    for (std::uint32_t i = 1; i < parts; ++i) {
        const std::uint32_t last = end - (parts - i);  // leaves one range for each part to come
        std::uint32_t next = cuts.back() + 1;
        while (next < last && far_from(next + 1, step * i) < far_from(next, step * i))
            ++next;
        cuts.push_back(next);
    }
    return cuts;
}

class VideoPlan {
public:
    VideoPlan(const std::vector<PlannedRange>& ranges, std::int64_t end_us)
        : ranges_(ranges),
          length_us_(static_cast<std::uint64_t>(std::max<std::int64_t>(end_us, 0))) {
        before_.reserve(ranges.size() + 1);
        before_.push_back(0);
        for (const PlannedRange& range : ranges)
            before_.push_back(before_.back() + range.bytes);
    }

    std::uint64_t bytes() const { return before_.back(); }
    std::uint64_t length_us() const { return length_us_; }

    // About `wanted` fragments of equal length, and as many more as keep each within `ceiling`: a
    // few more of equal length if that does, else those that are too large are split.
    std::vector<std::uint32_t> cut(std::uint64_t wanted, std::uint64_t ceiling) const {
        const auto end = static_cast<std::uint32_t>(ranges_.size());
        const auto fewest = static_cast<std::uint32_t>(std::min<std::uint64_t>(wanted, end));
        const std::uint32_t most = std::min(fewest + fewest / 2, end);
        for (std::uint32_t parts = fewest; parts <= most; parts += 1 + parts / 32) {
            std::vector<std::uint32_t> cuts = by_time(parts);
            if (largest(cuts, end) <= ceiling) return cuts;
        }
        const std::vector<std::uint32_t> even = by_time(fewest);
        std::vector<std::uint32_t> cuts;
        for (std::size_t i = 0; i < even.size(); ++i)
            split(even[i], i + 1 < even.size() ? even[i + 1] : end, ceiling, cuts);
        return cuts;
    }

private:
    std::vector<std::uint32_t> by_time(std::uint32_t parts) const {
        return cut_evenly(0, static_cast<std::uint32_t>(ranges_.size()), parts, length_us_,
                          [this](std::uint32_t i) { return ranges_[i].start_us; });
    }

    std::uint64_t largest(const std::vector<std::uint32_t>& cuts, std::uint32_t end) const {
        std::uint64_t most = 0;
        for (std::size_t i = 0; i < cuts.size(); ++i) {
            const std::uint32_t next = i + 1 < cuts.size() ? cuts[i + 1] : end;
            most = std::max(most, before_[next] - before_[cuts[i]]);
        }
        return most;
    }

    void split(std::uint32_t begin, std::uint32_t end, std::uint64_t ceiling,
               std::vector<std::uint32_t>& cuts) const {
        const std::uint64_t bytes = before_[end] - before_[begin];
        const auto by_size = [this](std::uint32_t i) { return before_[i]; };
        const std::uint64_t most = end - begin;
        std::uint64_t n = std::min((bytes + ceiling - 1) / ceiling, most);
        std::vector<std::uint32_t> parts;
        while (true) {
            parts = cut_evenly(begin, end, static_cast<std::uint32_t>(n), bytes, by_size);
            if (n == most || largest(parts, end) <= ceiling) break;
            n = std::min(n + 1 + n / 8, most);  // by an eighth: never quadratic
        }
        cuts.insert(cuts.end(), parts.begin(), parts.end());
    }

    const std::vector<PlannedRange>& ranges_;
    std::uint64_t length_us_;
    std::vector<std::uint64_t> before_;  // bytes before each range, and of all
};

Status check_ranges(const std::vector<PlannedRange>& ranges, std::int64_t end_us) {
    for (std::size_t i = 0; i < ranges.size(); ++i) {
        const std::int64_t next = i + 1 < ranges.size() ? ranges[i + 1].start_us : end_us;
        const std::int64_t length = next - ranges[i].start_us;
        if (length > kMaxRangeUs)
            return fail(ErrorKind::invalid, "there are " + seconds_text(length) +
                                                " between two key frames at " +
                                                seconds_text(ranges[i].start_us) + ", more than " +
                                                seconds_text(kMaxRangeUs));
        if (ranges[i].bytes > kMaxKeyRangeBytes)
            return fail(ErrorKind::invalid, "there are " + mebibytes_text(ranges[i].bytes) +
                                                " between two key frames at " +
                                                seconds_text(ranges[i].start_us) + ", more than " +
                                                mebibytes_text(kMaxKeyRangeBytes));
    }
    return Done{};
}

std::uint64_t wanted_fragments(const VideoPlan& plan, const FragmentWish& wish) {
    if (wish.fragments) return *wish.fragments;
    if (wish.seconds) {
        const double parts =
            std::round(static_cast<double>(plan.length_us()) / (*wish.seconds * 1e6));
        return std::clamp<std::uint64_t>(static_cast<std::uint64_t>(parts), 1, kMaxFragments);
    }
    const std::uint64_t by_size = (plan.bytes() + kGoodFragmentBytes - 1) / kGoodFragmentBytes;
    return std::clamp<std::uint64_t>(by_size, kDefaultFragments, kMaxFragments);
}

}  // namespace

Result<std::vector<std::uint32_t>> plan_video(const std::vector<PlannedRange>& ranges,
                                              std::int64_t end_us, const FragmentWish& wish) {
    if (Status status = check_ranges(ranges, end_us); !status) return status.error();
    const VideoPlan plan(ranges, end_us);
    const bool wished = wish.fragments || wish.seconds;
    std::uint64_t ceiling = wished ? kHardFragmentBytes : kGoodFragmentBytes;
    while (true) {
        std::vector<std::uint32_t> cuts = plan.cut(wanted_fragments(plan, wish), ceiling);
        if (cuts.size() <= kMaxFragments) return cuts;
        if (ceiling == kHardFragmentBytes) break;
        ceiling = std::min(ceiling * 2, kHardFragmentBytes);
    }
    return fail(ErrorKind::invalid, "it is too large: more than " + std::to_string(kMaxFragments) +
                                        " fragments of 1 GiB");
}

Result<std::vector<std::uint64_t>> plan_file(std::uint64_t size, const FragmentWish& wish) {
    std::uint64_t ceiling = wish.fragments ? kMaxFragmentBytes : kGoodFragmentBytes;
    if (size / ceiling >= kMaxFragments) ceiling = kMaxFragmentBytes;
    const std::uint64_t parts =
        std::min(size, std::max<std::uint64_t>(wish.fragments.value_or(kDefaultFragments),
                                               (size + ceiling - 1) / ceiling));
    if (parts > kMaxFragments)
        return fail(ErrorKind::invalid,
                    "it is larger than " + std::to_string(kMaxFragments) + " GiB");
    // Large fragments are cut between chunks: all chunks are whole, and offsets suit the disk.
    const std::uint64_t unit =
        size / std::max<std::uint64_t>(parts, 1) >= kChunkBytes ? kChunkBytes : 1;
    const std::uint64_t units = (size + unit - 1) / unit;
    std::vector<std::uint64_t> sizes;
    std::uint64_t begin = 0;
    for (std::uint64_t i = 1; i <= parts; ++i) {
        const std::uint64_t end = std::min(size, units * i / parts * unit);
        sizes.push_back(end - begin);
        begin = end;
    }
    return sizes;
}

}  // namespace fragcast
