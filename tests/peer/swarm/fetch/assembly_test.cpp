// One unfinished fragment, a column for each chunk: '#' proven, 's' with the store, '.' lacking.
#include "peer/swarm/fetch/assembly.hpp"

#include "peer/swarm/chance.hpp"
#include "tests/support/pictures.hpp"

#include <doctest/doctest.h>

using namespace fragcast;
using namespace std::chrono_literals;
namespace pic = fragcast::pictures;

namespace {

constexpr std::uint32_t kPieces = 6;
const PeerId kSender = pic::peer('a');

struct Piecework {
    Assembly assembly{std::uint64_t{kPieces} * limits::kChunkBytes, kPieces};

    // What is proven, what lies with the store and what is lacking are all, and apart.
    void check() const {
        CHECK(assembly.proven().common(assembly.in_store()).empty());
        RangeSet lacking = RangeSet::up_to(kPieces);
        lacking.remove(assembly.proven());
        lacking.remove(assembly.in_store());
        CHECK(assembly.lacking() == lacking);
        CHECK(assembly.complete() == (assembly.proven() == RangeSet::up_to(kPieces)));
        for (std::uint32_t i = 0; i < kPieces; ++i)
            CHECK(assembly.has({i}) == assembly.proven().contains(i));
    }
    std::string row() const {
        check();
        std::string out = pic::picture(assembly.proven(), kPieces);
        for (std::uint32_t i = 0; i < kPieces; ++i)
            if (assembly.in_store().contains(i)) out[i] = 's';
        return out;
    }
};

}  // namespace

TEST_CASE("assembly: a chunk goes to the store, and is proven when the store says so") {
    Piecework work;
    CHECK(work.row() == "......");
    work.assembly.storing({1});
    work.assembly.storing({2});
    CHECK(work.row() == ".ss...");
    CHECK(work.assembly.stored({1}, kSender, 100));
    work.assembly.not_stored({2});
    CHECK(work.row() == ".#....");
    CHECK_FALSE(work.assembly.stored({1}, pic::peer('b'), 100));  // the second of two asked
    CHECK(work.assembly.senders() == std::map<PeerId, std::uint64_t>{{kSender, 100}});
    for (const std::uint32_t chunk : {0U, 2U, 3U, 4U, 5U})
        work.assembly.stored({chunk}, kSender, 100);
    CHECK(work.row() == "######");
    CHECK(work.assembly.complete());
    CHECK(work.assembly.senders().at(kSender) == 600);
}

TEST_CASE("assembly: its proof is missing, with the store, here, and doubted again") {
    Piecework work;
    using Proof = Assembly::Proof;
    CHECK(work.assembly.proof() == Proof::missing);
    CHECK(work.assembly.began() == kNever);
    work.assembly.proof_asked(Time{3s});
    work.assembly.proof_asked(Time{5s});
    CHECK(work.assembly.began() == Time{3s});  // it was begun when first asked for
    work.assembly.proof_came();
    CHECK(work.assembly.proof() == Proof::storing);
    work.assembly.proof_here({{0, 2}});
    CHECK(work.assembly.proof() == Proof::here);
    CHECK(work.row() == "##....");
    for (int i = 0; i < 2; ++i)
        work.assembly.declined();
    CHECK(work.assembly.proof() == Proof::here);
    work.assembly.declined();
    CHECK(work.assembly.proof() == Proof::missing);
}

TEST_CASE("assembly: what the store has when the proof is here replaces what was thought") {
    Piecework work;
    work.assembly.load(pic::columns("####.."));
    CHECK(work.row() == "####..");
    work.assembly.proof_here(pic::columns("##...#"));
    CHECK(work.row() == "##...#");
}

TEST_CASE("assembly: chunks declined in a row are forgiven by one that is taken, or by the proof") {
    Piecework work;
    work.assembly.proof_here({});
    const auto declined_twice = [&work] {
        work.assembly.declined();
        work.assembly.declined();
        return work.assembly.proof() == Assembly::Proof::here;
    };
    CHECK(declined_twice());
    work.assembly.stored({0}, kSender, 1);
    CHECK(declined_twice());
    work.assembly.proof_here({});
    CHECK(declined_twice());
    work.assembly.declined();
    CHECK(work.assembly.proof() == Assembly::Proof::missing);
    work.assembly.proof_here({});
    CHECK(declined_twice());
}

TEST_CASE("assembly: what neighbours were not told waits since its first, and is told once") {
    Piecework work;
    work.assembly.tell_later(RangeSet{{1, 2}}, Time{1s});
    work.assembly.tell_later(RangeSet{{4, 5}}, Time{2s});
    CHECK(work.assembly.untold_since() == Time{1s});
    CHECK(pic::picture(work.assembly.take_untold(), kPieces) == ".#..#.");
    CHECK(work.assembly.untold().empty());
    work.assembly.tell_later(RangeSet{{2, 3}}, Time{3s});
    CHECK(work.assembly.untold_since() == Time{3s});
}

TEST_CASE("assembly: whatever the store answers in whatever order, each chunk is in one place") {
    Piecework work;
    Chance chance(4);
    std::uint64_t taken = 0;
    for (int i = 0; i < 500; ++i) {
        const ChunkIndex chunk{static_cast<std::uint32_t>(chance.below(kPieces))};
        CAPTURE(i);
        if (work.assembly.complete())
            work.assembly.load({});
        else if (work.assembly.lacking().contains(chunk.value))
            work.assembly.storing(chunk);
        else if (chance.below(2) == 0)
            work.assembly.not_stored(chunk);
        else
            taken += work.assembly.stored(chunk, kSender, 1) ? 1 : 0;
        work.check();
    }
    CHECK(work.assembly.senders().at(kSender) == taken);
}
