// How a connection may end while its messages wait to be read: whoever ends it, at whichever of our
// sockets, with a loop that stands still. libzmq ends the process where input had stopped
// (link.hpp), so each of these is a process of its own: this program, with one case.
#include "messages/zmq/intake.hpp"
#include "tests/socket/link_pair.hpp"
#include "tests/socket/own_process.hpp"
#include "tests/socket/raw_zmtp.hpp"
#include "wait.hpp"

#include <memory>
#include <string>
#include <vector>

#include <doctest/doctest.h>

using namespace fragcast;
using namespace fragcast::test;

namespace {

constexpr int kMany = 30000;  // messages: more than any queue's mark
constexpr int kStill = 2200;  // ms: more than a heartbeat of libzmq, which may meet what is over

// A socket of ours, who reads it, and raw ends of connections to it.
class Attacked {
public:
    Attacked(zmq::socket_type type, std::string theirs)
        : socket_(socket_of(context_, type)), theirs_(std::move(theirs)) {
        if (type == zmq::socket_type::xsub)
            socket_.send(zmq::str_buffer("\x01"), zmq::send_flags::none);
        if (type == zmq::socket_type::sub) socket_.set(zmq::sockopt::subscribe, "");
        dials_ = type == zmq::socket_type::dealer || type == zmq::socket_type::sub;
        if (!dials_) endpoint_ = bound(socket_);
        intake_.emplace(loop_, socket_, std::make_shared<Budget>(), nullptr, [this] {
            while (intake_->next_frames(frames_)) {
                ++read_;
                last_ = intake_->from();
            }
        });
    }

    // A connection of which one message was read; its end at our side in last().
    RawZmtp& connect() {
        if (dials_) {
            RawListener listener;
            REQUIRE(connect_socket(socket_, listener.endpoint()));
            REQUIRE(wait_for(loop_, [&] {
                if (auto one = listener.accept(theirs_)) raw_.push_back(std::move(*one));
                return !raw_.empty() && raw_.size() > ends_;
            }));
        } else {
            raw_.emplace_back(endpoint_, theirs_);
        }
        ends_ = raw_.size();
        const std::size_t before = read_;
        raw_.back().say(one_message());
        REQUIRE(wait_for(loop_, [&] {
            REQUIRE(raw_.back().write());
            return read_ > before;
        }));
        return raw_.back();
    }
    const Wire& last() const { return last_; }

    std::string one_message() {
        ++said_;
        if (theirs_ == "SUB") return zmtp_frame(std::string("\1") + std::to_string(said_));
        if (theirs_ == "PUB" || theirs_ == "XPUB")
            return zmtp_frame("topic", true) + zmtp_frame("hello");
        return zmtp_frame("hello");
    }
    void flood(RawZmtp& raw, int messages, bool pings) {
        std::string all;
        for (int i = 0; i < messages; ++i) {
            all += one_message();
            if (pings && i % 50 == 0) all += zmtp_ping();
        }
        raw.say(all);
        // As much as is taken: a socket whose input stops takes little.
        for (int tries = 0; tries < 40 && raw.unwritten() != 0 && raw.write(); ++tries)
            stand_still(5);
    }
    std::size_t read() const { return read_; }
    bool reads(std::size_t messages) {
        return wait_for(loop_, [&] { return read_ >= messages; });
    }

private:
    zmq::context_t context_;
    Loop loop_;
    zmq::socket_t socket_;
    std::string theirs_;
    bool dials_ = false;
    Endpoint endpoint_;
    std::optional<Intake> intake_;
    Frames frames_;
    std::vector<RawZmtp> raw_;
    std::size_t ends_ = 0;
    std::size_t read_ = 0;
    std::size_t said_ = 0;
    Wire last_;
};

// In a process of its own. Each of the four is over while much of it waits, and nobody reads.
void be_attacked(zmq::socket_type type, const std::string& theirs) {
    std::vector<std::unique_ptr<Attacked>> stages;
    for (const std::string how : {"reset, PINGs between", "reset", "closed", "cut by us"}) {
        CAPTURE(how);
        stages.push_back(std::make_unique<Attacked>(type, theirs));
        Attacked& stage = *stages.back();
        RawZmtp& raw = stage.connect();
        stage.flood(raw, kMany, how == "reset, PINGs between");
        if (how == "closed")
            raw.close();
        else if (how == "cut by us")
            REQUIRE(cut(stage.last()));
        else
            raw.reset();
    }
    stand_still(kStill);
    for (const auto& stage : stages)
        stage->connect();  // and is heard
}

}  // namespace

