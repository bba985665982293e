#include "player/cut/cut_thread.hpp"

#include "messages/zmq/actor.hpp"
#include "messages/zmq/loop.hpp"
#include "player/cut/video_cutter.hpp"

#include <chrono>
#include <exception>
#include <optional>
#include <string>
#include <utility>

namespace fragcast {

namespace {

// What waits between the two: no more than so many batches of about so much.
constexpr std::size_t kBatchBytes = 1 << 20;
constexpr std::size_t kBatchPackets = 512;
constexpr int kMaxBatches = 4;

struct CutCommand {
    enum class Kind { packets, end, stop } kind = Kind::stop;
    std::vector<MediaPacket> packets;
};
using CutEvent = Status;  // of each command but stop, in their order
using CutThread = Actor<CutCommand, CutEvent>;

// The thread's door: what libraries throw (no memory) ends here.
template <class Work>
auto guarded(const Work& work) -> decltype(work()) {
    try {
        return work();
    } catch (const std::exception& error) {
        return fail(ErrorKind::io, std::string("cannot cut: ") + error.what());
    }
}

Status perform(VideoCutter& cutter, CutCommand command) {
    if (command.kind == CutCommand::Kind::end) return cutter.finish();
    for (MediaPacket& packet : command.packets)
        if (Status status = cutter.take(std::move(packet)); !status) return status;
    return Done{};
}

void serve(VideoCutter& cutter, CutThread::End& pipe) {
    constexpr Duration kIdle = std::chrono::hours(1);
    Loop loop;
    bool stopped = false;
    Status status{Done{}};  // once it has failed, what still comes is not worked on
    loop.add(pipe.socket(), [&] {
        std::optional<CutCommand> command = pipe.receive();
        if (!command) return;
        if (command->kind == CutCommand::Kind::stop) {
            stopped = true;
            return;
        }
        if (status) status = guarded([&] { return perform(cutter, std::move(*command)); });
        if (!pipe.send(CutEvent(status))) stopped = true;  // cannot be: there is room for each
    });
    while (!stopped)
        loop.run_until([&] { return stopped; }, kIdle);
}

// The reading side.
class Reader {
public:
    Reader(MediaSource& source, CutThread& thread, Progress& progress)
        : source_(source), thread_(thread), progress_(progress) {
        loop_.add(thread_.pipe().socket(), [this] { take_answers(); });
    }

    Status run() {
        bool ended = false;
        while (!ended) {
            CutCommand command{CutCommand::Kind::packets, {}};
            const Result<bool> more = fill(command.packets);
            if (!more) return more.error();
            ended = !*more;
            if (Status status = send(std::move(command)); !status) return status;
        }
        if (Status status = send({CutCommand::Kind::end, {}}); !status) return status;
        return wait_until_waiting(0);
    }

private:
    // False: that was all.
    Result<bool> fill(std::vector<MediaPacket>& batch) {
        std::size_t bytes = 0;
        while (bytes < kBatchBytes && batch.size() < kBatchPackets) {
            Result<std::optional<MediaPacket>> packet = source_.next();
            if (!packet) return packet.error();
            if (!*packet) return false;
            bytes += static_cast<std::size_t>((*packet)->data->size);
            batch.push_back(std::move(**packet));
        }
        return true;
    }

    Status send(CutCommand command) {
        if (Status status = wait_until_waiting(kMaxBatches - 1); !status) return status;
        if (!thread_.pipe().send(std::move(command)))
            return fail(ErrorKind::io, "cannot cut: its thread does not take packets");
        ++waiting_;
        return Done{};
    }

    Status wait_until_waiting(int most) {
        constexpr std::chrono::milliseconds kLookAgain{50};  // at `progress_`
        take_answers();
        while (status_ && waiting_ > most) {
            loop_.run_until([this, most] { return !status_ || waiting_ <= most; }, kLookAgain);
            if (!progress_.ask()) return stopped_error();
        }
        return status_;
    }

    void take_answers() {
        while (std::optional<CutEvent> answer = thread_.pipe().receive()) {
            --waiting_;
            if (status_) status_ = std::move(*answer);
        }
    }

    MediaSource& source_;
    CutThread& thread_;
    Progress& progress_;
    Loop loop_;
    int waiting_ = 0;  // commands without an answer
    Status status_{Done{}};
};

}  // namespace

Status cut_beside(MediaSource& source, const MediaScan& scan,
                  const std::vector<std::uint32_t>& first_ranges, AssetWriter& writer,
                  Progress& progress) {
    zmq::context_t context(0);  // threads of this process only: no I/O threads
    CutThread thread(
        context, "cutter",
        [&](CutThread::End& pipe, const ActorThread::Ready& ready) {
            const auto cutter =
                guarded([&] { return VideoCutter::create(scan, first_ranges, source, writer); });
            ready(cutter ? Status(Done{}) : Status(cutter.error()));
            if (cutter) serve(**cutter, pipe);
        },
        CutCommand(), 2 * kMaxBatches);
    if (!thread.started()) return thread.started();
    return Reader(source, thread, progress).run();
}

}  // namespace fragcast
