#include "messages/wire/name_or_id.hpp"

#include <doctest/doctest.h>

using namespace fragcast;

namespace {

AssetRecord named(const std::string& digits, const std::string& name) {
    AssetRecord asset;
    asset.id = *AssetId::parse(digits + std::string(2 * AssetId::kBytes - digits.size(), '0'));
    asset.name = name;
    asset.size = 5 << 20;
    return asset;
}

// Names of what a word means, in their order.
std::string means(std::string_view word, const std::vector<AssetRecord>& all,
                  std::size_t digits = limits::kMinIdDigits) {
    std::string out;
    for (const AssetRecord& asset : meant_by(word, all, digits))
        out += (out.empty() ? "" : " ") + asset.name;
    return out;
}

const AssetRecord kFilm = named("4abc12345678", "film");
const AssetRecord kNear = named("4abc1234ff", "near");
const AssetRecord kDigits = named("77", "4abc");
const AssetRecord kTwin = named("88", "twin");
const AssetRecord kOther = named("99", "twin");
const std::vector<AssetRecord> kAll{kFilm, kNear, kDigits, kTwin, kOther};

}  // namespace

TEST_CASE("a word is a full id in any case, else an exact name or the beginning of ids") {
    CHECK(means("film", kAll) == "film");
    CHECK(means("fil", kAll).empty());
    CHECK(means("Film", kAll).empty());
    CHECK(means("4abc1", kAll) == "film near");
    CHECK(means("4ABC12345", kAll) == "film");
    // Neither goes first: anybody may call his own as another's id begins.
    CHECK(means("4abc", kAll) == "film near 4abc");
    CHECK(means("7700", {kFilm, named("7700", "7700")}) == "7700");
    CHECK(means("twin", kAll) == "twin twin");
    CHECK(means("", kAll).empty());
    std::string full = kFilm.id.text();
    CHECK(means(full, kAll) == "film");
    for (char& c : full)
        c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    CHECK(means(full, kAll) == "film");
    CHECK(means(full + "0", kAll).empty());
    CHECK(means(full.substr(0, full.size() - 1), kAll) == "film");
    // Who calls his own as another one's id is not found by that.
    CHECK(means(full, {named("aa", full)}).empty());
    CHECK(NameOrId<AssetId>(full).id() == kFilm.id);
    CHECK_FALSE(NameOrId<AssetId>(full.substr(1)).id());
}

TEST_CASE("an id's beginning has four digits at least, and eight to take away") {
    CHECK(means("4ab", kAll).empty());
    CHECK(means("9900", kAll) == "twin");
    CHECK(means("990g", kAll).empty());
    const auto taken = [](std::string_view word) {
        return means(word, kAll, limits::kMinIdDigitsToTakeAway);
    };
    CHECK(taken("4").empty());
    CHECK(taken("9900000").empty());
    CHECK(taken("99000000") == "twin");
    CHECK(taken("4abc1234") == "film near");  // and more than one is never a choice
    CHECK(taken("4abc") == "4abc");
    CHECK(taken(kOther.id.text()) == "twin");
}

TEST_CASE("the ids of a beginning lie from the lowest to the highest that begins so") {
    const NameOrId<PeerId> odd("abcd1");
    REQUIRE(odd.range());
    CHECK(odd.range()->first.text() == "abcd1000000000000000000000000000");
    CHECK(odd.range()->second.text() == "abcd1fffffffffffffffffffffffffff");
    CHECK(odd.begins(odd.range()->second));
    CHECK_FALSE(odd.begins(*PeerId::parse("abcd2000000000000000000000000000")));
    CHECK_FALSE(NameOrId<PeerId>("abcx").range());
    CHECK_FALSE(NameOrId<PeerId>("").range());
    CHECK_FALSE(NameOrId<PeerId>("", 0).is_name(""));
}

TEST_CASE("peers are named as assets are") {
    PeerRecord nas;
    nas.id = *PeerId::parse("abcd1000000000000000000000000000");
    nas.name = "nas";
    PeerRecord twin = nas;
    twin.id.bytes[15] = 1;
    twin.http = "http://nas:8001";
    CHECK(meant_by("nas", {nas, twin}) == std::vector{nas, twin});
    CHECK(meant_by(twin.id.text(), {nas, twin}) == std::vector{twin});
    CHECK(several_meant("nas", {nas, twin}).text ==
          "2 peers fit \"nas\": abcd1000 (nas), abcd1000 (nas, http://nas:8001); say which by its "
          "id");
}

TEST_CASE("what fits several is listed, a few of them") {
    const Error two = several_meant("twin", {kTwin, kOther});
    CHECK(two.kind == ErrorKind::ambiguous);
    CHECK(two.text ==
          "2 assets fit \"twin\": 88000000 (twin, 5 MiB), 99000000 (twin, 5 MiB); say which by its "
          "id");
    const std::vector<AssetRecord> many(limits::kMaxCandidatesSaid + 2, kTwin);
    const std::string text = several_meant("88", many).text;
    CHECK(text.starts_with("10 assets fit \"88\": "));
    CHECK(text.ends_with(" and 2 more; say which by its id"));
    CHECK(too_little_said("4", {kFilm}).text ==
          "\"4\" is too little to remove something by: give its name, or 8 digits of its id. It "
          "fits 4abc1234 (film, 5 MiB)");
}
