#include "player/source_reader.hpp"

#include <algorithm>
#include <cstdio>

namespace fragcast {

namespace {

constexpr std::size_t kBlockBytes = 256 * 1024;
constexpr std::uint64_t kTellEvery = 1 << 20;
// Demuxers jump over what they do not need. A gap up to this size is read at once while it is
// likely to be in memory; a larger one (an index at the end) waits for finish().
constexpr std::uint64_t kSmallGap = 4 << 20;

}  // namespace

Error stopped_error() {
    return fail(ErrorKind::interrupted, "stopped; nothing was written");
}

bool Progress::reach(std::uint64_t done) {
    if (stopped_) return false;
    at_.done = std::max(at_.done, std::min(done, at_.total));
    if (at_.done < told_ + kTellEvery && at_.done < at_.total && told_ != 0) return true;
    told_ = std::max<std::uint64_t>(at_.done, 1);
    stopped_ = go_on_ && !go_on_(at_);
    return !stopped_;
}

void SourceHash::on_read(const InputFile& file, std::uint64_t offset,
                         std::span<const std::uint8_t> data) {
    const std::uint64_t end = offset + data.size();
    if (end <= hashed_ || offset > hashed_ + kSmallGap) return;
    // An error here shows again in finish(), which has somebody to tell.
    if (offset > hashed_ && !read_up_to(file, offset, nullptr)) return;
    hash_.update(data.subspan(hashed_ - offset));
    hashed_ = end;
}

Status SourceHash::read_up_to(const InputFile& file, std::uint64_t end, Progress* progress) {
    buffer_.resize(kBlockBytes);
    while (hashed_ < end) {
        if (progress != nullptr && !progress->reach(hashed_)) return stopped_error();
        const std::size_t n = std::min<std::uint64_t>(kBlockBytes, end - hashed_);
        const Result<std::size_t> read = file.read_at(hashed_, std::span(buffer_).first(n));
        if (!read) return read.error();
        if (*read < n) return fail(ErrorKind::invalid, file.path().string() + " became shorter");
        hash_.update(std::span(buffer_).first(n));
        hashed_ += n;
    }
    return Done{};
}

Result<Digest> SourceHash::finish(const InputFile& file, Progress& progress) {
    if (Status status = read_up_to(file, file.size(), &progress); !status) return status.error();
    return hash_.finish();
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
    if (hash_ != nullptr) hash_->on_read(file_, at_, span.first(*read));
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
