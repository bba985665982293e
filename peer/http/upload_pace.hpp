// HTTP thread. Pure. An upload's pieces that are read and not yet on disk: with kUploadPieces of
// them its client waits, until half of them are.
#pragma once

#include "messages/wire/limits.hpp"

#include <cstddef>

namespace fragcast {

class UploadPace {
public:
    // One more is read. False: then no more, until taken() says so.
    bool read() { return !(waits_ = ++untaken_ >= limits::kUploadPieces); }
    // One more is on disk. Says whether a client that waits goes on.
    bool taken() {
        --untaken_;
        if (!waits_ || untaken_ > limits::kUploadPieces / 2) return false;
        waits_ = false;
        return true;
    }

private:
    std::size_t untaken_ = 0;
    bool waits_ = false;
};

}  // namespace fragcast
