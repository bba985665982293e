// messages_http. Any thread: byte ranges and what a client has already (RFC 9110, sections 13, 14).
#include "messages/http/http_server.hpp"
#include "messages/http/http_text.hpp"

#include <algorithm>
#include <limits>

namespace fragcast {
namespace {

// Digits only; too large a number is as good as the largest.
std::optional<std::uint64_t> number(std::string_view text) {
    if (text.empty()) return std::nullopt;
    constexpr auto kMost = std::numeric_limits<std::uint64_t>::max();
    std::uint64_t value = 0;
    for (const char digit : text) {
        if (digit < '0' || digit > '9') return std::nullopt;
        const auto unit = static_cast<std::uint64_t>(digit - '0');
        value = value > (kMost - unit) / 10 ? kMost : value * 10 + unit;
    }
    return value;
}

Error unsatisfiable(std::uint64_t size) {
    return fail(ErrorKind::invalid,
                "the range is beyond the end; there are " + std::to_string(size) + " bytes");
}

bool wants_whole(const HttpRequest& request, std::string_view etag) {
    // Weak tags never match here: a range must come from the very same bytes.
    const auto condition = request.header("if-range");
    return condition && (etag.empty() || etag.starts_with("W/") || trim_blanks(*condition) != etag);
}

}  // namespace

std::optional<HttpResponse> not_modified(const HttpRequest& request, const HttpResponse& head) {
    const auto known = request.header("if-none-match");
    const auto etag = head.headers.find("ETag");
    if (!known || etag == head.headers.end() || !etag_listed(*known, etag->second))
        return std::nullopt;
    HttpResponse same;
    same.status = 304;
    same.type.clear();
    for (const char* name : {"ETag", "Cache-Control", "Content-Security-Policy", "Vary"})
        if (const auto found = head.headers.find(name); found != head.headers.end())
            same.headers.insert(*found);
    return same;
}

Result<ByteSpan> parse_range(const HttpRequest& request, std::uint64_t size,
                             std::string_view etag) {
    const ByteSpan whole{0, size, false};
    const auto header = request.header("range");
    if (!header || wants_whole(request, etag)) return whole;
    std::string_view text = trim_blanks(*header);
    if (!lower_case(text.substr(0, 6)).starts_with("bytes=")) return whole;
    text = trim_blanks(text.substr(6));
    const auto dash = text.find('-');
    if (dash == text.npos) return whole;
    const auto first = number(text.substr(0, dash));
    const auto last = number(text.substr(dash + 1));
    if (dash == 0) {
        if (!last) return whole;
        if (*last == 0 || size == 0) return unsatisfiable(size);
        return ByteSpan{size - std::min(*last, size), size, true};
    }
    if (!first || (!last && dash + 1 != text.size()) || (last && *last < *first)) return whole;
    if (*first >= size) return unsatisfiable(size);
    return ByteSpan{*first, last ? std::min(*last, size - 1) + 1 : size, true};
}

HttpResponse range_problem(const Error& error, std::uint64_t size) {
    HttpResponse response = problem(416, error.text);
    response.headers["Content-Range"] = "bytes */" + std::to_string(size);
    return response;
}

HttpResponse range_head(const ByteSpan& span, std::uint64_t size, std::string type) {
    HttpResponse head;
    head.type = std::move(type);
    head.headers["Accept-Ranges"] = "bytes";
    if (!span.partial) return head;
    head.status = 206;
    head.headers["Content-Range"] = "bytes " + std::to_string(span.begin) + "-" +
                                    std::to_string(span.end - 1) + "/" + std::to_string(size);
    return head;
}

}  // namespace fragcast
