// The limits of a media request on a real server and thread: what is asked for ahead, asked for
// again, kept, and how long is waited.
#include "http_stage.hpp"
#include "messages/wire/limits.hpp"

using namespace fragcast;
using namespace fragcast::test;
using namespace std::chrono_literals;

TEST_CASE("media: so many chunks are asked for ahead, and one more for each that was sent") {
    HttpStage stage;
    const FragmentInfo one = stage.manifest->fragments.back();
    stage.manifest->fragments.assign(3 * limits::kReadAhead, one);
    WebClient client(stage.loop, stage.at);
    begin_media(stage, client, "/content/ID?v=a");
    const auto asked = [&](std::size_t chunks) {
        REQUIRE(
            stage.wait([&] { return stage.count<http_event::Call<ChunkQuestion>>() >= chunks; }));
        WebClient other(stage.loop, stage.at);
        CHECK(other.get("/healthz").status == 200);  // a turn or more later
        return stage.count<http_event::Call<ChunkQuestion>>();
    };
    // The first is what is being sent; the init segment stands before it.
    CHECK(asked(limits::kReadAhead) == limits::kReadAhead);
    stage.give(stage.next<http_event::Call<ChunkQuestion>>());
    CHECK(asked(limits::kReadAhead + 1) == limits::kReadAhead + 1);
    stage.give(stage.next<http_event::Call<ChunkQuestion>>());
    CHECK(asked(limits::kReadAhead + 1) == limits::kReadAhead + 1);
}

TEST_CASE(
    "media: so many manifests are kept; one that was not looked at for longest is asked anew") {
    HttpStage stage;
    const auto look = [&](std::size_t number) {
        AssetId film = stage.film;
        film.bytes[1] = static_cast<std::uint8_t>(number);
        WebClient client(stage.loop, stage.at);
        client.request("/hls/" + film.text() + "/init.mp4");
        bool asked = false;
        REQUIRE(stage.wait([&] {
            if (stage.count<http_event::Call<ManifestQuestion>>() > 0) {
                asked = true;
                stage.give_manifest();
            }
            return client.answer().whole;
        }));
        return asked;
    };
    for (std::size_t number = 0; number < limits::kManifestsForHttp; ++number)
        CHECK(look(number));
    CHECK_FALSE(look(0));
    CHECK(look(limits::kManifestsForHttp));
    CHECK_FALSE(look(0));
    CHECK(look(1));
}

TEST_CASE("media: a chunk that the disk failed to give is asked for again, a few times") {
    HttpStage stage;
    const auto fail_once = [&stage] {
        const auto read = stage.next<http_event::Call<ChunkQuestion>>();
        stage.answer(read, fail(ErrorKind::io, "read error"));
    };
    WebClient client(stage.loop, stage.at);
    begin_media(stage, client, "/hls/ID/1.m4s?v=a");
    for (int i = 0; i < limits::kReadRetries; ++i)
        fail_once();
    stage.give(stage.next<http_event::Call<ChunkQuestion>>());
    REQUIRE(stage.wait([&] { return client.answer().whole; }));
    CHECK(client.answer().body == stage.fragment(1));

    WebClient other(stage.loop, stage.at);
    other.request(film_path(stage, "/hls/ID/1.m4s?v=b"));
    for (int i = 0; i <= limits::kReadRetries; ++i)
        fail_once();
    REQUIRE(stage.wait([&] { return other.answer().whole; }));
    CHECK(other.answer().status == 500);
    CHECK(stage.count<http_event::Call<ChunkQuestion>>() == 0);
}

TEST_CASE(
    "media: a stream that stands still for so long is cut, and one that did not begin is 503") {
    CHECK(MediaPatience{}.stall == limits::kStreamStall);
    CHECK(MediaPatience{}.hold == limits::kHold);
    HttpStage stage({}, limits::kMaxUploadBytes, {60s, 20ms});
    WebClient client(stage.loop, stage.at);
    begin_media(stage, client, "/content/ID");
    stage.give(stage.next<http_event::Call<ChunkQuestion>>());
    // The loop says nothing more, not even that it is too late.
    REQUIRE(stage.wait([&] { return client.ended(); }));
    CHECK(client.answer().body.size() > limits::kChunkBytes);
    CHECK_FALSE(client.answer().whole);

    HttpStage hasty({}, limits::kMaxUploadBytes, {20ms, 60s});
    WebClient held(hasty.loop, hasty.at);
    begin_media(hasty, held, "/content/ID");
    REQUIRE(hasty.wait([&] { return held.answer().whole; }));
    CHECK(held.answer().status == 503);
}

TEST_CASE("media: a chunk that came short gives its credit back, and is asked for again") {
    HttpStage stage;
    WebClient client(stage.loop, stage.at);
    begin_media(stage, client, "/hls/ID/1.m4s?v=a");
    const auto read = stage.next<http_event::Call<ChunkQuestion>>();
    REQUIRE(stage.loaders->send(
        ReaderChunk{{read.question.reader, read.id.value}, Payload(Bytes{'a', 'b'})}));
    const auto again = stage.next<http_event::Call<ChunkQuestion>>();
    std::uint32_t back = 0;
    REQUIRE(stage.wait([&] {
        while (const auto told = stage.loaders->receive())
            if (const auto* taken = std::get_if<reader_command::Taken>(&*told))
                back += taken->chunks;
        return back > 0;
    }));
    CHECK(back == 1);
    stage.give(again);
    REQUIRE(stage.wait([&] { return client.answer().whole; }));
    CHECK(client.answer().body == stage.fragment(1));
}
