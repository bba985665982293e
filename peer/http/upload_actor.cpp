#include "peer/http/upload_actor.hpp"

#include "messages/wire/endpoint.hpp"
#include "messages/zmq/loop.hpp"

#include <algorithm>
#include <span>
#include <utility>

namespace fragcast {
namespace {

// An upload's own thread.
class UploadBody {
public:
    UploadBody(UploadActor::End& pipe, Files& files, UploadOptions options)
        : pipe_(pipe),
          files_(files),
          options_(std::move(options)),
          folder_(options_.incoming / ("upload-" + std::to_string(options_.number))),
          body_(folder_ / "body"),
          cut_(options_.incoming / ("uploaded-" + std::to_string(options_.number))) {}

    void run() {
        if (auto opened = open(); !opened) give_up(opened.error());
        loop_.add(pipe_.socket(), [this] { read_pipe(); });
        loop_.run();
        clear();
        tell(upload_event::Ended{});
    }

private:
    void read_pipe() {
        for (int reads = 0; reads < kReadsPerTurn && !stopped_; ++reads) {
            auto command = pipe_.receive();
            if (!command) return;
            if (auto* piece = std::get_if<upload_command::Piece>(&*command)) {
                take(piece->bytes);
                tell(upload_event::Taken{});
            } else if (std::holds_alternative<upload_command::Whole>(*command)) {
                cut();
            } else {
                stopped_ = true;
            }
        }
        if (stopped_) loop_.stop();
    }

    Status open() {
        if (auto made = files_.make_folder(folder_, Files::Access::normal); !made) return made;
        auto file = files_.open(body_, Files::Mode::write);
        if (!file) return file.error();
        file_ = std::move(*file);
        return Done{};
    }

    void take(const std::string& bytes) {
        if (!file_) return;
        auto done = file_->write_at(
            size_, std::span(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()));
        size_ += bytes.size();
        if (done && size_ - on_its_way_ >= limits::kWritebackBytes) {
            file_->start_writeback(on_its_way_, size_ - on_its_way_);
            on_its_way_ = size_;
            done = check_room_to_cut(files_, options_.incoming, size_, options_.length);
        }
        if (!done) give_up(done.error());
    }

    void cut() {
        if (!file_) return;
        file_ = nullptr;
        auto report = cut_file(body_, folder_, options_.cut,
                               [this](const CutProgress&) { return !stop_came(); });
        if (stopped_) return;
        if (!report) return give_up(in_their_words(report.error()));
        (void)files_.remove(body_);
        if (auto moved = files_.rename(report->folder, cut_, Files::Replace::no); !moved)
            return give_up(moved.error());
        report->folder = cut_;
        tell(upload_event::Cut{std::move(*report)});
    }

    bool stop_came() {
        while (auto command = pipe_.receive())
            stopped_ = stopped_ || std::holds_alternative<upload_command::Stop>(*command);
        return stopped_;
    }

    // They know it by its name, not by where it lies meanwhile.
    Error in_their_words(Error error) const {
        const std::string path = body_.string();
        for (auto at = error.text.find(path); at != std::string::npos; at = error.text.find(path))
            error.text.replace(at, path.size(), "the file");
        return error;
    }

    void give_up(const Error& error) {
        clear();
        tell(upload_event::Failed{error});
    }

    void clear() {
        file_ = nullptr;
        for (const auto& folder : {folder_, cut_})
            (void)remove_all(files_, folder);
    }

    // There is always room: few events are unread, as few pieces are untaken.
    void tell(UploadEvent event) { (void)pipe_.send(event); }

    UploadActor::End& pipe_;
    Files& files_;
    const UploadOptions options_;
    const std::filesystem::path folder_;
    const std::filesystem::path body_;
    const std::filesystem::path cut_;
    Loop loop_;
    std::unique_ptr<File> file_;
    std::uint64_t size_ = 0;
    std::uint64_t on_its_way_ = 0;  // to the disk
    bool stopped_ = false;
};

}  // namespace

Status check_room_to_cut(Files& files, const std::filesystem::path& incoming, std::uint64_t so_far,
                         std::optional<std::uint64_t> length) {
    const auto free = files.free_bytes(incoming);
    if (!free) return free.error();
    const std::uint64_t whole = length.value_or(so_far);
    const std::uint64_t needed = whole - std::min(whole, so_far) + whole + limits::kRoomAgainBytes;
    if (*free >= needed) return Done{};
    return fail(ErrorKind::full, "no room on this peer's disk: until it is cut it takes " +
                                     human_bytes(needed) + " more, and " + human_bytes(*free) +
                                     " are free. Make room, or publish it at another peer");
}

std::unique_ptr<UploadActor> start_upload_actor(zmq::context_t& context, Files& files,
                                                UploadOptions options) {
    return std::make_unique<UploadActor>(
        context, "upload",
        [&files, options = std::move(options)](UploadActor::End& pipe,
                                               const ActorThread::Ready& ready) {
            ready(Done{});
            UploadBody(pipe, files, options).run();
        },
        UploadCommand{upload_command::Stop{}});
}

}  // namespace fragcast
