// What zmq-watch says that it missed.
#include "tools/watch_gaps.hpp"

#include "tools/watch_format.hpp"

#include <doctest/doctest.h>

namespace fragcast::tools {

namespace {

Message told(Body body, std::uint64_t sequence, std::uint64_t epoch = 1, std::uint8_t sender = 7) {
    Message message{{{}, Epoch{epoch}, Sequence{sequence}}, std::move(body)};
    message.header.sender.bytes.fill(sender);
    return message;
}

// "2-3", or "-" where nothing was missed.
std::string missed(GapWatch& watch, const Message& message) {
    const auto gap = watch.see(message);
    return gap ? std::to_string(gap->first) + "-" + std::to_string(gap->last) : "-";
}

}  // namespace

TEST_CASE("zmq-watch sees what is missing in a sender's sequence") {
    GapWatch watch;
    CHECK(missed(watch, told(FragmentAvailable{}, 5)) == "-");  // the first that is heard of it
    CHECK(missed(watch, told(FragmentAvailable{}, 6)) == "-");
    CHECK(missed(watch, told(AssetPublished{}, 6)) == "-");
    CHECK(missed(watch, told(FragmentGone{}, 9)) == "7-8");
    CHECK(missed(watch, told(PeerAlive{}, 9)) == "-");
    CHECK(missed(watch, told(PeerAlive{}, 10)) == "10-10");  // the last word was lost
    CHECK(missed(watch, told(FragmentAvailable{}, 11)) == "-");
    CHECK(watch.missed() == 3);
}

TEST_CASE("zmq-watch: what carries no sequence, comes again or begins anew is no gap") {
    GapWatch watch;
    CHECK(missed(watch, told(FragmentAvailable{}, 5)) == "-");
    CHECK(missed(watch, told(FragmentReceived{}, 0)) == "-");
    CHECK(missed(watch, told(FragmentAvailable{}, 3)) == "-");
    CHECK(missed(watch, told(FragmentAvailable{}, 4, 2)) == "-");
    CHECK(missed(watch, told(FragmentAvailable{}, 9, 1)) == "-");  // of the life before
    CHECK(missed(watch, told(FragmentAvailable{}, 5, 2)) == "-");
    CHECK(missed(watch, told(FragmentAvailable{}, 9, 2, 8)) == "-");  // another
    CHECK(watch.missed() == 0);
}

TEST_CASE("zmq-watch: a gap is one line, with the sender's name") {
    PeerNames names;
    PeerRecord peer;
    peer.id.bytes.fill(7);
    peer.name = "peer1";
    names.learn(peer);
    const MissedChanges gap{peer.id, Epoch{3}, 12, 14};
    CHECK(format_gap_line(gap, 0, names)
              .ends_with("  gap: 3 announcements of 07070707 peer1 are missing (12 to 14)"));
    CHECK(format_gap_json(gap, 5) == R"({"unix_ms":5,"gap":{"sender":"07070707070707070707070707)"
                                     R"(070707","epoch":3,"first":12,"last":14}})");
}

TEST_CASE("zmq-watch: senders beyond what it can keep are not counted") {
    GapWatch watch;
    for (std::size_t i = 0; i <= kMaxSendersWatched; ++i) {
        Message message = told(PeerAlive{}, 1);
        message.header.sender.bytes[0] = static_cast<std::uint8_t>(i);
        message.header.sender.bytes[1] = static_cast<std::uint8_t>(i >> 8);
        CHECK_FALSE(watch.see(message));
        if (i == kMaxSendersWatched) {
            message.header.sequence.value = 9;
            CHECK_FALSE(watch.see(message));
        }
    }
}

}  // namespace fragcast::tools
