#include "bus/bus_streams.hpp"

#include "bus/bus_json.hpp"
#include "messages/http/http_fair.hpp"
#include "messages/http/records_json.hpp"
#include "messages/wire/limits.hpp"

#include <algorithm>
#include <charconv>
#include <iterator>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

namespace fragcast {

namespace {

constexpr std::uint64_t kFirstEvents = 50;  // HTTP.md

Payload payload_of(std::string_view text) {
    return Payload(Bytes(text.begin(), text.end()));
}

// The event after the last one that this browser has; nothing where it says none, or one that is
// none of ours (the bus began anew).
std::optional<std::uint64_t> resume_at(const HttpRequest& request, std::uint64_t newest) {
    const auto text = request.header("last-event-id");
    if (!text) return std::nullopt;
    std::uint64_t last = 0;
    const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), last);
    if (error != std::errc() || end != text->data() + text->size() || last > newest)
        return std::nullopt;
    return last + 1;
}

}  // namespace

BusStreams::BusStreams(Loop& loop, const EventRing& events) : loop_(loop), events_(events) {
    comments();
}

BusStreams::~BusStreams() {
    loop_.cancel(comment_timer_);
}

BusStreams::Listeners::iterator BusStreams::find(std::uint64_t number) {
    return std::find_if(listeners_.begin(), listeners_.end(),
                        [number](const Listener& one) { return one.number == number; });
}

void BusStreams::make_room(const std::string& newcomer) {
    std::vector<std::string> clients;
    for (const Listener& one : listeners_)
        clients.push_back(one.client);
    const auto ended = std::next(listeners_.begin(),
                                 static_cast<std::ptrdiff_t>(who_makes_room(clients, newcomer)));
    HttpReply reply = ended->reply;
    listeners_.erase(ended);  // now: its connection takes a moment to end
    reply.fail();
}

void BusStreams::open(const HttpRequest& request, HttpReply reply) {
    if (listeners_.size() >= limits::kMaxEventStreams) make_room(request.client);
    const std::uint64_t newest = events_.count();
    const std::uint64_t recent = newest < kFirstEvents ? 1 : newest - kFirstEvents + 1;
    const std::uint64_t from = resume_at(request, newest).value_or(recent);
    const std::uint64_t number = next_number_++;
    // Of one that was away for long, the newest only: the record has the rest.
    const std::uint64_t next = newest - from + 1 > limits::kEventStreamBacklog ? recent : from;
    listeners_.push_back(
        Listener{number, request.client, reply, next, false, false, false, Loop::now()});
    HttpResponse head;
    head.type = "text/event-stream; charset=utf-8";
    reply.stream(
        std::move(head), std::nullopt, [this, number] { wanted(number); },
        [this, number] {
            const auto at = find(number);
            if (at != listeners_.end()) listeners_.erase(at);
        });
}

void BusStreams::wanted(std::uint64_t number) {
    const auto at = find(number);
    if (at == listeners_.end()) return;
    at->wanted = true;
    pump(number);
}

// All that is there at once, up to a page: the server asks again when it is sent.
std::string BusStreams::next_text(Listener& listener) const {
    std::string text;
    if (!std::exchange(listener.greeted, true)) text = "retry: 1000\n\n";
    const auto page = events_.page(listener.next, 0);
    for (const EventRecord& event : page.events)
        text += "id: " + std::to_string(event.number) +
                "\nevent: event\ndata: " + text_of_json(to_json(event)) + "\n\n";
    listener.next = page.next;
    return text;
}

// The listener may go (`closed`) inside write(), and ask for more.
void BusStreams::pump(std::uint64_t number) {
    auto at = find(number);
    if (at == listeners_.end() || at->pumping) return;
    at->pumping = true;
    while (at != listeners_.end() && at->wanted) {
        const std::string text = next_text(*at);
        if (text.empty()) break;
        at->wanted = false;
        at->wrote_at = Loop::now();
        HttpReply reply = at->reply;
        reply.write(payload_of(text));
        at = find(number);
    }
    if (at != listeners_.end()) at->pumping = false;
}

void BusStreams::news() {
    std::vector<std::uint64_t> numbers;
    for (const Listener& one : listeners_)
        numbers.push_back(one.number);
    for (const std::uint64_t number : numbers) {
        const auto at = find(number);
        if (at == listeners_.end()) continue;
        if (events_.count() + 1 - at->next > limits::kEventStreamBacklog && !at->wanted) {
            HttpReply reply = at->reply;
            reply.fail();
        } else {
            pump(number);
        }
    }
}

void BusStreams::comments() {
    const Time now = Loop::now();
    for (auto at = listeners_.begin(); at != listeners_.end();) {
        Listener& one = *at++;
        if (!one.wanted || one.pumping || now - one.wrote_at < limits::kEventComment) continue;
        one.wanted = false;
        one.wrote_at = now;
        HttpReply reply = one.reply;
        reply.write(payload_of(":\n\n"));
    }
    comment_timer_ = loop_.at(now + limits::kEventComment / 4, [this] { comments(); });
}

}  // namespace fragcast
