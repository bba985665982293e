// What is asked and not answered: a row for each request, a column for each chunk.
#include "peer/swarm/fetch/inflight.hpp"

#include "messages/wire/limits.hpp"
#include "peer/swarm/chance.hpp"
#include "tests/support/pictures.hpp"

#include <algorithm>

#include <doctest/doctest.h>

using namespace fragcast;
namespace pic = fragcast::pictures;

namespace {

constexpr std::uint32_t kWide = 8;
constexpr std::uint32_t kFragments = 2;

// The sets by request, by fragment and by link say the same; nobody is asked twice for a chunk, and
// no more than two are.
void check_inflight(const Inflight& inflight) {
    CHECK(inflight.broken() == nullptr);
    std::uint64_t chunks = 0;
    std::map<FragmentRef, RangeSet> open;
    std::map<FragmentRef, std::set<RequestId>> of_fragment;
    std::map<LinkId, std::vector<RequestId>> of_link;
    std::map<ChunkRef, std::set<LinkId>> asked_of;
    std::map<ChunkRef, std::uint32_t> times;
    for (const auto& [request, asked] : inflight.all()) {
        CHECK(asked.request == request);
        CHECK(inflight.find(request) == &asked);
        CHECK_FALSE(asked.open.empty());
        chunks += asked.open.count();
        open[asked.fragment].add(asked.open);
        of_fragment[asked.fragment].insert(request);
        of_link[asked.link].push_back(request);
        for (const Span& span : asked.open.spans())
            for (std::uint32_t i = span.begin; i < span.end; ++i) {
                const ChunkRef chunk{asked.fragment.asset, asked.fragment.index, {i}};
                CHECK(asked_of[chunk].insert(asked.link).second);
                ++times[chunk];
            }
    }
    CHECK(inflight.chunks() == chunks);
    for (std::uint32_t f = 0; f < kFragments; ++f) {
        const FragmentRef fragment = pic::fragment(f);
        CHECK(inflight.open(fragment) == open[fragment]);
        CHECK(inflight.of_fragment(fragment) == of_fragment[fragment]);
        for (std::uint32_t i = 0; i < kWide; ++i) {
            const ChunkRef chunk = pic::chunk(i, f);
            CHECK(inflight.count(chunk) == times[chunk]);
            CHECK(inflight.count(chunk) <= 2);
            for (const char letter : {'a', 'b', 'c'})
                CHECK(inflight.asked_of(pic::link(letter), chunk) ==
                      asked_of[chunk].contains(pic::link(letter)));
        }
    }
    for (const char letter : {'a', 'b', 'c'})
        CHECK(inflight.of_link(pic::link(letter)) == of_link[pic::link(letter)]);
}

struct AskedByPicture {
    Inflight inflight;
    std::uint64_t last = 0;

    RequestId ask(char of, const RangeSet& chunks, std::uint32_t fragment = 0) {
        Asked asked;
        asked.request = {++last};
        asked.link = pic::link(of);
        asked.fragment = pic::fragment(fragment);
        asked.open = chunks;
        inflight.add(std::move(asked));
        check_inflight(inflight);
        return {last};
    }
    RequestId ask(char of, const char* picture, std::uint32_t fragment = 0) {
        return ask(of, pic::columns(picture), fragment);
    }
    bool close(RequestId request, std::uint32_t chunk) {
        const bool closed = inflight.close(request, {chunk});
        check_inflight(inflight);
        return closed;
    }
    // "a ##......, b ..####.." of all requests; "" when there is none.
    std::string text() const {
        std::string out;
        for (const auto& [request, asked] : inflight.all())
            out += (out.empty() ? "" : ", ") + std::string(1, pic::letter(asked.link)) + " " +
                   pic::picture(asked.open, kWide);
        return out;
    }
    std::string open(std::uint32_t fragment = 0) const {
        return pic::picture(inflight.open(pic::fragment(fragment)), kWide);
    }
};

}  // namespace

TEST_CASE("inflight: a chunk that comes is asked for no more, and an empty request is none") {
    AskedByPicture all;
    const RequestId a = all.ask('a', "####....");
    const RequestId b = all.ask('b', "....##..");
    CHECK(all.open() == "######..");
    CHECK(all.close(a, 1));
    CHECK(all.text() == "a #.##...., b ....##..");
    CHECK_FALSE(all.close(a, 1));  // once
    CHECK_FALSE(all.close(a, 4));  // that is b's
    CHECK(all.close(b, 4));
    CHECK(all.close(b, 5));
    CHECK(all.text() == "a #.##....");
    CHECK_FALSE(all.inflight.was_dropped(pic::link('b'), b));
    CHECK_FALSE(all.close(b, 5));
    CHECK(all.inflight.find(b) == nullptr);
}

