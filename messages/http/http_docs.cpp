#include "messages/http/http_docs.hpp"

#include "messages/wire/version.hpp"

#include <algorithm>
#include <set>

#include <nlohmann/json.hpp>

namespace fragcast {
namespace {

using Doc = nlohmann::ordered_json;

constexpr const char* kMark = "x-fragcast-on";

bool is_of(const Doc& value, const std::string& program) {
    const auto mark = value.is_object() ? value.find(kMark) : value.end();
    return !value.is_object() || mark == value.end() || *mark == program;
}

// Drops what is marked for the other program, and the marks.
void keep_only(Doc& value, const std::string& program) {
    if (value.is_array()) {
        Doc kept = Doc::array();
        for (auto& one : value)
            if (is_of(one, program)) kept.push_back(std::move(one));
        value = std::move(kept);
    } else if (value.is_object()) {
        Doc kept = Doc::object();
        for (auto& [name, one] : value.items())
            if (name != kMark && is_of(one, program)) kept[name] = std::move(one);
        value = std::move(kept);
    } else {
        return;
    }
    for (auto& one : value)
        keep_only(one, program);
    if (!value.is_object() || !value.contains("required") || !value.contains("properties")) return;
    Doc kept = Doc::array();
    for (const auto& name : value["required"])
        if (value["properties"].contains(name.get<std::string>())) kept.push_back(name);
    value["required"] = std::move(kept);
}

void collect_references(const Doc& value, std::set<std::string>& into) {
    if (value.is_object())
        if (const auto found = value.find("$ref"); found != value.end()) into.insert(*found);
    if (value.is_structured())
        for (const auto& one : value)
            collect_references(one, into);
}

// What nothing refers to any more goes, and what only that referred to.
void drop_unused(Doc& doc) {
    for (bool changed = true; changed;) {
        changed = false;
        std::set<std::string> used;
        collect_references(doc, used);
        for (auto& [kind, group] : doc["components"].items()) {
            const std::string folder = "#/components/" + kind + "/";
            Doc kept = Doc::object();
            for (auto& [name, one] : group.items())
                if (used.contains(folder + name)) kept[name] = one;
            changed = changed || kept.size() != group.size();
            group = std::move(kept);
        }
    }
}

// A path without any method is none; a tag without any operation neither.
void drop_empty(Doc& doc) {
    Doc paths = Doc::object();
    std::set<std::string> tags;
    for (auto& [path, item] : doc["paths"].items()) {
        bool has_method = false;
        for (const char* method : {"get", "put", "post", "delete"}) {
            const auto found = item.find(method);
            if (found == item.end()) continue;
            has_method = true;
            for (const auto& tag : (*found)["tags"])
                tags.insert(tag);
        }
        if (has_method) paths[path] = std::move(item);
    }
    doc["paths"] = std::move(paths);
    Doc kept = Doc::array();
    for (const auto& tag : doc["tags"])
        if (tags.contains(tag["name"])) kept.push_back(tag);
    doc["tags"] = std::move(kept);
}

std::string make_openapi(std::string_view whole, DocsOf program) {
    Doc doc = Doc::parse(whole);
    keep_only(doc, program == DocsOf::peer ? "peer" : "bus");
    drop_empty(doc);
    drop_unused(doc);
    doc["info"]["version"] = kVersion;
    return doc.dump(1);
}

}  // namespace

const std::string& openapi_text(DocsOf program) {
    const auto made = [](DocsOf which) {
        const auto files = docs_files();
        const auto file = std::ranges::find(files, std::string_view("/openapi.json"),
                                            [](const DocsFile& one) { return one.path; });
        return make_openapi(file->body, which);
    };
    static const std::string peer = made(DocsOf::peer);
    static const std::string bus = made(DocsOf::bus);
    return program == DocsOf::peer ? peer : bus;
}

void add_docs(HttpServer& server, DocsOf program) {
    for (const DocsFile& file : docs_files()) {
        const bool document = std::string_view(file.path) == "/openapi.json";
        server.asset(file.path, file.type, document ? openapi_text(program) : file.body, file.gzip);
    }
}

}  // namespace fragcast
