// Who may be given more of what others have not taken yet, and who is cut for taking nothing.
#include "peer/links/untaken.hpp"

#include "messages/wire/limits.hpp"

#include <map>
#include <string>

#include <doctest/doctest.h>

using namespace fragcast;
using namespace std::chrono_literals;

namespace {

constexpr std::uint64_t kMiB = 1 << 20;

// Links by letter: what lies for each, and what it took.
struct Counter {
    Untaken untaken;
    std::map<char, Untaken::Line> lines;
    Time now{1h};

    void lies(char who, std::uint64_t bytes) {
        lines[who].link = LinkId{static_cast<std::uint64_t>(who)};
        lines[who].lies = bytes;
    }
    void takes(char who, std::uint64_t bytes) { lines[who].taken += bytes; }
    std::uint64_t all() const {
        std::uint64_t sum = 0;
        for (const auto& [who, line] : lines)
            sum += line.lies;
        return sum;
    }
    // Who is cut, in that order; nothing lies for them any more.
    std::string look() {
        std::vector<Untaken::Line> some;
        for (const auto& [who, line] : lines)
            if (line.lies > 0) some.push_back(line);
        std::string out;
        for (const LinkId link : untaken.look(some, now)) {
            out += static_cast<char>(link.value);
            lines.erase(out.back());
        }
        return out;
    }
    std::string look_for(Duration time) {
        std::string out;
        for (const Time end = now + time; now < end;) {
            now += limits::kLookAtUntaken;
            out += look();
        }
        return out;
    }
};

}  // namespace

TEST_CASE("untaken: kMaxUnsentPayloadBytes lie for all links, and some is left for one more") {
    std::map<int, std::uint64_t> own;
    std::uint64_t all = 0;
    std::uint64_t taken = limits::kMaxUnsentBytes;
    const auto fill = [&](int links) {
        for (bool more = true; more;) {
            more = false;
            for (int link = 0; link < links; ++link) {
                if (!Untaken::has_room(own[link], taken, all)) continue;
                own[link] += limits::kChunkBytes;
                all += limits::kChunkBytes;
                more = true;
            }
        }
    };
    fill(1);
    CHECK(all == limits::kMaxUnsentBytes);
    fill(17);
    CHECK(all <= limits::kMaxUnsentPayloadBytes);
    CHECK(limits::kMaxUnsentPayloadBytes - all >= 7 * kMiB);
    CHECK(Untaken::has_room(0, 0, all));
    CHECK(Untaken::lacks_room(limits::kMaxUnsentBytes / 2, all));
    // Who comes when all is taken by others has one at a time.
    fill(30);
    CHECK(Untaken::has_room(0, 0, all));
    fill(1000);
    CHECK(all == limits::kMaxUnsentPayloadBytes);
    CHECK_FALSE(Untaken::has_room(0, taken, all));
}

TEST_CASE("untaken: a link has no more than is left to others of what is shared") {
    constexpr std::uint64_t kShared = limits::kMaxUnsentPayloadBytes / 8 * 7;
    constexpr std::uint64_t kOthers = 40 * kMiB, kHalf = (kShared - kOthers) / 2;
    CHECK(Untaken::has_room(kHalf - 1, 1 << 30, kOthers + kHalf - 1));
    CHECK_FALSE(Untaken::has_room(kHalf, 1 << 30, kOthers + kHalf));
    CHECK(Untaken::lacks_room(kHalf, kOthers + kHalf));
}

TEST_CASE("untaken: for who has not taken anything yet no more than kMinInFlightBytes lie") {
    CHECK(Untaken::has_room(limits::kMinInFlightBytes - 1, 0, limits::kMinInFlightBytes));
    CHECK_FALSE(Untaken::has_room(limits::kMinInFlightBytes, 0, limits::kMinInFlightBytes));
    CHECK_FALSE(Untaken::lacks_room(limits::kMinInFlightBytes, limits::kMinInFlightBytes));
    CHECK(Untaken::has_room(kMiB, kMiB, kMiB));
    CHECK_FALSE(Untaken::has_room(limits::kMaxUnsentBytes, 1 << 30, limits::kMaxUnsentBytes));
}

