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
#include "peer/http/calls.hpp"
#include "peer/http/commands.hpp"
#include "peer/http/media_patience.hpp"
#include "peer/http/questions.hpp"
#include "peer/store/store_talk.hpp"
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
// To a Call of this number.
template <class Question>
struct Answer {
    CallId<Question> id;
    Result<typename Question::Answer> answer;
};
}  // namespace http_command

// What the HTTP thread asks of the loop.
namespace http_event {
struct Serving {  // the first: it is bound
    Endpoint endpoint;
};
// What there is to show: now, or once it is otherwise than last shown. Asked for once of each at a
// time.
struct Look {
    bool await = false;
};
template <class Question>
struct Call {
    CallId<Question> id;
    Question question;
    Time deadline;
};
// Nobody waits for the answer any more. Any other question, or command, goes on to its end.
template <class Question>
struct Cancel {
    CallId<Question> id;
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

namespace http_detail {
template <class... Questions>
struct Talk {
    using Command = std::variant<http_command::Stop, http_command::Self, http_command::Removed,
                                 http_command::Show, http_command::Happened,
                                 http_command::Answer<Questions>...>;
    using Event =
        std::variant<http_event::Serving, http_event::Look, http_event::Call<Questions>...,
                     http_event::Cancel<ManifestQuestion>, http_event::Cancel<ChunkQuestion>,
                     http_event::Playhead, http_event::ViewerGone, http_event::ViewerEntered>;
    using Callers = fragcast::Callers<Questions...>;
};
}  // namespace http_detail
// All that may be asked: of the store, and of the loop.
using HttpTalk = StoreTalk::With<http_detail::Talk, ManifestQuestion, ChunkQuestion, LocateQuestion,
                                 DirectoryQuestion, FetchCommand, LimitsCommand, DrainCommand,
                                 RefreshCommand, VerifyCommand, RemoveCommand>;
using HttpCommand = HttpTalk::Command;
using HttpEvent = HttpTalk::Event;

struct HttpActorOptions {
    std::shared_ptr<ReadersEnd> readers;  // of the thread, from its start on
    // Tried in order while one is in use; any other error ends it.
    std::vector<Endpoint> listen;
    std::vector<std::string> allowed_hosts;
    std::string advertise;           // host by which others know us; empty: the one served on
    std::filesystem::path incoming;  // of the store: uploads are written and cut there
    std::uint64_t max_upload_bytes = limits::kMaxUploadBytes;
    std::uint32_t replicas = limits::kDefaultReplicas;  // of an upload that does not say
    MediaPatience patience = {};
};

// "http://HOST:PORT" of the page that is served there.
std::string page_at(const Endpoint& served, const std::string& advertise);

using HttpActor = Actor<HttpCommand, HttpEvent>;

// started() has the error, of the last address tried, when none could be bound.
std::unique_ptr<HttpActor> start_http_actor(zmq::context_t& context, HttpActorOptions options);

}  // namespace fragcast
