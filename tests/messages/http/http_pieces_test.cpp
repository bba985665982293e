#include "messages/http/http_pieces.hpp"

#include "messages/wire/limits.hpp"

#include <vector>

#include <doctest/doctest.h>

using namespace fragcast;

namespace {

// The pieces of a list of these entries.
std::vector<std::string> pieces_of(std::vector<std::string> entries) {
    TextPieces list(list_text(R"({"list":[)",
                              [entries = std::move(entries), at = std::size_t{0}]() mutable {
                                  return at < entries.size() ? std::optional(entries[at++])
                                                             : std::nullopt;
                              },
                              [] { return std::string("7"); }));
    std::vector<std::string> pieces;
    for (std::string piece = list.next(); !piece.empty(); piece = list.next())
        pieces.push_back(std::move(piece));
    return pieces;
}

std::string text_of(const std::string& entries) {
    return R"({"list":[)" + entries + R"(],"next":"7"})";
}

std::string joined(const std::vector<std::string>& pieces) {
    std::string all;
    for (const auto& piece : pieces)
        all += piece;
    return all;
}

}  // namespace

TEST_CASE("pieces: a short list is one piece, an empty one too") {
    CHECK(pieces_of({}) == std::vector<std::string>{text_of("")});
    CHECK(pieces_of({"1", "2", "3"}) == std::vector<std::string>{text_of("1,2,3")});
}

TEST_CASE("pieces: a long list comes in pieces of kListPieceBytes, and is the same text") {
    std::string text;
    std::vector<std::string> entries;
    for (int i = 0; i < 300; ++i) {
        entries.emplace_back(1000 + i, 'x');
        text += (i == 0 ? "" : ",") + entries.back();
    }
    const auto pieces = pieces_of(entries);
    CHECK(pieces.size() > 300 * 1000 / limits::kListPieceBytes);
    for (const auto& piece : pieces)
        CHECK(piece.size() <= limits::kListPieceBytes);
    CHECK(joined(pieces) == text_of(text));
}

TEST_CASE("pieces: an entry that is larger than a piece is one by itself") {
    const std::string large(2 * limits::kListPieceBytes, 'x');
    const auto pieces = pieces_of({"1", large, "2"});
    CHECK(joined(pieces) == text_of("1," + large + ",2"));
    for (const auto& piece : pieces)
        CHECK(piece.size() <= large.size() + 1);
}

TEST_CASE("in a turn kListPiecesPerTurn pieces are made, of who asked first") {
    PieceQueue queue;
    std::vector<int> made;
    for (int i = 0; i < limits::kListPiecesPerTurn; ++i)
        queue.add([&made, &queue, i] {
            made.push_back(i);
            queue.add([&made] { made.push_back(-1); });
        });
    queue.turn();
    CHECK(made == std::vector{0, 1, 2, 3});
    CHECK_FALSE(queue.empty());
    queue.turn();
    CHECK(made.size() == 8);
    CHECK(queue.empty());
}
