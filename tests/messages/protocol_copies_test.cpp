// Section 12 of PROTOCOL.md, followed by hand: its formula gives the order of its example.
#include "messages/hash.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include <doctest/doctest.h>

using namespace fragcast;

namespace {

struct Candidate {
    PeerId id;
    std::uint32_t capacity = 0;
    std::uint64_t h = 0;
    std::uint64_t l = 0;
};

// The 128-bit square of m, shifted down by 63 or 64 bits so that it is in [2^63, 2^64) again; `bit`
// says by which.
std::uint64_t square(std::uint64_t m, bool& bit) {
    const std::uint64_t high = m >> 32;
    const std::uint64_t low = m & 0xFFFFFFFF;
    const std::uint64_t cross = high * low;
    const std::uint64_t carry = ((low * low >> 32) + 2 * (cross & 0xFFFFFFFF)) >> 32;
    const std::uint64_t top = high * high + 2 * (cross >> 32) + carry;
    const std::uint64_t bottom = m * m;
    bit = top >> 63 != 0;
    return bit ? top : top << 1 | bottom >> 63;
}

std::uint64_t score(std::uint64_t h) {
    const std::uint64_t x = std::max<std::uint64_t>(h, 1);
    const int e = 63 - std::countl_zero(x);
    std::uint64_t m = x << (63 - e);
    std::uint64_t f = 0;
    for (int i = 0; i < 32; ++i) {
        bool bit = false;
        m = square(m, bit);
        f = 2 * f + (bit ? 1 : 0);
    }
    return (64ULL << 32) - (static_cast<std::uint64_t>(e) << 32 | f);
}

Candidate candidate(std::uint8_t byte, std::uint32_t capacity) {
    Candidate out;
    out.id.bytes.fill(byte);
    out.capacity = capacity;
    Bytes text;
    for (std::uint8_t i = 0; i < 32; ++i)
        text.push_back(i);
    text.resize(36);  // and fragment 0
    text.insert(text.end(), out.id.bytes.begin(), out.id.bytes.end());
    const Digest digest = sha256(text);
    for (int i = 0; i < 8; ++i)
        out.h = out.h << 8 | digest.bytes[i];
    out.l = score(out.h);
    return out;
}

}  // namespace

TEST_CASE("the example of who is responsible follows from the formula") {
    std::vector<Candidate> peers = {candidate(0xA0, 1), candidate(0xA1, 1), candidate(0xA2, 1),
                                    candidate(0xA3, 4)};
    // Small enough here for 64 bits; in general the products need 128.
    std::ranges::sort(peers, [](const Candidate& a, const Candidate& b) {
        return a.l * b.capacity < b.l * a.capacity;
    });
    std::ifstream file(FRAGCAST_SOURCE_DIR "/messages/PROTOCOL.md");
    std::stringstream text;
    text << file.rdbuf();
    for (std::size_t i = 0; i < peers.size(); ++i) {
        const Candidate& peer = peers[i];
        std::ostringstream row;
        row << "| " << i + 1 << " | " << peer.id.text().substr(0, 4) << "… | " << std::hex << peer.h
            << std::dec << " | " << peer.l << " | " << peer.capacity << " |";
        CAPTURE(row.str());
        CHECK(text.str().find(row.str()) != std::string::npos);
    }
}
