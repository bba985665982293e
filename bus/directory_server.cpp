#include "bus/directory_server.hpp"

#include "bus/bus_log.hpp"
#include "messages/link.hpp"

#include <utility>

namespace fragcast {

namespace {

struct Perform {
    zmq::socket_t& router;
    Forwarder& forwarder;
    DirectorySession& session;

    void operator()(DirectorySend& send) const {
        // Nobody waits: who does not read its answers, or is gone, asks again.
        const auto result = send_message(router, send.message, std::move(send.payload), &send.to);
        if (result != SendResult::sent) session.on_unsent();
    }
    void operator()(DirectoryPublish& publish) const {
        if (!forwarder.publish(publish.message)) session.on_unsent();
    }
    void operator()(DirectoryLog& log) const { bus_log(log.level, log.text); }
};

}  // namespace

DirectoryServer::DirectoryServer(zmq::context_t& context, Loop& loop, zmq::socket_t& router,
                                 Forwarder& forwarder, const DirectoryOptions& options)
    : loop_(loop),
      router_(router),
      forwarder_(forwarder),
      session_(options, Loop::now()),
      strangers_(context, loop, router, [this] { on_stranger(); }),
      router_handle_(loop.add(router, [this] { read_router(); })),
      forwarder_handle_(loop.add(forwarder.socket(), [this] { read_forwarder(); })) {
    after_change();
}

DirectoryServer::~DirectoryServer() {
    loop_.remove(router_handle_);
    loop_.remove(forwarder_handle_);
    loop_.cancel(timer_);
}

void DirectoryServer::on_stranger() {
    DirectoryActions out;
    session_.on_garbage({}, StrangerWatch::what(), Loop::now(), out);
    perform(std::move(out));
}

void DirectoryServer::read_router() {
    DirectoryActions out;
    for (int reads = 0; reads < kReadsPerTurn; ++reads) {
        auto incoming = receive_message(router_);
        if (!incoming) break;
        const Time now = Loop::now();
        if (const auto* good = std::get_if<Received>(&*incoming))
            session_.on_message(good->from, good->message, good->payload, now, out);
        else
            session_.on_garbage(std::get<Garbage>(*incoming).from,
                                std::get<Garbage>(*incoming).error, now, out);
    }
    perform(std::move(out));
}

void DirectoryServer::read_forwarder() {
    DirectoryActions out;
    for (int reads = 0; reads < kReadsPerTurn; ++reads) {
        const auto forwarded = forwarder_.receive();
        if (!forwarded) break;
        const Time now = Loop::now();
        ForwardCounts counts = forwarded->counts;
        for (const Bytes& frame : forwarded->noted)
            if (!read_noted(frame, now)) ++counts.garbage;
        session_.on_forwarded(counts, now, out);
    }
    perform(std::move(out));
}

bool DirectoryServer::read_noted(const Bytes& frame, Time now) {
    const auto decoded = decode(frame);
    const auto* message = std::get_if<Message>(&decoded);
    if (message != nullptr) session_.on_announcement(*message, now);
    return message != nullptr;
}

void DirectoryServer::tick() {
    timer_ = 0;
    DirectoryActions out;
    session_.on_tick(Loop::now(), out);
    perform(std::move(out));
}

void DirectoryServer::perform(DirectoryActions actions) {
    const Perform perform{router_, forwarder_, session_};
    for (DirectoryAction& action : actions)
        std::visit(perform, action);
    after_change();
}

void DirectoryServer::after_change() {
    const Time next = session_.next_tick();
    if (timer_ == 0 || next != timer_at_) {
        loop_.cancel(timer_);
        timer_at_ = next;
        timer_ = loop_.at(next, [this] { tick(); });
    }
    const std::uint64_t before = std::exchange(events_told_, session_.events().count());
    if (before != events_told_ && on_events_) on_events_();
}

}  // namespace fragcast
