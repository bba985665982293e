// Any thread: pure. Where to cut: from the key frames' times and sizes to ranges and fragments.
#pragma once

#include "messages/wire/result.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace fragcast {

// A key-frame range as planned. It ends where the next one begins.
struct PlannedRange {
    std::uint64_t first_packet = 0;  // number of its first video packet, in decoding order
    std::int64_t start_us = 0;       // when it is shown, from the asset's start; the first: 0
    std::uint64_t bytes = 0;         // never less than it will have, framing included

    bool operator==(const PlannedRange&) const = default;
};

// Collects ranges of at least kMinKeyRange while packets pass by. Memory is bounded: when there are
// twice as many ranges as a manifest may list, short ones are joined.
class RangeCollector {
public:
    // When the first video packet is shown. All times are in one scale, whatever its zero.
    explicit RangeCollector(std::int64_t first_us);
    // To be told before the bytes of the packet.
    void on_key_frame(std::uint64_t packet, std::int64_t time_us);
    void on_packet(std::uint64_t bytes);
    // All ranges; the asset's time runs from `origin_us` to `end_us`. A last range that is too
    // short joins the one before.
    std::vector<PlannedRange> finish(std::int64_t origin_us, std::int64_t end_us);

private:
    void join_short_ones();

    std::vector<PlannedRange> ranges_;
    std::int64_t shortest_us_;
};

struct FragmentWish {
    std::optional<std::uint32_t> fragments;
    std::optional<double> seconds;  // instead of `fragments`
};
// Neither both nor nonsense; the text names the options.
Status check(const FragmentWish& wish);

// The first range of each fragment; the first entry is 0. Fails (invalid) where the video cannot go
// as fragments of ranges: too long or too large between key frames, too large as a whole. The text
// says why, in the middle of a sentence.
Result<std::vector<std::uint32_t>> plan_video(const std::vector<PlannedRange>& ranges,
                                              std::int64_t end_us, const FragmentWish& wish);

// The fragments' sizes of a file that is cut by size. `seconds` does not apply to it.
Result<std::vector<std::uint64_t>> plan_file(std::uint64_t size, const FragmentWish& wish);

}  // namespace fragcast
