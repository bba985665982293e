// Whom a question is put to, and how it ends; asks_stage.hpp has the picture.
#include "asks_stage.hpp"
#include "messages/wire/limits.hpp"

using namespace fragcast;
using namespace fragcast::asking;

// --- whom it is put to ---------------------------------------------------------------------------

TEST_CASE("asks: for holders all joined buses are asked, for the rest one after the other") {
    Asking here;
    here.around.bus_row = "#.#o#";
    here.user(Locate{});
    CHECK(here.done() == "0 2 4");
    here.user(ListPeers{});
    CHECK(here.done() == "0");
    here.pass(limits::kDirectoryAnswer);
    CHECK(here.done() == "0 2 4 2");  // again, and the next
    here.pass(limits::kDirectoryAnswer);
    CHECK(here.done() == "0 2 4 4");
    here.pass(limits::kDirectoryAnswer);
    CHECK(here.done() == "failed unavailable failed unavailable");
    CHECK(here.asks.size() == 0);
}

TEST_CASE("asks: a first welcome is waited for, once; where nobody joins the answer is no") {
    Asking here;
    here.around.bus_row = "o.";
    here.user(ListPeers{});
    CHECK(here.done().empty());
    SUBCASE("it comes") {
        here.around.bus_row = "#.";
        here.pass(limits::kDirectoryAnswer);
        CHECK(here.done() == "0");
    }
    SUBCASE("it does not") {
        here.pass(limits::kDirectoryAnswer);
        CHECK(here.done() == "failed unavailable");
    }
    here.around.bus_row = "..";
    here.user(ListAssets{});
    CHECK(here.done() == "failed unavailable");
}

TEST_CASE("asks: friends in their order, each dialled and given two seconds; then neighbours") {
    Asking here;
    here.around.set_friends("x.o#");
    here.around.other_links = "pq";
    here.user(Locate{}, true, 30s);
    CHECK(here.done() == "dial b");
    SUBCASE("it comes up") {
        here.around.set_friends("x#o#");
        here.pass(limits::kDialLook);
        CHECK(here.done() == "b");
        CHECK(here.neighbour('b', located(Found::ok)) == Asks::Belief::users);
        CHECK(here.done() == "answer");
    }
    SUBCASE("it comes up and knows nothing: the next one is dialled as well") {
        here.around.set_friends("x#.#");
        here.pass(limits::kDialLook);
        CHECK(here.done() == "b");
        here.neighbour('b', located(Found::unknown));
        CHECK(here.done() == "dial c");
    }
    SUBCASE("it does not, nor does the next") {
        here.pass(limits::kDirectoryAnswer);
        CHECK(here.done().empty());
        here.pass(limits::kDirectoryAnswer);
        CHECK(here.done() == "d");
        here.neighbour('d', located(Found::unknown));
        CHECK(here.done() == "p");
        here.pass(limits::kDirectoryAnswer);  // it is silent
        CHECK(here.done() == "q");
        here.neighbour('q', located(Found::settling));
        CHECK(here.done() == "answer");  // unknown, that d said
    }
    SUBCASE("it cannot be reached") {
        here.around.set_friends("x.xx");
        here.pass(limits::kDialLook);
        CHECK(here.done() == "p");
    }
}

TEST_CASE("asks: beyond the friends eight neighbours are asked, no more") {
    Asking here;
    here.around.other_links = "abcdefghijk";
    here.locate(true);
    std::string asked = here.done();
    while (here.asks.size() != 0) {
        here.neighbour(asked.back(), located(Found::unknown));
        if (here.asks.size() != 0) asked += here.done();
    }
    CHECK(asked == "abcdefgh");
    REQUIRE(here.ends.size() == 1);
    CHECK(std::get<Asks::Holders>(here.ends[0]).located.found == Found::unknown);
}

TEST_CASE("asks: what one neighbour is asked, no other is") {
    Asking here;
    here.around.other_links = "pq";
    const auto list = [&](char letter) {
        here.tell([&](Turn& turn) {
            here.asks.list_all({{}, pic::link(letter)}, here.around, turn);
        });
    };
    list('q');
    CHECK(here.done() == "q q");  // peers and assets
    here.pass(limits::kDirectoryAnswer);
    CHECK(here.done().empty());
    CHECK(here.asks.size() == 0);
    list('z');  // it is not up
    CHECK(here.done().empty());
    CHECK(here.asks.size() == 0);
}

