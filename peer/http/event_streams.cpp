#include "peer/http/event_streams.hpp"

#include "messages/http/http_fair.hpp"
#include "messages/wire/limits.hpp"
#include "peer/http/json.hpp"

#include <algorithm>
#include <charconv>
#include <iterator>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

namespace fragcast {
namespace {

constexpr std::size_t kFirstEvents = 50;  // HTTP.md

Payload payload_of(const std::string& text) {
    return Payload(Bytes(text.begin(), text.end()));
}

// The info changes with every look at the clock; that alone is no news.
std::string info_key(nlohmann::json info) {
    info.erase("uptime_ms");
    for (auto& bus : info["buses"])
        bus.erase("since_ms");
    return json_text(info);
}

std::string event_text(const std::string& name, const std::string& data) {
    return "event: " + name + "\ndata: " + data + "\n\n";
}

// What a browser says that it has, "EPOCH-NUMBER"; nothing where that is of another start of ours.
std::optional<std::uint64_t> number_in(const std::string& event_id, Epoch epoch) {
    const std::string begin = std::to_string(epoch.value) + "-";
    std::uint64_t number = 0;
    if (!event_id.starts_with(begin)) return std::nullopt;
    const char* stop = event_id.data() + event_id.size();
    const auto [end, error] = std::from_chars(event_id.data() + begin.size(), stop, number);
    if (error != std::errc() || end != stop) return std::nullopt;
    return number;
}

}  // namespace

EventStreams::EventStreams(HttpDesk& desk) : desk_(desk) {
    desk_.on_news([this] { news(); });
    comments();
}

EventStreams::~EventStreams() {
    desk_.loop().cancel(comment_timer_);
    desk_.on_news({});
}

// A browser whose stream is ended comes again, as the newest.
void EventStreams::make_room(const std::string& newcomer) {
    std::vector<std::string> clients;
    for (const Listener& one : listeners_)
        clients.push_back(one.client);
    const auto ended = std::next(listeners_.begin(),
                                 static_cast<std::ptrdiff_t>(who_makes_room(clients, newcomer)));
    HttpReply reply = ended->reply;
    closed(ended->number);  // now: its connection takes a moment to end
    reply.fail();
}

void EventStreams::open(std::optional<AssetId> asset, const std::string& last_event,
                        const std::string& client, HttpReply reply) {
    if (listeners_.size() >= limits::kMaxEventStreams) make_room(client);
    Listener& made = listeners_.emplace_back(Listener{
        next_number_++, client, reply, asset, {}, {}, 0, false, false, false, Loop::now()});
    const auto& events = desk_.events();
    if (!events.empty()) {
        made.next_event = events[events.size() - std::min(events.size(), kFirstEvents)].number;
        const std::uint64_t newest = events.back().number;
        const auto last = number_in(last_event, desk_.snapshot().self.epoch);
        // To one that was away for long, the newest only: the record has the rest.
        if (last && *last <= newest && newest - *last < limits::kEventStreamBacklog)
            made.next_event = *last + 1;
    }
    ask_manifest(made);
    const std::uint64_t number = made.number;
    HttpResponse head;
    head.type = "text/event-stream; charset=utf-8";
    reply.stream(
        std::move(head), std::nullopt,
        [this, number] {
            const auto found = find(number);
            if (found == listeners_.end()) return;
            found->wanted = true;
            pump(*found);
        },
        [this, number] { closed(number); });
}

EventStreams::Listeners::iterator EventStreams::find(std::uint64_t number) {
    return std::find_if(listeners_.begin(), listeners_.end(),
                        [number](const Listener& one) { return one.number == number; });
}

void EventStreams::closed(std::uint64_t number) {
    const auto found = find(number);
    if (found == listeners_.end()) return;
    const auto asset = found->asset;
    if (found->manifest.value != 0) desk_.cancel(found->manifest);
    listeners_.erase(found);
    if (asset && std::none_of(listeners_.begin(), listeners_.end(),
                              [&](const Listener& one) { return one.asset == asset; }))
        details_.erase(*asset);
}

// The detail of an asset needs its manifest; whoever looks at an asset wants to see it.
void EventStreams::ask_manifest(Listener& listener) {
    if (!listener.asset || listener.manifest.value != 0 || desk_.known_manifest(*listener.asset))
        return;
    const std::uint64_t number = listener.number;
    const AssetId asset = *listener.asset;
    listener.manifest = desk_.manifest(asset, Loop::now() + limits::kHold,
                                       [this, number, asset](const Result<HttpDesk::ManifestPtr>&) {
                                           details_.erase(asset);
                                           const auto found = find(number);
                                           if (found == listeners_.end()) return;
                                           found->manifest = {};
                                           pump(*found);
                                       });
}

// --- what is said --------------------------------------------------------------------------------

const std::vector<EventStreams::State>& EventStreams::states() {
    const Snapshot& snapshot = desk_.snapshot();
    if (shown_ == desk_.shown()) return states_;
    shown_ = desk_.shown();
    const auto info = info_json(snapshot, desk_.page());
    const std::string peers = json_text(peers_json(snapshot));
    const std::string assets = json_text(assets_json(snapshot));
    states_ = {{"info", info_key(info), json_text(info)},
               {"peers", peers, peers},
               {"assets", assets, assets}};
    return states_;
}

std::optional<EventStreams::State> EventStreams::detail(const Listener& listener) {
    if (!listener.asset) return std::nullopt;
    const auto view = desk_.asset(*listener.asset);
    if (!view) return std::nullopt;
    auto& made = details_[*listener.asset];
    if (made.first != view) {
        const auto manifest = desk_.known_manifest(*listener.asset);
        const std::string text = json_text(asset_detail_json(*view, manifest.get()));
        made = {view, {"asset", text, text}};
    }
    return made.second;
}

std::optional<std::string> EventStreams::next_text(Listener& listener) {
    if (!std::exchange(listener.greeted, true)) return "retry: 1000\n\n";
    for (const auto& state : states()) {
        if (listener.said[state.name] == state.key) continue;
        listener.said[state.name] = state.key;
        return event_text(state.name, state.data);
    }
    if (const auto state = detail(listener); state && listener.said["asset"] != state->key) {
        listener.said["asset"] = state->key;
        return event_text(state->name, state->data);
    }
    for (const auto& event : desk_.events()) {
        if (event.number < listener.next_event) continue;
        listener.next_event = event.number + 1;
        return "id: " + std::to_string(desk_.snapshot().self.epoch.value) + "-" +
               std::to_string(event.number) + "\n" +
               event_text("event", json_text(event_json(event)));
    }
    return std::nullopt;
}

// `closed` may come from inside write(): the listener is then looked up no more.
void EventStreams::pump(Listener& listener) {
    if (listener.pumping) return;
    const std::uint64_t number = listener.number;
    listener.pumping = true;
    while (listener.wanted) {
        const auto text = next_text(listener);
        if (!text) break;
        listener.wanted = false;
        listener.wrote_at = Loop::now();
        HttpReply reply = listener.reply;
        reply.write(payload_of(*text));
        if (find(number) == listeners_.end()) return;
    }
    listener.pumping = false;
}

void EventStreams::news() {
    std::vector<std::uint64_t> numbers;
    for (const auto& one : listeners_)
        numbers.push_back(one.number);
    for (const std::uint64_t number : numbers) {
        const auto found = find(number);
        if (found == listeners_.end()) continue;
        const auto& events = desk_.events();
        const std::uint64_t newest = events.empty() ? 0 : events.back().number + 1;
        if (newest > found->next_event + limits::kEventStreamBacklog) {
            HttpReply reply = found->reply;
            reply.fail();
            continue;
        }
        const auto view = found->asset ? desk_.asset(*found->asset) : nullptr;
        if (view && view->manifest_here) ask_manifest(*found);
        pump(*found);
    }
}

// Keeps idle streams open, and shows those who look at nothing but bytes that we are alive.
void EventStreams::comments() {
    const Time now = Loop::now();
    for (auto at = listeners_.begin(); at != listeners_.end();) {
        Listener& one = *at++;
        if (!one.wanted || one.pumping || now - one.wrote_at < limits::kEventComment) continue;
        one.wanted = false;
        one.wrote_at = now;
        HttpReply reply = one.reply;
        reply.write(payload_of(":\n\n"));
    }
    comment_timer_ = desk_.loop().at(now + limits::kEventComment / 4, [this] { comments(); });
}

}  // namespace fragcast
