// One thread (the test's).
//
// Somebody who watches: reads chunk after chunk as a player does (up to kAhead of film), starts
// when the first key-frame range is there, and notes each time the picture stands still.
#pragma once

#include "tests/sim/sim_node.hpp"

#include <cstdint>
#include <string>

namespace fragcast::sim {

class SimViewer final : public Reader {
public:
    SimViewer(SimClock& clock, SimNode& node, const SimAsset& film, ViewerId id);

    // From this second of the film on.
    void watch(std::uint64_t from_second = 0);
    bool ended() const { return position() >= film_.manifest->media->duration_us; }
    Duration started_after() const { return started_ - asked_; }
    bool started() const { return playing_; }
    std::uint32_t stalls() const { return stalls_; }
    Duration stalled() const { return stalled_; }
    const std::string& failure() const { return failure_; }

private:
    void on_manifest(ReadId read, std::shared_ptr<const Manifest> manifest) override;
    void on_chunk(ReadId read, const ChunkRef& chunk) override;
    void on_answer(ReadId, const Body&) override {}
    void on_failure(ReadId read, const Error& error) override;
    void ask();
    void look();  // again and again, as a picture is drawn
    // Microseconds of film: shown so far, and there to be shown.
    std::uint64_t position() const;
    std::uint64_t there() const;

    SimClock& clock_;
    SimNode& node_;
    SimAsset film_;
    ViewerId id_;
    FragmentIndex fragment_;  // the next chunk to ask for
    std::uint32_t chunk_ = 0;
    std::uint64_t first_us_ = 0;   // of film: where this began
    std::uint64_t loaded_us_ = 0;  // of film: up to where it is all there
    ReadId reading_;
    Time asked_;
    Time started_;
    bool known_ = false;  // the manifest
    bool playing_ = false;
    bool looking_ = false;
    bool standing_ = false;
    Time stood_at_;
    Duration stalled_{};
    std::uint32_t stalls_ = 0;
    std::string failure_;
};

}  // namespace fragcast::sim