// --- whose answer counts -------------------------------------------------------------------------

TEST_CASE("asks: an answer counts from whom it was asked of, once, and of the kind") {
    Asking here;
    here.around.bus_row = "##";
    here.around.other_links = "p";
    here.user(Locate{});
    CHECK(here.neighbour('p', located(Found::ok)) == Asks::Belief::unasked);
    CHECK(here.bus(2, located(Found::ok)) == Asks::Belief::unasked);
    CHECK(here.bus(0, peers("x")) == Asks::Belief::unasked);
    CHECK(here.bus(0, located(Found::unknown)) == Asks::Belief::users);
    CHECK(here.bus(0, located(Found::ok)) == Asks::Belief::unasked);
    CHECK(here.bus(1, located(Found::ok)) == Asks::Belief::users);
    CHECK(here.bus(1, located(Found::ok)) == Asks::Belief::unasked);
    CHECK(here.done() == "0 1 answer");
    here.user(Locate{}, true);
    CHECK(here.bus(0, located(Found::ok)) == Asks::Belief::unasked);
    CHECK(here.neighbour('q', located(Found::ok)) == Asks::Belief::unasked);
    CHECK(here.says({}, located(Found::ok)) == Asks::Belief::unasked);
    CHECK(here.done() == "p");
}

TEST_CASE(
    "asks: what is told of another asset than was asked about is wrong, and nobody's answer") {
    Asking here;
    here.locate();
    Located other = located(Found::ok);
    other.assets[0].id = pic::asset(2);
    CHECK(here.asks.count_refused() == 0);
    CHECK(here.bus(0, other) == Asks::Belief::wrong);
    CHECK(here.asks.count_refused() == 1);
    CHECK(here.asks.locating(pic::asset(1)));
    CHECK(here.bus(0, located(Found::ok, "x")) == Asks::Belief::ours);
    CHECK_FALSE(here.asks.locating(pic::asset(1)));
    REQUIRE(here.ends.size() == 1);
    CHECK(std::get<Asks::Holders>(here.ends[0]).asset == pic::asset(1));
    CHECK(std::get<Asks::Holders>(here.ends[0]).located.holders.size() == 1);
}

// --- which answer counts -------------------------------------------------------------------------

TEST_CASE("asks: the first that found it is a user's answer; unknown is, when all say so") {
    Asking here;
    here.around.bus_row = "###";
    here.user(Locate{});
    here.bus(1, located(Found::unknown));
    CHECK(here.done() == "0 1 2");
    SUBCASE("found") {
        here.bus(2, located(Found::ambiguous));
        CHECK(here.done() == "answer");
        CHECK(here.asks.size() == 0);
    }
    SUBCASE("unknown") {
        here.bus(2, located(Found::unknown));
        CHECK(here.done().empty());
        here.bus(0, located(Found::settling));
        CHECK(here.done() == "answer");
    }
}

TEST_CASE("asks: a user whose buses all settle is answered later, and by his deadline the least") {
    Asking here;
    here.around.bus_row = "##";
    here.user(Locate{}, false, 2s);
    here.bus(0, located(Found::settling));
    here.bus(1, located(Found::settling));
    CHECK(here.done() == "0 1");
    here.pass(500ms);
    CHECK(here.done() == "0 1");
    here.bus(0, located(Found::settling));
    here.pass(1400ms);
    CHECK(here.done().empty());
    here.pass(100ms);
    CHECK(here.done() == "failed unavailable");
}

TEST_CASE("asks: of our own, nothing follows from unknown where somebody was settling") {
    Asking here;
    here.around.bus_row = "##";
    here.locate();
    here.bus(0, located(Found::unknown));
    SUBCASE("one settles") {
        here.bus(1, located(Found::settling));
        CHECK(here.ends.empty());
    }
    SUBCASE("none does") {
        here.bus(1, located(Found::unknown));
        CHECK(here.ends.size() == 1);
    }
    SUBCASE("one is silent, and its buses were asked three times") {
        here.pass(3 * limits::kDirectoryAnswer);
        CHECK(here.ends.size() == 1);
    }
    CHECK(here.asks.size() == 0);
}