TEST_CASE("under attack: ROUTER" * doctest::skip()) {
    be_attacked(zmq::socket_type::router, "DEALER");
}
TEST_CASE("under attack: XSUB" * doctest::skip()) {
    be_attacked(zmq::socket_type::xsub, "PUB");
}
TEST_CASE("under attack: XPUB" * doctest::skip()) {
    be_attacked(zmq::socket_type::xpub, "SUB");
}
TEST_CASE("under attack: DEALER" * doctest::skip()) {
    be_attacked(zmq::socket_type::dealer, "ROUTER");
}
TEST_CASE("under attack: SUB" * doctest::skip()) {
    be_attacked(zmq::socket_type::sub, "XPUB");
}

TEST_CASE("endings: whoever ends a full connection while our loop stands still, we live") {
    for (const std::string socket : {"ROUTER", "XSUB", "XPUB", "DEALER", "SUB"}) {
        CAPTURE(socket);
        CHECK(fate_of("under attack: " + socket) == "ok");
    }
}

TEST_CASE("endings: what came before an orderly end is read, however late") {
    Attacked router(zmq::socket_type::router, "DEALER");
    RawZmtp& raw = router.connect();
    const std::size_t before = router.read();
    router.flood(raw, 50, false);
    raw.close();
    stand_still(300);
    CHECK(router.reads(before + 50));
}

TEST_CASE("intake: who sends more than its budget is cut; who waits meanwhile is not") {
    zmq::context_t context;
    Loop loop;
    auto router = socket_of(context, zmq::socket_type::router);
    const Endpoint endpoint = bound(router);
    const auto budget = std::make_shared<Budget>(Budget::Limits{1 << 20, 1000, 2 << 20});
    std::size_t heard = 0, cut = 0;
    Intake intake(loop, router, budget, nullptr, [&] {
        while (intake.next())
            ++heard;
        cut += intake.take_cut();
    });
    RawZmtp honest(endpoint, "DEALER"), greedy(endpoint, "DEALER");
    std::string some, many;
    for (int i = 0; i < 900; ++i)
        some += zmtp_frame("hello");
    for (int i = 0; i < 5000; ++i)
        many += zmtp_frame("hello");
    honest.say(some);
    greedy.say(many);
    // All of it is there before the loop looks.
    for (int tries = 0; tries < 400; ++tries) {
        REQUIRE(honest.write());
        if (!greedy.write() || (honest.unwritten() == 0 && greedy.unwritten() == 0)) break;
        stand_still(5);
    }
    stand_still(300);
    REQUIRE(wait_for(loop, [&] { return greedy.over(); }));
    CHECK(wait_for(loop, [&] { return heard >= 900; }));
    CHECK(cut >= 1);
    CHECK(heard < 900 + 1000 * (cut + 1));
    CHECK_FALSE(honest.over());
    honest.say(zmtp_frame("still here"));
    const std::size_t before = heard;
    CHECK(wait_for(loop, [&] { return honest.write() && heard > before; }));
    CHECK(wait_for(loop, [&] { return budget->size() == 0; }));
}

TEST_CASE("intake: a cut hits nobody who got the descriptor since") {
    RawListener listener;
    auto first = std::make_unique<RawZmtp>(listener.endpoint(), "DEALER");
    const Wire wire = wire_of(first->fd());
    REQUIRE(wire.cookie != 0);
    first.reset();
    RawZmtp second(listener.endpoint(), "DEALER");
    REQUIRE(second.fd() == wire.fd);
    CHECK_FALSE(cut(wire));
    CHECK(cut(wire_of(second.fd())));
}
