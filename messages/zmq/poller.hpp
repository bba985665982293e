// messages_zmq. One thread: that of whoever waits.
//
// Which sockets and descriptors are ready, at a cost of what happens, not of what there is: one
// epoll for all. A socket's descriptor (ZMQ_FD) tells that something may have changed, once: any
// call to the socket takes that sign away (zmq_getsockopt(3)). So a socket is asked for its state
// after its descriptor spoke, and after every call that may have taken the sign: what sends to or
// receives from a socket says touched(), or its reader sleeps though something is there.
#pragma once

#include <cstdint>
#include <map>
#include <unordered_map>
#include <vector>

#include <zmq.hpp>

namespace fragcast {

class Poller {
public:
    using Handle = std::uint64_t;  // the caller's, never used again

    Poller();
    // In the thread that waited, where touched() knows of it; a failed assertion elsewhere.
    ~Poller();
    Poller(const Poller&) = delete;
    Poller& operator=(const Poller&) = delete;

    // `events`: ZMQ_POLLIN or ZMQ_POLLOUT. A socket or descriptor may be added more than once.
    void add(Handle handle, zmq::socket_ref socket, short events);
    void add(Handle handle, int fd);  // readable, or broken
    // Before the socket or the descriptor is closed.
    void remove(Handle handle);

    // Those that are ready, in the order of their handles; after `most` milliseconds at the latest.
    // Nothing, too, after a signal. Throws zmq::error_t as zmq_poll would.
    std::vector<Handle> wait(int most);
    // Somebody called this socket, in this thread: every Poller that ever waited here asks it
    // again.
    static void touched(void* socket);

    // How often a socket was asked for its state.
    std::uint64_t asked() const { return asked_; }

private:
    struct Watched {
        void* socket = nullptr;           // none: a plain descriptor
        std::map<Handle, short> handles;  // and what each waits for
        bool due = false;                 // to be asked though its descriptor says nothing
    };
    Watched& watch(int fd, void* socket);
    void ask_again(int fd, Watched& watched);
    void look(int fd, Watched& watched, std::vector<Handle>& ready);

    const int epoll_;
    std::map<int, Watched> watched_;  // by descriptor
    std::map<Handle, int> descriptors_;
    std::unordered_map<void*, int> sockets_;  // the descriptor of each
    std::vector<int> due_;
    std::uint64_t asked_ = 0;
    std::vector<Poller*>* known_in_ = nullptr;  // of the thread that waits, once it has
};

}  // namespace fragcast
