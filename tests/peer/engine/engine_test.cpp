// What is decided while performing: whom to trust, what a busy store means, which bytes are whose.
#include "peer/engine/engine.hpp"

#include "messages/wire/hash.hpp"
#include "tests/support/store_asset.hpp"

#include <algorithm>
#include <deque>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

using namespace fragcast;

TEST_SUITE_BEGIN("engine");

namespace {

// Ports that write down what they are told.
struct Desk : LinkPort, BusPort, StorePort, Hosts, ClockPort {
    std::vector<std::pair<LinkId, std::string>> dialled;
    std::vector<std::string> asked_names;
    std::deque<Hosts::Answer> answers;
    std::vector<std::pair<Message, std::size_t>> sent;  // and the bytes of its payload
    std::vector<StoreCommand> commands;
    std::vector<Report> reports;
    std::vector<StoreEvent> store_events;
    std::size_t batches = 0;
    bool busy = false;                // the store
    bool lies = false;                // so much for each link that it takes no more
    std::uint64_t seconds = 0;        // since 1970, as its clock says
    std::function<void()> meanwhile;  // once, when something is about to be done
    Time wake = kNever;
    EngineHooks hooks;
    std::unique_ptr<Engine> engine;

    explicit Desk(bool local = false, std::vector<std::string> friends = {},
                  std::uint32_t buses = 0) {
        SwarmOptions options;
        options.key = Bytes(32, 1);
        options.self.id = peer_id_of(options.key);
        options.self.name = "here";
        options.self.epoch = {1};
        options.self.exchange = "tcp://10.0.0.1:4000";
        options.buses = buses;
        options.friends = std::move(friends);
        hooks.on_report = [this](const Report& report) { reports.push_back(report); };
        hooks.on_actions = [this](const Actions&) {
            ++batches;
            if (const auto what = std::exchange(meanwhile, {})) what();
        };
        hooks.on_store = [this](const StoreEvent&) { store_events.emplace_back(); };
        engine = std::make_unique<Engine>(std::move(options), 1, local,
                                          Ports{*this, *this, *this, *this, *this}, hooks);
    }
    void start(const std::vector<test::StoreAsset>& assets = {}) {
        std::vector<StoredAsset> stored;
        std::map<AssetId, std::shared_ptr<const Bytes>> bodies;
        for (const auto& one : assets) {
            const auto count = static_cast<std::uint32_t>(one.fragments.size());
            stored.push_back({one.id,
                              std::make_shared<const Manifest>(one.manifest),
                              {RangeSet::up_to(count), {}},
                              {}});
            bodies[one.id] = std::make_shared<const Bytes>(one.body);
        }
        engine->start(std::move(stored), std::move(bodies));
    }
    // Somebody dialled in, and said hello.
    LinkId guest(Epoch epoch = {1}) {
        const LinkId link{kFirstAccepted + ++guests};
        engine->tell(facts::LinkUp{link, false});
        PeerRecord self;
        const Bytes key(32, static_cast<std::uint8_t>(1 + guests));
        self.id = peer_id_of(key);
        self.epoch = epoch;
        self.guest = true;
        header = {self.id, self.epoch, {}};
        say(link, Hello{self, key, {}, false});
        return link;
    }
    // By its clock nobody's life began later than at this epoch.
    bool believes_up_to(Epoch last) {
        const auto known = [this] { return engine->swarm().known_peers().size(); };
        const std::size_t before = known();
        guest(last);
        const std::size_t after = known();
        guest({last.value + 1});
        return after == before + 1 && known() == after;
    }
    void say(LinkId link, Body body, Payload payload = {}) {
        engine->link_said(link, Message{header, std::move(body)}, std::move(payload));
    }
    template <class T>
    std::size_t asked_of_store() const {
        return static_cast<std::size_t>(std::count_if(
            commands.begin(), commands.end(),
            [](const StoreCommand& command) { return std::holds_alternative<T>(command); }));
    }
    template <class T>
    std::vector<T> said() const {
        std::vector<T> out;
        for (const auto& [message, bytes] : sent)
            if (const auto* one = std::get_if<T>(&message.body)) out.push_back(*one);
        return out;
    }
    Header header;
    std::uint64_t guests = 0;
    Time clock{};

