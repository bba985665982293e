#include "bus/directory_server.hpp"

#include "messages/log/log.hpp"
#include "messages/wire/limits.hpp"

#include <utility>

namespace fragcast {

DirectoryServer::DirectoryServer(zmq::context_t& context, Loop& loop, zmq::socket_t& router,
                                 Forwarder& forwarder, const DirectoryOptions& options)
    : loop_(loop),
      router_(router),
      forwarder_(forwarder),
      session_(options, Loop::now()),
      guard_(context, loop, Backlog::Limits::of_a_bus(),
             [this](const Guard::News& news) { on_news(news); }),
      intake_(loop, router, std::make_shared<Budget>(Budget::Limits::of_a_bus()),
              guard_.listening(router), [this] { read_router(); }),
      forwarder_handle_(loop.add(forwarder.socket(), [this] { read_forwarder(); })) {
    after_change();
}

DirectoryServer::~DirectoryServer() {
    loop_.remove(forwarder_handle_);
    loop_.cancel(timer_);
}

void DirectoryServer::on_garbage(const DecodeError& what) {
    DirectoryActions out;
    session_.on_garbage({}, what, Loop::now(), out);
    perform(std::move(out));
}

void DirectoryServer::on_news(const Guard::News& news) {
    for (auto strangers = news.strangers; strangers > 0; --strangers)
        on_garbage(Guard::stranger());
    for (auto cut = news.cut; cut > 0; --cut)
        on_garbage(Guard::flooder());
    intake_.turn();
}

void DirectoryServer::read_router() {
    for (auto cut = intake_.take_cut(); cut > 0; --cut)
        on_garbage(Guard::flooder());
    while (auto incoming = intake_.next()) {
        DirectoryActions out;
        const Time now = Loop::now();
        if (const auto* good = std::get_if<Received>(&*incoming))
            session_.on_message(good->from, good->message, good->payload, now, out,
                                address_of_asker(good->message));
        else
            session_.on_garbage(std::get<Garbage>(*incoming).from,
                                std::get<Garbage>(*incoming).error, now, out);
        perform(std::move(out));
    }
}

// Looked up only where it matters.
std::string DirectoryServer::address_of_asker(const Message& message) const {
    return std::holds_alternative<Join>(message.body) ? address_of(intake_.from()) : std::string();
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

// Nobody waits: who does not read its answers, or is gone, asks again.
SendResult DirectoryServer::send(DirectorySend& send) {
    if (unsent_.size() > 2 * unsent_swept_ + limits::kMaxEntries) {
        std::erase_if(unsent_, [](const auto& one) { return one.second.unsent() == 0; });
        unsent_swept_ = unsent_.size();
    }
    const auto [at, fresh] = unsent_.try_emplace(send.to);
    Account& account = at->second;
    if (fresh) account = Account::part_of(unsent_of_all_);
    if (!account.has_room(unsent_of_all_)) return SendResult::full;
    return send_message(router_, send.message, std::move(send.payload), &send.to, nullptr,
                        &account);
}

void DirectoryServer::perform(DirectoryActions actions) {
    for (DirectoryAction& action : actions) {
        if (auto* to_one = std::get_if<DirectorySend>(&action)) {
            if (send(*to_one) != SendResult::sent) session_.on_unsent();
        } else if (const auto* to_all = std::get_if<DirectoryPublish>(&action)) {
            if (!forwarder_.publish(to_all->message)) session_.on_unsent();
        } else {
            log_report(std::get<Report>(action));
        }
    }
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
