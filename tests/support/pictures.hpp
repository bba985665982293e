// One thread (the test's).
//
// Pictures of what the core's classes decide about: a string for each row, a column for each chunk
// or fragment.
//
//     '#' held   '.' missing   'o' asked for, or begun   other letters as the test says
//     '>' a playhead: it stands on the next column, and is no column itself
//
// Two blanks end a row; what else is to be said of it follows: "###..  queue 40ms, standing -3".
// Neighbours are letters: 'a' is the first, at the other end of link 1.
#pragma once

#include "messages/wire/holding.hpp"
#include "peer/swarm/actions.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace fragcast::pictures {

struct Line {
    std::string cells;
    std::vector<std::uint32_t> playheads;      // columns
    std::map<std::string, std::string> facts;  // "queue" -> "40ms"

    std::uint32_t width() const { return static_cast<std::uint32_t>(cells.size()); }
    RangeSet columns(std::string_view letters = "#") const;
    Duration time(const std::string& fact, Duration otherwise) const;
    std::int64_t number(const std::string& fact, std::int64_t otherwise) const;
};
Line line(std::string_view picture);
// The columns of a picture that have one of these letters.
inline RangeSet columns(std::string_view picture, std::string_view letters = "#") {
    return line(picture).columns(letters);
}
// The other way round.
std::string picture(const RangeSet& columns, std::uint32_t width, char letter = '#');
std::string repeat(char letter, std::size_t times);

PeerId peer(char letter);
AssetId asset(std::uint32_t number = 0);
inline FragmentRef fragment(std::uint32_t index = 0, std::uint32_t of_asset = 0) {
    return {asset(of_asset), {index}};
}
inline ChunkRef chunk(std::uint32_t index, std::uint32_t of_fragment = 0) {
    return {asset(), {of_fragment}, {index}};
}
inline LinkId link(char letter) {
    return {static_cast<std::uint64_t>(letter - 'a' + 1)};
}
inline char letter(LinkId link) {
    return static_cast<char>('a' + link.value - 1);
}
// "2" or "3-6".
std::string text(Span span);

}  // namespace fragcast::pictures
