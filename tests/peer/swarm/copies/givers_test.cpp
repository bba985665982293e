// Of whom copies are wanted: letters are peers, '*' gave enough since the last look, '.' a
// little.
#include "peer/swarm/copies/givers.hpp"

#include "messages/wire/limits.hpp"
#include "tests/support/pictures.hpp"

#include <string>

#include <doctest/doctest.h>

using namespace fragcast;
using namespace std::chrono_literals;
namespace pic = fragcast::pictures;

namespace {

struct Asked {
    Givers givers;
    std::map<PeerId, std::uint64_t> given;
    Time now{1h};
    Time wake = kNever;

    bool with(bool (Givers::*what)(Turn&)) {
        Actions out;
        std::uint64_t requests = 0;
        Turn turn{now, out, requests};
        const bool any = (givers.*what)(turn);
        wake = turn.wake;
        CHECK(givers.broken() == nullptr);
        return any;
    }
    // "ab*c"
    bool look(const std::string& picture) {
        std::map<PeerId, std::uint64_t> asked;
        PeerId last;
        for (const char letter : picture) {
            if (letter == '*')
                given[last] += limits::kCopyLeast;
            else if (letter == '.')
                given[last] += limits::kCopyLeast - 1;
            else
                last = pic::peer(letter);
            asked[last] = given[last];
        }
        Actions out;
        std::uint64_t requests = 0;
        Turn turn{now, out, requests};
        const bool any = givers.look(asked, turn);
        wake = turn.wake;
        CHECK(givers.broken() == nullptr);
        CHECK(givers.any_rests() == !rest().empty());
        return any;
    }
    bool again() { return with(&Givers::wake); }
    std::string rest() const {
        std::string text;
        for (char letter = 'a'; letter <= 'z'; ++letter)
            if (givers.rests(pic::peer(letter))) text += letter;
        return text;
    }
};

}  // namespace

TEST_CASE("givers: who gives nothing while others wait rests, who gives does not") {
    Asked asked;
    CHECK_FALSE(asked.look("ab"));
    CHECK(asked.wake == asked.now + limits::kCopyWaits);
    asked.now += limits::kCopyWaits - 1us;
    CHECK_FALSE(asked.look("ab*"));
    asked.now += 1us;
    CHECK(asked.look("a.b."));
    CHECK(asked.rest() == "a");
    CHECK_FALSE(asked.look("ab"));
    CHECK_FALSE(asked.again());
    CHECK(asked.wake == asked.now + limits::kCopyWaits);
    asked.now += limits::kCopyWaits;
    CHECK(asked.again());
    CHECK(asked.rest().empty());
    CHECK_FALSE(asked.again());
}

TEST_CASE("givers: who gives nothing again rests longer each time, until he gives") {
    Asked asked;
    Duration rest = limits::kCopyWaits;
    for (int i = 0; i < 8; ++i) {
        CAPTURE(i);
        CHECK_FALSE(asked.look("a"));
        asked.now += limits::kCopyWaits;
        CHECK(asked.look("a"));
        CHECK(asked.wake == asked.now + rest);
        asked.now += rest;
        CHECK(asked.again());
        rest = std::min<Duration>(rest * 2, limits::kCopyRestMax);
    }
    CHECK(rest == limits::kCopyRestMax);
    CHECK_FALSE(asked.look("a*"));
    asked.now += limits::kCopyWaits;
    CHECK(asked.look("a"));
    CHECK(asked.wake == asked.now + limits::kCopyWaits);
}

TEST_CASE("givers: nobody is remembered who is gone, or was not asked for long") {
    Asked asked;
    asked.look("abc*");
    asked.now += limits::kCopyWaits;
    CHECK(asked.look("ab"));
    CHECK(asked.givers.size() == 2);  // c is asked for nothing
    asked.givers.forget(pic::peer('a'));
    asked.givers.forget(pic::peer('z'));
    CHECK(asked.rest() == "b");
    asked.now += limits::kCopyWaits;
    CHECK(asked.again());
    asked.look("");
    CHECK(asked.givers.size() == 1);  // how long he rested is known for a while
    asked.now += limits::kCopyRestMax;
    asked.look("");
    CHECK(asked.givers.size() == 0);
}

TEST_CASE("givers: they are looked at while others wait, now and then") {
    Givers givers;
    Time now{1h};
    CHECK_FALSE(givers.look_due(now));
    givers.others_wait();
    CHECK(givers.look_due(now));
    CHECK_FALSE(givers.look_due(now + 1h));
    givers.others_wait();
    CHECK_FALSE(givers.look_due(now + Givers::kLookEvery - 1us));
    CHECK(givers.look_due(now + Givers::kLookEvery));
}
