// Any thread: value types, and the pipe between the HTTP thread and the store's.
//
// What is loaded for a reader (one media request) goes to it without passing the loop, which only
// decides that it may. Readers are opened in the order of their numbers, with a credit, before they
// ask for anything; a chunk takes one, and what its client has taken gives it back.
#pragma once

#include "messages/wire/payload.hpp"
#include "messages/zmq/pipe.hpp"

#include <cstdint>
#include <variant>

namespace fragcast {

using ReaderId = Number<struct ReaderIdTag, std::uint64_t>;

// For whom a chunk is loaded: comes back with it.
struct ForReader {
    ReaderId reader;
    std::uint64_t call = 0;  // the reader's number of the question
};

namespace reader_command {
struct Open {
    ReaderId reader;
    std::uint32_t credit = 0;  // chunks
};
struct Taken {  // by its client: as many more may come
    ReaderId reader;
    std::uint32_t chunks = 0;
};
struct Close {  // what is not loaded yet is dropped
    ReaderId reader;
};
}  // namespace reader_command
using ReaderCommand =
    std::variant<reader_command::Open, reader_command::Taken, reader_command::Close>;

struct ReaderChunk {
    ForReader who;
    Payload payload;
};

using ReadersEnd = PipeEnd<ReaderCommand, ReaderChunk>;  // the HTTP thread's
using LoadersEnd = PipeEnd<ReaderChunk, ReaderCommand>;  // the store's

}  // namespace fragcast
