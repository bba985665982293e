// HTTP thread (this file's types); the body runs in a thread of the upload's own.
//
// One upload: its bytes go to a file in the store's incoming/, which is then cut there into a
// folder that the store may adopt. Nothing of it is left when the actor is gone, but what was
// adopted.
#pragma once

#include "messages/files/files.hpp"
#include "messages/wire/limits.hpp"
#include "messages/zmq/actor.hpp"
#include "player/cut/cutter.hpp"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <variant>

namespace fragcast {

namespace upload_command {
struct Stop {};  // at any time: what is under way is broken off
struct Piece {
    std::string bytes;
};
struct Whole {};  // cut it
}  // namespace upload_command
using UploadCommand =
    std::variant<upload_command::Stop, upload_command::Piece, upload_command::Whole>;

namespace upload_event {
struct Taken {};  // a piece, in any case
// The answer to Whole: a folder in incoming/, kept until Stop.
struct Cut {
    CutReport report;
};
// The end of it; only Stop is waited for. invalid: it cannot be cut; full; io.
struct Failed {
    Error error;
};
struct Ended {};  // the last, after Stop: the actor can be destroyed without waiting
}  // namespace upload_event
using UploadEvent =
    std::variant<upload_event::Taken, upload_event::Cut, upload_event::Failed, upload_event::Ended>;

struct UploadOptions {
    std::filesystem::path incoming;
    std::uint64_t number = 0;  // of no other upload of this process
    CutOptions cut;            // with both names
    std::optional<std::uint64_t> length;
};

// Whether the disk has room for what is still to come of a file, where its length is known, and
// for its fragments beside it; full, and what to do.
Status check_room_to_cut(Files& files, const std::filesystem::path& incoming, std::uint64_t so_far,
                         std::optional<std::uint64_t> length);

using UploadActor = Actor<UploadCommand, UploadEvent>;

// Ready at once; what goes wrong is told by Failed.
std::unique_ptr<UploadActor> start_upload_actor(zmq::context_t& context, Files& files,
                                                UploadOptions options);

}  // namespace fragcast
