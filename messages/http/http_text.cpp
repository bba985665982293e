// messages_http, inside. Any thread.
#include "messages/http/http_text.hpp"

#include "messages/wire/endpoint.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

namespace fragcast {
namespace {

bool is_control(unsigned char byte) {
    return byte < 0x20 || byte == 0x7f;
}

int hex_digit(char digit) {
    if (digit >= '0' && digit <= '9') return digit - '0';
    if (digit >= 'a' && digit <= 'f') return digit - 'a' + 10;
    if (digit >= 'A' && digit <= 'F') return digit - 'A' + 10;
    return -1;
}

// Nothing where an escape is cut or not hex.
std::optional<std::string> unescape(std::string_view text, bool plus_is_space) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (text[at] != '%') {
            out += plus_is_space && text[at] == '+' ? ' ' : text[at];
            continue;
        }
        if (at + 2 >= text.size()) return std::nullopt;
        const int high = hex_digit(text[at + 1]);
        const int low = hex_digit(text[at + 2]);
        if (high < 0 || low < 0) return std::nullopt;
        out += static_cast<char>(high * 16 + low);
        at += 2;
    }
    return out;
}

Error bad_target(std::string_view why) {
    return fail(ErrorKind::invalid,
                "the request's path or query is malformed: " + std::string(why));
}

Result<std::string> decode_part(std::string_view raw) {
    auto part = unescape(raw, false);
    if (!part) return bad_target("an escape is not % and two hex digits");
    if (part->find('/') != std::string::npos) return bad_target("a slash is encoded");
    if (std::ranges::any_of(*part, is_control)) return bad_target("it has a control character");
    if (*part == "." || *part == "..") return bad_target("it has a part . or ..");
    return std::move(*part);
}

Status decode_query(std::string_view raw, std::map<std::string, std::string>& query) {
    for (const auto item : split_text(raw, '&')) {
        if (item.empty()) continue;
        const auto equals = item.find('=');
        auto name = unescape(item.substr(0, equals), true);
        auto value = equals == item.npos ? std::string() : unescape(item.substr(equals + 1), true);
        if (!name || !value) return bad_target("an escape is not % and two hex digits");
        if (name->find('\0') != std::string::npos || value->find('\0') != std::string::npos)
            return bad_target("it has a NUL");
        query.emplace(std::move(*name), std::move(*value));
    }
    return Done{};
}

// The host of a Host header: without port, brackets and case. Empty where it is malformed.
std::string host_part(std::string_view header) {
    std::string_view host = header;
    std::string_view port;
    if (header.starts_with('[')) {
        const auto close = header.find(']');
        if (close == header.npos) return {};
        host = header.substr(1, close - 1);
        port = header.substr(close + 1);
        if (host.find(':') == host.npos) return {};
    } else if (const auto colon = header.find(':'); colon != header.npos) {
        host = header.substr(0, colon);
        port = header.substr(colon);
    }
    const auto is_digit = [](char digit) { return digit >= '0' && digit <= '9'; };
    if (!port.empty() && (port[0] != ':' || !std::ranges::all_of(port.substr(1), is_digit)))
        return {};
    return lower_case(host);
}

}  // namespace

Result<HttpTarget> parse_target(std::string_view raw) {
    if (!raw.starts_with('/')) return bad_target("it does not begin with a slash");
    if (std::ranges::any_of(raw, is_control) || raw.find_first_of(" #") != raw.npos)
        return bad_target("it has a blank, # or control character");
    HttpTarget target;
    const auto mark = raw.find('?');
    if (mark != raw.npos)
        if (auto done = decode_query(raw.substr(mark + 1), target.query); !done)
            return done.error();
    const auto path = raw.substr(1, mark == raw.npos ? mark : mark - 1);
    if (path.empty()) return target.path = "/", std::move(target);
    for (const auto raw_part : split_text(path, '/')) {
        auto part = decode_part(raw_part);
        if (!part) return part.error();
        target.path += '/' + *part;
        target.parts.push_back(std::move(*part));
    }
    return target;
}

