// HTTP thread.
//
// Server-sent events (HTTP.md, "Event stream"): to each listener the whole state first, then what
// changed. States (info, peers, assets, asset) are told by their newest value only, so a slow
// listener misses steps and never the end; events wait for it.
#pragma once

#include "messages/http/http_events.hpp"
#include "peer/http/http_desk.hpp"

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
    std::size_t size() const { return streams_.size(); }

private:
    struct Listener {
        std::optional<AssetId> asset;
        ReadId manifest;
        std::map<std::string, std::string> said;  // the state's newest text by event name
        std::uint64_t next_event = 0;             // the number of the first not yet sent
    };
    using ListenerPtr = std::shared_ptr<Listener>;
    // A state's event with what shows whether it changed: its text without what always changes.
    struct State {
        std::string name;
        std::string key;
        std::string data;
    };

    void closed(const ListenerPtr& listener);
    void news();
    const std::vector<State>& states();
    std::optional<State> detail(const Listener& listener);
    void ask_manifest(const ListenerPtr& listener);
    // The next thing to say, or nothing.
    std::string next_text(Listener& listener);
    std::size_t behind(const Listener& listener) const;
    void keep_open();

    HttpDesk& desk_;
    HttpEvents streams_;
    std::list<ListenerPtr> listeners_;
    std::shared_ptr<const Snapshot> shown_;  // of which states_ were made
    std::vector<State> states_;
    std::map<AssetId, std::pair<std::shared_ptr<const AssetView>, State>> details_;
    Loop::Handle timer_ = 0;
};

}  // namespace fragcast
