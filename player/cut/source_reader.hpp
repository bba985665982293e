// Any one thread at a time. The source file as FFmpeg reads it.
#pragma once

#include "player/cut/cutter.hpp"
#include "player/cut/disk.hpp"

#include <functional>
#include <optional>

namespace fragcast {

// Tells how far the work is, and asks whether to go on.
class Progress {
public:
    using GoOn = std::function<bool(const CutProgress&)>;
    Progress(const GoOn& go_on, std::uint64_t total) : go_on_(go_on), at_{0, total} {}

    // Sets what is done; never goes back. False: stop. Once false, for ever false.
    bool reach(std::uint64_t done);
    bool ask();  // where the work goes on but is not counted; as reach()
    bool stopped() const { return stopped_; }

private:
    const GoOn& go_on_;
    CutProgress at_;
    std::uint64_t told_ = 0;
    bool stopped_ = false;
};

// Bytes for a demuxer. Errors are remembered here; FFmpeg only sees that there is one.
class SourceReader {
public:
    // Progress counts from `done_before`.
    SourceReader(const InputFile& file, Progress& progress, std::uint64_t done_before)
        : file_(file), progress_(progress), done_before_(done_before) {}

    const InputFile& file() const { return file_; }
    // Bytes read, 0 at the end, -1: see failure().
    int read(std::uint8_t* out, int size);
    std::int64_t seek(std::int64_t offset, int whence);
    const std::optional<Error>& failure() const { return failure_; }

private:
    const InputFile& file_;
    Progress& progress_;
    std::uint64_t done_before_;
    std::uint64_t at_ = 0;
    std::uint64_t read_ = 0;  // in all
    std::optional<Error> failure_;
};

Error stopped_error();

}  // namespace fragcast
