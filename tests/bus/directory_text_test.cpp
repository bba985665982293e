// The directory as a list by HTTP, in pieces.
#include "bus/directory_text.hpp"

#include "messages/http/http_pieces.hpp"
#include "messages/wire/limits.hpp"
#include "tests/bus/talk.hpp"

#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

using namespace fragcast;
using namespace fragcast::test;
using nlohmann::json;

namespace {

struct Library : Leases {
    std::vector<Speaker> speakers;

    explicit Library(std::vector<std::uint32_t> counts) {
        for (const std::uint32_t count : counts) {
            speakers.emplace_back(static_cast<std::uint8_t>(speakers.size() + 1));
            join(speakers.back().self, speakers.back().route, Sequence{1}, {});
            for (std::uint32_t i = 0; i < count; ++i)
                hold(speakers.back(), i);
        }
    }
    void hold(const Speaker& peer, std::uint32_t number) {
        AssetRecord record = asset(0, "film " + std::to_string(number));
        record.id.bytes[0] = static_cast<std::uint8_t>(number >> 8);
        record.id.bytes[1] = static_cast<std::uint8_t>(number);
        REQUIRE(tell(peer.self.id, entry(record, {{0, 4}, {7, 8}})));
    }
    TextPieces pieces(ListPage<PeerId> page = {}) const {
        DirectoryText text(*this, page, R"({"peers":[)");
        return TextPieces([text = std::move(text)]() mutable { return text.next({}); });
    }
};

std::vector<std::string> all_of(TextPieces pieces) {
    std::vector<std::string> out;
    for (std::string piece = pieces.next(); !piece.empty(); piece = pieces.next())
        out.push_back(piece);
    return out;
}

json joined(const std::vector<std::string>& pieces) {
    std::string text;
    for (const std::string& piece : pieces)
        text += piece;
    return json::parse(text, nullptr, false);
}

}  // namespace

TEST_CASE("a peer's holdings are told in pieces of kListPieceBytes, however many") {
    const Library library({3000, 0, 2});
    const auto pieces = all_of(library.pieces());
    CHECK(pieces.size() > 5);
    for (const std::string& piece : pieces)
        CHECK(piece.size() <= limits::kListPieceBytes);
    const json list = joined(pieces);
    REQUIRE(list["peers"].size() == 3);
    CHECK(list["next"] == "");
    for (const json& entry : list["peers"]) {
        const auto* lease = library.find(*PeerId::parse(entry["id"].get<std::string>()));
        REQUIRE(lease != nullptr);
        REQUIRE(entry["holds"].size() == lease->holdings.size());
        std::size_t at = 0;
        lease->holdings.each([&](const Holdings::One& one) {
            const json& told = entry["holds"][at++];
            CHECK(told["asset"] == one.id().text());
            CHECK(told["name"] == one.asset().record.name);
            CHECK(told["fragments"] == "0-3,7");
            return true;
        });
    }
}

TEST_CASE("the directory by pages, and of nobody") {
    const Library library({1, 1, 1}), empty({});
    const json first = joined(all_of(library.pieces({2, {}})));
    CHECK(first["peers"].size() == 2);
    const auto after = PeerId::parse(first["next"].get<std::string>());
    REQUIRE(after);
    const json rest = joined(all_of(library.pieces({2, after})));
    CHECK(rest["peers"].size() == 1);
    CHECK(rest["next"] == "");
    CHECK(joined(all_of(empty.pieces())) == json{{"peers", json::array()}, {"next", ""}});
}

TEST_CASE("a peer that leaves while its holdings are told ends its entry, and nothing else") {
    Library library({1000, 1000, 1000});
    TextPieces pieces = library.pieces();
    std::vector<std::string> text{pieces.next()};
    std::vector<PeerId> ids;
    for (const auto& [id, lease] : library.peers())
        ids.push_back(id);
    library.leave(ids[0], {});
    library.leave(ids[1], {});
    for (std::string piece = pieces.next(); !piece.empty(); piece = pieces.next())
        text.push_back(piece);
    const json list = joined(text);
    REQUIRE(list["peers"].size() == 2);
    CHECK(list["peers"][0]["holds"].size() < 1000);
    CHECK(list["peers"][1]["holds"].size() == 1000);
}
