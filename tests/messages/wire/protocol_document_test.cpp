// PROTOCOL.md and the code say the same: kinds, fields with types and limits, records, topics,
// limits, and the worked examples.
#include "messages/wire/asset_folder.hpp"
#include "messages/wire/codec.hpp"
#include "messages/wire/hash.hpp"
#include "messages/wire/limits.hpp"
#include "messages/wire/topic.hpp"
#include "tests/messages/wire/field_text.hpp"
#include "tests/support/source_path.hpp"

#include <algorithm>
#include <fstream>
#include <map>
#include <sstream>

#include <doctest/doctest.h>

using namespace fragcast;
using namespace fragcast::testing;

namespace {

// The lines of the section under the heading that begins with `heading`.
std::vector<std::string> section(const std::string& heading) {
    std::ifstream file(test::source_path("messages/PROTOCOL.md"));
    REQUIRE(file.good());
    std::vector<std::string> lines;
    bool inside = false;
    for (std::string line; std::getline(file, line);) {
        if (line.starts_with("## ") || line.starts_with("### ")) inside = line.starts_with(heading);
        if (inside) lines.push_back(line);
    }
    REQUIRE_FALSE(lines.empty());
    return lines;
}

// Every line of a table as its trimmed cells.
std::vector<std::vector<std::string>> table_rows(const std::vector<std::string>& lines) {
    std::vector<std::vector<std::string>> rows;
    for (const std::string& line : lines) {
        if (!line.starts_with("| ")) continue;
        std::vector<std::string> cells;
        std::istringstream stream(line.substr(1));
        for (std::string cell; std::getline(stream, cell, '|');) {
            const auto first = cell.find_first_not_of(' ');
            if (first == std::string::npos)
                cells.emplace_back();
            else
                cells.push_back(cell.substr(first, cell.find_last_not_of(' ') - first + 1));
        }
        rows.push_back(cells);
    }
    return rows;
}

std::map<std::string, std::string> record_rows(const std::string& heading) {
    std::map<std::string, std::string> records;
    for (const auto& row : table_rows(section(heading)))
        if (row.size() == 2) records[row[0]] = row[1];
    return records;
}

Digest sample_asset() {
    Digest id;
    for (std::size_t i = 0; i < Digest::kBytes; ++i)
        id.bytes[i] = static_cast<std::uint8_t>(i);
    return id;
}

}  // namespace

TEST_CASE("the tables of messages name every kind, number and field, with types and limits") {
    std::map<std::string, std::vector<std::string>> rows;
    for (const char* heading : {"### 5.1", "### 5.2", "### 5.3"})
        for (const auto& row : table_rows(section(heading)))
            if (row[0].find_first_not_of("0123456789") == std::string::npos) rows[row[1]] = row;
    CHECK(rows.size() == all_kinds().size());
    for (const Kind kind : all_kinds()) {
        const auto& row = rows[name_of(kind)];
        CAPTURE(name_of(kind));
        REQUIRE(row.size() == 4);
        CHECK(row[0] == std::to_string(static_cast<int>(kind)));
        CHECK(row[2] ==
              std::visit([](const auto& body) { return field_text(body); }, *empty_body(kind)));
        CHECK_FALSE(row[3].empty());
    }
}

TEST_CASE("the tables of records are those of the code") {
    const auto records = record_rows("## 4.");
    CHECK(records.at("Peer") == field_text(PeerRecord{}));
    CHECK(records.at("Asset") == field_text(AssetRecord{}));
    CHECK(records.at("Entry") == field_text(EntryRecord{}));
    CHECK(records.at("Holder") == field_text(HolderRecord{}));
    CHECK(records.at("Holding") == field_text(HoldingRecord{}));
    CHECK(records.at("AssetDigest") == field_text(DigestRecord{}));
    CHECK(records.at("Partial") == field_text(PartialRecord{}));
    CHECK(records.at("Counter") == field_text(CounterRecord{}));
    CHECK(records.at("Event") == field_text(EventRecord{}));
    const auto manifest = record_rows("## 7.");
    CHECK(manifest.at("Manifest") == field_text(Manifest{}));
    CHECK(manifest.at("Source") == field_text(Source{}));
    CHECK(manifest.at("Track") == field_text(Track{}));
    CHECK(manifest.at("Media") == field_text(Media{}));
    CHECK(manifest.at("Fragment") == field_text(FragmentInfo{}));
    CHECK(manifest.at("KeyRange") == field_text(KeyRange{}));
    CHECK(manifest.at("Envelope") == field_text(ManifestEnvelope{}));
}

TEST_CASE("the table of topics is that of the code") {
    std::vector<std::string> written;
    for (const auto& row : table_rows(section("## 6.")))
        if (row[0].starts_with('`')) written.push_back(row[0].substr(1, row[0].size() - 2));
    std::vector<std::string> expected;
    for (const Kind kind : all_kinds())
        if (const auto prefix = topic_prefix(kind)) {
            const std::string words(*prefix);
            const bool about_asset = words.starts_with("fragment.") || words.starts_with("asset.");
            const bool about_peer = words.starts_with("peer.") || words.starts_with("viewer.");
            expected.push_back(words + (about_asset ? "<asset>." : about_peer ? "<peer>." : ""));
        }
    CHECK(written == expected);
}

TEST_CASE("the worked example is what the codec writes") {
    std::string hex;
    bool inside = false;
    for (const std::string& line : section("## 3.")) {
        if (line == "```hex")
            inside = true;
        else if (line == "```")
            inside = false;
        else if (inside)
            hex += line.substr(0, std::min(line.find("   "), line.size()));
    }
    std::erase(hex, ' ');
    Message message{{}, Request{RequestId{7}, {}, FragmentIndex{3}, Span{0, 16}, 1500, false}};
    message.header = {*PeerId::parse("a0a1a2a3a4a5a6a7a8a9aaabacadaeaf"), Epoch{1790000000},
                      Sequence{42}};
    std::get<Request>(message.body).asset.bytes = sample_asset().bytes;
    const Bytes frame = encode(message);
    CHECK(hex == to_hex(frame.data(), frame.size()));
}

TEST_CASE("the digests given as examples are those of the code") {
    std::string text;
    for (const std::string& line : section("## 8."))
        text += line + '\n';
    const AssetId asset{sample_asset().bytes};
    const RangeSet fragments{{0, 4}, {7, 8}};
    const auto root = root_of(std::map<AssetId, RangeSet>{{asset, fragments}});
    CHECK(text.find("digest `" + digest_of(asset, fragments).text()) != std::string::npos);
    CHECK(text.find("root `" + root.text()) != std::string::npos);
    const auto nothing = root_of(std::map<AssetId, RangeSet>{});
    CHECK(text.find("root of nothing\n`" + nothing.text()) != std::string::npos);
}

TEST_CASE("subscriptions are written as they are made") {
    std::string text;
    for (const std::string& line : section("## 6."))
        text += line + '\n';
    for (const std::string_view prefix : kSubscriptions)
        CHECK(text.find('`' + std::string(prefix) + '`') != std::string::npos);
}
