// messages_http, inside. Any thread.
#include "messages/http/http_routes.hpp"

#include "messages/http/http_text.hpp"

#include <algorithm>
#include <cassert>
#include <optional>

namespace fragcast {
namespace {

using Parts = std::vector<std::string>;

int rank_of(std::string_view part) {
    return part == "{*}" ? 2 : part == "{}" ? 1 : 0;
}

// Where two patterns fit one path, the one that comes first is the more exact.
bool before(const Parts& left, const Parts& right) {
    return std::ranges::lexicographical_compare(left, right, {}, rank_of, rank_of);
}

Parts pattern_parts(std::string_view pattern) {
    assert(pattern.starts_with('/'));
    if (pattern == "/") return {};
    Parts parts;
    for (const auto part : split_text(pattern.substr(1), '/'))
        parts.emplace_back(part);
    return parts;
}

// What {} and {*} stand for, if the pattern fits.
std::optional<Parts> fit(const Parts& pattern, const Parts& path) {
    Parts taken;
    for (std::size_t at = 0; at < pattern.size(); ++at) {
        if (at >= path.size()) return std::nullopt;
        const int rank = rank_of(pattern[at]);
        if (rank == 0 && pattern[at] != path[at]) return std::nullopt;
        if (rank == 0) continue;
        std::string value = path[at];
        if (rank == 2)
            for (std::size_t rest = at + 1; rest < path.size(); ++rest)
                value += '/' + path[rest];
        if (value.empty()) return std::nullopt;
        taken.push_back(std::move(value));
        if (rank == 2) return taken;
    }
    if (pattern.size() != path.size()) return std::nullopt;
    return taken;
}

void allow_also(std::string& allow, std::string_view method) {
    if (!allow.empty()) allow += ", ";
    allow += method;
    if (method == "GET") allow += ", HEAD";
}

}  // namespace

void HttpRoutes::add(std::string_view method, std::string_view pattern, Target target) {
    Route route{std::string(method), pattern_parts(pattern),
                std::make_shared<const Target>(std::move(target))};
    assert(std::ranges::none_of(routes_, [&](const Route& other) {
        return other.method == route.method && other.pattern == route.pattern;
    }));
    const auto place = std::ranges::upper_bound(routes_, route.pattern, before, &Route::pattern);
    routes_.insert(place, std::move(route));
}

std::vector<std::string> HttpRoutes::list() const {
    std::vector<std::string> out;
    for (const Route& route : routes_) {
        std::string text = route.method + " /";
        for (std::size_t at = 0; at < route.pattern.size(); ++at)
            text += (at == 0 ? "" : "/") + route.pattern[at];
        out.push_back(std::move(text));
    }
    return out;
}

HttpRoutes::Match HttpRoutes::find(std::string_view method, const Parts& parts) const {
    const std::string_view wanted = method == "HEAD" ? "GET" : method;
    Match match;
    const Parts* best = nullptr;
    for (const Route& route : routes_) {
        // Other methods count only at the most exact pattern that fits.
        if (best != nullptr && route.pattern != *best) continue;
        auto taken = fit(route.pattern, parts);
        if (!taken) continue;
        best = &route.pattern;
        allow_also(match.allow, route.method);
        if (route.method != wanted) continue;
        match.target = route.target;
        match.parts = std::move(*taken);
    }
    return match;
}

}  // namespace fragcast
