// A store with a limit: a column for each fragment of 100,000 bytes.
#pragma once

#include "messages/wire/limits.hpp"
#include "peer/swarm/copies/room.hpp"
#include "tests/support/pictures.hpp"

#include <algorithm>
#include <cstdint>
#include <map>
#include <string>

#include <doctest/doctest.h>

namespace fragcast::test {

namespace pic = fragcast::pictures;

inline constexpr std::uint32_t kCupboardWidth = 6;
inline constexpr std::uint64_t kEach =
    100'000;  // of a fragment; unfinished ones have a chunk before that

inline Manifest cupboard_manifest() {
    Manifest out;
    out.fragments.resize(kCupboardWidth);
    for (FragmentInfo& one : out.fragments)
        one.size = kEach;
    return out;
}

struct Cupboard {
    SwarmOptions options;
    Room room{options};
    Actions out;
    std::uint64_t requests = 0;
    Time now{Duration{1'000'000}};
    Time wake = kNever;
    Manifest manifest = cupboard_manifest();

    explicit Cupboard(std::uint64_t limit) {
        options.max_store = limit;
        room.start(now);
    }
    Cupboard(const Cupboard&) = delete;
    template <class Does>
    void with(Does does) {
        Turn turn{now, out, requests};
        does(turn);
        wake = turn.wake;
        check();
    }
    void check() const {
        CHECK(room.broken() == nullptr);
        CHECK((room.limited() || !room.lacks()));
    }
    // '#' whole, 'w' withdrawn, 'o' the first of two chunks came, 'p' only a proof.
    void count(const std::string& row, bool comes, std::uint32_t asset = 0) {
        std::map<FragmentIndex, Assembly> unfinished;
        for (std::uint32_t i = 0; i < row.size(); ++i)
            if (row[i] == 'o' || row[i] == 'p') {
                Assembly one(limits::kChunkBytes + kEach, 2);
                row[i] == 'o' ? one.load(RangeSet{{0, 1}}) : one.proof_came();
                unfinished.emplace(FragmentIndex{i}, one);
            }
        const RangeSet whole = pic::columns(row);
        const RangeSet withdrawn = pic::columns(row, "w");
        const Room::Taken taken{&manifest, whole, withdrawn, unfinished, comes};
        room.count(pic::asset(asset), taken);
        CHECK(room.stock(pic::asset(asset)) == Room::bytes(taken));
        check();
    }
    // '#' is here and kept, 'l' here and loose.
    void loose(const std::string& row, std::uint32_t asset = 0) {
        room.found(pic::asset(asset), pic::columns(row, "#l"), pic::columns(row, "l"));
        check();
    }
    std::string loose(std::uint32_t asset = 0) const {
        return pic::picture(room.loose(pic::asset(asset)), kCupboardWidth, 'l');
    }
    void came(std::uint32_t fragment, bool on_purpose) {
        with([&](Turn& turn) { room.came(pic::fragment(fragment), on_purpose, turn); });
    }
    // What the store was told to remember since: "-2" is loose from now on, "+2" is not.
    std::string marks() {
        std::string text;
        for (const Action& action : out)
            if (const Mark* mark = std::get_if<Mark>(&action))
                text += (mark->kept ? "+" : "-") + mark->fragments.text();
        out.clear();
        return text;
    }
    std::size_t told(const std::string& kind) const {
        return static_cast<std::size_t>(
            std::count_if(out.begin(), out.end(), [&](const Action& action) {
                const Report* report = std::get_if<Report>(&action);
                return report != nullptr && report->kind == kind;
            }));
    }
};

}  // namespace fragcast::test
