// Loop thread. Pure.
//
// What happens on links and is no row of any owner: only its number is kept, since the start. What
// an owner decides it counts itself.
#pragma once

#include <cstdint>

namespace fragcast {

class Tally {
public:
    // --- messages that were refused
    void garbage() { ++refused_; }       // what is no message
    void untrue_hello() { ++refused_; }  // of an id that is not its key's, or not its sender's
    void unmet() { ++refused_; }         // from who did not say who it is
    void misplaced() { ++refused_; }     // that neighbours do not say to each other

    // --- answers to our requests
    void busy() { ++busy_; }
    void absent() { ++absent_; }
    void wrong() { ++wrong_; }  // a chunk, proof or manifest that is not what it should be

    std::uint64_t count_refused() const { return refused_; }
    std::uint64_t count_busy() const { return busy_; }
    std::uint64_t count_absent() const { return absent_; }
    std::uint64_t count_wrong() const { return wrong_; }

private:
    std::uint64_t refused_ = 0;
    std::uint64_t busy_ = 0;
    std::uint64_t absent_ = 0;
    std::uint64_t wrong_ = 0;
};

}  // namespace fragcast