    void dial(LinkId link, const Endpoint& literal) override {
        dialled.emplace_back(link, literal.text());
    }
    void hang_up(LinkId) override {}
    void send(LinkId, Message message) override { sent.emplace_back(std::move(message), 0); }
    bool takes(LinkId) override { return !lies; }
    SendVerdict send(LinkId, Message message, Payload payload) override {
        sent.emplace_back(std::move(message), payload.size());
        return SendVerdict::sent;
    }
    void connect(BusId) override {}
    void connect_forwarder(BusId, std::uint16_t, std::uint16_t) override {}
    void send(BusId, Message, Payload) override {}
    void publish(Message) override {}
    bool take(StoreCommand command) override {
        if (!busy) commands.push_back(std::move(command));
        return !busy;
    }
    void resolve(const Endpoint& endpoint, Hosts::Answer answer) override {
        asked_names.push_back(endpoint.text());
        answers.push_back(std::move(answer));
    }
    Time now() const override { return clock; }
    std::uint64_t unix_seconds() const override { return seconds; }
    void wake_at(Time when) override { wake = when; }
    void pass(Duration time) {
        for (const Time end = clock + time; wake <= end;) {
            clock = std::max(clock, wake);
            engine->tick();
        }
        clock += time;
    }
};

}  // namespace

TEST_CASE("a friend may have a name, and live on loopback") {
    Desk desk(false, {"tcp://nas:5551"});
    desk.start();
    desk.pass(std::chrono::seconds(1));
    REQUIRE(desk.asked_names == std::vector<std::string>{"tcp://nas:5551"});
    CHECK(desk.dialled.empty());
    desk.answers.front()(Endpoint{"127.0.0.1", 5551});
    REQUIRE(desk.dialled.size() == 1);
    CHECK(desk.dialled[0].second == "tcp://127.0.0.1:5551");
}

