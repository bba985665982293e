#include "tests/sim/sim_viewer.hpp"

#include <algorithm>
#include <chrono>

namespace fragcast::sim {

using namespace std::chrono_literals;

namespace {
constexpr std::uint64_t kAheadUs = 30'000'000;
constexpr std::uint64_t kStartUs = 2'000'000;  // the first key-frame range
constexpr Duration kPicture = 40ms;
}  // namespace

SimViewer::SimViewer(SimClock& clock, SimNode& node, const SimAsset& film, ViewerId id)
    : clock_(clock), node_(node), film_(film), id_(id) {}

void SimViewer::watch(std::uint64_t from_second) {
    const std::uint64_t each = film_.manifest->fragments[0].duration_us;
    const std::uint64_t from = from_second * 1'000'000;
    fragment_ = FragmentIndex{static_cast<std::uint32_t>(from / each)};
    const FragmentInfo& info = film_.manifest->fragments[fragment_.value];
    chunk_ = static_cast<std::uint32_t>(from % each * info.size / each / limits::kChunkBytes);
    first_us_ = loaded_us_ = from;
    playing_ = standing_ = false;
    asked_ = clock_.now();
    if (reading_.value != 0) {
        node_.end_read(reading_);
        node_.tell(facts::ReadCancelled{reading_});
    }
    const ReadId manifest = node_.next_read(*this);
    node_.tell(facts::ManifestAsked{manifest, film_.id, clock_.now() + limits::kHold});
    if (!looking_) look();
    looking_ = true;
}

void SimViewer::on_manifest(ReadId, std::shared_ptr<const Manifest>) {
    known_ = true;
    ask();
}

void SimViewer::ask() {
    reading_ = {};
    if (!known_ || fragment_.value >= film_.fragments() || there() >= kAheadUs) return;
    const ChunkRef chunk{film_.id, fragment_, ChunkIndex{chunk_}};
    reading_ = node_.next_read(*this);
    node_.tell(facts::PlayheadMoved{id_, film_.id, fragment_,
                                    static_cast<std::uint64_t>(chunk_) * limits::kChunkBytes});
    node_.tell(facts::ReadAsked{reading_, id_, chunk, clock_.now() + limits::kHold});
}

void SimViewer::on_chunk(ReadId read, const ChunkRef& chunk) {
    if (read != reading_) return;
    const FragmentInfo& info = film_.manifest->fragments[fragment_.value];
    const std::uint64_t end =
        std::min<std::uint64_t>(info.size, (chunk.chunk.value + 1ULL) * limits::kChunkBytes);
    loaded_us_ = fragment_.value * film_.manifest->fragments[0].duration_us +
                 info.duration_us * end / info.size;
    if (++chunk_ >= film_.chunks(fragment_)) {
        chunk_ = 0;
        ++fragment_.value;
    }
    ask();
}

void SimViewer::on_failure(ReadId read, const Error& error) {
    if (read == reading_ || !known_) failure_ = error.text;
}

std::uint64_t SimViewer::position() const {
    if (!playing_) return first_us_;
    const Time until = standing_ ? stood_at_ : clock_.now();
    const std::uint64_t shown =
        first_us_ + static_cast<std::uint64_t>((until - started_ - stalled_).count());
    return std::min(shown, film_.manifest->media->duration_us);
}

std::uint64_t SimViewer::there() const {
    const std::uint64_t shown = position();
    return loaded_us_ > shown ? loaded_us_ - shown : 0;
}

void SimViewer::look() {
    const bool all = fragment_.value >= film_.fragments();
    if (!playing_ && (there() >= kStartUs || all)) {
        playing_ = true;
        started_ = clock_.now();
        stalled_ = {};
    } else if (playing_ && !standing_ && there() == 0 && !all) {
        standing_ = true;
        stood_at_ = clock_.now();
        ++stalls_;
    } else if (standing_ && (there() >= kStartUs || all)) {
        stalled_ += clock_.now() - stood_at_;
        standing_ = false;
    }
    if (reading_.value == 0 && failure_.empty()) ask();
    if (!ended()) clock_.after(kPicture, [this] { look(); });
}

}  // namespace fragcast::sim
