#include "messages/zmq/link.hpp"

#include "messages/wire/limits.hpp"
#include "messages/zmq/poller.hpp"
#include "messages/zmq/tsan.hpp"

#include <cerrno>
#include <utility>

namespace fragcast {

namespace {

// Below this a copy is cheaper than the book-keeping of a shared buffer.
constexpr std::size_t kCopyBelow = 4096;

int ms(std::chrono::milliseconds time) {
    return static_cast<int>(time.count());
}

void configure(zmq::socket_t& socket, zmq::socket_type type) {
    socket.set(zmq::sockopt::linger, 0);
    socket.set(zmq::sockopt::sndhwm, limits::kSendQueueMessages);
    socket.set(zmq::sockopt::rcvhwm, 0);
    socket.set(zmq::sockopt::maxmsgsize, static_cast<std::int64_t>(limits::kMaxFrameBytes));
    socket.set(zmq::sockopt::heartbeat_ivl, ms(limits::kZmtpHeartbeat));
    socket.set(zmq::sockopt::heartbeat_timeout, ms(limits::kZmtpHeartbeatTimeout));
    socket.set(zmq::sockopt::heartbeat_ttl, ms(limits::kZmtpHeartbeatTimeout));
    socket.set(zmq::sockopt::handshake_ivl, ms(limits::kHandshake));
    socket.set(zmq::sockopt::reconnect_ivl, ms(limits::kReconnectMin));
    socket.set(zmq::sockopt::reconnect_ivl_max, ms(limits::kReconnectMax));
    socket.set(zmq::sockopt::ipv6, true);
    if (type == zmq::socket_type::router) socket.set(zmq::sockopt::router_mandatory, true);
}

Endpoint bound_endpoint(zmq::socket_t& socket, const Endpoint& wanted) {
    const std::string text = socket.get(zmq::sockopt::last_endpoint);
    const auto parsed = parse_endpoint(text.c_str(), "the endpoint bound");
    return {wanted.host, parsed ? parsed->port : wanted.port};
}

// What to try instead of an endpoint that cannot be bound.
std::string other(const Endpoint& endpoint) {
    const int port = endpoint.port < 64000 ? endpoint.port + 1000 : endpoint.port - 1000;
    return Endpoint{endpoint.host, static_cast<std::uint16_t>(port)}.text();
}

void release_owner(void*, void* hint) {
    tsan_take(hint);
    delete static_cast<Payload*>(hint);
}

// Large payloads go out as they are; zmq's release of the frame releases their owner.
zmq::message_t frame_of(Payload payload, const Account* account) {
    if (payload.size() < (account != nullptr ? limits::kCountedFrameBytes : kCopyBelow))
        return {payload.data(), payload.size()};
    if (account != nullptr) payload = account->count(std::move(payload));
    auto* box = new Payload(std::move(payload));
    void* data = const_cast<std::uint8_t*>(box->data());
    tsan_give(box);
    return {data, box->size(), release_owner, box};
}

Payload payload_of(zmq::message_t frame) {
    auto owner = std::make_shared<zmq::message_t>(std::move(frame));
    const auto* data = owner->data<std::uint8_t>();
    const std::size_t size = owner->size();
    return {data, size, std::move(owner)};
}

std::string text_of(const zmq::message_t& frame) {
    return {frame.data<char>(), frame.size()};
}

Garbage garbage(RoutingId from, DecodeError::Why why, std::string text) {
    return {std::move(from), {why, std::move(text)}};
}

}  // namespace

Result<zmq::socket_t> make_socket(zmq::context_t& context, zmq::socket_type type) {
    try {
        zmq::socket_t socket(context, type);
        configure(socket, type);
        return socket;
    } catch (const zmq::error_t& error) {
        return fail(
            ErrorKind::io,
            std::string("cannot make a socket: ") + error.what() +
                (error.num() == EMFILE ? "; raise the limit of open files (ulimit -n)" : ""));
    }
}

Result<Endpoint> bind_socket(zmq::socket_t& socket, const Endpoint& wanted, std::string_view flag) {
    // libzmq binds to addresses and interfaces only, not to names.
    const Endpoint literal{wanted.host == "localhost" ? "127.0.0.1" : wanted.host, wanted.port};
    const std::string text = literal.text();
    try {
        socket.bind(literal.port != 0 ? text : text.substr(0, text.rfind(':')) + ":*");
        return bound_endpoint(socket, literal);
    } catch (const zmq::error_t& error) {
        const bool in_use = error.num() == EADDRINUSE;
        const bool elsewhere = error.num() == EADDRNOTAVAIL || error.num() == ENODEV;
        std::string what = "cannot bind " + wanted.text() + ": " +
                           (in_use      ? "in use"
                            : elsewhere ? "not an address of this machine"
                                        : error.what());
        if (!flag.empty()) what += ". Choose another: " + std::string(flag) + ' ' + other(literal);
        return fail(in_use      ? ErrorKind::busy
                    : elsewhere ? ErrorKind::invalid
                                : ErrorKind::io,
                    std::move(what));
    }
}

Status connect_socket(zmq::socket_t& socket, const Endpoint& literal) {
    if (!literal.literal() || literal.port == 0)
        return fail(ErrorKind::invalid,
                    "cannot connect to " + literal.text() + ": not a literal address and port");
    try {
        socket.connect(literal.text());
        return Done{};
    } catch (const zmq::error_t& error) {
        return fail(ErrorKind::io, "cannot connect to " + literal.text() + ": " + error.what());
    }
}

// Gives the bytes back to the account when libzmq is done with them.
struct Account::Counted {
    Payload payload;
    std::shared_ptr<State> account;