bool host_allowed(std::string_view header, const std::vector<std::string>& allowed) {
    const std::string host = host_part(trim_blanks(header));
    if (host.empty()) return false;
    if (host == "localhost" || Endpoint{host, 0}.literal()) return true;
    return std::ranges::find(allowed, host) != allowed.end();
}

bool etag_listed(std::string_view if_none_match, std::string_view etag) {
    for (auto item : split_text(if_none_match, ',')) {
        item = trim_blanks(item);
        if (item == "*") return true;
        if (item.starts_with("W/")) item.remove_prefix(2);
        if (!item.empty() && item == etag) return true;
    }
    return false;
}

bool encoding_accepted(std::string_view accept_encoding, std::string_view coding) {
    // identity is taken unless it is excluded, all others only when named.
    bool accepted = coding == "identity";
    bool by_name = false;
    for (const auto item : split_text(accept_encoding, ',')) {
        const auto fields = split_text(item, ';');
        const std::string name = lower_case(trim_blanks(fields[0]));
        if (name != coding && (name != "*" || by_name)) continue;
        by_name = by_name || name == coding;
        accepted = true;
        for (std::size_t at = 1; at < fields.size(); ++at) {
            const auto weight = trim_blanks(fields[at]);
            // q=0, q=0. and q=0.000 mean never.
            if (weight.starts_with("q=") || weight.starts_with("Q="))
                accepted = weight.find_first_of("123456789") != weight.npos;
        }
    }
    return accepted;
}

std::string_view media_type(std::string_view path) {
    static constexpr std::array<std::pair<std::string_view, std::string_view>, 12> kTypes{{
        {".html", "text/html; charset=utf-8"},
        {".js", "text/javascript; charset=utf-8"},
        {".mjs", "text/javascript; charset=utf-8"},
        {".css", "text/css; charset=utf-8"},
        {".json", "application/json; charset=utf-8"},
        {".txt", "text/plain; charset=utf-8"},
        {".svg", "image/svg+xml"},
        {".png", "image/png"},
        {".ico", "image/x-icon"},
        {".webmanifest", "application/manifest+json"},
        {".m3u8", "application/vnd.apple.mpegurl"},
        {".mp4", "video/mp4"},
    }};
    if (path.ends_with('/')) return kTypes[0].second;
    for (const auto& [ending, type] : kTypes)
        if (path.ends_with(ending)) return type;
    return "application/octet-stream";
}

bool ends_unclearly(const std::map<std::string, std::string>& headers) {
    for (const auto& [name, value] : headers) {
        // "Content-Length : 5" is another field to libmicrohttpd, and so is what has other bytes in
        // its name; a bare CR ends a line for some.
        const auto odd = [](char c) { return c <= ' ' || c >= 0x7f; };
        if (std::any_of(name.begin(), name.end(), odd)) return true;
        if (value.find('\r') != std::string::npos) return true;
        // A folded line is glued to the name by libmicrohttpd (0.9.75): "Transfer-Encoding:" with
        // " chunked" in the next line comes as "Transfer-Encodingchunked".
        for (const std::string_view ends : {"transfer-encoding", "content-length"})
            if (name.starts_with(ends) && name != ends) return true;
    }
    const auto coding = headers.find("transfer-encoding");
    const auto length = headers.find("content-length");
    if (coding != headers.end())
        return length != headers.end() || lower_case(coding->second) != "chunked";
    return length != headers.end() &&
           (length->second.empty() ||
            length->second.find_first_not_of("0123456789") != std::string::npos);
}

std::string lower_case(std::string_view text) {
    std::string out(text);
    for (char& letter : out)
        if (letter >= 'A' && letter <= 'Z') letter = static_cast<char>(letter - 'A' + 'a');
    return out;
}

std::string_view trim_blanks(std::string_view text) {
    const auto first = text.find_first_not_of(" \t");
    if (first == text.npos) return {};
    return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

std::vector<std::string_view> split_text(std::string_view text, char separator) {
    std::vector<std::string_view> parts;
    for (std::size_t begin = 0;;) {
        const auto end = text.find(separator, begin);
        parts.push_back(text.substr(begin, end == text.npos ? end : end - begin));
        if (end == text.npos) return parts;
        begin = end + 1;
    }
}

}  // namespace fragcast