TEST_CASE("asks: what is refused is refused") {
    Asking here;
    here.user(AskStats{});
    here.bus(0, Refused{{}, "busy", "not now"});
    CHECK(here.done() == "0 failed refused");
    here.locate();
    here.bus(0, Refused{{}, "busy", "not now"});
    CHECK(here.ends.empty());
    CHECK(here.asks.size() == 0);
}

TEST_CASE("asks: one who refuses to say who has it ends nobody else's answer") {
    Asking here;
    const Refused no{{}, "invalid", "not for you"};
    SUBCASE("a bus") {
        here.around.bus_row = "##";
        here.user(Locate{});
        here.bus(0, no);
        CHECK(here.done() == "0 1");
        SUBCASE("before the other found it") {
            here.bus(1, located(Found::ok));
            CHECK(here.done() == "answer");
        }
        SUBCASE("before the other knows nothing") {
            here.bus(1, located(Found::unknown));
            CHECK(here.done() == "answer");
        }
        SUBCASE("while the other settles, which is asked again") {
            here.bus(1, located(Found::settling));
            here.pass(500ms);
            CHECK(here.done() == "0 1");
            here.bus(0, no);
            here.bus(1, located(Found::ok));
            CHECK(here.done() == "answer");
        }
        SUBCASE("and so does the other") {
            here.bus(1, no);
            CHECK(here.done() == "failed refused");
        }
    }
    SUBCASE("a bus, to us") {
        here.around.bus_row = "##";
        here.locate();
        here.bus(0, no);
        CHECK(here.bus(1, located(Found::ok, "h")) == Asks::Belief::ours);
        REQUIRE(here.ends.size() == 1);
        CHECK(std::get<Asks::Holders>(here.ends[0]).located.holders.size() == 1);
    }
    SUBCASE("a friend") {
        here.around.set_friends("##");
        here.user(Locate{}, true);
        here.neighbour('a', no);
        CHECK(here.done() == "a b");
        SUBCASE("the next knows") {
            here.neighbour('b', located(Found::ok));
            CHECK(here.done() == "answer");
        }
        SUBCASE("nobody does") {
            here.neighbour('b', no);
            CHECK(here.done() == "failed refused");
        }
    }
    CHECK(here.asks.size() == 0);
}

// --- ways out ------------------------------------------------------------------------------------

TEST_CASE("asks: beyond the limit a user is told so, and ours are not asked") {
    Asking here;
    for (std::size_t i = 0; i < limits::kMaxAsks; ++i)
        here.tell([&](Turn& turn) {
            here.asks.locate(pic::asset(static_cast<std::uint32_t>(i)), false, here.around, turn);
        });
    here.done();
    here.locate();
    CHECK(here.done().empty());
    here.user(Locate{});
    CHECK(here.done() == "failed busy");
    here.pass(3 * limits::kDirectoryAnswer);
    CHECK(here.asks.size() == 0);
}

TEST_CASE("asks: who goes is answered no more; when we stop users are told, for good") {
    Asking here;
    here.user(Locate{});
    here.asks.withdraw(ReadId{71});
    CHECK(here.asks.size() == 1);
    here.asks.withdraw(kReader);
    CHECK(here.asks.size() == 0);
    CHECK(here.bus(0, located(Found::ok)) == Asks::Belief::unasked);
    CHECK(here.done() == "0");
    here.user(Locate{});
    here.locate();
    here.tell([&](Turn& turn) { here.asks.stop(turn); });
    CHECK(here.done() == "0 0 failed interrupted");
    CHECK(here.ends.empty());
    CHECK(here.asks.size() == 0);
    here.user(Locate{});
    CHECK(here.done() == "failed interrupted");
    here.user(Ping{});
    CHECK(here.done() == "failed interrupted");
}

TEST_CASE("asks: what is no question is not put to anybody") {
    Asking here;
    here.user(Ping{});
    CHECK(here.done() == "failed invalid");
    CHECK(here.asks.size() == 0);
}
