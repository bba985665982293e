// When what is needed: a column for each chunk. 'u' urgent, 'n' near, 'f' far, '-' before the
// playhead.
#include "peer/swarm/fetch/timeline.hpp"

#include "messages/wire/limits.hpp"
#include "tests/support/pictures.hpp"

#include <algorithm>

#include <doctest/doctest.h>

using namespace fragcast;
using namespace std::chrono_literals;
namespace pic = fragcast::pictures;

namespace {

struct Reel {
    std::string row;         // with a playhead
    Duration column = 5s;    // what each plays
    std::uint32_t cut = 64;  // so many columns are a fragment
    Duration into{};         // the playhead stands so far within its column
    Duration late{};         // since its byte was due; negative: so long before
};

Manifest reel_of(const Reel& reel) {
    Manifest film;
    film.kind = AssetKind::video;
    const std::uint32_t width = pic::line(reel.row).width();
    for (std::uint32_t begin = 0; begin < width; begin += reel.cut) {
        const std::uint64_t columns = std::min(reel.cut, width - begin);
        FragmentInfo fragment;
        fragment.size = columns * limits::kChunkBytes;
        fragment.duration_us = columns * static_cast<std::uint64_t>(reel.column.count());
        film.fragments.push_back(fragment);
    }
    return film;
}

// In the pictures a column is 1 to 5 s.
static_assert(limits::kUrgentAhead == 10s && limits::kNearAhead == 60s);

const Time kDue{1'000s};

std::vector<Timeline::Stretch> stretches_of(const Reel& reel) {
    const std::uint32_t playhead = pic::line(reel.row).playheads.at(0);
    const std::uint64_t into = limits::kChunkBytes * static_cast<std::uint64_t>(reel.into.count()) /
                               static_cast<std::uint64_t>(reel.column.count());
    return Timeline(reel_of(reel))
        .stretches({playhead / reel.cut}, playhead % reel.cut * limits::kChunkBytes + into, kDue,
                   kDue + reel.late);
}

// All from the playhead to the end, once, in order; zones follow each other; deadlines rise.
void check_stretches(const Reel& reel, const std::vector<Timeline::Stretch>& all) {
    const pic::Line row = pic::line(reel.row);
    std::uint32_t next = row.playheads.at(0);
    Zone zone = Zone::urgent;
    Time deadline = kDue;
    for (const auto& one : all) {
        CAPTURE(next);
        CHECK_FALSE(one.chunks.empty());
        CHECK(one.fragment.value * reel.cut + one.chunks.begin == next);
        next += one.chunks.size();
        CHECK(one.zone >= zone);
        CHECK(one.deadline >= deadline);
        CHECK((one.deadline == kNever) == (one.zone == Zone::far));
        CHECK((one.zone != Zone::urgent || one.chunks.size() <= 4));
        zone = one.zone;
        deadline = one.deadline;
    }
    CHECK(next == row.width());
}

std::string zones(const Reel& reel) {
    const auto all = stretches_of(reel);
    check_stretches(reel, all);
    std::string out(pic::line(reel.row).width(), '-');
    for (const auto& one : all)
        for (std::uint32_t i = one.chunks.begin; i < one.chunks.end; ++i)
            out[one.fragment.value * reel.cut + i] = "unf"[static_cast<int>(one.zone)];
    return out;
}

// The stretches with their deadlines, in seconds after the playhead's own.
std::string deadlines(const Reel& reel) {
    std::string out;
    for (const auto& one : stretches_of(reel)) {
        if (one.zone == Zone::far) continue;
        const auto ahead = std::chrono::duration_cast<std::chrono::seconds>(one.deadline - kDue);
        const std::uint32_t first = one.fragment.value * reel.cut;
        out += (out.empty() ? "" : " ") +
               pic::text({first + one.chunks.begin, first + one.chunks.end}) + "@" +
               std::to_string(ahead.count());
    }
    return out;
}

}  // namespace

TEST_CASE("timeline: ten seconds from the playhead are urgent, a minute is near, the rest is far") {
    CHECK(zones({">................"}) == "uunnnnnnnnnnffff");
    CHECK(zones({"....>............"}) == "----uunnnnnnnnnn");
    CHECK(zones({".............>..."}) == "-------------uun");
    CHECK(zones({"...............>."}) == "---------------u");
}

TEST_CASE("timeline: the zones are times, however the film is cut") {
    for (const std::uint32_t cut : {1U, 2U, 3U, 5U, 17U}) {
        CAPTURE(cut);
        CHECK(zones({.row = "....>............", .cut = cut}) == "----uunnnnnnnnnn");
    }
    CHECK(zones({.row = ">" + pic::repeat('.', 64), .column = 1s, .cut = 10}) ==
          pic::repeat('u', 10) + pic::repeat('n', 50) + "ffff");
}

TEST_CASE("timeline: while a film plays on, the borders move, and what was played stays urgent") {
    CHECK(zones({.row = ">................", .late = 0s}) == "uunnnnnnnnnnffff");
    CHECK(zones({.row = ">................", .late = 5s}) == "uuunnnnnnnnnnfff");
    CHECK(zones({.row = ">................", .late = 30s}) == "uuuuuuuunnnnnnnn");
    CHECK(zones({.row = ">................", .late = -30s}) == "uunnnnnnnnnnffff");
}

TEST_CASE("timeline: each stretch is due when its first chunk is played, in short pieces") {
    CHECK(deadlines({.row = ">...............", .column = 1s}) == "0-3@0 4-7@4 8-9@8 10-14@10");
    CHECK(deadlines({.row = "..>.............", .column = 1s}) == "2-5@0 6-9@4 10-11@8 12-14@10");
    CHECK(deadlines({.row = ">...............", .column = 1s, .cut = 6}) ==
          "0-3@0 4-5@4 6-9@6 10-11@10 12-14@12");
}

TEST_CASE("timeline: a playhead within a chunk needs that chunk now, and the next sooner") {
    CHECK(deadlines({.row = ">......", .column = 4s, .into = 2s}) == "0-2@0 3-5@10");
    CHECK(zones({.row = ">......", .column = 4s, .into = 2s}) == "uuunnn");
}

TEST_CASE("timeline: a file plays at a steady rate") {
    Manifest file;
    file.kind = AssetKind::file;
    file.fragments.resize(3);
    for (FragmentInfo& fragment : file.fragments)
        fragment.size = 32 * limits::kNominalFileRate;
    const Timeline timeline(file);
    CHECK(timeline.at({0}, 0) == 0s);
    CHECK(timeline.at({1}, 16 * limits::kNominalFileRate) == 48s);
    CHECK(timeline.chunk_at({2}, 65s) == limits::kNominalFileRate / limits::kChunkBytes);
}

TEST_CASE("timeline: a chunk's time finds that chunk again, and a time past the end none") {
    Manifest film = reel_of({.row = pic::repeat('.', 30), .column = 777ms, .cut = 7});
    film.fragments[1].size -= 1000;
    film.fragments[2].size = 0;
    film.fragments[2].duration_us = 0;
    const Timeline timeline(film);
    for (std::uint32_t f = 0; f < film.fragments.size(); ++f) {
        const std::uint32_t count = chunk_count(film.fragments[f].size);
        for (std::uint32_t chunk = 0; chunk < count; ++chunk) {
            CAPTURE(f);
            CAPTURE(chunk);
            CHECK(timeline.chunk_at({f}, timeline.at({f}, chunk_offset({chunk}))) == chunk);
        }
        CHECK(timeline.chunk_at({f}, timeline.at({f}, film.fragments[f].size)) == count);
    }
}

TEST_CASE("timeline: the longest film in the largest fragment overflows nothing") {
    Manifest film;
    film.kind = AssetKind::video;
    film.fragments.resize(1);
    film.fragments[0].size = limits::kMaxFragmentBytes;
    film.fragments[0].duration_us = limits::kMaxDurationUs;
    const Timeline timeline(film);
    Duration last{-1};
    for (std::uint64_t at = 0; at <= limits::kMaxFragmentBytes;
         at += limits::kMaxFragmentBytes / 8) {
        const Duration time = timeline.at({0}, at);
        CHECK(time > last);
        CHECK(static_cast<std::uint64_t>(time.count()) <= limits::kMaxDurationUs);
        last = time;
    }
    CHECK(timeline.at({0}, ~0ULL) == last);  // beyond the fragment's end is its end
}

TEST_CASE("timeline: a fragment that is not there has nothing to play") {
    CHECK(Timeline(reel_of({"..."})).stretches({3}, 0, kDue, kDue).empty());
    CHECK(Timeline(Manifest{}).stretches({0}, 0, kDue, kDue).empty());
}
