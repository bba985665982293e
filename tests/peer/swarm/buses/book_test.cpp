// What we hold whole: a row for each asset, a column for each fragment.
#include "peer/swarm/buses/book.hpp"

#include "peer/swarm/chance.hpp"
#include "tests/support/pictures.hpp"

#include <doctest/doctest.h>

using namespace fragcast;
namespace pic = fragcast::pictures;

namespace {

struct Shelf {
    Book book;

    // Entries, digests and root say the same; nothing is no entry.
    void check() const {
        CHECK(book.broken() == nullptr);
        std::map<AssetId, RangeSet> held;
        for (const auto& [id, entry] : book.entries()) {
            CHECK(entry.asset.id == id);
            CHECK_FALSE(entry.fragments.empty());
            CHECK(book.fragments(id) == entry.fragments);
            CHECK(book.entry(id) == entry);
            CHECK(book.digests().at(id) == digest_of(id, entry.fragments));
            held[id] = entry.fragments;
        }
        CHECK(book.digests().size() == held.size());
        CHECK(book.root() == root_of(held));
    }
    static AssetRecord record(std::uint32_t number) {
        AssetRecord record;
        record.id = pic::asset(number);
        record.name = "film " + std::to_string(number);
        return record;
    }
    // What changes is noted, once.
    void noted(bool changed, std::uint32_t number) {
        CHECK(book.take_changed() ==
              (changed ? std::set<AssetId>{pic::asset(number)} : std::set<AssetId>{}));
        CHECK(book.take_changed().empty());
    }
    // Whether it changed; then the sequence was raised by one.
    bool add(const RangeSet& fragments, std::uint32_t number = 0) {
        const Sequence before = book.sequence();
        book.take_changed();
        const bool changed = book.add(record(number), fragments);
        CHECK(book.sequence().value == before.value + (changed ? 1 : 0));
        noted(changed, number);
        check();
        return changed;
    }
    bool remove(const RangeSet& fragments, std::uint32_t number = 0) {
        const Sequence before = book.sequence();
        book.take_changed();
        const bool changed = book.remove(pic::asset(number), fragments);
        CHECK(book.sequence().value == before.value + (changed ? 1 : 0));
        noted(changed, number);
        check();
        return changed;
    }
    bool add(const char* picture) { return add(pic::columns(picture)); }
    bool remove(const char* picture) { return remove(pic::columns(picture)); }
    std::string row() const { return pic::picture(book.fragments(pic::asset()), 5); }
};

}  // namespace

TEST_CASE("book: only what changes it raises its sequence") {
    Shelf shelf;
    shelf.check();
    CHECK(shelf.add("##..."));
    CHECK_FALSE(shelf.add("#...."));
    CHECK(shelf.add(".##.."));
    CHECK(shelf.row() == "###..");
    CHECK_FALSE(shelf.remove("...##"));
    CHECK(shelf.remove(".#.##"));
    CHECK(shelf.row() == "#.#..");
    CHECK_FALSE(shelf.add("....."));
    CHECK_FALSE(shelf.remove(RangeSet{{0, 5}}, 1));
    CHECK(shelf.book.sequence() == Sequence{3});
}

TEST_CASE("book: what lay there at the start was told to nobody, and changes no sequence") {
    Shelf shelf;
    shelf.book.load(Shelf::record(0), pic::columns("##..."));
    shelf.noted(true, 0);
    shelf.check();
    shelf.book.load(Shelf::record(1), {});
    shelf.check();
    CHECK(shelf.book.sequence() == Sequence{0});
    CHECK(shelf.row() == "##...");
    CHECK(shelf.book.entries().size() == 1);
}

TEST_CASE("book: an asset of which nothing is left is told as nothing, and counts in no root") {
    Shelf shelf;
    const StateDigest empty = shelf.book.root();
    shelf.add("##...");
    CHECK(shelf.book.entry(pic::asset()).asset.name == "film 0");
    CHECK(shelf.book.root() != empty);
    shelf.remove("##...");
    CHECK(shelf.book.entries().empty());
    CHECK(shelf.book.root() == empty);
    CHECK(shelf.book.entry(pic::asset()).asset.id == pic::asset());
    CHECK(shelf.book.entry(pic::asset()).fragments.empty());
}

TEST_CASE("book: whatever is added and removed, its root is that of what is held") {
    Shelf shelf;
    Chance chance(8);
    for (int i = 0; i < 500; ++i) {
        const auto begin = static_cast<std::uint32_t>(chance.below(5));
        const RangeSet some{{begin, begin + 1 + static_cast<std::uint32_t>(chance.below(3))}};
        const auto number = static_cast<std::uint32_t>(chance.below(3));
        CAPTURE(i);
        if (chance.below(2) == 0)
            shelf.add(some, number);
        else
            shelf.remove(some, number);
    }
}

TEST_CASE(
    "book: what the disk has lost is counted where it was held, and held until it is removed") {
    Shelf shelf;
    shelf.add({{0, 2}});
    shelf.book.lost(pic::fragment(2));
    shelf.book.lost({pic::asset(1), {0}});
    CHECK(shelf.book.count_lost() == 0);
    shelf.book.lost(pic::fragment(1));
    CHECK(shelf.book.count_lost() == 1);
    CHECK(shelf.book.count() == 2);
    shelf.remove({{0, 1}});
    CHECK(shelf.book.count_lost() == 1);
}
