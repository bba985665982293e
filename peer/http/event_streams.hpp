// HTTP thread.
//
// Server-sent events (HTTP.md, "Event stream"): to each listener the whole state first, then what
// changed. States (info, peers, assets, asset) are told by their newest value only, so a slow
// listener misses steps and never the end; events are queued, and a listener that lets too many
// pile up is cut, comes again, and gets the whole state.
#pragma once

#include "messages/http/http_server.hpp"
#include "peer/http/http_desk.hpp"

#include <cstdint>
#include <deque>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <string>

namespace fragcast {

class EventStreams {
public:
    explicit EventStreams(HttpDesk& desk);
    ~EventStreams();

    // `asset`: whose detail is wanted. `last_event`: the id of the last event that the browser has,
    // or empty. `client`: HttpRequest's. One beyond limits::kMaxEventStreams ends the oldest of
    // whoever has most.
    void open(std::optional<AssetId> asset, const std::string& last_event,
              const std::string& client, HttpReply reply);
    std::size_t size() const { return listeners_.size(); }

private:
    struct Listener {
        std::uint64_t number = 0;
        std::string client;
        HttpReply reply;
        std::optional<AssetId> asset;
        ReadId manifest;
        std::map<std::string, std::string> said;  // the state's newest text by event name
        std::uint64_t next_event = 0;             // the number of the first not yet sent
        bool greeted = false;
        bool wanted = false;  // the server could send
        bool pumping = false;
        Time wrote_at;
    };
    using Listeners = std::list<Listener>;
    // A state's event with what shows whether it changed: its text without what always changes.
    struct State {
        std::string name;
        std::string key;
        std::string data;
    };

    Listeners::iterator find(std::uint64_t number);
    void make_room(const std::string& newcomer);
    void news();
    const std::vector<State>& states();
    std::optional<State> detail(const Listener& listener);
    void ask_manifest(Listener& listener);
    void pump(Listener& listener);
    // The next thing to say, or nothing.
    std::optional<std::string> next_text(Listener& listener);
    void comments();
    void closed(std::uint64_t number);

    HttpDesk& desk_;
    Listeners listeners_;
    std::uint64_t next_number_ = 1;
    std::shared_ptr<const Snapshot> shown_;  // of which states_ were made
    std::vector<State> states_;
    std::map<AssetId, std::pair<std::shared_ptr<const AssetView>, State>> details_;
    Loop::Handle comment_timer_ = 0;
};

}  // namespace fragcast
