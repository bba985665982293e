// messages_http, inside. The server's thread.
//
// One request and its answer, between libmicrohttpd's callbacks and HttpReply. While nobody has
// anything to say (held, stream without bytes, upload paused) its connection is suspended:
// libmicrohttpd then neither polls nor times it out, so HttpConnection watches for the client's
// end.
#pragma once

#include "messages/http/http_connection.hpp"
#include "messages/http/http_pieces.hpp"
#include "messages/http/http_routes.hpp"
#include "messages/http/http_server.hpp"
#include "messages/http/http_unsent.hpp"

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include <sys/types.h>

struct MHD_Connection;
struct MHD_Response;

namespace fragcast {

class HttpExchange : public std::enable_shared_from_this<HttpExchange> {
public:
    enum class Do { go_on, cut };

    HttpExchange(std::uint64_t number, HttpConnection& connection, MHD_Connection* mhd,
                 HttpServer::Counters& counters, HttpUnsent& unsent, PieceQueue& pieces,
                 std::string target);
    HttpExchange(const HttpExchange&) = delete;
    HttpExchange& operator=(const HttpExchange&) = delete;

    const std::uint64_t number;
    const std::string raw_target;
    HttpRequest request;
    bool head_taken = false;

    // --- libmicrohttpd's side --------------------------------------------------------------------
    // The head is in: serve or refuse it, then end_head. An answer that exists by then is given
    // without waiting for the body if `early`, else when that is read and thrown away.
    void serve(HttpRoutes::TargetPtr target, std::uint64_t max_body);
    void refuse(HttpResponse response);
    Do end_head(bool early);
    // Of the body; `left` is what was not taken of it.
    Do take_piece(std::string_view bytes, std::size_t* left);
    // The request is whole; again whenever it was resumed after that.
    Do take_end();
    // The content reader: how many bytes were put into `out`, or one of its codes.
    ssize_t read(char* out, std::size_t most);
    // The client left. Ends what is suspended; what is not, libmicrohttpd ends when it reads.
    void client_left();
    // It waits for us, for an answer or its next bytes.
    bool held() const { return held_; }
    // Ends it, so that another can wait.
    void make_room();
    // Cuts it, with what is made for it: others need the room.
    void give_way();
    // From now on nothing reaches the client. Tells the owner, once.
    void over();

    // --- HttpReply's side ------------------------------------------------------------------------
    void send(HttpResponse response);
    void stream(HttpResponse head, std::optional<std::uint64_t> length,
                std::function<void()> want_more, std::function<void()> closed);
    void write(Payload bytes);
    // The next piece of a stream's text, when it is its turn.
    void write_later(const HttpReply& reply, const std::shared_ptr<TextPieces>& text);
    void finish();
    void fail();
    std::size_t queued() const { return queue_.size(); }
    std::chrono::milliseconds idle();
    void on_closed(std::function<void()> closed);
    void more();
    void dropped();  // no HttpReply is left

private:
    enum class Answer { none, whole, stream };

    void call();
    Do give_answer();
    Do drain(std::size_t bytes);
    MHD_Response* make_response();
    bool suspend();
    void resume();
    void set_held(bool held);

    HttpConnection& connection_;
    MHD_Connection* const mhd_;
    HttpServer::Counters& counters_;
    HttpUnsent& unsent_;
    PieceQueue& pieces_;
    bool over_ = false;  // the five above are not touched any more
    bool suspended_ = false;
    bool held_ = false;

    // The request's body.
    HttpRoutes::TargetPtr target_;
    HttpSink sink_;
    std::uint64_t max_body_ = 0;
    std::uint64_t drained_ = 0;
    bool paused_ = false;
    bool called_ = false;

    // The answer.
    Answer answer_ = Answer::none;
    bool streaming_ = false;
    HttpResponse response_;
    std::optional<std::uint64_t> length_;
    std::function<void()> closed_;

    // The stream.
    std::deque<Payload> queue_;
    std::size_t front_sent_ = 0;
    std::uint64_t queued_bytes_ = 0;
    std::function<void()> want_more_;
    bool asked_ = false;
    bool finished_ = false;
    bool failed_ = false;
};

// 413, for a body beyond what its route takes.
HttpResponse body_problem(std::uint64_t most);

// What the copies of one HttpReply share.
struct HttpReply::Impl {
    explicit Impl(std::shared_ptr<HttpExchange> its_exchange) : exchange(std::move(its_exchange)) {}
    ~Impl() { exchange->dropped(); }
    Impl(const Impl&) = delete;
    Impl& operator=(const Impl&) = delete;
    const std::shared_ptr<HttpExchange> exchange;
};

}  // namespace fragcast
