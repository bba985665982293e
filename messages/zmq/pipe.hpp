// messages_zmq. Each end belongs to one thread; the two ends may be in different threads.
//
// The only place where threads meet: a pair of inproc PAIR sockets that hands typed, move-only
// values from one thread to the other, in order, bounded. What crosses is ownership: the value is
// boxed, the box's address travels in a small frame, and exactly one side owns it at any time (the
// idiom of CZMQ's pipes). A full pipe is a state that the sender sees, never a wait.
#pragma once

#include "messages/wire/limits.hpp"

#include <cassert>
#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <utility>

#include <zmq.hpp>

namespace fragcast {

namespace pipe_detail {
// Sends/receives the address; false when full/empty. Tells ThreadSanitizer of the hand-over, which
// it cannot see inside libzmq.
bool send_address(zmq::socket_t& socket, void* address);
void* receive_address(zmq::socket_t& socket);
std::pair<zmq::socket_t, zmq::socket_t> connected_pair(zmq::context_t& context, int limit);
}  // namespace pipe_detail

template <class Out, class In>
class PipeEnd {
public:
    explicit PipeEnd(zmq::socket_t socket) : socket_(std::move(socket)) {}
    PipeEnd(PipeEnd&&) noexcept = default;
    // What this end had not read goes with `other`.
    PipeEnd& operator=(PipeEnd&& other) noexcept {
        std::swap(socket_, other.socket_);
        return *this;
    }
    // What arrived and was never read is destroyed here. (What was sent and never read is destroyed
    // by the other end, which therefore must outlive nothing but its own thread.)
    ~PipeEnd() {
        if (socket_.handle() != nullptr)
            while (receive()) {
            }
    }

    // False: full; `value` is untouched and may be offered again later.
    bool send(Out& value) {
        auto box = std::make_unique<Out>(std::move(value));
        if (!pipe_detail::send_address(socket_, box.get())) {
            value = std::move(*box);
            return false;
        }
        (void)box.release();
        return true;
    }
    bool send(Out&& value) { return send(value); }

    // The next value, or nothing at once.
    std::optional<In> receive() {
        std::unique_ptr<In> box(static_cast<In*>(pipe_detail::receive_address(socket_)));
        if (!box) return std::nullopt;
        return std::optional<In>(std::move(*box));
    }

    // For Loop::add only.
    zmq::socket_ref socket() { return socket_; }

private:
    zmq::socket_t socket_;
};

// Two connected ends: .first for the creator (sends A, receives B), .second for the other thread.
template <class A, class B>
std::pair<PipeEnd<A, B>, PipeEnd<B, A>> make_pipe(zmq::context_t& context,
                                                  int limit = limits::kPipeMessages) {
    auto [near, far] = pipe_detail::connected_pair(context, limit);
    return {PipeEnd<A, B>(std::move(near)), PipeEnd<B, A>(std::move(far))};
}

}  // namespace fragcast
