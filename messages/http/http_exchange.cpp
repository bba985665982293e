// messages_http, inside. The server's thread. With http_server.cpp the only user of libmicrohttpd.
#include "messages/http/http_exchange.hpp"

#include "messages/http/http_text.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include <microhttpd.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/socket.h>

namespace fragcast {
namespace {

// One send() of a stream; larger ones measured no faster.
constexpr std::size_t kBlockBytes = 128U << 10;
constexpr std::size_t kChunkedBlockBytes = 4096;  // libmicrohttpd uses the connection's memory

// The kernel has room for it: it waits for us, for as long as we did nothing.
bool takes_more(int fd) {
    pollfd one{fd, POLLOUT, 0};
    return poll(&one, 1, 0) == 1 && (one.revents & POLLOUT) != 0;
}

constexpr std::array<std::pair<const char*, const char*>, 5> kSafetyHeaders{{
    {"Content-Security-Policy",
     "default-src 'self'; media-src 'self' blob:; img-src 'self' data:; frame-ancestors 'none'; "
     "base-uri 'none'; form-action 'none'"},
    {"X-Content-Type-Options", "nosniff"},
    {"Referrer-Policy", "no-referrer"},
    {"Cross-Origin-Resource-Policy", "same-origin"},
    {"Cache-Control", "no-store"},
}};

// False where a value cannot stand in a header (a line end in it, say).
bool add_headers(MHD_Response* response, const HttpResponse& head) {
    const auto add = [&](const char* name, const char* value) {
        return MHD_add_response_header(response, name, value) == MHD_YES;
    };
    if (!head.type.empty() && !add("Content-Type", head.type.c_str())) return false;
    for (const auto& [name, value] : head.headers)
        if (!add(name.c_str(), value.c_str())) return false;
    for (const auto& [name, value] : kSafetyHeaders)
        if (MHD_get_response_header(response, name) == nullptr && !add(name, value)) return false;
    return true;
}

ssize_t read_exchange(void* exchange, std::uint64_t, char* out, std::size_t most) {
    return static_cast<HttpExchange*>(exchange)->read(out, most);
}

}  // namespace

HttpResponse body_problem(std::uint64_t most) {
    return problem(413,
                   "the body has more than the " + std::to_string(most) + " bytes allowed here");
}

HttpExchange::HttpExchange(std::uint64_t its_number, HttpConnection& connection,
                           MHD_Connection* mhd, HttpServer::Counters& counters, HttpUnsent& unsent,
                           PieceQueue& pieces, std::string target)
    : number(its_number),
      raw_target(std::move(target)),
      connection_(connection),
      mhd_(mhd),
      counters_(counters),
      unsent_(unsent),
      pieces_(pieces) {
    connection_.exchange = this;
}

// --- libmicrohttpd's side ------------------------------------------------------------------------

void HttpExchange::serve(HttpRoutes::TargetPtr target, std::uint64_t max_body) {
    target_ = std::move(target);
    max_body_ = max_body;
    const auto* upload = std::get_if<HttpServer::Upload>(target_.get());
    if (upload == nullptr) return;
    connection_.owes = false;
    (void)connection_.begin_watch();  // or its end is learnt of when it has been idle for long
    try {
        sink_ =
            (*upload)(request, HttpReply(std::make_shared<HttpReply::Impl>(shared_from_this())));
    } catch (...) {
        send(problem(500, "this request could not be handled"));
    }
}

void HttpExchange::refuse(HttpResponse response) {
    response_ = std::move(response);
    answer_ = Answer::whole;
}

HttpExchange::Do HttpExchange::end_head(bool early) {
    head_taken = true;
    if (failed_) return Do::cut;
    return early && answer_ != Answer::none ? give_answer() : Do::go_on;
}

HttpExchange::Do HttpExchange::take_piece(std::string_view bytes, std::size_t* left) {
    if (over_ || failed_) return Do::cut;
    connection_.move();
    connection_.tell_of_end();
    *left = 0;
    if (answer_ != Answer::none) return drain(bytes.size());
    if (std::holds_alternative<HttpServer::Handler>(*target_)) {
        if (request.body.size() + bytes.size() <= max_body_) {
            request.body += bytes;
            return Do::go_on;
        }
        ++counters_.refused_limit;
        refuse(body_problem(max_body_));
        return Do::go_on;
    }
    if (!sink_.piece) return drain(bytes.size());
    paused_ = true;
    try {
        // more() may have been called meanwhile.
        if (sink_.piece(bytes)) paused_ = false;
    } catch (...) {
        send(problem(500, "this upload could not be handled"));
    }
    if (failed_) return Do::cut;
    if (paused_ && answer_ == Answer::none && !suspend()) return Do::cut;
    return Do::go_on;
}

// So that the client reads the answer: closing while it sends would cost it that.
HttpExchange::Do HttpExchange::drain(std::size_t bytes) {
    drained_ += bytes;
    if (drained_ <= limits::kHttpDrainBytes) return Do::go_on;
    ++counters_.refused_limit;
    return Do::cut;
}

HttpExchange::Do HttpExchange::take_end() {
    if (over_) return Do::cut;
    if (!called_) {
        called_ = true;
        connection_.owes = false;
        call();
    }
    if (failed_) return Do::cut;
    if (answer_ != Answer::none) return give_answer();
    set_held(true);
    return suspend() ? Do::go_on : Do::cut;
}

void HttpExchange::call() {
    if (answer_ != Answer::none) return;
    try {
        if (const auto* handler = std::get_if<HttpServer::Handler>(target_.get()))
            (*handler)(request, HttpReply(std::make_shared<HttpReply::Impl>(shared_from_this())));
        else if (sink_.end)
            sink_.end();
    } catch (...) {
        send(problem(500, "this request could not be handled"));
    }
}

MHD_Response* HttpExchange::make_response() {
    MHD_Response* made =
        answer_ == Answer::whole
            ? MHD_create_response_from_buffer(response_.body.size(), response_.body.data(),
                                              MHD_RESPMEM_PERSISTENT)
        : length_ ? MHD_create_response_from_callback(
                        *length_, std::clamp<std::uint64_t>(*length_, 1, kBlockBytes),
                        read_exchange, this, nullptr)
                  : MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, kChunkedBlockBytes,
                                                      read_exchange, this, nullptr);
    if (made != nullptr && !add_headers(made, response_)) {
        MHD_destroy_response(made);
        made = nullptr;
    }
    return made;
}

