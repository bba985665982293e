// One thread (the test's). Links of ours at both ends, and what each is told.
#pragma once

#include "peer/links/neighbour_links.hpp"
#include "wait.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>

#include <doctest/doctest.h>

namespace fragcast::test {

inline Message a_ping() {
    return {{}, Ping{}};
}

// Writes down what it is told.
struct LinkDiary : NeighbourLinks::Owner {
    void link_up(LinkId link, bool dialled, const std::string& from) override {
        up[link] = dialled;
        CHECK(from == (dialled ? "" : "127.0.0.1"));
    }
    void dial_failed(LinkId link, const Error& why) override { failed[link] = why.text; }
    void link_down(LinkId link) override { down.insert(link); }
    void link_message(LinkId link, Received& received) override {
        ++messages[link];
        bytes += received.payload.size();
        last = link;
    }
    void link_garbage(LinkId link, const DecodeError&) override { ++garbage[link]; }

    std::map<LinkId, bool> up;
    std::map<LinkId, std::string> failed;
    std::set<LinkId> down;
    std::map<LinkId, int> messages;
    std::map<LinkId, int> garbage;
    std::uint64_t bytes = 0;
    LinkId last;
};

struct TwoEnds {
    TwoEnds() {
        const auto bound = listener.listen({"127.0.0.1", 0}, "--listen");
        REQUIRE(bound.ok());
        address = *bound;
    }
    bool wait(const std::function<bool()>& condition) { return wait_for(loop, condition); }
    // A link dialled, and both ends heard of the other, as after hello: who sends much before he
    // was heard of is cut (limits::kMaxUnpulledFirstBytes).
    void connect() {
        dialler.dial(LinkId{1}, address);
        REQUIRE(wait([&] { return calls.up.contains(LinkId{1}); }));
        dialler.send(LinkId{1}, a_ping());
        REQUIRE(wait([&] { return !answers.up.empty(); }));
        accepted = answers.up.begin()->first;
        listener.send(accepted, a_ping());
        REQUIRE(wait([&] { return calls.messages.erase(LinkId{1}) == 1; }));
    }

    zmq::context_t context;
    Loop loop;
    LinkDiary calls, answers;
    NeighbourLinks dialler{context, loop, calls};
    NeighbourLinks listener{context, loop, answers};
    Endpoint address;
    LinkId accepted;
};

}  // namespace fragcast::test
