#include "peer/http/http_actor.hpp"

#include "messages/http/http_server.hpp"
#include "messages/zmq/loop.hpp"
#include "peer/http/event_streams.hpp"
#include "peer/http/http_desk.hpp"
#include "peer/http/routes.hpp"

#include <algorithm>
#include <utility>

namespace fragcast {
namespace {

Result<std::unique_ptr<HttpServer>> start_server(const HttpActorOptions& options) {
    Error last = fail(ErrorKind::invalid, "no address to serve HTTP on");
    for (const auto& endpoint : options.listen) {
        HttpOptions http;
        http.listen = endpoint;
        http.allowed_hosts = options.allowed_hosts;
        auto server = HttpServer::start(std::move(http));
        if (server) return server;
        last = server.error();
        if (last.kind != ErrorKind::busy) break;
    }
    return last;
}

// Everything of the HTTP thread, in the order of its lives.
class HttpThread {
public:
    HttpThread(zmq::context_t& context, HttpActor::End& pipe, std::unique_ptr<HttpServer> server,
               const HttpActorOptions& options)
        : pipe_(pipe),
          readers_(options.readers),
          desk_(loop_, way_into(pipe_),
                readers_ ? way_into(*readers_)
                         : Outbox<ReaderCommand>::Way{[](ReaderCommand&) { return true; }, {}}),
          streams_(desk_),
          uploads_(context, desk_, options.incoming, options.max_upload_bytes),
          server_(std::move(server)),
          context_{*server_, desk_,    streams_,         playheads_,
                   crowd_,   uploads_, options.replicas, options.patience} {
        desk_.serve_at(page_at(server_->endpoint(), options.advertise));
        add_routes(context_);
        loop_.add(pipe_.socket(), [this] { read_pipe(); });
        if (readers_) loop_.add(readers_->socket(), [this] { read_chunks(); });
        loop_.add_fd(server_->fd(), [] {});
        // After every turn, whatever woke us: what a chunk made sendable is sent before waiting.
        loop_.after_each_turn([this] {
            server_->turn();
            wake_in_time();
        });
    }

    void run() {
        desk_.tell(http_event::Serving{server_->endpoint()});
        loop_.run();
        server_.reset();  // ends what is held, while all that they use is there
    }

private:
    void read_pipe() {
        for (int reads = 0; reads < kReadsPerTurn; ++reads) {
            auto command = pipe_.receive();
            if (!command) return;
            if (std::holds_alternative<http_command::Stop>(*command)) return loop_.stop();
            desk_.take(*command);
        }
    }

    void read_chunks() {
        for (int reads = 0; reads < kReadsPerTurn; ++reads) {
            auto chunk = readers_->receive();
            if (!chunk) return;
            desk_.take(*chunk);
        }
    }

    void wake_in_time() {
        if (timer_ != 0) loop_.cancel(timer_);
        timer_ = 0;
        const int wait = server_->next_turn_ms();
        if (wait < 0) return;
        timer_ = loop_.at(Loop::now() + std::chrono::milliseconds(wait), [this] { timer_ = 0; });
    }

    HttpActor::End& pipe_;
    std::shared_ptr<ReadersEnd> readers_;
    Loop loop_;
    HttpDesk desk_;
    EventStreams streams_;
    Playheads playheads_;
    MediaCrowd crowd_{loop_};
    Uploads uploads_;
    std::unique_ptr<HttpServer> server_;
    RoutesContext context_;
    Loop::Handle timer_ = 0;
};

}  // namespace

std::string page_at(const Endpoint& served, const std::string& advertise) {
    const bool as_told = !advertise.empty() && !served.loopback();
    return "http://" + Endpoint{as_told ? advertise : served.host, served.port}.text().substr(
                           std::string("tcp://").size());
}

std::unique_ptr<HttpActor> start_http_actor(zmq::context_t& context, HttpActorOptions options) {
    return std::make_unique<HttpActor>(
        context, "http",
        [&context, options = std::move(options)](HttpActor::End& pipe,
                                                 const ActorThread::Ready& ready) {
            auto server = start_server(options);
            if (!server) return ready(server.error());
            HttpThread thread(context, pipe, std::move(*server), options);
            ready(Done{});
            thread.run();
        },
        HttpCommand(http_command::Stop{}));
}

}  // namespace fragcast
