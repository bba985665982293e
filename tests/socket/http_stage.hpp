// A peer's HTTP actor with the test in the loop's place: it hears what HTTP asks for, and answers.
#pragma once

#include "messages/zmq/loop.hpp"
#include "peer/http/http_actor.hpp"
#include "tests/player/cut/temp_folder.hpp"
#include "wait.hpp"
#include "web_client.hpp"

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>

namespace fragcast::test {

// All that a peer shows.
struct Snapshot : Overview {
    std::vector<PeerView> peers;
    std::vector<AssetPtr> assets;
};

class HttpStage {
public:
    explicit HttpStage(std::vector<std::string> allowed_hosts = {},
                       std::uint64_t max_upload_bytes = limits::kMaxUploadBytes,
                       MediaPatience patience = {});

    bool wait(const std::function<bool()>& condition) { return wait_for(loop, condition); }
    // The oldest event of that kind that nobody took yet, waiting for it.
    template <class Event>
    Event next() {
        std::optional<Event> found;
        REQUIRE(wait([&] {
            for (auto it = events.begin(); it != events.end(); ++it)
                if (auto* event = std::get_if<Event>(&*it)) {
                    found = std::move(*event);
                    events.erase(it);
                    return true;
                }
            return found.has_value();
        }));
        return *found;
    }
    template <class Event>
    std::size_t count() const {
        std::size_t all = 0;
        for (const auto& event : events)
            all += std::holds_alternative<Event>(event);
        return all;
    }
    // What whoever looks sees from now on; who awaits news is told.
    void show(std::shared_ptr<const Snapshot> snapshot);
    template <class Question>
    void answer(const http_event::Call<Question>& call, Result<typename Question::Answer> answer) {
        tell(http_command::Answer<Question>{call.id, std::move(answer)});
    }
    void tell(HttpCommand command) { REQUIRE(actor->pipe().send(command)); }
    // Answers the next read: chunk bytes that say where they are from.
    void give(const http_event::Call<ChunkQuestion>& read);
    void give_manifest();
    // Ends the HTTP thread, as a peer that stops does.
    void stop();

    TempFolder incoming;  // where a peer's store would take uploads from
    zmq::context_t context;
    Loop loop;
    std::optional<LoadersEnd> loaders;
    std::unique_ptr<HttpActor> actor;
    Loop::Handle reading = 0;
    std::deque<HttpEvent> events;
    std::shared_ptr<const Snapshot> shown = std::make_shared<Snapshot>();
    std::map<AssetId, AssetPtr> told;  // by news
    std::map<PeerId, PeerPtr> told_peers;
    std::size_t looks = 0;
    bool awaited = false;
    Endpoint at;

    // An asset of two fragments, one of a chunk and 10 bytes, one of 5 bytes.
    AssetId film;
    std::shared_ptr<Manifest> manifest;
    // All its bytes, as /content serves them.
    std::string content(bool with_init = true) const;
    std::string fragment(std::uint32_t index) const;

private:
    void tell_news(bool was_awaited);
};

inline std::shared_ptr<Snapshot> snapshot_of(const HttpStage& stage) {
    auto snapshot = std::make_shared<Snapshot>();
    snapshot->self.name = "peer1";
    auto view = std::make_shared<AssetView>();
    view->asset.id = stage.film;
    view->asset.name = "film";
    view->manifest_here = true;
    view->fragments.resize(2);
    snapshot->assets.push_back(view);
    return snapshot;
}

// `rest` with the stage's film in place of ID.
inline std::string film_path(const HttpStage& stage, const std::string& rest) {
    return rest.substr(0, rest.find("ID")) + stage.film.text() + rest.substr(rest.find("ID") + 2);
}

// Asks, and has the manifest given.
inline void begin_media(HttpStage& stage, WebClient& client, const std::string& path,
                        std::string_view headers = "") {
    client.request(film_path(stage, path), headers);
    stage.give_manifest();
}

// How often the stream has said `event`.
inline std::size_t times(const WebClient& client, const std::string& event) {
    std::size_t all = 0;
    const std::string line = "event: " + event + "\n";
    for (std::size_t at = client.received().find(line); at != std::string::npos;
         at = client.received().find(line, at + 1))
        ++all;
    return all;
}

inline constexpr const char* kStream = "Accept: text/event-stream\r\n";

inline EventView numbered_event(std::uint64_t number) {
    EventView made;
    made.number = number;
    made.kind = "fragment.received";
    made.text = "event " + std::to_string(number);
    return made;
}

}  // namespace fragcast::test
