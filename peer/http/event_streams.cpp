#include "peer/http/event_streams.hpp"

#include "messages/http/records_json.hpp"
#include "messages/wire/event_page.hpp"
#include "messages/wire/limits.hpp"
#include "peer/http/json.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include <nlohmann/json.hpp>

namespace fragcast {
namespace {

// The info changes with every look at the clock; that alone is no news.
std::string info_key(nlohmann::json info) {
    info.erase("uptime_ms");
    for (auto& bus : info["buses"])
        bus.erase("since_ms");
    return json_text(info);
}

// Of an event's id: numbers of another run of ours mean nothing here.
std::string mark_of(const PeerRecord& self) {
    return std::to_string(self.epoch.value) + "-";
}

}  // namespace

EventStreams::EventStreams(HttpDesk& desk) : desk_(desk) {
    desk_.on_news([this](const News* what) { news(what); });
}

EventStreams::~EventStreams() {
    if (timer_ != 0) desk_.loop().cancel(timer_);
    if (next_look_ != 0) desk_.loop().cancel(next_look_);
    desk_.on_news({});
}

void EventStreams::open(std::optional<AssetId> asset, const HttpRequest& request, HttpReply reply) {
    const auto& events = desk_.events();
    const auto listener = std::make_shared<Listener>();
    listener->asset = asset;
    listener->next_event =
        first_event(request, mark_of(desk_.self()), events.empty() ? 0 : events.back().number);
    listeners_.push_back(listener);
    ask_manifest(listener);
    desk_.look([this, listener] {
        listener->saw = true;
        pump();
        await();
    });
    if (timer_ == 0) keep_open();
    streams_.open(
        request, std::move(reply),
        {[this, listener] { return next_text(*listener); },
         [this, listener] { return behind(*listener); }, [this, listener] { closed(listener); }});
}

void EventStreams::closed(const ListenerPtr& listener) {
    if (listener->manifest.value != 0) desk_.cancel(listener->manifest);
    listeners_.remove(listener);
    if (listener->asset && std::none_of(listeners_.begin(), listeners_.end(), [&](const auto& one) {
            return one->asset == listener->asset;
        }))
        details_.erase(*listener->asset);
}

// The detail of an asset needs its manifest; whoever looks at an asset wants to see it.
void EventStreams::ask_manifest(const ListenerPtr& listener) {
    if (!listener->asset || listener->manifest.value != 0 || desk_.known_manifest(*listener->asset))
        return;
    listener->manifest = desk_.manifest(*listener->asset, Loop::now() + limits::kHold,
                                        [this, listener](const Result<HttpDesk::ManifestPtr>&) {
                                            details_[*listener->asset].first = nullptr;
                                            listener->manifest = {};
                                            streams_.news();
                                        });
}

// --- what is said --------------------------------------------------------------------------------

// The same text is the same version, so that it is not told again.
void EventStreams::renew(State& state, State now) {
    now.version = state.version != 0 && state.key == now.key ? state.version : ++last_version_;
    state = std::move(now);
}

const EventStreams::State& EventStreams::info() {
    if (shown_ == desk_.shown()) return info_;
    shown_ = desk_.shown();
    const auto info = info_json(*shown_, desk_.page());
    renew(info_, {"info", info_key(info), json_text(info)});
    return info_;
}

const EventStreams::State* EventStreams::detail(const Listener& listener) {
    if (!listener.asset) return nullptr;
    const auto view = desk_.assets().find(*listener.asset);
    if (!view) return nullptr;
    auto& made = details_[*listener.asset];
    if (made.first != view) {
        const auto manifest = desk_.known_manifest(*listener.asset);
        const std::string text = json_text(asset_detail_json(*view, manifest.get()));
        made.first = view;
        renew(made.second, {"asset", text, text});
    }
    return &made.second;
}

std::string EventStreams::next_text(Listener& listener) {
    if (!listener.saw) return {};
    const auto news = [&listener](const State& state) {
        return std::exchange(listener.said[state.name], state.version) != state.version;
    };
    if (const State& state = info(); news(state)) return event_text(state.name, state.data);
    if (auto text = listener.peers.next(desk_.peers()); !text.empty()) return text;
    if (auto text = listener.assets.next(desk_.assets()); !text.empty()) return text;
    if (const State* state = detail(listener); state != nullptr && news(*state))
        return event_text(state->name, state->data);
    const auto page = event_page(desk_.events(), listener.next_event, 1);
    listener.next_event = page.next;
    if (page.events.empty()) return {};
    const EventView& event = page.events.front();
    return event_text("event", json_text(event_json(event)),
                      mark_of(desk_.self()) + std::to_string(event.number));
}

std::size_t EventStreams::behind(const Listener& listener) const {
    const auto& events = desk_.events();
    const std::uint64_t end = events.empty() ? 0 : events.back().number + 1;
    return end > listener.next_event ? end - listener.next_event : 0;
}

void EventStreams::await() {
    if (awaiting_ || next_look_ != 0 || listeners_.empty()) return;
    awaiting_ = true;
    desk_.await_news([this] {
        awaiting_ = false;
        pump();
        next_look_ = desk_.loop().at(Loop::now() + limits::kNewsEvery, [this] {
            next_look_ = 0;
            await();
        });
    });
}

// What of them is another line of a list than before: what is fetched changes all the time, most of
// it in what only the detail shows.
void EventStreams::changed(const News& news) {
    std::set<AssetId> ids(news.gone.begin(), news.gone.end());
    for (const AssetPtr& asset : news.changed) {
        const AssetPtr before = desk_.assets().find(asset->asset.id);
        if (!before || asset_json(*before) != asset_json(*asset)) ids.insert(asset->asset.id);
    }
    std::set<PeerId> peers(news.gone_peers.begin(), news.gone_peers.end());
    for (const PeerPtr& peer : news.changed_peers)
        peers.insert(peer->peer.id);
    for (const ListenerPtr& one : listeners_) {
        one->assets.changed(ids);
        one->peers.changed(peers);
    }
}

void EventStreams::news(const News* news) {
    if (news == nullptr) return pump();
    if (!listeners_.empty()) changed(*news);
}

void EventStreams::pump() {
    for (const ListenerPtr& listener : listeners_) {
        const auto view = listener->asset ? desk_.assets().find(*listener->asset) : nullptr;
        if (view && view->manifest_here) ask_manifest(listener);
    }
    streams_.news();
}

void EventStreams::keep_open() {
    timer_ = 0;
    if (listeners_.empty()) return;
    streams_.keep_open();
    timer_ = desk_.loop().at(Loop::now() + limits::kEventComment / 2, [this] { keep_open(); });
}

}  // namespace fragcast