TEST_CASE("an address that others tell is never resolved, and loopback only where we live on it") {
    const auto film = test::make_store_asset("film", {300'000});
    for (const bool local : {false, true})
        for (const char* told : {"tcp://nas:5551", "tcp://127.0.0.1:5551", "tcp://10.0.0.9:5551"}) {
            CAPTURE(local);
            CAPTURE(told);
            Desk desk(local);
            desk.start({film});
            PeerRecord taker;
            taker.id.bytes[0] = 7;
            taker.exchange = told;
            desk.engine->tell(facts::PublishAsked{film.id, {{taker, RangeSet::up_to(1)}}});
            const std::string text = told;
            const bool may =
                text == "tcp://10.0.0.9:5551" || (local && text == "tcp://127.0.0.1:5551");
            CHECK(desk.asked_names.size() == (may ? 1U : 0U));
        }
}

TEST_CASE("who hangs up while a name is looked up is not dialled") {
    Desk desk(false, {"tcp://nas:5551"});
    desk.start();
    desk.pass(std::chrono::seconds(1));
    REQUIRE(desk.answers.size() == 1);
    desk.engine->tell(facts::Leaving{});
    desk.answers.front()(Endpoint{"10.0.0.9", 5551});
    CHECK(desk.dialled.empty());
}

TEST_CASE("a manifest is served from memory, in parts") {
    const auto film = test::make_store_asset("film", std::vector<std::size_t>(9000, 10));
    Desk desk;
    desk.start({film});
    const LinkId link = desk.guest();
    REQUIRE(film.body.size() > limits::kManifestPartBytes);
    desk.say(link, AskManifest{{1}, film.id, 0});
    desk.say(link, AskManifest{{2}, film.id, limits::kManifestPartBytes});
    desk.say(link, AskManifest{{3}, film.id, film.body.size()});  // beyond its end
    const auto parts = desk.said<ManifestPart>();
    REQUIRE(parts.size() == 2);
    CHECK(parts[0].total == film.body.size());
    std::size_t bytes = 0;
    for (const auto& [message, size] : desk.sent)
        bytes += std::holds_alternative<ManifestPart>(message.body) ? size : 0;
    CHECK(bytes == film.body.size());
    CHECK(desk.commands.empty());
}

TEST_CASE("a store that is too busy is no end: the chunk is loaded later") {
    const auto film = test::make_store_asset("film", {300'000});
    Desk desk;
    desk.start({film});
    const LinkId link = desk.guest();
    desk.busy = true;
    desk.say(link, Request{{1}, film.id, {0}, {0, 2}, 0, false});
    CHECK(desk.said<Data>().empty());
    desk.busy = false;
    desk.pass(std::chrono::seconds(2));
    CHECK(desk.asked_of_store<store_command::LoadChunk>() > 0);
}

TEST_CASE("kUploadSlots chunks are loaded at once for all who ask, and one more when one went") {
    constexpr std::uint32_t kChunks = limits::kUploadSlots + 4;
    const auto film = test::make_store_asset("film", {kChunks * limits::kChunkBytes});
    Desk desk;
    desk.start({film});
    const LinkId link = desk.guest();
    desk.say(link, Request{{1}, film.id, {0}, {0, kChunks}, 0, false});
    REQUIRE(desk.asked_of_store<store_command::LoadChunk>() == limits::kUploadSlots);
    const auto load = std::get<store_command::LoadChunk>(desk.commands.back());
    desk.engine->happened(
        store_event::ChunkLoaded{load.chunk, load.who, Payload(Bytes(limits::kChunkBytes, 1))});
    CHECK(desk.said<Data>().size() == 1);
    CHECK(desk.asked_of_store<store_command::LoadChunk>() == limits::kUploadSlots + 1);
}

TEST_CASE("for a link that takes nothing nothing is loaded, until it takes") {
    const auto film = test::make_store_asset("film", {300'000});
    Desk desk;
    desk.start({film});
    const LinkId link = desk.guest();
    desk.lies = true;
    desk.say(link, AskProof{{1}, film.id, {0}});
    desk.say(link, Request{{2}, film.id, {0}, {0, 2}, 0, false});
    desk.pass(std::chrono::seconds(2));
    CHECK(desk.asked_of_store<store_command::LoadChunk>() == 0);
    CHECK(desk.asked_of_store<store_command::LoadProof>() == 0);
    desk.lies = false;
    desk.pass(std::chrono::seconds(2));
    CHECK(desk.asked_of_store<store_command::LoadChunk>() > 0);
    CHECK(desk.asked_of_store<store_command::LoadProof>() > 0);
}

TEST_CASE("a removal that the store is too busy for is told as one that failed") {
    const auto film = test::make_store_asset("film", {300'000});
    Desk desk;
    desk.start({film});
    desk.busy = true;
    desk.engine->tell(facts::RemoveAsked{film.id});
    REQUIRE(desk.store_events.size() == 1);
    CHECK(std::any_of(desk.reports.begin(), desk.reports.end(),
                      [](const Report& report) { return report.kind == "store.failed"; }));
}

TEST_CASE("what is asked of the store is answered once, when the core knows it") {
    const auto film = test::make_store_asset("film", {300'000});
    Desk desk;
    desk.start();
    std::vector<std::string> answers;
    const auto take = [&](const Result<store_question::Adopted>& adopted) {
        const bool known = desk.engine->swarm().manifest(film.id) != nullptr;
        answers.push_back(!adopted ? adopted.error().text : known ? "known" : "unknown");
    };
    desk.engine->ask<store_question::Adopt>({"/cut"}, take);
    using Call = store_command::Call<store_question::Adopt>;
    REQUIRE(std::holds_alternative<Call>(desk.commands.back()));
    const Call call = std::get<Call>(desk.commands.back());
    CHECK(call.question.folder == "/cut");
    CHECK(answers.empty());
    const StoredAsset stored{
        film.id, std::make_shared<const Manifest>(film.manifest), {RangeSet::up_to(1), {}}, {}};
    for (int times = 0; times < 2; ++times)
        desk.engine->happened(store_event::Answer<store_question::Adopt>{
            call.id, store_question::Adopted{stored, std::make_shared<const Bytes>(film.body)}});
    CHECK(answers == std::vector<std::string>{"known"});
    desk.busy = true;
    desk.engine->ask<store_question::Adopt>({"/other"}, take);
    CHECK(answers.size() == 2);
    CHECK(answers.back() == "the store is too busy; try again");
}

TEST_CASE("the clock is read before the start and before each tick, where it is known") {
    constexpr std::uint64_t kToday = 1'790'000'000;
    Desk desk(false, {}, 1);
    bool right = false;
    const auto look = [&] { right = desk.believes_up_to({desk.seconds + limits::kMaxEpochAhead}); };
    desk.seconds = kToday;
    desk.meanwhile = look;  // what the start does is about to be done
    desk.start();
    CHECK(right);
    right = false;
    desk.seconds = kToday + 3600;  // somebody set it right
    desk.meanwhile = look;
    desk.pass(std::chrono::minutes(1));
    CHECK(right);
    // Where it is not known it is not told: what it said last goes on.
    const std::uint64_t facts = desk.engine->facts();
    desk.engine->tick();
    CHECK(desk.engine->facts() == facts + 2);
    desk.seconds = 0;
    desk.engine->tick();
    CHECK(desk.engine->facts() == facts + 3);
}

TEST_CASE("a payload belongs to its message: what nobody claims is dropped") {
    Desk desk;
    desk.start();
    const LinkId link = desk.guest();
    AssetId nothing;
    nothing.bytes[0] = 3;
    desk.say(link, Data{{9}, nothing, {0}, {0}}, Payload(Bytes(100, 1)));
    CHECK(desk.commands.empty());
}

TEST_CASE("a key that cannot be kept is drawn all the same, and that is said") {
    Desk desk;
    desk.start();
    const PeerId before = desk.engine->swarm().self().id;
    desk.engine->happened(store_event::KeyDrawn{fail(ErrorKind::full, "no room")});
    CHECK(desk.engine->swarm().self().id != before);
    CHECK(desk.reports.back().kind == "store.key");
    desk.engine->happened(store_event::KeyDrawn{Bytes(32, 9)});
    CHECK(desk.engine->swarm().self().id == peer_id_of(Bytes(32, 9)));
}

TEST_SUITE_END();
