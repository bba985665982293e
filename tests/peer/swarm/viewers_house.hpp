// Who plays and reads: a column for each chunk of a film that is cut into fragments of four.
// What is needed: 'u' urgent, 'n' near, 'f' far, '.' not at all. What readers wait for: 'o'.
// Readers are letters: 'a' is number 1.
#pragma once

#include "messages/wire/limits.hpp"
#include "peer/swarm/viewers.hpp"
#include "tests/support/pictures.hpp"

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include <doctest/doctest.h>

namespace fragcast::test {

namespace pic = fragcast::pictures;
using namespace std::chrono_literals;

inline constexpr std::uint32_t kCut = 4;
inline constexpr ViewerId kNoViewer{0};
inline constexpr ViewerId kViewerAnna{1};
inline constexpr ViewerId kViewerBert{2};

inline Manifest film_of(std::uint32_t width, Duration column) {
    Manifest out;
    out.kind = AssetKind::video;
    for (std::uint32_t begin = 0; begin < width; begin += kCut) {
        const std::uint64_t columns = std::min(kCut, width - begin);
        FragmentInfo fragment;
        fragment.size = columns * limits::kChunkBytes;
        fragment.duration_us = columns * static_cast<std::uint64_t>(column.count());
        out.fragments.push_back(fragment);
    }
    return out;
}

struct ViewersHouse {
    std::uint32_t width;
    Manifest film;
    Timeline timeline;
    Viewers viewers;
    Time now{1'000s};
    Time wake = kNever;
    std::uint32_t of_asset = 0;  // what is played and read from here on

    explicit ViewersHouse(std::uint32_t width_given = 24, Duration column = 5s)
        : width(width_given), film(film_of(width, column)), timeline(film) {}

    template <class Do>
    auto turn(Do what) {
        Actions out;
        std::uint64_t requests = 0;
        Turn turn{now, out, requests};
        auto result = what(turn);
        wake = turn.wake;
        check();
        return result;
    }
    void check() const {
        CHECK(viewers.broken() == nullptr);
        CHECK(viewers.readers().size() == viewers.count_readers());
        for (const std::uint32_t asset : {0U, 1U}) {
            const RangeSet wanted = viewers.wanted(pic::asset(asset), count());
            for (const ChunkRef& chunk : viewers.awaited(pic::asset(asset))) {
                CHECK(wanted.contains(chunk.fragment.value));
                CHECK(viewers.is_read(pic::asset(asset)));
                CHECK(viewers.is_awaited(chunk.of(), RangeSet{{chunk.chunk.value, ~0U}}));
            }
            CHECK(viewers.is_played(pic::asset(asset)) ==
                  (viewers.played_from(pic::asset(asset)) != std::nullopt));
        }
    }
    std::uint32_t count() const { return static_cast<std::uint32_t>(film.fragments.size()); }
    ChunkRef chunk(std::uint32_t column) const {
        return {pic::asset(of_asset), {column / kCut}, {column % kCut}};
    }
    // Those that are too far away now, as letters; they stay until they are ended.
    std::string play(ViewerId viewer, std::uint32_t column) {
        const ChunkRef at = chunk(column);
        const auto moved = turn([&](Turn& turn) {
            return viewers.move(viewer, at.asset, at.fragment, chunk_offset(at.chunk),
                                {&film, &timeline}, turn);
        });
        return letters(moved.left);
    }
    void read(std::uint64_t id, ViewerId viewer, std::uint32_t column, Duration wait = 25s) {
        turn([&](Turn& turn) {
            viewers.asked_for(viewer, chunk(column), film);
            viewers.wait({id}, viewer, chunk(column), now + wait, turn);
            return 0;
        });
    }
    void read_here(ViewerId viewer, std::uint32_t column) {
        viewers.asked_for(viewer, chunk(column), film);
    }
    void need_manifest(std::uint64_t id, Duration wait = 25s) {
        turn([&](Turn& turn) {
            viewers.wait_for_manifest({id}, pic::asset(of_asset), now + wait, turn);
            return 0;
        });
    }
    static std::string letters(const std::vector<ReadId>& reads) {
        std::string out;
        for (const ReadId read : reads)
            out += static_cast<char>('a' + read.value - 1);
        return out;
    }
    std::string awaited() const {
        std::string out(width, '.');
        for (const ChunkRef& chunk : viewers.awaited(pic::asset(of_asset)))
            out[chunk.fragment.value * kCut + chunk.chunk.value] = 'o';
        return out;
    }
    std::string wanted() const {
        return pic::picture(viewers.wanted(pic::asset(of_asset), count()), count());
    }
    std::vector<Timeline::Stretch> all_needs(const std::string& here = "") const {
        RangeSet lacking = RangeSet::up_to(count());
        lacking.remove(pic::columns(here));
        return viewers.needs(pic::asset(of_asset), timeline, lacking, now);
    }
    std::string needs(const std::string& here = "") const {
        std::string out(width, '.');
        for (const auto& need : all_needs(here))
            for (std::uint32_t i = need.chunks.begin; i < need.chunks.end; ++i) {
                char& cell = out[need.fragment.value * kCut + i];
                const char zone = "unf"[static_cast<int>(need.zone)];
                if (cell != 'u') cell = zone;
            }
        return out;
    }
    // Of the chunk that is waited for first: in so many seconds from the start of the test.
    std::int64_t needed() const {
        return std::chrono::duration_cast<std::chrono::seconds>(all_needs().at(0).deadline -
                                                                Time{1'000s})
            .count();
    }
};

}  // namespace fragcast::test
