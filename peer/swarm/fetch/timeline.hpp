// Any thread. Pure.
//
// When a viewer needs which chunk. A position in an asset is a time: of a video by its fragments'
// durations, of a file as if it played at a steady rate.
#pragma once

#include "messages/wire/manifest.hpp"
#include "peer/swarm/fetch/picker.hpp"

#include <cstdint>
#include <vector>

namespace fragcast {

class Timeline {
public:
    explicit Timeline(const Manifest& manifest);

    // Of a byte of a fragment, from the asset's start.
    Duration at(FragmentIndex fragment, std::uint64_t offset) const;
    // The first chunk of the fragment that plays at `time` or later; its number of chunks when the
    // fragment ends before.
    std::uint32_t chunk_at(FragmentIndex fragment, Duration time) const;

    // All from a playhead on, in order, cut at the borders of the zones; urgent ones in short
    // pieces, so that two viewers' needs interleave. `due`: when the playhead's own byte is needed;
    // what has been played since then moves the borders on.
    struct Stretch {
        FragmentIndex fragment;
        Span chunks;
        Zone zone = Zone::far;
        Time deadline = kNever;
    };
    std::vector<Stretch> stretches(FragmentIndex fragment, std::uint64_t offset, Time due,
                                   Time now) const;

private:
    struct Part {
        std::uint64_t size = 0;
        Duration begin{};
        Duration length{};
    };
    void add(std::vector<Stretch>& out, FragmentIndex fragment, Span chunks, Zone zone,
             Duration from, Time due) const;

    std::vector<Part> parts_;
};

}  // namespace fragcast
