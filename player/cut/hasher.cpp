#include "player/cut/hasher.hpp"

#include "messages/wire/hash.hpp"
#include "messages/zmq/loop.hpp"

#include <algorithm>
#include <cassert>
#include <deque>
#include <utility>

namespace fragcast {

namespace {

constexpr std::size_t kHashBlockBytes = limits::kChunkBytes;  // so that a block is a chunk
constexpr Duration kIdle = std::chrono::hours(1);

// Nothing: told to stop.
std::optional<Result<FileHash>> hash_file(const HashJob& job, const std::function<bool()>& go_on) {
    Sha256 whole;
    FileHash out;
    Bytes buffer(kHashBlockBytes);
    while (out.size < job.file.size()) {
        if (!go_on()) return std::nullopt;
        const Result<std::size_t> read = job.file.read_at(out.size, buffer);
        if (!read) return Result<FileHash>(read.error());
        if (*read == 0)
            return Result<FileHash>(
                fail(ErrorKind::io, job.file.path().string() + " became shorter meanwhile"));
        const std::span<const std::uint8_t> block = std::span(buffer).first(*read);
        if (job.chunks)
            out.chunks.push_back(sha256(block));
        else
            whole.update(block);
        out.size += *read;
    }
    if (!job.chunks) out.whole = whole.finish();
    return Result<FileHash>(std::move(out));
}

}  // namespace

Hasher::Hasher()
    : thread_(
          context_, "hasher",
          [](Thread::End& pipe, const ActorThread::Ready& ready) { serve(pipe, ready); }, Command(),
          4 * kMaxHashJobs) {}

void Hasher::serve(Thread::End& pipe, const ActorThread::Ready& ready) {
    Loop loop;
    std::deque<HashJob> jobs;
    bool stopped = false;
    const auto read_pipe = [&] {
        while (std::optional<Command> command = pipe.receive()) {
            if (*command)
                jobs.push_back(std::move(**command));
            else
                stopped = true;
        }
    };
    loop.add(pipe.socket(), read_pipe);
    ready(Done{});
    while (!stopped) {
        if (jobs.empty()) {
            loop.run_until([&] { return stopped || !jobs.empty(); }, kIdle);
            continue;
        }
        std::optional<Event> event = hash_file(jobs.front(), [&] {
            read_pipe();
            return !stopped;
        });
        jobs.pop_front();
        // There is room: no more results wait than jobs were allowed.
        if (event && !pipe.send(*event)) assert(false);
    }
}

void Hasher::hash(HashJob job) {
    assert(has_room());
    ++jobs_;
    if (!thread_.pipe().send(Command(std::move(job)))) assert(false);
}

std::optional<Result<FileHash>> Hasher::next(std::chrono::milliseconds wait) {
    std::optional<Event> event = thread_.pipe().receive();
    if (!event && wait.count() > 0) {
        Loop loop;
        loop.add(thread_.pipe().socket(), [&] {
            if (!event) event = thread_.pipe().receive();
        });
        loop.run_until([&] { return event.has_value(); }, wait);
    }
    if (event) --jobs_;
    return event;
}

}  // namespace fragcast
