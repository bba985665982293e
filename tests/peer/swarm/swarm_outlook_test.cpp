// What becomes of a want: a column for the manifest, and one for each fragment; '>' it comes, or
// may come yet, '.' nobody has it, 'x' who has it is out of reach.
#include "tests/peer/swarm/alone.hpp"

#include <doctest/doctest.h>

using namespace fragcast;
using namespace fragcast::town;

TEST_SUITE_BEGIN("swarm: outlook");

namespace {

// A bus that knows everybody, and is asked who has the film.
struct OutlookStage {
    TestAsset film = make_asset("film", 4, 4);
    Somebody anna{1};
    Somebody bert{2};
    Alone here;

    OutlookStage() {
        here.welcome({anna.record, bert.record});
        here.swarm.on(facts::FetchAsked{film.id, {}}, here.now, here.out);
        here.pass(50ms);
    }
    // To the next question, which may be to come.
    void answer(Found found, const std::vector<HolderRecord>& holders = {}) {
        Located located{{}, found, {}, holders};
        if (found == Found::ok) located.assets = {Alone::record_of(film)};
        const Time end = here.now + limits::kLocateMax;
        while (located.request == RequestId{} && here.now < end) {
            for (const SendToBus& send : here.take<SendToBus>())
                if (const auto* locate = std::get_if<Locate>(&send.body))
                    located.request = locate->request;
            if (located.request == RequestId{}) here.pass(50ms);
        }
        REQUIRE(located.request != RequestId{});
        here.bus_says(located);
    }
    // It keeps sending what is no message, until it is barred.
    void misbehave(LinkId link) {
        for (int i = 0; i < 20; ++i)
            here.swarm.on(facts::Garbage{link, true}, here.now, here.out);
    }
    Outlook of(const RangeSet& fragments) const {
        return here.swarm.outlook(film.id, fragments, here.now);
    }
    std::string row() const {
        const auto column = [](Outlook outlook) {
            return outlook == Outlook::coming ? '>' : outlook == Outlook::nobody ? '.' : 'x';
        };
        std::string out{column(of({})), ' '};
        for (std::uint32_t i = 0; i < 4; ++i)
            out += column(of({{i, i + 1}}));
        return out;
    }
};

}  // namespace

TEST_CASE("outlook: until one that is not settling answers, it may come; then nobody has it") {
    OutlookStage stage;
    CHECK(stage.row() == "> >>>>");
    stage.answer(Found::settling);
    CHECK(stage.row() == "> >>>>");
    stage.answer(Found::unknown);  // it was asked again
    CHECK(stage.row() == ". ....");
    AssetId other = stage.film.id;
    other.bytes[0] ^= 1;  // never heard of
    CHECK(stage.here.swarm.outlook(other, {}, stage.here.now) == Outlook::nobody);
}

TEST_CASE("outlook: what its holders have comes, also what they have a part of; the rest nobody") {
    OutlookStage stage;
    stage.answer(Found::ok, {{stage.anna.record, {{0, 2}}}});
    CHECK(stage.row() == "> >>..");
    CHECK(stage.of({{0, 2}}) == Outlook::coming);
    CHECK(stage.of({{0, 4}}) == Outlook::nobody);  // not all of it
    const auto links = stage.here.answer_dials({stage.anna});
    REQUIRE(links.size() == 1);
    Have have;
    have.asset = stage.film.id;
    have.fragments = {{0, 2}};
    have.partial = {{{2}, {{1, 3}}}};
    stage.here.say(links[0], stage.anna, have);
    CHECK(stage.row() == "> >>>.");
}

TEST_CASE(
    "outlook: who does not answer where he lives is out of reach, until he is dialled again") {
    OutlookStage stage;
    stage.answer(Found::ok, {{stage.anna.record, {{0, 3}}}, {stage.bert.record, {{2, 3}}}});
    CHECK(stage.row() == "> >>>.");
    REQUIRE(stage.here.answer_dials({stage.bert}).size() == 1);
    CHECK(stage.row() == "> xx>.");
    CHECK(stage.of({{0, 2}}) == Outlook::failed);
    CHECK(stage.of({{0, 3}}) == Outlook::coming);  // some of it
    stage.here.pass(limits::kRetryMin + 50ms);
    CHECK(stage.row() == "> >>>.");
    stage.here.answer_dials({});
    CHECK(stage.row() == "> xx>.");
}

TEST_CASE("outlook: who has no address may dial us") {
    OutlookStage stage;
    stage.anna.record.exchange.clear();
    stage.here.joined(stage.anna.record);
    REQUIRE(stage.here.record_of(stage.anna).exchange.empty());
    stage.answer(Found::ok, {{stage.anna.record, {{0, 4}}}});
    CHECK(stage.row() == "> >>>>");
}

TEST_CASE("outlook: nothing comes of who is barred, by his id or where he lives") {
    OutlookStage stage;
    SUBCASE("by his id, because he dialled us: others at that address are not") {
        stage.bert.record.exchange = stage.anna.record.exchange;
        stage.here.joined(stage.bert.record);
        stage.answer(Found::ok, {{stage.anna.record, {{0, 3}}}, {stage.bert.record, {{2, 4}}}});
        stage.misbehave(stage.here.dialled_by(stage.anna));
        CHECK(stage.row() == "> xx>>");
    }
    SUBCASE("where he lives, because we dialled him there: nor of who shares it") {
        stage.answer(Found::ok, {{stage.anna.record, {{0, 2}}}});
        const auto links = stage.here.answer_dials({stage.anna});
        REQUIRE(links.size() == 1);
        stage.misbehave(links[0]);
        CHECK(stage.row() == "x xx..");
        stage.here.pass(limits::kMaxDialWait);  // or it were too soon to dial there
        stage.bert.record.exchange = stage.anna.record.exchange;
        stage.bert.sequence = 1;
        stage.here.joined(stage.bert.record);
        stage.here.announced(stage.bert.header(),
                             FragmentAvailable{Alone::record_of(stage.film), {{1, 3}}});
        CHECK(stage.row() == "x xxx.");
    }
    stage.here.pass(limits::kBar + 1s);
    stage.here.dialled_by(stage.anna);  // she is heard again
    CHECK(stage.of({}) == Outlook::coming);
    CHECK(stage.of({{0, 1}}) == Outlook::coming);
}

TEST_CASE("outlook: who is barred is no holder: others are looked for meanwhile") {
    OutlookStage stage;
    stage.answer(Found::ok, {{stage.anna.record, {{0, 4}}}});
    const auto links = stage.here.answer_dials({stage.anna});
    REQUIRE(links.size() == 1);
    stage.misbehave(links[0]);
    stage.here.pass(limits::kMaxDialWait);  // by then she could be dialled, were she not barred
    (void)stage.here.take<SendToBus>();
    stage.answer(Found::ok, {{stage.bert.record, {{0, 4}}}});
    CHECK(stage.row() == "> >>>>");
}

TEST_SUITE_END();