    Counted(Payload bytes, std::shared_ptr<State> state)
        : payload(std::move(bytes)), account(std::move(state)) {
        account->unsent += payload.size();
        if (account->whole) account->whole->unsent += payload.size();
    }
    ~Counted() {
        account->unsent -= payload.size();
        account->taken += payload.size();
        if (account->whole) account->whole->unsent -= payload.size();
    }
    Counted(const Counted&) = delete;
    Counted& operator=(const Counted&) = delete;
};

Payload Account::count(Payload payload) const {
    auto owner = std::make_shared<const Counted>(std::move(payload), state_);
    const std::uint8_t* data = owner->payload.data();
    const std::size_t size = owner->payload.size();
    return {data, size, std::move(owner)};
}

namespace {

// ROUTER and PUB refuse, if at all, at the first frame: never half a message.
SendResult send_frames(zmq::socket_t& socket, const std::string* first, Payload frame,
                       Payload* payload, const Account* account) {
    const auto more = [](bool yes) {
        return zmq::send_flags::dontwait | (yes ? zmq::send_flags::sndmore : zmq::send_flags::none);
    };
    Poller::touched(socket.handle());
    try {
        if (first != nullptr && !socket.send(zmq::buffer(*first), more(true)))
            return SendResult::full;
        if (!socket.send(frame_of(std::move(frame), account), more(payload != nullptr)))
            return SendResult::full;
        if (payload != nullptr && !socket.send(frame_of(std::move(*payload), account), more(false)))
            return SendResult::full;
        return SendResult::sent;
    } catch (const zmq::error_t& error) {
        if (error.num() == EHOSTUNREACH) return SendResult::unreachable;
        if (error.num() == EAGAIN) return SendResult::full;
        throw;
    }
}

}  // namespace

SendResult send_message(zmq::socket_t& socket, const Message& message, Payload payload,
                        const RoutingId* to, const std::string* topic, const Account* account) {
    const bool with_payload = has_payload(kind_of(message.body));
    return send_frames(socket, to != nullptr ? to : topic, Payload(encode(message)),
                       with_payload ? &payload : nullptr, account);
}

SendResult send_frame(zmq::socket_t& socket, const Payload& frame, const RoutingId* to,
                      const Account& account) {
    return send_frames(socket, to, frame.share(), nullptr, &account);
}

zmq::message_t counted_frame(zmq::message_t frame, const Account& account) {
    if (frame.size() < limits::kCountedFrameBytes) return frame;
    return frame_of(payload_of(std::move(frame)), &account);
}

bool receive_frames(zmq::socket_t& socket, Frames& out) {
    Poller::touched(socket.handle());
    out.clear();
    for (bool last = false; !last;) {
        zmq::message_t frame;
        const auto flags = out.empty() ? zmq::recv_flags::dontwait : zmq::recv_flags::none;
        if (!socket.recv(frame, flags)) return false;
        last = !frame.more();
        if (out.size() < limits::kMaxFrames + 1) out.push_back(std::move(frame));
    }
    return true;
}

Incoming read_frames(int socket_type, Frames& frames) {
    std::size_t at = 0;
    Received out;
    const bool too_many = frames.back().more();
    if (socket_type == ZMQ_ROUTER) out.from = text_of(frames[at++]);
    if (socket_type == ZMQ_SUB || socket_type == ZMQ_XSUB) out.topic = text_of(frames[at++]);
    if (too_many || at >= frames.size())
        return garbage(std::move(out.from), DecodeError::Why::foreign,
                       too_many ? "too many frames" : "no frame");
    if (out.topic.size() > limits::kMaxTopicBytes)
        return garbage(std::move(out.from), DecodeError::Why::foreign, "topic too long");
    auto decoded = decode({frames[at].data<std::uint8_t>(), frames[at].size()});
    if (auto* error = std::get_if<DecodeError>(&decoded))
        return Garbage{std::move(out.from), std::move(*error)};
    out.message = std::move(std::get<Message>(decoded));
    const std::size_t wanted = has_payload(kind_of(out.message.body)) ? 1 : 0;
    if (frames.size() - at - 1 != wanted || (wanted != 0 && frames[at + 1].empty()))
        return garbage(std::move(out.from), DecodeError::Why::malformed,
                       wanted != 0 ? "not exactly one payload frame" : "frames too many");
    if (wanted != 0) out.payload = payload_of(std::move(frames[at + 1]));
    return out;
}

std::optional<Incoming> receive_message(zmq::socket_t& socket) {
    Frames frames;
    if (!receive_frames(socket, frames)) return std::nullopt;
    return read_frames(socket.get(zmq::sockopt::type), frames);
}

}  // namespace fragcast
