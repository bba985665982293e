// The API's document, as peer and bus serve it.
#include "messages/http_docs.hpp"

#include "messages/version.hpp"

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

}  // namespace

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