HttpExchange::Do HttpExchange::give_answer() {
    set_held(false);
    connection_.move();
    MHD_Response* made = make_response();
    if (made == nullptr) {
        response_ = problem(500, "the answer could not be made");
        answer_ = Answer::whole;
        made = make_response();
        if (made == nullptr) return Do::cut;
    }
    if (answer_ == Answer::stream) {
        streaming_ = true;
        ++counters_.streams;
    }
    const auto queued = MHD_queue_response(mhd_, static_cast<unsigned>(response_.status), made);
    MHD_destroy_response(made);  // the connection holds it
    return queued == MHD_YES ? Do::go_on : Do::cut;
}

ssize_t HttpExchange::read(char* out, std::size_t most) {
    if (!over_) connection_.move();  // to be asked for more means that the last was taken
    if (queue_.empty() && !finished_ && !asked_ && want_more_ && !over_) {
        asked_ = true;
        try {
            want_more_();
        } catch (...) {
            failed_ = true;
        }
    }
    if (over_ || failed_) return MHD_CONTENT_READER_END_WITH_ERROR;
    std::size_t copied = 0;
    while (copied < most && !queue_.empty()) {
        const Payload& front = queue_.front();
        const std::size_t size = std::min(most - copied, front.size() - front_sent_);
        std::memcpy(out + copied, front.data() + front_sent_, size);
        copied += size;
        front_sent_ += size;
        queued_bytes_ -= size;
        if (front_sent_ < front.size()) break;
        queue_.pop_front();
        front_sent_ = 0;
    }
    unsent_.set(number, queued_bytes_);
    if (copied > 0) return static_cast<ssize_t>(copied);
    if (finished_)  // asked for more than that: so a known length was not reached
        return length_ ? MHD_CONTENT_READER_END_WITH_ERROR : MHD_CONTENT_READER_END_OF_STREAM;
    set_held(length_.has_value());  // an event stream may be idle for ever
    return suspend() ? 0 : MHD_CONTENT_READER_END_WITH_ERROR;
}

void HttpExchange::client_left() {
    if (suspended_) return over();
    connection_.tell_of_end();
}

void HttpExchange::make_room() {
    ++counters_.refused_limit;
    if (answer_ == Answer::stream) return fail();
    send(problem(503, "too many requests wait here already; ask again"));
}

