#include "messages/wire/ids.hpp"

#include "messages/wire/result.hpp"

#include <algorithm>

namespace fragcast {

std::string to_hex(const std::uint8_t* data, std::size_t size) {
    static constexpr char kDigits[] = "0123456789abcdef";
    std::string out;
    out.reserve(size * 2);
    for (std::size_t i = 0; i < size; ++i) {
        out.push_back(kDigits[data[i] >> 4]);
        out.push_back(kDigits[data[i] & 15]);
    }
    return out;
}

static int hex_value(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

std::optional<Bytes> from_hex(std::string_view text) {
    if (text.size() % 2 != 0) return std::nullopt;
    Bytes out;
    out.reserve(text.size() / 2);
    for (std::size_t i = 0; i < text.size(); i += 2) {
        const int high = hex_value(text[i]);
        const int low = hex_value(text[i + 1]);
        if (high < 0 || low < 0) return std::nullopt;
        out.push_back(static_cast<std::uint8_t>(high << 4 | low));
    }
    return out;
}

template <class Tag, std::size_t N>
std::string Id<Tag, N>::text() const {
    return to_hex(bytes.data(), N);
}

template <class Tag, std::size_t N>
std::optional<Id<Tag, N>> Id<Tag, N>::parse(std::string_view text) {
    if (text.size() != 2 * N) return std::nullopt;
    const auto raw = from_hex(text);
    if (!raw) return std::nullopt;
    Id id;
    std::copy(raw->begin(), raw->end(), id.bytes.begin());
    return id;
}

template struct Id<DigestTag, 32>;
template struct Id<AssetTag, 32>;
template struct Id<PeerTag, 16>;
template struct Id<StateTag, 16>;

const char* name_of(ErrorKind kind) {
    switch (kind) {
        case ErrorKind::not_found:
            return "not_found";
        case ErrorKind::invalid:
            return "invalid";
        case ErrorKind::ambiguous:
            return "ambiguous";
        case ErrorKind::exists:
            return "exists";
        case ErrorKind::refused:
            return "refused";
        case ErrorKind::busy:
            return "busy";
        case ErrorKind::full:
            return "full";
        case ErrorKind::io:
            return "io";
        case ErrorKind::timeout:
            return "timeout";
        case ErrorKind::unavailable:
            return "unavailable";
        case ErrorKind::interrupted:
            return "interrupted";
    }
    return "unknown";
}

}  // namespace fragcast
