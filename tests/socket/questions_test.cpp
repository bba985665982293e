// What a user asks of the whole swarm, answered by a peer alone.
#include "peer/http/questions.hpp"

#include "messages/wire/limits.hpp"
#include "peer/store/fragment_store.hpp"
#include "tests/player/cut/temp_folder.hpp"
#include "wait.hpp"

#include <set>

#include <doctest/doctest.h>

using namespace fragcast;
using namespace fragcast::test;

namespace {

// A peer without a bus, and the core's answers to what it is asked.
struct Hermit {
    Loop loop;
    TempFolder folder;
    zmq::context_t context;
    std::unique_ptr<Node> node;
    CoreCalls core{[this](Fact fact) { node->tell(std::move(fact)); }};
    std::unique_ptr<Questions> questions;

    explicit Hermit(std::vector<StoredAsset> stored) {
        EngineHooks hooks;
        hooks.on_answer = [this](ReadId read, Body body) { core.on_answer(read, std::move(body)); };
        hooks.on_failure = [this](ReadId read, const Error& why) { core.on_failure(read, why); };
        node = std::make_unique<Node>(context, loop, std::move(hooks));
        auto store = FragmentStore::open(real_files(), folder.path(), "hermit");
        REQUIRE(store.ok());
        NodeOptions options;
        options.swarm.self.id = (*store)->identity().id;
        options.swarm.self.epoch = (*store)->identity().epoch;
        options.swarm.key = (*store)->identity().public_key;
        REQUIRE(node->start(std::move(options), std::move(*store), std::move(stored)).ok());
        questions = std::make_unique<Questions>(loop, *node, core);
    }
};

std::vector<StoredAsset> films(std::size_t count) {
    std::vector<StoredAsset> out(count);
    for (std::size_t i = 0; i < count; ++i) {
        auto manifest = std::make_shared<Manifest>();
        manifest->name = "film " + std::to_string(i);
        manifest->fragments.emplace_back().size = 1;
        out[i].id.bytes[0] = static_cast<std::uint8_t>(1 + i / 256);
        out[i].id.bytes[1] = static_cast<std::uint8_t>(i);
        out[i].manifest = std::move(manifest);
        out[i].holding.fragments = RangeSet::up_to(1);
    }
    return out;
}

}  // namespace

TEST_CASE("questions: of all that it knows a peer goes through kMaxEntries in a turn of its loop") {
    constexpr std::size_t kPieces = 5;
    Hermit hermit(films(kPieces * limits::kMaxEntries));
    std::size_t turns = 0;
    hermit.loop.after_each_turn([&turns] { ++turns; });
    std::optional<DirectoryAnswer> answer;
    hermit.questions->ask(DirectoryQuestion{}, Loop::now() + limits::kHold,
                          [&](Result<DirectoryAnswer> all) {
                              REQUIRE(all.ok());
                              answer = std::move(*all);
                          });
    REQUIRE(wait_for(hermit.loop, [&] { return answer.has_value(); }));
    CHECK(turns >= kPieces - 1);
    CHECK(answer->source == "peer");
    std::set<AssetId> assets;
    for (const HoldingRecord& held : answer->holdings) {
        CHECK(held.peer == std::as_const(*hermit.node).swarm().self().id);
        assets.insert(held.asset);
    }
    CHECK(assets.size() == kPieces * limits::kMaxEntries);
    CHECK(answer->holdings.size() == assets.size());
}

TEST_CASE("questions: who asks and is gone before all was gone through hears nothing") {
    Hermit hermit(films(5 * limits::kMaxEntries));
    bool answered = false;
    hermit.questions->ask(DirectoryQuestion{}, Loop::now() + limits::kHold,
                          [&](const Result<DirectoryAnswer>&) { answered = true; });
    hermit.questions.reset();
    int turns = 0;
    hermit.loop.run_until([&] { return turns++ > 10; }, std::chrono::milliseconds(100));
    CHECK_FALSE(answered);
}
