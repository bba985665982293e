// The API's document, as peer and bus serve it.
#include "messages/http/http_docs.hpp"

#include "messages/wire/version.hpp"
#include "tests/support/source_path.hpp"

#include <algorithm>
#include <fstream>
#include <map>
#include <regex>
#include <set>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

using namespace fragcast;
using nlohmann::json;

namespace {

template <class Visit>
void walk_document(const json& value, const Visit& visit) {
    visit(value);
    if (value.is_structured())
        for (const auto& one : value)
            walk_document(one, visit);
}

std::set<std::string> operations_of(const json& document) {
    std::set<std::string> out;
    for (const auto& [path, item] : document["paths"].items())
        for (const auto& [method, operation] : item.items())
            out.insert(method + " " + path);
    return out;
}

// The rows of HTTP.md's tables of routes: "GET /api/v1/assets/{id}" and whether a bus has it.
std::map<std::string, bool> routes_of_the_page() {
    std::ifstream file(test::source_path("messages/HTTP.md"));
    std::map<std::string, bool> out;
    const std::regex row("\\| `(GET|POST|PUT|DELETE) (/[^`]*)`(.*)");
    const std::regex another("`(GET )?([a-zA-Z/][a-zA-Z0-9./]*)`");
    for (std::string line; std::getline(file, line);) {
        line = std::regex_replace(line, std::regex("\\\\\\|"), "/");  // inside a cell
        std::smatch found;
        if (!std::regex_match(line, found, row)) continue;
        const auto braced = [&](std::string path) {
            path = path.substr(0, path.find_first_of("?["));
            path = std::regex_replace(path, std::regex("/ID"), "/{id}");
            return found.str(1) + " " + std::regex_replace(path, std::regex("/I\\."), "/{index}.");
        };
        const std::string rest = found.str(3);
        const bool bus = rest.find("| B |") != std::string::npos ||
                         rest.find("(a plain index)") != std::string::npos;
        const std::string first = found.str(2);
        out[braced(first)] = bus;
        // Another in the same cell: whole, or beside the first.
        const std::string cell = rest.substr(0, rest.find('|'));
        for (std::sregex_iterator at(cell.begin(), cell.end(), another), end; at != end; ++at) {
            const std::string path = (*at)[2];
            out[braced(path.starts_with('/') ? path
                                             : first.substr(0, first.rfind('/') + 1) + path)] = bus;
        }
    }
    return out;
}

}  // namespace

TEST_CASE("openapi: it describes the routes that HTTP.md lists, and a bus those marked B") {
    const auto page = routes_of_the_page();
    CHECK(page.size() > 25);
    for (const auto program : {DocsOf::peer, DocsOf::bus}) {
        std::set<std::string> described;
        for (std::string operation : operations_of(json::parse(openapi_text(program)))) {
            std::transform(operation.begin(), operation.begin() + operation.find(' '),
                           operation.begin(), [](char c) { return static_cast<char>(c - 32); });
            described.insert(operation);
        }
        std::set<std::string> listed;
        for (const auto& [route, bus] : page)
            if (bus || program == DocsOf::peer) listed.insert(route);
        for (const auto& route : described)
            if (route != "GET /api/v1/assets/{id}/fragments/{index}.bin")  // told in the .mp4's row
                CHECK_MESSAGE(listed.contains(route), "not in HTTP.md: " << route);
        for (const auto& route : listed)
            CHECK_MESSAGE(described.contains(route), "not in openapi.json: " << route);
    }
}

TEST_CASE("openapi: every reference leads somewhere, and nothing stands there unused") {
    for (const auto program : {DocsOf::peer, DocsOf::bus}) {
        const json document = json::parse(openapi_text(program));
        std::set<std::string> used;
        walk_document(document, [&](const json& value) {
            if (!value.is_object() || !value.contains("$ref")) return;
            const auto target = value["$ref"].get<std::string>();
            CAPTURE(target);
            used.insert(target);
            REQUIRE(target.starts_with("#/"));
            CHECK(document.contains(json::json_pointer(target.substr(1))));
        });
        for (const auto& [kind, group] : document["components"].items())
            for (const auto& [name, one] : group.items())
                CHECK_MESSAGE(used.contains("#/components/" + kind + "/" + name), name);
        CHECK(document["info"]["version"] == kVersion);
    }
}

TEST_CASE("openapi: each program tells only what it serves, and marks are not shown") {
    const json peer = json::parse(openapi_text(DocsOf::peer));
    const json bus = json::parse(openapi_text(DocsOf::bus));
    for (const auto* document : {&peer, &bus})
        walk_document(*document, [](const json& value) {
            CHECK_FALSE((value.is_object() && value.contains("x-fragcast-on")));
        });
    const auto of_peer = operations_of(peer);
    for (const auto& operation : operations_of(bus)) {
        CAPTURE(operation);
        CHECK(operation.starts_with("get "));
        CHECK(of_peer.contains(operation));
    }
    CHECK(of_peer.contains("put /api/v1/limits"));
    CHECK_FALSE(bus["paths"].contains("/api/v1/limits"));
    const auto& fields = [](const json& document) -> const json& {
        return document["components"]["schemas"]["Peer"]["properties"];
    };
    CHECK(fields(peer).contains("rtt_us"));
    CHECK_FALSE(fields(peer).contains("age_ms"));
    CHECK(fields(bus).contains("age_ms"));
    CHECK_FALSE(fields(bus).contains("rtt_us"));
    for (const auto& name : bus["components"]["schemas"]["Peer"]["required"])
        CHECK(fields(bus).contains(name.get<std::string>()));
}
