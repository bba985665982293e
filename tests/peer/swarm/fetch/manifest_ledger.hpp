// Whose manifest is asked for, and of whom. Who can be asked is a picture, "ab~2C |01": the holders
// in their order (a capital answered before; "~2": passed over for 2 s more), and the joined buses.
// What is asked for is one as well: a letter for each of two assets, '0' of that bus, 's' with the
// store, '.' not asked for.
#pragma once

#include "messages/wire/limits.hpp"
#include "peer/swarm/fetch/manifests.hpp"
#include "tests/support/pictures.hpp"

#include <cctype>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <doctest/doctest.h>

namespace fragcast::test {

namespace pic = fragcast::pictures;
using namespace std::chrono_literals;

inline constexpr Duration kLedgerPatience = 300ms;
inline constexpr Duration kLedgerSettled = limits::kDirectoryAnswer;
inline constexpr std::uint64_t kLedgerPart = limits::kManifestPartBytes;
inline const AssetId kAskedFilm = pic::asset(0);
inline const AssetId kAskedSong = pic::asset(1);

inline Manifests::From ledger_source(char letter) {
    if (letter >= '0' && letter <= '9') return {{}, {static_cast<std::uint32_t>(letter - '0')}};
    return {pic::link(letter), {}};
}
inline char ledger_letter(const Manifests::From& from) {
    if (from.link.value == 0) return static_cast<char>('0' + from.bus.value);
    return pic::letter(from.link);
}

struct ManifestCandidates {
    std::vector<Manifests::Holder> holders;
    std::vector<BusId> buses;
};
inline ManifestCandidates manifest_candidates(std::string_view picture, Time now) {
    ManifestCandidates out;
    bool buses = false;
    for (std::size_t i = 0; i < picture.size(); ++i) {
        const char c = picture[i];
        if (c == '|') buses = true;
        if (c == '~') out.holders.back().passed_until = now + (picture[++i] - '0') * 1s;
        if (buses && std::isdigit(c)) out.buses.push_back(ledger_source(c).bus);
        if (!std::isalpha(c)) continue;
        const char who = static_cast<char>(std::tolower(c));
        out.holders.push_back({pic::peer(who), pic::link(who), c != who, {}, kLedgerPatience});
    }
    return out;
}

struct ManifestLedger {
    Manifests manifests;
    Time now{1'000s};
    Actions out;
    std::uint64_t requests = 0;
    Time wake = kNever;

    // Each step ends in a look at the invariants.
    template <class Do>
    auto step(Do what) {
        out.clear();
        Turn turn{now, out, requests};
        const auto answer = what(turn);
        wake = turn.wake;
        CHECK(manifests.broken() == nullptr);
        CHECK(manifests.asked().contains(kAskedFilm) == (row()[0] != '.' && row()[0] != 's'));
        return answer;
    }
    char seek(std::string_view picture, const AssetId& asset = kAskedFilm) {
        const ManifestCandidates who = manifest_candidates(picture, now);
        const auto asked =
            step([&](Turn& turn) { return manifests.seek(asset, who.holders, who.buses, turn); });
        CHECK(out.size() == (asked ? 1 : 0));
        if (asked) CHECK(last() == ask_of(*asked, asset, 0));
        return asked ? ledger_letter(*asked) : '.';
    }
    Manifests::Heard got(char who, std::uint64_t offset, std::uint64_t total, std::uint64_t bytes,
                         std::uint64_t request = 0, const AssetId& asset = kAskedFilm) {
        const RequestId under{request == 0 ? requests : request};
        const ManifestPart part{under, asset, total, offset};
        return step(
            [&](Turn& turn) { return manifests.got(ledger_source(who), part, bytes, turn); });
    }
    bool refused(char who, Duration pause, std::uint64_t request = 0) {
        const RequestId under{request == 0 ? requests : request};
        return step(
            [&](Turn& turn) { return manifests.refused(ledger_source(who), under, pause, turn); });
    }
    // "a" late, "a~" and passed over, "." neither.
    std::string late(const AssetId& asset = kAskedFilm) {
        const auto late = step([&](Turn& turn) { return manifests.late(asset, turn); });
        if (!late) return ".";
        return std::string(1, late->link.value == 0 ? 'B' : pic::letter(late->link)) +
               (late->passed ? "~" : "");
    }
    bool not_stored(const PeerId& who, Duration pause) {
        return step([&](Turn& turn) {
            manifests.not_stored(kAskedFilm, who, pause, turn);
            return true;
        });
    }
    void store(char who, std::string_view picture) {
        REQUIRE(seek(picture) == who);
        REQUIRE(got(who, 0, 10, 10) == Manifests::Heard::part);
        REQUIRE(row()[0] == 's');
    }
    // Whom, under which number, from where on: of the last action.
    std::string last() const {
        REQUIRE_FALSE(out.empty());
        const auto* link = std::get_if<SendTo>(&out.back());
        const auto* bus = std::get_if<SendToBus>(&out.back());
        REQUIRE((link != nullptr || bus != nullptr));
        const auto& ask = std::get<AskManifest>(link != nullptr ? link->body : bus->body);
        CHECK(ask.request.value == requests);
        return ask_of(
            link != nullptr ? Manifests::From{link->link, {}} : Manifests::From{{}, bus->bus},
            ask.asset, ask.offset);
    }
    static std::string ask_of(const Manifests::From& from, const AssetId& asset,
                              std::uint64_t offset) {
        return std::string(1, ledger_letter(from)) + (asset == kAskedFilm ? " film " : " song ") +
               std::to_string(offset);
    }
    std::string row() const {
        std::string cells;
        for (const AssetId& id : {kAskedFilm, kAskedSong}) {
            char cell = manifests.idle(id) ? '.' : 's';
            if (manifests.asked().contains(id))
                for (const char who : {'a', 'b', 'c', 'd', '0'})
                    if (manifests.waits_for(id, ledger_source(who).link)) cell = who;
            cells += cell;
        }
        return cells;
    }
};

}  // namespace fragcast::test
