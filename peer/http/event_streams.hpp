// HTTP thread.
//
// Server-sent events (HTTP.md, "Event stream"): to each listener the whole state first, then what
// changed. Info, lists and the asset are told by their newest value only, so a slow
// listener misses steps and never the end; events wait for it. While somebody listens, and only
// then, news is awaited, limits::kNewsEvery after the last at the soonest.
#pragma once

#include "messages/http/http_events.hpp"
#include "peer/http/http_desk.hpp"
#include "peer/http/list_telling.hpp"

#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace fragcast {

class EventStreams {
public:
    explicit EventStreams(HttpDesk& desk);
    ~EventStreams();

    // `asset`: whose detail is wanted.
    void open(std::optional<AssetId> asset, const HttpRequest& request, HttpReply reply);

private:
    struct Listener {
        std::optional<AssetId> asset;
        CallId<ManifestQuestion> manifest;
        std::map<std::string, std::uint64_t> said;  // which of the state's texts, by event name
        bool saw = false;                           // what there was when it came
        PeerTelling peers;
        AssetTelling assets;
        std::uint64_t next_event = 0;  // the number of the first not yet sent
    };
    using ListenerPtr = std::shared_ptr<Listener>;
    // A state's event with what shows whether it changed: its text without what always changes, and
    // which it is of all texts that were told. No listener keeps one.
    struct State {
        std::string name;
        std::string key;
        std::string data;
        std::uint64_t version = 0;
    };

    void closed(const ListenerPtr& listener);
    void news(const News* news);
    void changed(const News& news);
    void await();
    void pump();
    const State& info();
    void renew(State& state, State now);
    const State* detail(const Listener& listener);
    void ask_manifest(const ListenerPtr& listener);
    // The next thing to say, or nothing.
    std::string next_text(Listener& listener);
    std::size_t behind(const Listener& listener) const;
    void keep_open();

    HttpDesk& desk_;
    HttpEvents streams_;
    std::list<ListenerPtr> listeners_;
    bool awaiting_ = false;
    Loop::Handle next_look_ = 0;
    std::shared_ptr<const Overview> shown_;  // of which info_ was made
    std::uint64_t last_version_ = 0;
    State info_;
    std::map<AssetId, std::pair<std::shared_ptr<const AssetView>, State>> details_;
    Loop::Handle timer_ = 0;  // while somebody listens
};

}  // namespace fragcast
