#include "tests/support/pictures.hpp"

#include <stdexcept>

namespace fragcast::pictures {

Line line(std::string_view picture) {
    Line out;
    const std::size_t end = std::min(picture.find("  "), picture.size());
    for (const char cell : picture.substr(0, end)) {
        if (cell == '>')
            out.playheads.push_back(out.width());
        else
            out.cells += cell;
    }
    std::string_view rest = picture.substr(end);
    while (!rest.empty()) {
        const std::size_t comma = std::min(rest.find(','), rest.size());
        std::string_view fact = rest.substr(0, comma);
        rest.remove_prefix(std::min(comma + 1, rest.size()));
        fact.remove_prefix(std::min(fact.find_first_not_of(' '), fact.size()));
        const std::size_t blank = fact.find(' ');
        if (blank == fact.npos) throw std::invalid_argument("a fact is a word and a value");
        out.facts[std::string(fact.substr(0, blank))] = fact.substr(blank + 1);
    }
    return out;
}

RangeSet Line::columns(std::string_view letters) const {
    RangeSet out;
    for (std::uint32_t i = 0; i < width(); ++i)
        if (letters.find(cells[i]) != letters.npos) out.add(i);
    return out;
}

Duration Line::time(const std::string& fact, Duration otherwise) const {
    const auto found = facts.find(fact);
    if (found == facts.end()) return otherwise;
    std::size_t unit = 0;
    const long value = std::stol(found->second, &unit);
    const std::string name = found->second.substr(unit);
    if (name == "us") return std::chrono::microseconds(value);
    if (name == "ms") return std::chrono::milliseconds(value);
    if (name == "s") return std::chrono::seconds(value);
    throw std::invalid_argument("not a time: " + found->second);
}

std::int64_t Line::number(const std::string& fact, std::int64_t otherwise) const {
    const auto found = facts.find(fact);
    return found == facts.end() ? otherwise : std::stol(found->second);
}

std::string picture(const RangeSet& columns, std::uint32_t width, char letter) {
    std::string out(width, '.');
    for (std::uint32_t i = 0; i < width; ++i)
        if (columns.contains(i)) out[i] = letter;
    return out;
}

std::string repeat(char letter, std::size_t times) {
    return std::string(times, letter);
}

PeerId peer(char letter) {
    PeerId id;
    id.bytes.fill(static_cast<std::uint8_t>(letter));
    return id;
}

AssetId asset(std::uint32_t number) {
    AssetId id;
    for (std::size_t i = 0; i < 4; ++i)
        id.bytes[i] = static_cast<std::uint8_t>(number >> (24 - 8 * i));
    id.bytes.back() = 7;
    return id;
}

std::string text(Span span) {
    const std::string first = std::to_string(span.begin);
    return span.size() == 1 ? first : first + "-" + std::to_string(span.end - 1);
}

}  // namespace fragcast::pictures
