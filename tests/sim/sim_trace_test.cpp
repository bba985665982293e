// What two traces have to share, and what not.
#include "tests/sim/sim_trace.hpp"

#include "tests/messages/wire/samples.hpp"

#include <chrono>
#include <set>

#include <doctest/doctest.h>

using namespace fragcast;
using namespace fragcast::sim;

namespace {

constexpr Time kThen{std::chrono::seconds(1)};
constexpr NodeId kAsker{0}, kHolder{1};
constexpr LinkId kDialled{1}, kAccepted{kFirstAccepted + 1};

Packet said(Body body) {
    return {Message{{}, std::move(body)}};
}
std::uint64_t trace_of(Body body) {
    SimTrace trace;
    trace.sent(kThen, kAsker, kDialled, kHolder, said(std::move(body)));
    return trace.digest();
}
std::uint64_t trace_of(const Actions& actions, Time when = kThen) {
    SimTrace trace;
    trace.acted(when, kAsker, actions);
    return trace.digest();
}

// Two chunks are asked for by the requests `first` and `second`, and one comes as the answer to
// `answered`.
std::uint64_t ask_for_two(std::uint64_t first, std::uint64_t second, std::uint64_t answered) {
    SimTrace trace;
    for (const std::uint64_t number : {first, second}) {
        const Packet ask = said(AskProof{{number}, {}, {}});
        trace.sent(kThen, kAsker, kDialled, kHolder, ask);
        trace.heard(kHolder, kAccepted, ask.message);
    }
    trace.sent(kThen, kHolder, kAccepted, kAsker, said(ProofPart{{answered}, {}, {}}));
    return trace.digest();
}

// Fills one field, the others keep what they have.
struct FillOne {
    std::size_t which;
    std::size_t at = 0;
    fragcast::testing::Filler filler;
    template <class T>
    void operator()(const char* name, T& value, std::uint64_t = 0) {
        if (at++ == which) filler(name, value);
    }
};

}  // namespace

TEST_CASE("where the counter of requests stands is not in the trace, which one is answered is") {
    CHECK(ask_for_two(1, 2, 2) == ask_for_two(71, 90, 90));
    CHECK(ask_for_two(1, 2, 2) != ask_for_two(1, 2, 1));
    CHECK(ask_for_two(1, 2, 2) != ask_for_two(2, 2, 2));
}

TEST_CASE("a process that began anew counts anew") {
    const auto twice = [](std::uint64_t again) {
        SimTrace trace;
        for (const std::uint64_t number : {std::uint64_t{1}, again}) {
            trace.started(kThen, kAsker, Epoch{1});
            trace.sent(kThen, kAsker, kDialled, kHolder, said(AskHave{{number}, {}}));
        }
        return trace.digest();
    };
    CHECK(twice(1) == twice(5));
}

TEST_CASE("every field of every message is in the trace") {
    for (const Kind kind : all_kinds()) {
        INFO(name_of(kind));
        std::set<std::uint64_t> traces{trace_of(*empty_body(kind))};
        for (std::size_t which = 0;; ++which) {
            Body body = *empty_body(kind);
            FillOne fill{which, 0, {}};
            std::visit([&](auto& one) { one.fields(one, fill); }, static_cast<AnyBody&>(body));
            if (which >= fill.at) break;
            CHECK_MESSAGE(traces.insert(trace_of(body)).second, "field ", which);
        }
    }
}

TEST_CASE("header, ends, time and what comes with a message are in the trace") {
    std::set<std::uint64_t> traces;
    const auto add = [&](Time when, LinkId link, NodeId to, const Packet& packet) {
        SimTrace trace;
        trace.sent(when, kAsker, LinkId{7}, kHolder, said(Ping{}));
        trace.sent(when, kAsker, link, to, packet);
        CHECK(traces.insert(trace.digest()).second);
    };
    const Packet plain = said(Ping{});
    add(kThen, kDialled, kHolder, plain);
    add(kThen + Duration{1}, kDialled, kHolder, plain);
    add(kThen, LinkId{7}, kHolder, plain);
    add(kThen, kDialled, NodeId{2}, plain);
    for (int i = 0; i < 6; ++i) {
        Packet packet = plain;
        if (i == 0) packet.message.header.sender.bytes[9] = 1;
        if (i == 1) packet.message.header.epoch = {1};
        if (i == 2) packet.message.header.sequence = {1};
        if (i == 3) packet.good = false;
        if (i == 4) packet.payload_bytes = 1;
        if (i == 5) packet.payload = std::make_shared<const Bytes>(3, 1);
        add(kThen, kDialled, kHolder, packet);
    }
}

TEST_CASE("every action is in the trace, in order, with its time") {
    const Actions each = {SendTo{{}, Ping{}},
                          SendToBus{{}, Ping{}},
                          Publish{Ping{}},
                          SendChunk{},
                          SendProof{},
                          SendManifest{},
                          SendManifestToBus{},
                          Dial{},
                          HangUp{},
                          ConnectBus{},
                          ConnectForwarder{},
                          NewIdentity{},
                          StoreChunk{},
                          StoreProof{},
                          KeepManifestPart{},
                          DropFragment{},
                          DropAsset{},
                          Mark{},
                          Decline{},
                          DoubtChunk{},
                          DeliverChunk{},
                          DeliverManifest{},
                          DeliverAnswer{{}, Ping{}},
                          DeliverFailure{},
                          Report{}};
    REQUIRE(each.size() == std::variant_size_v<Action>);
    std::set<std::uint64_t> traces;
    for (const Action& action : each)
        traces.insert(trace_of(Actions{action}));
    CHECK(traces.size() == each.size());
    CHECK(trace_of(Actions{HangUp{}, NewIdentity{}}) != trace_of(Actions{NewIdentity{}, HangUp{}}));
    CHECK(trace_of(each) != trace_of(each, kThen + Duration{1}));
    CHECK(trace_of(Actions{}) == trace_of(Actions{}, kThen + Duration{1}));  // a wake-up only
    Report report;
    report.text = "another";
    CHECK(trace_of(Actions{report}) != trace_of(Actions{Report{}}));
    CHECK(trace_of(Actions{StoreChunk{{{}, {1}, {2}}, {}}}) !=
          trace_of(Actions{StoreChunk{{{}, {2}, {1}}, {}}}));
}
