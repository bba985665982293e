// Any one thread at a time; an actor beside it. SHA-256 of files while they are read or written:
// hashing is about half of the work of a cut, and needs nothing of the rest.
#pragma once

#include "messages/wire/manifest.hpp"
#include "messages/wire/result.hpp"
#include "messages/zmq/actor.hpp"
#include "player/cut/disk.hpp"

#include <cstddef>
#include <functional>
#include <optional>

namespace fragcast {

struct HashJob {
    InputFile file;
    bool chunks = false;  // the hash of each chunk, instead of that of the whole
};
struct FileHash {
    std::uint64_t size = 0;
    Digest whole;
    Proof chunks;
};

inline constexpr std::size_t kMaxHashJobs = 32;

// Hashes one file after the other. Destroyed, it stops at once.
class Hasher {
public:
    Hasher();
    // At most kMaxHashJobs may be given and not taken.
    bool has_room() const { return jobs_ < kMaxHashJobs; }
    void hash(HashJob job);
    // The result of the oldest job that was not taken yet; nothing: not finished within `wait`.
    std::optional<Result<FileHash>> next(std::chrono::milliseconds wait);
    std::size_t jobs() const { return jobs_; }  // given and not taken

private:
    using Command = std::optional<HashJob>;  // nothing: stop
    using Event = Result<FileHash>;
    using Thread = Actor<Command, Event>;
    static void serve(Thread::End& pipe, const ActorThread::Ready& ready);

    zmq::context_t context_{0};  // threads of this process only: no I/O threads
    Thread thread_;
    std::size_t jobs_ = 0;
};

}  // namespace fragcast
