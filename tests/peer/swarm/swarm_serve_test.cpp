// The rule of relay, at the one source: a column for each chunk of its film, '#' is sent to who
// asks; then whom it is told to ask instead.
#include "tests/peer/swarm/town.hpp"
#include "tests/support/pictures.hpp"

#include <doctest/doctest.h>

using namespace fragcast;
using namespace fragcast::town;
namespace pic = fragcast::pictures;

namespace {

struct Counter {
    Town town;
    TestAsset film = make_asset("film", 1, 8);
    Inhabitant& source = town.add("source");
    Inhabitant& anna = town.add("anna", with_friend(source));
    Inhabitant& bert = town.add("bert", with_friend(source));
    std::uint64_t last_request = 1000;

    Counter() {
        source.start({stored(film)});
        for (Inhabitant* reader : {&anna, &bert}) {
            reader->start();
            town.pass(1s);
            reader->deaf = true;  // it says what the test says, and makes nothing of the answers
        }
    }
    std::string ask(Inhabitant& who, const char* picture, bool insist = false,
                    std::uint32_t deadline_ms = 0) {
        source.forget_log();
        Request request;
        request.request = {++last_request};
        request.asset = film.id;
        request.chunks = pic::columns(picture).spans().at(0);
        request.insist = insist;
        request.deadline_ms = deadline_ms;
        who.send_to(LinkId{1}, request);
        town.settle();
        RangeSet sent;
        for (const SendChunk& send : source.done<SendChunk>())
            sent.add(send.chunk.chunk.value);
        std::string out = pic::picture(sent, 8);
        for (const Busy& busy : source.said<Busy>())
            for (const PeerRecord& other : busy.others)
                out += "  ask " + other.name;
        return out;
    }
};

}  // namespace

TEST_CASE("serving: the only asker has it at once, and again, too") {
    Counter counter;
    CHECK(counter.ask(counter.anna, "####....") == "####....");
    CHECK(counter.ask(counter.anna, "####....") == "####....");
}

TEST_CASE("serving: a source sends everything once before anything twice") {
    Counter counter;
    CHECK(counter.ask(counter.anna, "####....") == "####....");
    CHECK(counter.ask(counter.bert, "####....") == "........  ask anna");
    CHECK(counter.ask(counter.bert, "..####..") == "....##..  ask anna");
    CHECK(counter.ask(counter.anna, "....####") == "......##  ask bert");
    // Everything is out: what is asked for now is sent a second time.
    CHECK(counter.ask(counter.bert, "####....") == "####....");
}

TEST_CASE("serving: who insists has it when the others had time to pass it on, sooner who waits") {
    Counter counter;
    CHECK(counter.ask(counter.anna, "####....") == "####....");
    CHECK(counter.ask(counter.bert, "##......", true) == "........  ask anna");
    CHECK(counter.ask(counter.bert, "##......", true, 1000) == "........  ask anna");
    counter.town.pass(1s);
    CHECK(counter.ask(counter.bert, "##......", false, 1000) == "........  ask anna");
    CHECK(counter.ask(counter.bert, "##......", true, 3000) == "........  ask anna");
    CHECK(counter.ask(counter.bert, "#.......", true, 1000) == "#.......");
    counter.town.pass(4s);
    CHECK(counter.ask(counter.bert, ".#......", true) == "........  ask anna");
    counter.anna.deaf = counter.bert.deaf = false;  // or their links would end
    counter.town.pass(5s);
    CHECK(counter.ask(counter.bert, ".#......", true) == ".#......");
}

TEST_CASE("serving: what cannot be asked is no request") {
    Counter counter;
    Request none;
    none.request = {1};
    none.asset = counter.film.id;
    for (const Span span : {Span{}, Span{0, limits::kMaxChunksPerRequest + 1}}) {
        none.chunks = span;
        const auto before = counter.source.look().overview->counters;
        counter.anna.send_to(LinkId{1}, none);
        counter.town.settle();
        const auto after = counter.source.look().overview->counters;
        CHECK(after["refused_messages"] == before["refused_messages"] + 1);
        CHECK(counter.source.done<SendChunk>().empty());
    }
}
