// Browsers that ask for a film and take nothing of it, before the HTTP thread and the store's rule
// for readers, with the test in the loop's and the disk's place.
#include "http_stage.hpp"
#include "messages/wire/limits.hpp"
#include "peer/store/reader_loads.hpp"

#include <algorithm>

using namespace fragcast;
using namespace fragcast::test;

namespace {

constexpr std::uint32_t kFragments = 16;
constexpr std::uint32_t kChunks = 8;  // of each
constexpr std::uint64_t kFilm = 4 + std::uint64_t{kFragments} * kChunks * limits::kChunkBytes;

struct Town {
    HttpStage stage;
    ReaderLoads loads;
    std::size_t most = 0;  // untaken, of all at once
    std::map<ReaderId, std::uint32_t> loaded;
    // Nobody turns it: its clients ask, and read nothing.
    Loop asleep;
    std::deque<WebClient> slow;
    std::shared_ptr<const Bytes> chunk = std::make_shared<const Bytes>(limits::kChunkBytes, 'x');

    Town() {
        stage.manifest->fragments.clear();
        for (std::uint32_t i = 0; i < kFragments; ++i) {
            FragmentInfo info;
            info.size = std::uint64_t{kChunks} * limits::kChunkBytes;
            info.duration_us = 2'000'000;
            info.ranges = {{0, info.size, info.duration_us}};
            stage.manifest->fragments.push_back(info);
        }
        WebClient first(stage.loop, stage.at);
        first.request("/hls/" + stage.film.text() + "/init.mp4");
        stage.give_manifest();  // known to all from now on
        REQUIRE(stage.wait([&] { return first.answer().whole; }));
    }

    // Everything that is asked for is here: it is loaded as far as it may be.
    void serve() {
        while (const auto command = stage.loaders->receive())
            loads.take(*command);
        for (auto& event : std::exchange(stage.events, {}))
            if (const auto* call = std::get_if<http_event::Call<ChunkQuestion>>(&event))
                (void)loads.add({call->question.chunk, {call->question.reader, call->id.value}});
        while (const auto load = loads.next()) {
            ++loaded[load->who.reader];
            REQUIRE(stage.loaders->send(
                ReaderChunk{load->who, Payload(chunk->data(), chunk->size(), chunk)}));
        }
        most = std::max(most, loads.out());
    }
    bool serve_until(const std::function<bool()>& condition) {
        return stage.wait([&] {
            serve();
            return condition();
        });
    }
    std::string path() const { return "/content/" + stage.film.text(); }
};

}  // namespace

TEST_CASE("slow browsers: however many take nothing, another one plays its film to the end") {
    Town town;
    WebClient player(town.stage.loop, town.stage.at);
    player.request(town.path());
    REQUIRE(town.serve_until([&] { return player.received().size() > limits::kChunkBytes; }));
    constexpr std::size_t kSlow = limits::kUntakenChunks / limits::kReaderCredit + 20;
    for (std::size_t i = 0; i < kSlow; ++i) {
        town.slow.emplace_back(town.asleep, town.stage.at);
        town.slow.back().request(town.path());
    }
    REQUIRE(town.serve_until([&] { return town.loaded.size() == kSlow + 1; }));
    CHECK(town.serve_until([&] { return player.received().size() > kFilm; }));
    CHECK(town.most <= limits::kUntakenChunks);
}

TEST_CASE("slow browsers: a chunk for which nobody waits any more gives its credit back") {
    Town town;
    town.serve();
    town.stage.loaders->send(
        ReaderChunk{{ReaderId{77}, 4711}, Payload(town.chunk->data(), 5, town.chunk)});
    std::optional<ReaderCommand> told;
    REQUIRE(town.stage.wait([&] { return (told = town.stage.loaders->receive()).has_value(); }));
    const auto* taken = std::get_if<reader_command::Taken>(&*told);
    REQUIRE(taken != nullptr);
    CHECK(taken->reader == ReaderId{77});
    CHECK(taken->chunks == 1);
}
