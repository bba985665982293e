#include "messages/http/http_events.hpp"

#include "messages/http/http_fair.hpp"
#include "messages/http/http_page.hpp"
#include "messages/wire/whole_number.hpp"

#include <algorithm>
#include <iterator>
#include <optional>
#include <utility>
#include <vector>

namespace fragcast {
namespace {

constexpr std::uint64_t kFirstEvents = 50;  // HTTP.md

Payload payload_of_text(std::string_view text) {
    return Payload(Bytes(text.begin(), text.end()));
}

}  // namespace

HttpEvents::Listeners::iterator HttpEvents::find(std::uint64_t number) {
    return std::find_if(listeners_.begin(), listeners_.end(),
                        [number](const Listener& one) { return one.number == number; });
}

// A browser whose stream is ended comes again, as the newest.
void HttpEvents::make_room(const std::string& newcomer) {
    std::vector<std::string> clients;
    for (const Listener& one : listeners_)
        clients.push_back(one.client);
    const auto ended = std::next(listeners_.begin(),
                                 static_cast<std::ptrdiff_t>(who_makes_room(clients, newcomer)));
    HttpReply reply = ended->reply;
    closed(ended->number);  // now: its connection takes a moment to end
    reply.fail();
}

void HttpEvents::open(const HttpRequest& request, HttpReply reply, Teller teller) {
    if (listeners_.size() >= limits::kMaxEventStreams) make_room(request.client);
    const std::uint64_t number = next_number_++;
    listeners_.push_back({number, request.client, reply, std::move(teller)});
    HttpResponse head;
    head.type = "text/event-stream; charset=utf-8";
    reply.stream(
        std::move(head), std::nullopt, [this, number] { wanted(number); },
        [this, number] { closed(number); });
}

void HttpEvents::closed(std::uint64_t number) {
    const auto at = find(number);
    if (at == listeners_.end()) return;
    const auto left = std::move(at->teller.left);
    listeners_.erase(at);
    left();
}

void HttpEvents::wanted(std::uint64_t number) {
    const auto at = find(number);
    if (at == listeners_.end()) return;
    at->wanted = true;
    pump(number);
}

// The listener may go (`closed`) inside write(), and ask for more.
void HttpEvents::pump(std::uint64_t number) {
    auto at = find(number);
    if (at == listeners_.end() || at->pumping) return;
    at->pumping = true;
    while (at != listeners_.end() && at->wanted) {
        std::string text = std::exchange(at->greeted, true) ? "" : "retry: 1000\n\n";
        text += at->teller.next();
        if (text.empty()) break;
        at->wanted = false;
        at->told = true;
        HttpReply reply = at->reply;
        reply.write(payload_of_text(text));
        at = find(number);
    }
    if (at != listeners_.end()) at->pumping = false;
}

void HttpEvents::news() {
    std::vector<std::uint64_t> numbers;
    for (const Listener& one : listeners_)
        numbers.push_back(one.number);
    for (const std::uint64_t number : numbers) {
        const auto at = find(number);
        if (at == listeners_.end()) continue;
        if (!at->wanted && at->teller.behind() > limits::kEventStreamBacklog) {
            HttpReply reply = at->reply;
            reply.fail();
        } else {
            pump(number);
        }
    }
}

void HttpEvents::keep_open() {
    for (auto at = listeners_.begin(); at != listeners_.end();) {
        Listener& one = *at++;
        if (std::exchange(one.told, false) || !one.wanted || one.pumping) continue;
        one.wanted = false;
        one.told = true;
        HttpReply reply = one.reply;
        reply.write(payload_of_text(":\n\n"));
    }
}

bool wants_event_stream(const HttpRequest& request) {
    const auto accept = request.header("accept");
    return accept && accept->find("text/event-stream") != std::string::npos;
}

Result<EventsAsked> events_asked(const HttpRequest& request) {
    const auto from = whole_number<std::uint64_t>(request.parameter("from").value_or("0"));
    if (!from) return fail(ErrorKind::invalid, "from must be a number");
    const auto limit = page_limit(request);
    if (!limit) return limit.error();
    return EventsAsked{*from, limit->value_or(limits::kMaxEventsPerPage)};
}

std::uint64_t first_event(const HttpRequest& request, std::string_view mark, std::uint64_t newest) {
    const std::uint64_t recent = newest < kFirstEvents ? 1 : newest - kFirstEvents + 1;
    const std::string id = request.header("last-event-id").value_or("");
    if (!id.starts_with(mark)) return recent;
    const auto last = whole_number<std::uint64_t>(std::string_view(id).substr(mark.size()));
    // What it says may be of another run of ours. And of one that was away for long, the newest
    // only: the record has the rest.
    const bool follows = last && *last <= newest && newest - *last <= limits::kEventStreamBacklog;
    return follows ? *last + 1 : recent;
}

std::string event_text(std::string_view name, std::string_view data, std::string_view id) {
    std::string text;
    if (!id.empty()) text.append("id: ").append(id).append("\n");
    text.append("event: ").append(name).append("\ndata: ").append(data).append("\n\n");
    return text;
}

}  // namespace fragcast
