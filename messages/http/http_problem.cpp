// messages_http. Any thread: requests and errors as values.
#include "messages/http/http_server.hpp"
#include "messages/http/records_json.hpp"
#include "messages/wire/name_or_id.hpp"

#include <microhttpd.h>
#include <nlohmann/json.hpp>

namespace fragcast {
namespace {

std::optional<std::string> find(const std::map<std::string, std::string>& map,
                                const std::string& name) {
    const auto found = map.find(name);
    if (found == map.end()) return std::nullopt;
    return found->second;
}

int status_of(ErrorKind kind) {
    switch (kind) {
        case ErrorKind::not_found:
            return 404;
        case ErrorKind::invalid:
            return 400;
        case ErrorKind::ambiguous:
        case ErrorKind::exists:
            return 409;
        case ErrorKind::refused:
            return 403;
        case ErrorKind::full:
            return 507;
        case ErrorKind::io:
            return 500;
        case ErrorKind::busy:
        case ErrorKind::timeout:
        case ErrorKind::unavailable:
        case ErrorKind::interrupted:
            return 503;
    }
    return 500;
}

HttpResponse response_of(const nlohmann::ordered_json& problem) {
    HttpResponse response;
    response.status = problem.at("status");
    response.type = "application/problem+json";
    // A detail may quote what a client or peer wrote: bytes that are no UTF-8 become U+FFFD.
    response.body = problem.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
    if (response.status == 503) response.headers["Retry-After"] = "1";
    return response;
}

}  // namespace

std::optional<std::string> HttpRequest::parameter(const std::string& name) const {
    return find(query, name);
}

std::optional<std::string> HttpRequest::header(const std::string& lower_case_name) const {
    return find(headers, lower_case_name);
}

HttpResponse problem(int status, std::string_view detail) {
    return response_of({{"type", "about:blank"},
                        {"title", MHD_get_reason_phrase_for(static_cast<unsigned>(status))},
                        {"status", status},
                        {"detail", detail}});
}

HttpResponse problem(const Error& error) {
    return problem(status_of(error.kind), error.text);
}

HttpResponse several_problem(std::string_view word, const std::vector<AssetRecord>& fit) {
    auto body = nlohmann::ordered_json::parse(problem(several_meant(word, fit)).body);
    for (const AssetRecord& asset : fit)
        body["candidates"].push_back(nlohmann::ordered_json(to_json(asset)));
    return response_of(body);
}

}  // namespace fragcast
