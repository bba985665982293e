// Loop thread.
//
// Connections to neighbours: one ROUTER that listens, and a DEALER for each neighbour dialled. A
// LinkId means exactly one connection; what breaks is told and forgotten. Routing ids never leave
// this class.
#pragma once

#include "messages/zmq/guard.hpp"
#include "messages/zmq/intake.hpp"
#include "messages/zmq/link.hpp"
#include "messages/zmq/loop.hpp"
#include "peer/links/untaken.hpp"
#include "peer/links/watched_socket.hpp"
#include "peer/swarm/actions.hpp"
#include "peer/swarm/swarm.hpp"

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string_view>

namespace fragcast {

class NeighbourLinks {
public:
    // Who is told. Never called from inside dial(), send() or hang_up().
    class Owner {
    public:
        virtual ~Owner() = default;
        // `from`: of who dialled in, as facts::LinkUp says it.
        virtual void link_up(LinkId link, bool dialled, const std::string& from) = 0;
        virtual void dial_failed(LinkId link, const Error& why) = 0;
        virtual void link_down(LinkId link) = 0;
        virtual void link_message(LinkId link, Received& received) = 0;
        // `link` zero: a connection that never said anything right.
        virtual void link_garbage(LinkId link, const DecodeError& what) = 0;
    };

    NeighbourLinks(zmq::context_t& context, Loop& loop, Owner& owner);
    ~NeighbourLinks();

    // Optional, once. Returns where: with the port that was picked.
    Result<Endpoint> listen(const Endpoint& wanted, std::string_view flag);
    // Ends in link_up or dial_failed, both later.
    void dial(LinkId link, const Endpoint& literal);
    // Nothing of this link is told any more. What was sent goes out for up to limits::kFarewell;
    // then the connection is closed, also one that dialled in.
    void hang_up(LinkId link);

    // A message without payload. Waits in a queue of limits::kLinkOverflow and kLinkOverflowBytes
    // while the link is full; one that stays full until that is full, too, is cut: link_down
    // follows.
    void send(LinkId link, Message message);
    // Whether payload sent now would not be refused for what lies already, for this link or others.
    bool takes(LinkId link);
    // full: what may lie for it does (untaken.hpp), or libzmq's queue is full. Who takes nothing is
    // cut in the end: link_down follows.
    SendVerdict send_payload(LinkId link, const Message& message, Payload payload);

    std::size_t size() const { return dialled_.size() + accepted_.size(); }
    // Who dialled in and was refused: limits::kMaxNeighbours are here, and the owner, told of one
    // more, hung up on none of them.
    std::uint64_t refused() const { return refused_; }

private:
    struct Link {
        std::unique_ptr<WatchedSocket> socket;  // dialled
        RoutingId routing;                      // accepted
        Wire wire;                              // accepted
        bool told_up = false;
        std::deque<Payload> waiting;  // messages, encoded
        std::size_t waiting_bytes = 0;
        std::uint64_t asked = 0;  // bytes of chunks that have not come
        Time asked_at{};
        Account small;
        Account payload;
        std::uint64_t lies() const { return waiting_bytes + small.unsent() + payload.unsent(); }
    };
    Link* find(LinkId link);
    SendResult hand_over(Link& link, const Payload& frame);
    void read_dealer(LinkId link);
    void on_guard(const Guard::News& news);
    void read_router();
    LinkId accept(const RoutingId& from, const Wire& wire);
    void say_up(LinkId link);
    void say_down(LinkId link);
    void cut_later(LinkId link);
    void down_later(LinkId link);
    void forget(LinkId link);
    void leave(RoutingId routing, const Wire& wire);
    void retry_later();
    void retry();
    // Whether some wait still, and may be sent.
    bool drain(LinkId id, Link& link);
    static std::uint64_t taken(const Link& link);
    void keep(LinkId link, Link& known, Payload frame);
    void drop_waiting(Link& link);
    void asks(Link& link, const Message& message);
    void hears(LinkId link, const Received& received);
    void note_asked(Link& link, std::uint64_t bytes);
    void look_later();
    void look_at_untaken();

    zmq::context_t& context_;
    Loop& loop_;
    Owner& owner_;
    Account small_of_all_;
    Account payload_of_all_;
    std::size_t waiting_of_all_ = 0;
    Untaken untaken_;
    Loop::Handle look_timer_ = 0;
    std::optional<zmq::socket_t> router_;
    Guard guard_;
    Reception reception_;
    std::shared_ptr<Guard::Post> post_;  // of those that dial in
    std::optional<Intake> intake_;
    std::map<LinkId, Link> dialled_;
    std::map<LinkId, Link> accepted_;
    std::map<RoutingId, LinkId> by_routing_;
    std::map<RoutingId, Loop::Handle> leaving_;  // not heard any more: cut soon, or a moment ago
    LinkId next_accepted_{kFirstAccepted};
    Loop::Handle retry_timer_ = 0;
    std::map<LinkId, Loop::Handle> dying_;
    std::uint64_t refused_ = 0;
};

}  // namespace fragcast