void HttpExchange::give_way() {
    ++counters_.refused_limit;
    if (answer_ == Answer::stream) fail();
    shutdown(connection_.fd, SHUT_RDWR);
    unsent_.set(number, 0);  // it is on its way out: not to be chosen again
    resume();
}

void HttpExchange::over() {
    if (over_) return;
    unsent_.set(number, 0);
    set_held(false);
    if (streaming_) --counters_.streams;
    resume();  // so that libmicrohttpd comes and is told to close
    if (connection_.exchange == this) connection_.exchange = nullptr;
    connection_.begin_to_owe();  // the next request, or its end
    over_ = true;
    // All that may hold an HttpReply, and so this. The callbacks may let go of the last one.
    const auto keep = shared_from_this();
    const auto closed = std::exchange(closed_, nullptr);
    const auto want_more = std::exchange(want_more_, nullptr);
    const auto sink = std::exchange(sink_, {});
    queue_.clear();
    if (!closed) return;
    try {
        closed();
    } catch (...) {
        // Its owner's loss: there is nobody left to tell.
    }
}

bool HttpExchange::suspend() {
    if (connection_.left) {
        over();
        return false;
    }
    if (!connection_.begin_watch()) return false;
    suspended_ = connection_.suspended = true;
    MHD_suspend_connection(mhd_);
    return true;
}

void HttpExchange::resume() {
    if (!suspended_) return;
    suspended_ = connection_.suspended = false;
    connection_.move();
    set_held(false);
    MHD_resume_connection(mhd_);
    connection_.watch->ring();
}

void HttpExchange::set_held(bool held) {
    if (held_ == held) return;
    held_ = held;
    held ? ++counters_.held : --counters_.held;
}

// --- HttpReply's side ----------------------------------------------------------------------------

void HttpExchange::send(HttpResponse response) {
    if (over_ || failed_ || answer_ != Answer::none) return;
    response_ = std::move(response);
    answer_ = Answer::whole;
    unsent_.set(number, response_.body.size());
    resume();
}

void HttpExchange::stream(HttpResponse head, std::optional<std::uint64_t> length,
                          std::function<void()> want_more, std::function<void()> closed) {
    on_closed(std::move(closed));
    if (over_ || failed_ || answer_ != Answer::none) return;
    response_ = std::move(head);
    length_ = length;
    want_more_ = std::move(want_more);
    answer_ = Answer::stream;
    resume();
}

void HttpExchange::write_later(const HttpReply& reply, const std::shared_ptr<TextPieces>& text) {
    pieces_.add([this, reply, text] {  // the reply keeps this
        if (over_) return;
        try {
            const std::string piece = text->next();
            if (piece.empty()) return finish();
            write(Payload(Bytes(piece.begin(), piece.end())));
        } catch (...) {
            fail();
        }
    });
}

void HttpExchange::write(Payload bytes) {
    if (over_ || failed_ || answer_ != Answer::stream || finished_ || bytes.empty()) return;
    asked_ = false;
    queued_bytes_ += bytes.size();
    queue_.push_back(std::move(bytes));
    if (queued_bytes_ > limits::kHttpStreamBytes) {
        ++counters_.refused_limit;
        return fail();
    }
    unsent_.set(number, queued_bytes_);
    resume();
}

void HttpExchange::finish() {
    if (over_ || answer_ != Answer::stream) return;
    finished_ = true;
    resume();
}

void HttpExchange::fail() {
    if (over_ || answer_ == Answer::whole) return;
    failed_ = true;
    queue_.clear();
    unsent_.set(number, 0);
    // libmicrohttpd would ask again only when the client takes what the kernel has.
    if (streaming_ && !suspended_) shutdown(connection_.fd, SHUT_RDWR);
    resume();
}

std::chrono::milliseconds HttpExchange::idle() {
    using std::chrono::milliseconds;
    if (over_ || suspended_ || takes_more(connection_.fd)) return milliseconds(0);
    return std::chrono::duration_cast<milliseconds>(HttpConnection::Clock::now() -
                                                    connection_.last_moved());
}

void HttpExchange::on_closed(std::function<void()> closed) {
    if (!over_) {
        closed_ = std::move(closed);
        return;
    }
    // It was over before its owner said how to be told.
    if (closed) closed();
}

void HttpExchange::more() {
    paused_ = false;
    if (!over_ && !called_) resume();
}

void HttpExchange::dropped() {
    if (answer_ == Answer::stream && !finished_) fail();
    send(problem(500, "this request was dropped without an answer"));
}

}  // namespace fragcast
