#include "peer/links/watched_socket.hpp"

#include "messages/wire/limits.hpp"
#include "messages/zmq/link.hpp"

#include <memory>
#include <utility>

namespace fragcast {
namespace {

// −1 would make libzmq drop what came before the end and is not read yet.
constexpr int kReconnectMs = 24 * 3600 * 1000;

constexpr int kWatched = ZMQ_EVENT_CONNECTED | ZMQ_EVENT_HANDSHAKE_SUCCEEDED | ZMQ_EVENT_CLOSED |
                         ZMQ_EVENT_DISCONNECTED | Monitor::kHandshakeFailed;

}  // namespace

Result<std::unique_ptr<WatchedSocket>> WatchedSocket::connect(
    zmq::context_t& context, Loop& loop, const Reception& reception, zmq::socket_type type,
    const Endpoint& literal, Handlers handlers,
    const std::function<void(zmq::socket_t&)>& prepare) {
    auto made = make_socket(context, type);
    if (!made) return made.error();
    zmq::socket_t socket = std::move(*made);
    try {
        socket.set(zmq::sockopt::reconnect_ivl, kReconnectMs);
        socket.set(zmq::sockopt::reconnect_ivl_max, 0);
        socket.set(zmq::sockopt::connect_timeout, static_cast<int>(limits::kHandshake.count()));
        if (prepare) prepare(socket);
        auto monitor = Monitor::of(context, socket, kWatched);
        if (!monitor) return monitor.error();
        std::unique_ptr<WatchedSocket> watched(new WatchedSocket(
            loop, reception, std::move(socket), std::move(*monitor), literal, std::move(handlers)));
        if (auto connected = connect_socket(watched->socket_, literal); !connected)
            return connected.error();
        return watched;
    } catch (const zmq::error_t& error) {
        return fail(ErrorKind::full, "cannot connect to " + literal.text() + ": " + error.what());
    }
}

WatchedSocket::WatchedSocket(Loop& loop, const Reception& reception, zmq::socket_t socket,
                             Monitor monitor, Endpoint literal, Handlers handlers)
    : loop_(loop),
      socket_(std::move(socket)),
      monitor_(std::move(monitor)),
      literal_(std::move(literal)),
      handlers_(std::move(handlers)),
      post_(reception.post),
      intake_(loop, socket_, reception.budget, post_, [this] { read(); }),
      begun_(Loop::now()) {
    watching_ = loop_.add(monitor_.socket(), [this] { read_monitor(); });
    if (!post_) return;
    dials_ = true;
    post_->dials(literal_);
}

void WatchedSocket::dialled(int fd) {
    if (std::exchange(dials_, false)) post_->dialled(literal_, fd);
}

WatchedSocket::~WatchedSocket() {
    silence();
}

void WatchedSocket::silence() {
    intake_.silence();
    if (watching_ != 0) loop_.remove(watching_);
    watching_ = 0;
    dialled(-1);
}

void WatchedSocket::retire(Loop& loop, std::unique_ptr<WatchedSocket> socket) {
    if (!socket) return;
    socket->over_ = true;
    socket->silence();
    socket->socket_.set(zmq::sockopt::linger, static_cast<int>(limits::kFarewell.count()));
    // std::function wants what it holds to be copyable.
    auto last = std::make_shared<std::unique_ptr<WatchedSocket>>(std::move(socket));
    loop.at(Time{}, [last] { last->reset(); });
}

void WatchedSocket::read() {
    if (!over_ && handlers_.readable) handlers_.readable();
    if (ended_ && !over_ && !intake_.waiting())
        over(up_ ? "connection lost" : "closed before it began");
}

void WatchedSocket::read_monitor() {
    while (!over_ && !ended_) {
        const auto event = monitor_.next();
        if (!event) return;
        switch (event->what) {
            case ZMQ_EVENT_CONNECTED:
                wire_ = wire_of(static_cast<int>(event->value));
                dialled(static_cast<int>(event->value));
                break;
            case ZMQ_EVENT_HANDSHAKE_SUCCEEDED:
                up_ = true;
                if (handlers_.up) handlers_.up();
                break;
            case ZMQ_EVENT_CLOSED:
                over(Loop::now() - begun_ < limits::kHandshake ? "refused" : "no answer");
                return;
            case ZMQ_EVENT_DISCONNECTED:
                // What came before the end is heard first, in as many turns as it takes.
                ended_ = true;
                intake_.turn();
                return;
            default:
                over("speaks another protocol");
                return;
        }
    }
}

void WatchedSocket::over(const std::string& why) {
    over_ = true;
    up_ = false;
    dialled(-1);
    if (handlers_.down) handlers_.down(why);
}

}  // namespace fragcast
