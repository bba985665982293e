// What the fuzzers feed: every function that reads bytes from outside. Each target aborts when
// something that must hold does not; returning is passing.
#pragma once

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <span>

namespace fragcast::fuzz {

using Input = std::span<const std::uint8_t>;

void decode(Input input);    // a message frame
void manifest(Input input);  // a manifest's body
void envelope(Input input);  // a manifest file
void text(Input input);      // addresses, sizes, durations, names, ids as a stranger writes them

inline void must(bool holds, const char* what) {
    if (holds) return;
    std::fprintf(stderr, "does not hold: %s\n", what);
    std::abort();
}

}  // namespace fragcast::fuzz
