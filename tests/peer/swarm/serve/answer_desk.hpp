// One thread (the test's).
//
// What others asked of us: a column for each chunk of one fragment, letters are who asks. What is
// done about it is a line: "a0 a1" chunks that are loaded for a, "a:absent 2-3", "a:busy",
// "a:busy(bc)" with b and c named, "a:proof", "a:manifest", "a:refused".
#pragma once

#include "messages/wire/limits.hpp"
#include "peer/swarm/serve/answers.hpp"
#include "tests/support/pictures.hpp"

#include <map>
#include <set>
#include <string>
#include <vector>

#include <doctest/doctest.h>

namespace fragcast::answering {

using namespace std::chrono_literals;
namespace pic = fragcast::pictures;

inline constexpr std::uint32_t kDeskWidth = 8;  // chunks, unless the picture is longer

struct Desk {
    const SwarmOptions options;
    Answers answers{options};
    Availability others;
    Time now{100s};
    FragmentHere here{RangeSet::up_to(kDeskWidth), true,
                      kDeskWidth* std::uint64_t{limits::kChunkBytes}};
    std::set<char> nowhere;      // known by name only
    std::uint32_t fragment = 0;  // that is asked for
    std::uint64_t last_request = 0;
    std::uint64_t turn_requests = 0;
    std::vector<SendChunk> loads;  // under way
    std::string done;              // in this step
    Time wake = kNever;
    std::uint64_t bytes_out = 0;
    Duration busy_for{};  // as the last busy said
    std::uint64_t chunks_out = 0;

    explicit Desk(std::uint32_t slots = 16, std::uint64_t rate = 0) : options(of(slots, rate)) {}
    Desk(const Desk&) = delete;
    static SwarmOptions of(std::uint32_t slots, std::uint64_t rate) {
        SwarmOptions out;
        out.upload_slots = slots;
        out.max_upload = rate;
        return out;
    }

    static Asker asker(char letter) { return {pic::link(letter), pic::peer(letter)}; }

    // What its actions say, after what always holds was looked at.
    template <class Step>
    std::string step(Step&& what) {
        Actions out;
        Turn turn{now, out, turn_requests};
        what(turn);
        answers.send_next(turn);
        wake = turn.wake;
        std::string text;
        for (const Action& action : out)
            text += (text.empty() ? "" : " ") + name(action);
        CHECK(answers.broken() == nullptr);
        CHECK(answers.chunks() >= answers.requests());  // none waits for nothing
        CHECK(turn_requests == 0);                      // it asks nobody
        return text;
    }
    std::string name(const Action& action) {
        if (const auto* chunk = std::get_if<SendChunk>(&action)) {
            loads.push_back(*chunk);
            return pic::letter(chunk->link) + std::to_string(chunk->chunk.chunk.value);
        }
        if (const auto* proof = std::get_if<SendProof>(&action))
            return pic::letter(proof->link) + std::string(":proof");
        if (const auto* part = std::get_if<SendManifest>(&action))
            return pic::letter(part->link) + std::string(":manifest");
        const auto& said = std::get<SendTo>(action);
        std::string text = pic::letter(said.link) + std::string(":");
        if (const auto* busy = std::get_if<Busy>(&said.body)) {
            busy_for = std::chrono::milliseconds(busy->retry_ms);
            text += "busy";
            for (const PeerRecord& other : busy->others)
                text += (&other == busy->others.data() ? "(" : "") + other.name +
                        (&other == &busy->others.back() ? ")" : "");
        } else if (const auto* absent = std::get_if<Absent>(&said.body)) {
            text += "absent" + (absent->chunks.empty() ? "" : " " + pic::text(absent->chunks));
        } else {
            text += std::get<Refused>(said.body).reason == "not_found" ? "refused" : "?";
        }
        return text;
    }
    Answered request(char who, const char* picture, bool insist, Duration due, RequestId number) {
        Request request;
        request.request = number;
        request.asset = pic::asset();
        request.fragment = {fragment};
        request.chunks = pic::columns(picture).empty() ? Span{} : pic::columns(picture).spans()[0];
        request.insist = insist;
        request.deadline_ms = static_cast<std::uint32_t>(due / 1ms);
        std::map<PeerId, PeerRecord> book;
        for (char letter = 'a'; letter <= 'z'; ++letter) {
            PeerRecord& record = book[pic::peer(letter)];
            record.name = letter;
            if (!nowhere.contains(letter)) record.exchange = "tcp://there";
        }
        book.erase(pic::peer('x'));  // nobody knows x
        Answered out = Answered::nonsense;
        done = step([&](Turn& turn) {
            out = answers.serve(
                asker(who), request, here, others,
                [&](const PeerId& peer) {
                    const auto found = book.find(peer);
                    return found == book.end() ? nullptr : &found->second;
                },
                turn);
        });
        return out;
    }
    // What is done at once.
    std::string ask(char who, const char* picture, bool insist = false, Duration due = 0ms) {
        request(who, picture, insist, due, {++last_request});
        return done;
    }
    // A load ends: the first of all.
    std::string end(SendVerdict verdict = SendVerdict::sent, bool up = true) {
        REQUIRE_FALSE(loads.empty());
        const SendChunk load = loads.front();
        loads.erase(loads.begin());
        const PeerId peer = pic::peer(pic::letter(load.link));
        return step([&](Turn& turn) {
            const facts::Sent sent{load.link, load.request, load.chunk, verdict};
            const auto bytes = answers.on_sent(sent, up ? &peer : nullptr, turn);
            CHECK(bytes.has_value() == (up && verdict == SendVerdict::sent));
            bytes_out += bytes.value_or(0);
            chunks_out += bytes ? 1 : 0;
            CHECK(answers.bytes_sent() == bytes_out);
            CHECK(answers.count_sent() == chunks_out);
        });
    }
    // All loads end well, also those that follow.
    std::string end_all() {
        std::string text;
        while (!loads.empty())
            if (const std::string more = end(); !more.empty())
                text += (text.empty() ? "" : " ") + more;
        return text;
    }
    std::string small_sent(char who, std::uint64_t number, SendVerdict verdict, bool up = true) {
        const PeerId peer = pic::peer(who);
        return step([&](Turn& turn) {
            answers.on_sent({pic::link(who), {number}, std::nullopt, verdict}, up ? &peer : nullptr,
                            turn);
        });
    }
    std::string cancel(char who, std::uint64_t number) {
        return step([&](Turn&) { answers.cancel(asker(who), {number}); });
    }
    std::string gone(char who) {
        return step([&](Turn&) { answers.forget(asker(who)); });
    }
    std::string proof(char who, bool is_here = true) {
        return step([&](Turn& turn) {
            const AskProof ask{{++last_request}, pic::asset(), {0}};
            answers.serve(asker(who), ask, is_here, turn);
        });
    }
    std::string manifest(char who, bool is_here = true) {
        return step([&](Turn& turn) {
            AskManifest ask;
            ask.request = {++last_request};
            ask.asset = pic::asset();
            answers.serve(asker(who), ask, is_here, turn);
        });
    }
    bool idle() const {
        return answers.requests() == 0 && answers.small() == 0 && answers.chunks() == 0;
    }
    void holds_whole(char who) { others.add(pic::peer(who), pic::asset(), RangeSet::up_to(1)); }
};

}  // namespace fragcast::answering
