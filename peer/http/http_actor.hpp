// Loop thread (this file's types); the body runs in the HTTP thread.
//
// The page, HLS, API and events of a peer, away from the loop: what they need to know is looked for
// when somebody asks for it, and comes as immutable news of what changed since; what they need to
// have is asked for through the pipe.
#pragma once

#include "messages/wire/endpoint.hpp"
#include "messages/wire/limits.hpp"
#include "messages/wire/payload.hpp"
#include "messages/zmq/actor.hpp"
#include "peer/http/commands.hpp"
#include "peer/http/questions.hpp"
#include "peer/swarm/views.hpp"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <variant>
#include <vector>

namespace fragcast {

// What the loop tells the HTTP thread.
namespace http_command {
struct Stop {};
// Who we are, at the start and when that changed.
struct Self {
    PeerRecord self;
};
// Something that was here was removed.
struct Removed {};
// The answer to a Look.
struct Show {
    News news;
    bool awaited = false;
};
struct Happened {
    EventView event;
};
// The end of a Read, a NeedManifest, an Ask, a Tell; or a Failure of one.
struct Chunk {
    ReadId read;
    Payload payload;
};
struct ManifestHere {
    ReadId read;
    std::shared_ptr<const Manifest> manifest;
};
struct Answered {
    ReadId read;
    QuestionAnswer answer;
};
struct CarriedOut {
    ReadId read;
    CommandAnswer answer;
};
struct Failed {
    ReadId read;
    Error error;
};
}  // namespace http_command
using HttpCommand =
    std::variant<http_command::Stop, http_command::Self, http_command::Removed, http_command::Show,
                 http_command::Happened, http_command::Chunk, http_command::ManifestHere,
                 http_command::Answered, http_command::CarriedOut, http_command::Failed>;

// What the HTTP thread asks of the loop. It numbers its reads itself.
namespace http_event {
struct Serving {  // the first: it is bound
    Endpoint endpoint;
};
// What there is to show: now, or once it is otherwise than last shown. Asked for once of each at a
// time.
struct Look {
    bool await = false;
};
struct NeedManifest {
    ReadId read;
    AssetId asset;
    Time deadline;
};
struct Read {
    ReadId read;
    ViewerId viewer;
    ChunkRef chunk;
    Time deadline;
};
struct Ask {
    ReadId read;
    Question question;
    Time deadline;
};
struct Tell {
    ReadId read;
    Command command;
    Time deadline;
};
struct Cancel {  // any of the four above; a command goes on
    ReadId read;
};
struct Playhead {
    ViewerId viewer;
    AssetId asset;
    FragmentIndex fragment;
    std::uint64_t offset = 0;
};
struct ViewerGone {
    ViewerId viewer;
};
struct ViewerEntered {};
}  // namespace http_event
using HttpEvent =
    std::variant<http_event::Serving, http_event::Look, http_event::NeedManifest, http_event::Read,
                 http_event::Ask, http_event::Tell, http_event::Cancel, http_event::Playhead,
                 http_event::ViewerGone, http_event::ViewerEntered>;

struct HttpActorOptions {
    // Tried in order while one is in use; any other error ends it.
    std::vector<Endpoint> listen;
    std::vector<std::string> allowed_hosts;
    std::string advertise;           // host by which others know us; empty: the one served on
    std::filesystem::path incoming;  // of the store: uploads are written and cut there
    std::uint64_t max_upload_bytes = limits::kMaxUploadBytes;
    std::uint32_t replicas = limits::kDefaultReplicas;  // of an upload that does not say
};

// "http://HOST:PORT" of the page that is served there.
std::string page_at(const Endpoint& served, const std::string& advertise);

using HttpActor = Actor<HttpCommand, HttpEvent>;

// started() has the error, of the last address tried, when none could be bound.
std::unique_ptr<HttpActor> start_http_actor(zmq::context_t& context, HttpActorOptions options);

}  // namespace fragcast
