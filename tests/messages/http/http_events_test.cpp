// Server-sent events: each listener at its own pace, kept open, a bounded number of them.
#include "messages/http/http_events.hpp"

#include "http_client.hpp"

#include <deque>
#include <memory>
#include <vector>

#include <doctest/doctest.h>

using namespace fragcast;
using namespace fragcast::test;

namespace {

// What one listener is told: texts in order, and how many events it is told to be behind.
struct Told {
    std::deque<std::string> texts;
    std::size_t behind = 0;
    int asked = 0;
    int left = 0;
};

struct EventStage {
    HttpEvents events;
    std::unique_ptr<HttpServer> server = start_http();  // ends first
    std::vector<std::shared_ptr<Told>> opened;

    EventStage() {
        server->route("GET", "/events", [this](const HttpRequest& request, HttpReply reply) {
            auto told = opened.emplace_back(std::make_shared<Told>());
            events.open(request, std::move(reply),
                        {[told] {
                             ++told->asked;
                             if (told->texts.empty()) return std::string();
                             std::string text = told->texts.front();
                             told->texts.pop_front();
                             return text;
                         },
                         [told] { return told->behind; }, [told] { ++told->left; }});
        });
    }
    // A client that has heard the greeting.
    std::unique_ptr<Client> listen() {
        auto client = std::make_unique<Client>(*server);
        client->request("GET", "/events");
        REQUIRE(hears(*client, "retry: 1000\n\n"));
        return client;
    }
    static bool hears(Client& client, const std::string& text) {
        return client.wait([&] { return client.received.find(text) != std::string::npos; });
    }
    bool settles(const std::function<bool()>& condition) { return turn_until(*server, condition); }
};

int comments_in(const std::string& text) {
    int count = 0;
    for (std::size_t at = text.find(":\n\n"); at != text.npos; at = text.find(":\n\n", at + 1))
        ++count;
    return count;
}

HttpRequest asks(const std::string& name, const std::string& value) {
    HttpRequest request;
    (name == "from" || name == "limit" ? request.query : request.headers)[name] = value;
    return request;
}

}  // namespace

TEST_CASE("events: a listener hears what there is, then what comes, until it leaves") {
    EventStage stage;
    auto client = stage.listen();
    Told& told = *stage.opened.at(0);
    told.texts = {event_text("event", "1", "id-1"), event_text("info", "{}")};
    stage.events.news();
    CHECK(stage.hears(*client, "id: id-1\nevent: event\ndata: 1\n\n"));
    CHECK(stage.hears(*client, "event: info\ndata: {}\n\n"));
    CHECK(stage.events.size() == 1);
    client->leave();
    CHECK(stage.settles([&] { return told.left == 1; }));
    CHECK(stage.events.size() == 0);
}

TEST_CASE("events: a stream on which nothing was said gets a comment every second time") {
    EventStage stage;
    auto client = stage.listen();
    Told& told = *stage.opened[0];
    int comments = 0;
    for (const bool due : {false, true, false, true, false, true}) {  // it was just greeted
        const int asked = told.asked;
        stage.events.keep_open();
        if (!due) continue;
        ++comments;
        REQUIRE(client->wait([&] { return comments_in(client->received) == comments; }));
        REQUIRE(stage.settles([&] { return told.asked > asked; }));  // the next can be sent
    }
    // What was said in between counts: the next call has nothing to do.
    told.texts = {event_text("event", "1")};
    stage.events.news();
    REQUIRE(stage.hears(*client, "event: event"));
    stage.events.keep_open();
    told.texts = {event_text("event", "2")};
    stage.events.news();
    REQUIRE(stage.hears(*client, "data: 2"));
    CHECK(comments_in(client->received) == comments);
}

TEST_CASE("events: a listener that is too far behind is cut, one that is just so far is not") {
    EventStage stage;
    auto client = stage.listen();
    auto slow = stage.listen();
    REQUIRE(stage.settles([&] { return stage.opened[1]->asked > 1; }));
    Told& told = *stage.opened[1];
    told.texts = {event_text("event", "1")};
    stage.events.news();  // is on its way: until the server turns it cannot be told more
    told.behind = limits::kEventStreamBacklog;
    stage.events.news();
    CHECK(stage.hears(*slow, "event: event"));
    told.texts = {event_text("event", "2")};
    stage.events.news();
    told.behind = limits::kEventStreamBacklog + 1;
    stage.events.news();
    CHECK(stage.settles([&] { return told.left == 1; }));
    CHECK(stage.opened[0]->left == 0);
    CHECK(stage.events.size() == 1);
}

TEST_CASE("events: one beyond the limit ends the oldest of whoever has most") {
    EventStage stage;
    std::vector<std::unique_ptr<Client>> clients;
    for (std::uint32_t i = 0; i < limits::kMaxEventStreams; ++i)
        clients.push_back(stage.listen());
    CHECK(stage.opened[0]->left == 0);
    clients.push_back(stage.listen());
    CHECK(stage.opened[0]->left == 1);
    CHECK(stage.opened[1]->left == 0);
    CHECK(stage.events.size() == limits::kMaxEventStreams);
    CHECK(clients[0]->wait([&] { return clients[0]->ended(); }));
}

TEST_CASE("events: who comes again hears what follows, if that is ours and not too long ago") {
    const auto first = [](const std::string& last, std::uint64_t newest) {
        return first_event(asks("last-event-id", last), "3-", newest);
    };
    const std::uint64_t newest = 1000, recent = 951;
    CHECK(first_event({}, "3-", newest) == recent);
    CHECK(first_event({}, "", 0) == 1);
    CHECK(first_event({}, "", 49) == 1);
    CHECK(first_event({}, "", 51) == 2);
    CHECK(first("3-1000", newest) == 1001);
    CHECK(first("3-990", newest) == 991);
    CHECK(first("3-744", newest) == 745);  // kEventStreamBacklog ago
    CHECK(first("3-743", newest) == recent);
    for (const char* other : {"2-990", "3-1001", "3-", "990", "3-990x", "x", ""})
        CHECK_MESSAGE(first(other, newest) == recent, other);
    CHECK(first_event(asks("last-event-id", "990"), "", newest) == 991);
}

TEST_CASE("events: a page of the record is asked for by numbers") {
    CHECK(events_asked({})->from == 0);
    CHECK(events_asked({})->limit == limits::kMaxEventsPerPage);
    CHECK(events_asked(asks("from", "7"))->from == 7);
    CHECK(events_asked(asks("limit", "7"))->limit == 7);
    for (const char* bad : {"", "x", "-1", "1x"})
        CHECK_MESSAGE(!events_asked(asks("from", bad)), bad);
    for (const char* bad : {"0", "1001", "x"})
        CHECK_MESSAGE(!events_asked(asks("limit", bad)), bad);
    CHECK(wants_event_stream(asks("accept", "text/event-stream")));
    CHECK_FALSE(wants_event_stream(asks("accept", "*/*")));
    CHECK_FALSE(wants_event_stream({}));
}
