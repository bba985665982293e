// Who is cut while the loop stands still and more comes than may wait: of a crowd that sends a
// little each, and one who sends much that it was asked for, some of the crowd.
#include "messages/wire/limits.hpp"
#include "peer/links/neighbour_links.hpp"
#include "tests/socket/raw_zmtp.hpp"
#include "wait.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

using namespace fragcast;
using namespace fragcast::test;

namespace {

constexpr int kAskedChunks = 120;  // 30 MiB, which one alone may send
constexpr std::size_t kCrowd = 20;
constexpr int kCrowdChunks = 10;  // 2.5 MiB of each
static_assert(kAskedChunks * std::size_t{limits::kChunkBytes} < limits::kMaxInFlightBytes);
static_assert((kAskedChunks + kCrowd * kCrowdChunks) * limits::kChunkBytes >
              std::max(limits::kMaxUnpulledTotalBytes, limits::kMaxWaitingTotalBytes));

std::string text_of(const Bytes& bytes) {
    return {bytes.begin(), bytes.end()};
}

// Data, with a whole chunk in a long frame.
std::string chunk_on_the_wire() {
    std::string out = zmtp_frame(text_of(encode({{}, Data{}})), true) + '\2';
    for (int shift = 56; shift >= 0; shift -= 8)
        out += static_cast<char>(std::uint64_t{limits::kChunkBytes} >> shift);
    return out + std::string(limits::kChunkBytes, 'x');
}

struct Sender {
    RawZmtp raw;
    LinkId link{};
    int left = 0;  // chunks

    // As much as the connection takes now. False: there is nothing more to be done.
    bool go_on(const std::string& chunk) {
        if (raw.unwritten() == 0) {
            if (left == 0) return false;
            raw.say(chunk);
            --left;
        }
        return raw.write();
    }
};

struct Crowded : NeighbourLinks::Owner {
    void link_up(LinkId, bool, const std::string&) override {}
    void dial_failed(LinkId, const Error&) override { FAIL("dialled in vain"); }
    void link_down(LinkId link) override { down.insert(link); }
    void link_message(LinkId link, Received&) override {
        ++heard[link];
        ++heard_of_all;
        last = link;
    }
    void link_garbage(LinkId, const DecodeError&) override {}

    Crowded() { address = links.listen({"127.0.0.1", 0}, "--listen").value(); }
    bool wait(const std::function<bool()>& condition) { return wait_for(loop, condition); }
    // It is known, and has sent a chunk before.
    Sender known(RawZmtp raw) {
        Sender one{std::move(raw)};
        for (const std::string& what : {zmtp_frame(text_of(encode({{}, Ping{}}))), chunk}) {
            const int before = heard_of_all;
            one.raw.say(what);
            REQUIRE(wait([&] { return one.raw.write() && heard_of_all > before; }));
        }
        one.link = last;
        return one;
    }
    RawZmtp dialled(RawListener& listener) {
        links.dial(LinkId{1}, listener.endpoint());
        std::optional<RawZmtp> raw;
        REQUIRE(wait([&] {
            if (auto one = listener.accept("ROUTER")) raw.emplace(std::move(*one));
            return raw.has_value();
        }));
        return std::move(*raw);
    }
    void ask(LinkId link, int chunks) {
        for (std::uint64_t request = 1; chunks > 0; ++request) {
            const int some = std::min<int>(chunks, limits::kMaxChunksPerRequest);
            links.send(
                link,
                {{}, Request{{request}, {}, {}, {0, static_cast<std::uint32_t>(some)}, 0, false}});
            chunks -= some;
        }
    }

    zmq::context_t context;
    Loop loop;
    NeighbourLinks links{context, loop, *this};
    Endpoint address;
    const std::string chunk = chunk_on_the_wire();
    std::map<LinkId, int> heard;
    int heard_of_all = 0;
    std::set<LinkId> down;
    LinkId last;
};

void crowd_one_that_was_asked(bool we_dialled) {
    Crowded here;
    RawListener listener;
    Sender asked =
        here.known(we_dialled ? here.dialled(listener) : RawZmtp(here.address, "DEALER"));
    std::vector<Sender> crowd;
    for (std::size_t i = 0; i < kCrowd; ++i) {
        crowd.push_back(here.known(RawZmtp(here.address, "DEALER")));
        crowd.back().left = kCrowdChunks;
    }
    here.ask(asked.link, kAskedChunks);
    asked.left = kAskedChunks;

    // The loop stands still: libzmq takes it all in, and the guard alone sees to it.
    const Time end = Loop::now() + kPatience;
    while (asked.go_on(here.chunk) && Loop::now() < end)
        ;
    REQUIRE(asked.left == 0);
    const auto some_over = [&] {
        return asked.raw.over() ||
               std::any_of(crowd.begin(), crowd.end(), [](Sender& one) { return one.raw.over(); });
    };
    for (bool going_on = true; (going_on || !some_over()) && Loop::now() < end;) {
        going_on = false;
        for (Sender& one : crowd)
            going_on = one.go_on(here.chunk) || going_on;
    }
    CHECK(some_over());
    CHECK_FALSE(asked.raw.over());

    // It turns again, and more waits than may.
    CHECK(here.wait([&] { return here.heard[asked.link] == 2 + kAskedChunks; }));
    CHECK_FALSE(asked.raw.over());
    CHECK_FALSE(here.down.contains(asked.link));
}

}  // namespace

TEST_CASE("links: who sends what was asked of it outlives a crowd that sends a little each") {
    crowd_one_that_was_asked(false);
}

TEST_CASE("links: so does whom we dialled and asked") {
    crowd_one_that_was_asked(true);
}
