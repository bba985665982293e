// Peers that others told us of: a word for each, in the order of their letters. "bB4" is peer b,
// known by a bus's word to live at door 4; o another's, h its own hello's, - nobody's. Then, where
// there are any, its links (=1,2), the link that dials it (~3), the buses that name it (@0,1), and
// "leaving" or "gone".
#pragma once

#include "peer/swarm/people/known_peers.hpp"
#include "tests/support/pictures.hpp"

#include <cstdint>
#include <string>
#include <utility>

#include <doctest/doctest.h>

namespace fragcast::test {

namespace pic = fragcast::pictures;
using namespace std::chrono_literals;

inline std::string door_of(std::uint32_t number) {
    return "tcp://10.0.0.2:" + std::to_string(number);
}

inline PeerRecord record_of(char who, std::uint32_t door, std::uint64_t life = 1) {
    PeerRecord record;
    record.id = pic::peer(who);
    record.epoch = {life};
    record.exchange = door_of(door);
    return record;
}

struct PeersRegister {
    KnownPeers peers;
    Time now{100s};
    bool bus = true;  // one is joined

    // What came of it: t taken, a anew, m it may count as another thing.
    template <class Says>
    std::string learnt(Says says) {
        const std::uint64_t before = peers.renewals();
        const KnownPeers::Learnt what = says();
        return std::string(what.taken ? "t" : "") + (what.anew ? "a" : "") +
               (peers.renewals() != before ? "m" : "");
    }
    template <class Result>
    Result checked(Result result) const {
        const char* broken = peers.broken();
        CHECK_MESSAGE(broken == nullptr, broken);
        return result;
    }
    std::string listed(const PeerRecord& record, std::uint32_t by = 0) {
        return checked(learnt([&] { return peers.listed(record, {by}, now); }));
    }
    std::string mentioned(const PeerRecord& record, bool in_vain = false) {
        return checked(learnt([&] { return peers.mentioned(record, in_vain); }));
    }
    // Its hello, and it is up. At door 0: it dialled us.
    std::string hello(const PeerRecord& record, std::uint64_t link, std::uint32_t at = 0) {
        const std::string dialled = at == 0 ? std::string() : door_of(at);
        std::string what = learnt([&] { return peers.introduced(record, {link}, dialled, bus); });
        peers.linked(record.id, {link});
        return checked(std::move(what));
    }
    std::string unlinked(char who, std::uint64_t link) {
        const auto what = peers.unlinked(pic::peer(who), {link}, bus);
        if (what == KnownPeers::Unlinked::forgotten) peers.forget(pic::peer(who));
        const char* names[] = {"nothing", "voucher", "last", "forgotten"};
        return checked(names[static_cast<int>(what)]);
    }
    std::string left(char who, std::uint32_t by) {
        const auto what = peers.left(pic::peer(who), {by});
        if (what == KnownPeers::Left::forgotten) peers.forget(pic::peer(who));
        const char* names[] = {"nothing", "linked", "forgotten"};
        return checked(names[static_cast<int>(what)]);
    }
    bool dial_over(std::uint64_t link) {
        const auto over = peers.dial_over({link});
        if (over) peers.forget(*over);
        return checked(over.has_value());
    }
    bool alive(char who, std::uint32_t by) {
        return checked(peers.alive(pic::peer(who), {by}, now));
    }

    template <class Numbers>
    static std::string numbers(char mark, const Numbers& all) {
        std::string out;
        for (const auto& one : all)
            out += (out.empty() ? std::string(1, mark) : ",") + std::to_string(one.value);
        return out;
    }
    std::string row() const {
        std::string out;
        for (char who = 'a'; who <= 'z'; ++who) {
            const KnownPeer* known = peers.find(pic::peer(who));
            if (known == nullptr) continue;
            if (!out.empty()) out += ' ';
            out += who;
            out += "-ohB"[static_cast<int>(known->word)];
            if (known->told()) out += known->record.exchange.substr(door_of(0).size() - 1);
            out += numbers('=', known->links);
            if (known->dialling.value != 0) out += "~" + std::to_string(known->dialling.value);
            out += numbers('@', known->live_at);
            out += known->leaving ? "leaving" : "";
            out += known->gone ? "gone" : "";
        }
        return out;
    }
};

}  // namespace fragcast::test