TEST_CASE("inflight: what two are asked for stays open until both have ended") {
    AskedByPicture all;
    const RequestId a = all.ask('a', "######..");
    const RequestId b = all.ask('b', "..##....");
    CHECK(all.inflight.count(pic::chunk(2)) == 2);
    all.close(b, 2);
    CHECK(all.open() == "######..");
    all.close(a, 2);
    CHECK(all.open() == "##.###..");
    all.inflight.drop(a);
    check_inflight(all.inflight);
    CHECK(all.open() == "...#....");
    all.close(b, 3);
    CHECK(all.open() == "........");
    CHECK(all.inflight.chunks() == 0);
}

TEST_CASE("inflight: what is dropped is returned as it was, and its late data is known") {
    AskedByPicture all;
    const RequestId a = all.ask('a', "####....");
    const RequestId other = all.ask('a', "##......", 1);
    all.close(a, 0);
    const auto dropped = all.inflight.drop(a);
    check_inflight(all.inflight);
    REQUIRE(dropped.has_value());
    CHECK(pic::picture(dropped->open, kWide) == ".###....");
    CHECK(all.inflight.was_dropped(pic::link('a'), a));
    CHECK_FALSE(all.inflight.was_dropped(pic::link('b'), a));
    CHECK(all.inflight.of_link(pic::link('a')) == std::vector{other});
    CHECK_FALSE(all.inflight.drop(a).has_value());
    CHECK(all.open(1) == "##......");
}

TEST_CASE("inflight: a request that is narrowed goes on with the rest, and ends with nothing") {
    AskedByPicture all;
    const RequestId a = all.ask('a', "######..");
    const auto narrow = [&](const char* keep) {
        all.inflight.narrow(a, pic::columns(keep));
        check_inflight(all.inflight);
        return all.text();
    };
    CHECK(narrow("########") == "a ######..");
    CHECK(narrow("..####..") == "a ..####..");
    CHECK(narrow("#.###..#") == "a ..###...");
    CHECK_FALSE(all.inflight.was_dropped(pic::link('a'), a));
    CHECK(narrow("##......").empty());
    CHECK(all.inflight.was_dropped(pic::link('a'), a));
    CHECK(narrow("########").empty());
}

TEST_CASE("inflight: no more dropped requests are remembered than the limit says, the newest") {
    AskedByPicture all;
    std::vector<RequestId> dropped;
    for (std::size_t i = 0; i <= limits::kMaxDroppedRequests; ++i) {
        dropped.push_back(all.ask('a', "#......."));
        all.inflight.drop(dropped.back());
    }
    CHECK_FALSE(all.inflight.was_dropped(pic::link('a'), dropped[0]));
    CHECK(all.inflight.was_dropped(pic::link('a'), dropped[1]));
    CHECK(all.inflight.was_dropped(pic::link('a'), dropped.back()));
    CHECK(std::count_if(dropped.begin(), dropped.end(), [&](RequestId one) {
              return all.inflight.was_dropped(pic::link('a'), one);
          }) == limits::kMaxDroppedRequests);
}

TEST_CASE("inflight: whatever comes, is dropped or narrowed, the sets agree after each step") {
    AskedByPicture all;
    Chance chance(5);
    for (int i = 0; i < 2000; ++i) {
        const char of = static_cast<char>('a' + chance.below(3));
        const auto fragment = static_cast<std::uint32_t>(chance.below(kFragments));
        const RequestId request{1 + chance.below(all.last + 1)};
        const auto chunk = static_cast<std::uint32_t>(chance.below(kWide));
        CAPTURE(i);
        switch (chance.below(4)) {
            case 0:
                all.close(request, chunk);
                break;
            case 1:
                if (const auto of_link = all.inflight.of_link(pic::link(of)); !of_link.empty())
                    all.close(of_link.front(), chunk);
                break;
            case 2:
                if (chance.below(4) == 0)
                    all.inflight.drop(request);
                else
                    all.inflight.narrow(request, RangeSet{{chunk, chunk + 3}});
                check_inflight(all.inflight);
                break;
            default: {
                RangeSet free;  // as its contract asks
                for (std::uint32_t at = chunk; at < std::min(kWide, chunk + 4); ++at)
                    if (all.inflight.count(pic::chunk(at, fragment)) < 2 &&
                        !all.inflight.asked_of(pic::link(of), pic::chunk(at, fragment)))
                        free.add(at);
                if (!free.empty()) all.ask(of, free, fragment);
            }
        }
    }
    CHECK(all.last > 150);
}