TEST_CASE("untaken: kUntakenWanted without taking anything is too long when others lack room") {
    Counter counter;
    for (char who = 'a'; who <= 'g'; ++who)
        counter.lies(who, 8 * kMiB);
    CHECK(counter.look().empty());
    CHECK(counter.look_for(limits::kUntakenWanted).empty());  // nobody lacks any
    counter.untaken.no_room();
    CHECK(counter.look() == "abcd");  // until half is free
    CHECK(counter.all() <= limits::kMaxUnsentPayloadBytes / 2);
    // Said once, done once: nobody lacks any now.
    for (char who = 'h'; who <= 'k'; ++who)
        counter.lies(who, 8 * kMiB);
    CHECK(counter.look_for(limits::kUntakenWanted).empty());
}

TEST_CASE("untaken: the laziest goes first, and who takes kTakenAtLeast stays") {
    Counter counter;
    counter.lies('z', 8 * kMiB);
    CHECK(counter.look().empty());
    counter.now += 1s;
    for (char who = 'a'; who <= 'f'; ++who)
        counter.lies(who, 8 * kMiB);
    CHECK(counter.look().empty());
    counter.now += limits::kUntakenWanted - 1us;
    counter.takes('a', limits::kTakenAtLeast);
    counter.takes('b', limits::kTakenAtLeast - 1);
    counter.untaken.no_room();
    CHECK(counter.look() == "z");
    counter.now += 1us;
    counter.untaken.no_room();
    CHECK(counter.look() == "bcd");
}

TEST_CASE("untaken: of those who are equally lazy they go first for whom most lies") {
    Counter counter;
    counter.lies('a', limits::kChunkBytes);
    for (char who = 'b'; who <= 'f'; ++who)
        counter.lies(who, 8 * kMiB);
    counter.lies('g', 9 * kMiB);
    CHECK(counter.look().empty());
    counter.now += limits::kUntakenWanted;
    counter.untaken.no_room();
    CHECK(counter.look() == "gbc");
}

TEST_CASE("untaken: of several who take nothing the laziest goes first, as they came") {
    Counter counter;
    counter.lies('z', 8 * kMiB);
    CHECK(counter.look().empty());
    counter.now += 1s;
    for (char who = 'a'; who <= 'f'; ++who)
        counter.lies(who, 8 * kMiB);
    CHECK(counter.look().empty());
    counter.now += limits::kUntakenWanted;
    counter.untaken.no_room();
    CHECK(counter.look() == "zabc");
}

TEST_CASE("untaken: kUntakenLongest is too long even if nobody wants its room") {
    Counter counter;
    counter.lies('a', limits::kChunkBytes);
    counter.lies('b', limits::kChunkBytes);
    CHECK(counter.look().empty());
    counter.now += limits::kUntakenLongest - 1us;
    counter.takes('b', limits::kTakenAtLeast);
    CHECK(counter.look().empty());
    counter.now += 1us;
    CHECK(counter.look() == "a");
}

TEST_CASE("untaken: who takes all of the little that lies for it is not lazy") {
    Counter counter;
    counter.lies('a', 300);
    for (int i = 0; i < 100; ++i) {
        counter.takes('a', 300);
        counter.untaken.no_room();
        CHECK(counter.look_for(limits::kUntakenWanted).empty());
    }
    CHECK(counter.look_for(limits::kUntakenLongest) == "a");
}

TEST_CASE("untaken: who went is forgotten") {
    Counter counter;
    counter.lies('a', kMiB);
    counter.lies('b', kMiB);
    CHECK(counter.look().empty());
    CHECK(counter.untaken.size() == 2);
    counter.lies('a', 0);
    CHECK(counter.look().empty());
    CHECK(counter.untaken.size() == 1);
}
