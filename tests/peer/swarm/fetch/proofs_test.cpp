// The ledger of the proofs that are asked for. Each step is looked at as a row: the fragments of
// one asset that wait, "." for one that does not.
#include "peer/swarm/fetch/proofs.hpp"

#include <string>

#include <doctest/doctest.h>

using namespace fragcast;

namespace {

constexpr LinkId kAtAnna{1};
constexpr LinkId kAtBert{2};

FragmentRef fragment(std::uint32_t index, std::uint8_t asset = 1) {
    FragmentRef out;
    out.asset.bytes.fill(asset);
    out.index = {index};
    return out;
}

struct Ledger {
    Proofs proofs;
    std::uint64_t last = 0;

    RequestId ask(std::uint32_t index, LinkId of, Time due = Time(Duration{2'000'000})) {
        const RequestId request{++last};
        REQUIRE(proofs.room());
        proofs.ask(fragment(index), {of, request, Time{}, due, false});
        CHECK(proofs.broken() == nullptr);
        return request;
    }
    std::string row(std::uint32_t count = 4) const {
        CHECK(proofs.broken() == nullptr);
        std::string out;
        for (std::uint32_t i = 0; i < count; ++i) {
            const Proofs::Asked* asked = proofs.find(fragment(i));
            out += asked == nullptr ? '.' : asked->link == kAtAnna ? 'a' : 'b';
        }
        return out;
    }
};

}  // namespace

TEST_CASE("proofs: only the answer of who was asked, under its number, ends one") {
    Ledger ledger;
    const RequestId first = ledger.ask(0, kAtAnna);
    const RequestId second = ledger.ask(1, kAtBert);
    CHECK(ledger.row() == "ab..");
    CHECK_FALSE(ledger.proofs.answered(fragment(0), kAtBert, first));
    CHECK_FALSE(ledger.proofs.answered(fragment(0), kAtAnna, second));
    CHECK_FALSE(ledger.proofs.answered(fragment(1), kAtAnna, first));
    CHECK_FALSE(ledger.proofs.answered(fragment(0, 2), kAtAnna, first));
    CHECK_FALSE(ledger.proofs.answered(kAtBert, first));
    CHECK(ledger.row() == "ab..");
    CHECK(ledger.proofs.answered(fragment(0), kAtAnna, first)->request == first);
    CHECK(ledger.row() == ".b..");
    CHECK(ledger.proofs.answered(kAtBert, second) == fragment(1));
    CHECK(ledger.row() == "....");
    CHECK_FALSE(ledger.proofs.answered(fragment(0), kAtAnna, first));  // twice
}

TEST_CASE("proofs: their number is that of those that wait, whichever way each goes") {
    Ledger ledger;
    RequestId last;
    for (std::uint32_t i = 0; i < limits::kMaxProofsAsked; ++i)
        last = ledger.ask(i, i % 2 == 0 ? kAtAnna : kAtBert);
    CHECK_FALSE(ledger.proofs.room());
    CHECK(ledger.row(6) == "ababab");
    SUBCASE("answered") {
        CHECK(ledger.proofs.answered(kAtBert, last));
    }
    SUBCASE("not wanted any more") {
        ledger.proofs.drop(fragment(3));
        CHECK(ledger.row(6) == "aba.ab");
    }
    SUBCASE("nothing of its asset is wanted any more") {
        ledger.proofs.drop(fragment(0, 2).asset);
        CHECK_FALSE(ledger.proofs.room());
        ledger.proofs.drop(fragment(0).asset);
        CHECK(ledger.proofs.size() == 0);
    }
    SUBCASE("the link is gone") {
        ledger.proofs.drop(kAtAnna);
        CHECK(ledger.row(6) == ".b.b.b");
        CHECK(ledger.proofs.size(kAtAnna) == 0);
        CHECK(ledger.proofs.size(kAtBert) == ledger.proofs.size());
        CHECK(ledger.proofs.size() == limits::kMaxProofsAsked / 2);
    }
    CHECK(ledger.proofs.room());
    CHECK(ledger.proofs.size() < limits::kMaxProofsAsked);
}

TEST_CASE("proofs: what is late is told once, with whom it was asked of") {
    Ledger ledger;
    CHECK(ledger.proofs.next() == kNever);
    ledger.ask(0, kAtAnna, Time(Duration{300}));
    ledger.ask(1, kAtBert, Time(Duration{100}));
    ledger.ask(2, kAtAnna, Time(Duration{200}));
    CHECK(ledger.proofs.next() == Time(Duration{100}));
    CHECK(ledger.proofs.take_late(Time(Duration{99})).empty());
    const auto late = ledger.proofs.take_late(Time(Duration{200}));
    REQUIRE(late.size() == 2);
    CHECK(late[0].fragment == fragment(1));
    CHECK(late[0].link == kAtBert);
    CHECK(late[1].fragment == fragment(2));
    CHECK(ledger.row() == "a...");
    CHECK(ledger.proofs.take_late(Time(Duration{200})).empty());
    CHECK(ledger.proofs.next() == Time(Duration{300}));
}

TEST_CASE(
    "proofs: one that nobody waits for is spare; one late is a timeout if nobody else has it") {
    Ledger ledger;
    const RequestId request = ledger.ask(0, kAtAnna, Time(Duration{100}));
    CHECK_FALSE(ledger.proofs.came(fragment(0), kAtBert, request));
    CHECK(ledger.proofs.came(fragment(0), kAtAnna, request));
    CHECK(ledger.row() == "....");
    CHECK(ledger.proofs.count_spare() == 1);
    ledger.ask(0, kAtAnna, Time(Duration{100}));
    ledger.proofs.ask(fragment(1), {kAtBert, {99}, Time{}, Time(Duration{100}), true});
    CHECK(ledger.proofs.take_late(Time(Duration{100})).size() == 2);
    CHECK(ledger.proofs.count_timed_out() == 1);
}
