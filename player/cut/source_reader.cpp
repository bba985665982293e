#include "player/cut/source_reader.hpp"

#include <algorithm>

namespace fragcast {

namespace {

constexpr std::uint64_t kTellEvery = 1 << 20;

}  // namespace

Error stopped_error() {
    return fail(ErrorKind::interrupted, "stopped; nothing was written");
}

bool Progress::reach(std::uint64_t done) {
    if (stopped_) return false;
    at_.done = std::max(at_.done, std::min(done, at_.total));
    if (at_.done < told_ + kTellEvery && at_.done < at_.total && told_ != 0) return true;
    told_ = std::max<std::uint64_t>(at_.done, 1);
    return ask();
}

bool Progress::ask() {
    stopped_ = stopped_ || (go_on_ && !go_on_(at_));
    return !stopped_;
}

int SourceReader::read(std::uint8_t* out, int size) {
    if (failure_) return -1;
    if (!progress_.reach(done_before_ + read_)) {
        failure_ = stopped_error();
        return -1;
    }
    const std::span<std::uint8_t> span(out, static_cast<std::size_t>(size));
    const Result<std::size_t> read = file_.read_at(at_, span);
    if (!read) {
        failure_ = read.error();
        return -1;
    }
    at_ += *read;
    read_ += *read;
    return static_cast<int>(*read);
}

std::int64_t SourceReader::seek(std::int64_t offset, int whence) {
    const auto size = static_cast<std::int64_t>(file_.size());
    if (whence == SEEK_CUR) offset += static_cast<std::int64_t>(at_);
    if (whence == SEEK_END) offset += size;
    if (offset < 0) return -1;
    at_ = static_cast<std::uint64_t>(offset);
    return offset;
}

}  // namespace fragcast
