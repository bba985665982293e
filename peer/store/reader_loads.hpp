// Store thread. Pure.
//
// What is to be loaded for readers, and when it may be: in the order in which it came, as far as
// its reader's credit goes, and never so much that readers have more than limits::kUntakenChunks
// chunks that their clients have not taken. The other buffers are neighbours'.
#pragma once

#include "messages/wire/ids.hpp"
#include "messages/wire/limits.hpp"
#include "peer/store/reader_pipe.hpp"

#include <cstdint>
#include <deque>
#include <map>
#include <optional>

namespace fragcast {

class ReaderLoads {
public:
    struct Load {
        ChunkRef chunk;
        ForReader who;
    };

    void take(const ReaderCommand& command);
    // Readers are numbered as they open: one that was never heard of opens yet, as its first word
    // may come by its pipe after its first load came by the loop's. False: the reader is closed, or
    // limits::kStoreBacklog wait already.
    bool add(const Load& load);
    // The next that may be loaded; it takes a credit.
    std::optional<Load> next();
    // It could not be loaded.
    void failed(ReaderId reader) { give_back(reader, 1); }
    bool is_open(ReaderId reader) const { return readers_.contains(reader); }
    void drop_all() { waiting_.clear(); }

    std::size_t out() const { return out_; }  // chunks, of all readers
    std::size_t waiting() const { return waiting_.size(); }

private:
    struct Reader {
        std::uint32_t credit = 0;
        std::uint32_t out = 0;
    };
    void give_back(ReaderId reader, std::uint32_t chunks);

    std::map<ReaderId, Reader> readers_;
    ReaderId newest_{};
    std::deque<Load> waiting_;
    std::size_t out_ = 0;
};

}  // namespace fragcast
