// bus. Loop thread.
//
// The directory on its sockets: what comes in at the ROUTER and from the forwarder goes to the
// session, and what that wants done is done.
#pragma once

#include "bus/directory_session.hpp"
#include "bus/forwarder.hpp"
#include "messages/zmq/guard.hpp"
#include "messages/zmq/intake.hpp"
#include "messages/zmq/loop.hpp"

#include <functional>
#include <map>

#include <zmq.hpp>

namespace fragcast {

class DirectoryServer {
public:
    // `router` is bound. All that is given must outlive the server.
    DirectoryServer(zmq::context_t& context, Loop& loop, zmq::socket_t& router,
                    Forwarder& forwarder, const DirectoryOptions& options);
    ~DirectoryServer();
    DirectoryServer(const DirectoryServer&) = delete;
    DirectoryServer& operator=(const DirectoryServer&) = delete;

    const DirectorySession& session() const { return session_; }
    // Called when something was added to the record of activity.
    void on_events(std::function<void()> handler) { on_events_ = std::move(handler); }

private:
    void on_garbage(const DecodeError& what);
    void on_news(const Guard::News& news);
    void read_router();
    std::string address_of_asker(const Message& message) const;
    SendResult send(DirectorySend& send);
    void read_forwarder();
    bool read_noted(const Bytes& frame, Time now);
    void tick();
    void perform(DirectoryActions actions);
    void after_change();

    Loop& loop_;
    zmq::socket_t& router_;
    Forwarder& forwarder_;
    DirectorySession session_;
    std::function<void()> on_events_;
    std::uint64_t events_told_ = 0;
    Guard guard_;
    Intake intake_;
    Account unsent_of_all_;
    std::map<RoutingId, Account> unsent_;  // of those who may have something unsent
    std::size_t unsent_swept_ = 0;
    Loop::Handle forwarder_handle_;
    Loop::Handle timer_ = 0;
    Time timer_at_ = kNever;
};

}  // namespace fragcast
