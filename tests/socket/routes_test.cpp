// The media routes on a real server and thread: held, streamed, cut, and what they ask the loop
// for.
#include "http_stage.hpp"
#include "messages/wire/limits.hpp"

#include <nlohmann/json.hpp>

using namespace fragcast;
using namespace fragcast::test;

namespace {

constexpr std::uint64_t kSize = 4 + limits::kChunkBytes + 15;

}  // namespace

TEST_CASE("media: the whole film is its init segment and its chunks in order") {
    HttpStage stage;
    WebClient client(stage.loop, stage.at);
    begin_media(stage, client, "/content/ID");
    std::vector<http_event::Call<ChunkQuestion>> reads;
    for (int i = 0; i < 3; ++i)
        reads.push_back(stage.next<http_event::Call<ChunkQuestion>>());
    // Proven in another order than they are played in.
    stage.give(reads[2]);
    stage.give(reads[1]);
    stage.give(reads[0]);
    REQUIRE(stage.wait([&] { return client.answer().whole; }));
    const WebAnswer answer = client.answer();
    CHECK(answer.status == 200);
    CHECK(answer.body == stage.content());
    CHECK(answer.headers.at("content-type") == "video/mp4");
    CHECK(answer.headers.at("accept-ranges") == "bytes");
    CHECK(answer.headers.at("etag") == '"' + stage.film.text() + '"');
    CHECK(answer.headers.at("content-disposition") == "inline; filename*=UTF-8''film.mp4");
}

TEST_CASE("media: nothing is sent before the first chunk, then each as it comes") {
    HttpStage stage;
    WebClient client(stage.loop, stage.at);
    begin_media(stage, client, "/content/ID");
    const auto first = stage.next<http_event::Call<ChunkQuestion>>();
    const auto second = stage.next<http_event::Call<ChunkQuestion>>();
    stage.give(second);
    WebClient other(stage.loop, stage.at);
    CHECK(other.get("/healthz").status == 200);  // a turn or more later
    CHECK(client.received().empty());
    stage.give(first);
    CHECK(stage.wait([&] { return client.answer().body.size() == kSize - 5; }));
    CHECK_FALSE(client.answer().whole);
}

TEST_CASE("media: a range asks for its chunks only, and moves the playhead there") {
    HttpStage stage;
    WebClient client(stage.loop, stage.at);
    begin_media(stage, client, "/hls/ID/0.m4s?v=abc", "Range: bytes=262144-262147\r\n");
    const auto playhead = stage.next<http_event::Playhead>();
    CHECK(playhead.fragment == FragmentIndex{0});
    CHECK(playhead.offset == limits::kChunkBytes);
    const auto read = stage.next<http_event::Call<ChunkQuestion>>();
    CHECK(read.question.chunk.chunk == ChunkIndex{1});
    CHECK(read.question.viewer == playhead.viewer);
    stage.give(read);
    REQUIRE(stage.wait([&] { return client.answer().whole; }));
    CHECK(client.answer().status == 206);
    CHECK(client.answer().body == stage.fragment(0).substr(limits::kChunkBytes, 4));
    CHECK(client.answer().headers.at("content-range") ==
          "bytes 262144-262147/" + std::to_string(limits::kChunkBytes + 10));
    CHECK(stage.count<http_event::Call<ChunkQuestion>>() == 0);
}

TEST_CASE("media: one viewer is one viewer on any connection") {
    HttpStage stage;
    WebClient one(stage.loop, stage.at), two(stage.loop, stage.at), third(stage.loop, stage.at);
    begin_media(stage, one, "/hls/ID/0.m4s?v=abc");
    const auto first = stage.next<http_event::Playhead>().viewer;
    two.request(film_path(stage, "/hls/ID/1.m4s?v=abc"));
    const auto second = stage.next<http_event::Playhead>().viewer;
    third.request(film_path(stage, "/hls/ID/1.m4s"));
    CHECK(first == second);
    CHECK(stage.next<http_event::Playhead>().viewer != first);
}

TEST_CASE("media: a client that leaves ends its reads, and a viewer without a name is gone") {
    HttpStage stage;
    WebClient client(stage.loop, stage.at);
    begin_media(stage, client, "/content/ID");
    const auto read = stage.next<http_event::Call<ChunkQuestion>>();
    client.leave();
    CHECK(stage.next<http_event::Cancel<ChunkQuestion>>().id == read.id);
    stage.next<http_event::ViewerGone>();
}

TEST_CASE("media: a client that leaves before the manifest is there ends that wait") {
    HttpStage stage;
    WebClient client(stage.loop, stage.at);
    client.request(film_path(stage, "/content/ID"));
    const auto asked = stage.next<http_event::Call<ManifestQuestion>>();
    client.leave();
    CHECK(stage.next<http_event::Cancel<ManifestQuestion>>().id == asked.id);
}

TEST_CASE("media: what nobody has is 404, what is late 503, what all failed to give 502") {
    HttpStage stage;
    const std::pair<ErrorKind, int> table[] = {{ErrorKind::not_found, 404},
                                               {ErrorKind::timeout, 503},
                                               {ErrorKind::interrupted, 503},
                                               {ErrorKind::refused, 502}};
    for (const auto& [kind, status] : table) {
        CAPTURE(status);
        WebClient client(stage.loop, stage.at);
        client.request(film_path(stage, "/content/ID"));
        const auto asked = stage.next<http_event::Call<ManifestQuestion>>();
        stage.answer(asked, fail(kind, "because"));
        REQUIRE(stage.wait([&] { return client.answer().whole; }));
        CHECK(client.answer().status == status);
        CHECK(client.answer().headers.count("retry-after") == (status == 503 ? 1 : 0));
    }
}

TEST_CASE("media: a first chunk that does not come in time is 503, not a broken film") {
    HttpStage stage;
    WebClient client(stage.loop, stage.at);
    begin_media(stage, client, "/hls/ID/1.m4s?v=a");
    const auto read = stage.next<http_event::Call<ChunkQuestion>>();
    CHECK(read.deadline <= Loop::now() + limits::kHold);
    stage.answer(read, fail(ErrorKind::timeout, "late"));
    REQUIRE(stage.wait([&] { return client.answer().whole; }));
    CHECK(client.answer().status == 503);
}

TEST_CASE("media: when the rest can not be had the connection is cut, never ended as whole") {
    HttpStage stage;
    WebClient client(stage.loop, stage.at);
    begin_media(stage, client, "/content/ID");
    stage.give(stage.next<http_event::Call<ChunkQuestion>>());
    REQUIRE(stage.wait([&] { return client.answer().body.size() > limits::kChunkBytes; }));
    // Each retry is a new read.
    for (int i = 0; !client.ended() && i < 100; ++i) {
        if (!stage.wait([&] {
                return client.ended() || stage.count<http_event::Call<ChunkQuestion>>() > 0;
            }))
            break;
        while (stage.count<http_event::Call<ChunkQuestion>>() > 0)
            stage.answer(stage.next<http_event::Call<ChunkQuestion>>(),
                         fail(ErrorKind::not_found, "gone"));
    }
    CHECK(client.ended());
    CHECK_FALSE(client.answer().whole);
}

TEST_CASE("media: a fragment alone is playable by itself") {
    HttpStage stage;
    WebClient client(stage.loop, stage.at);
    begin_media(stage, client, "/api/v1/assets/ID/fragments/1.mp4");
    stage.give(stage.next<http_event::Call<ChunkQuestion>>());
    REQUIRE(stage.wait([&] { return client.answer().whole; }));
    CHECK(client.answer().body == "init" + stage.fragment(1));
}

TEST_CASE("media: playlists and the init segment come from the manifest alone") {
    HttpStage stage;
    WebClient client(stage.loop, stage.at);
    begin_media(stage, client, "/hls/ID/media.m3u8?v=abc");
    REQUIRE(stage.wait([&] { return client.answer().whole; }));
    CHECK(client.answer().headers.at("content-type") == "application/vnd.apple.mpegurl");
    CHECK(client.answer().headers.at("cache-control") == "no-store");
    CHECK(client.answer().body.find("0.m4s?v=abc") != std::string::npos);
    WebClient again(stage.loop, stage.at);  // the manifest is known now
    CHECK(again.get(film_path(stage, "/hls/ID/init.mp4")).body == "init");
    CHECK(again.get(film_path(stage, "/hls/ID/index.m3u8")).body.find("media.m3u8") !=
          std::string::npos);
    CHECK(stage.count<http_event::Call<ChunkQuestion>>() == 0);
}

TEST_CASE("media: what is unchanged is 304, and a range beyond the end 416") {
    HttpStage stage;
    WebClient client(stage.loop, stage.at);
    begin_media(stage, client, "/content/ID", "If-None-Match: \"" + stage.film.text() + "\"\r\n");
    REQUIRE(stage.wait([&] { return client.answer().status != 0; }));
    CHECK(client.answer().status == 304);
    CHECK(client.answer().headers.at("cache-control").find("immutable") != std::string::npos);
    WebClient other(stage.loop, stage.at);
    // One of a list, weak, and whatever range; any; and the init segment.
    for (const std::string path : {"/content/ID", "/hls/ID/1.m4s", "/hls/ID/init.mp4",
                                   "/api/v1/assets/ID/fragments/1.mp4"}) {
        CAPTURE(path);
        const std::string any = "If-None-Match: *\r\nRange: bytes=0-1\r\n";
        const WebAnswer same = other.get(film_path(stage, path), any);
        CHECK(same.status == 304);
        CHECK(same.body.empty());
        const std::string tag = same.headers.at("etag");
        CHECK(other.get(film_path(stage, path), "If-None-Match: \"x\", W/" + tag + "\r\n").status ==
              304);
    }
    const WebAnswer beyond =
        other.get(film_path(stage, "/content/ID"), "Range: bytes=99999999-\r\n");
    CHECK(beyond.status == 416);
    CHECK(beyond.headers.at("content-range") == "bytes */" + std::to_string(kSize));
    CHECK(stage.count<http_event::Call<ChunkQuestion>>() == 0);
}

TEST_CASE("media: malformed requests are refused before anything is asked for") {
    HttpStage stage;
    WebClient client(stage.loop, stage.at);
    CHECK(client.get("/content/film").status == 400);
    CHECK(client.get(film_path(stage, "/hls/ID/0.m4s?v=a-b")).status == 400);
    CHECK(client.get(film_path(stage, "/hls/ID/0.m4s?v=" + std::string(33, 'a'))).status == 400);
    CHECK(stage.events.empty());
    client.request(film_path(stage, "/hls/ID/2.m4s"));
    stage.give_manifest();
    REQUIRE(stage.wait([&] { return client.answer().whole; }));
    CHECK(client.answer().status == 404);
    for (const char* name : {"/hls/ID/x.m4s", "/hls/ID/1", "/hls/ID/-1.m4s", "/hls/ID/1.ts",
                             "/api/v1/assets/ID/fragments/1.bin"}) {
        CAPTURE(name);
        WebClient other(stage.loop, stage.at);
        CHECK(other.get(film_path(stage, name)).status == 404);
    }
}

namespace {

// The stage's asset as a file of that type, asked for as a whole.
WebAnswer content_of(HttpStage& stage, const std::string& mime, const std::string& query = "",
                     std::string_view headers = "") {
    stage.manifest->media.reset();
    stage.manifest->kind = AssetKind::file;
    stage.manifest->mime = mime;
    WebClient client(stage.loop, stage.at);
    begin_media(stage, client, "/content/ID" + query, headers);
    for (int i = 0; i < 3; ++i)
        stage.give(stage.next<http_event::Call<ChunkQuestion>>());
    REQUIRE(stage.wait([&] { return client.answer().whole; }));
    return client.answer();
}

bool is_sandbox(const WebAnswer& answer) {
    const std::string policy = answer.headers.at("content-security-policy");
    return policy.starts_with("sandbox; default-src 'none'; ") &&
           answer.headers.at("x-content-type-options") == "nosniff";
}

bool is_player_sandbox(const WebAnswer& answer) {
    const std::string policy = answer.headers.at("content-security-policy");
    return policy.starts_with(
               "sandbox allow-same-origin; default-src 'none'; media-src 'self'; ") &&
           answer.headers.at("x-content-type-options") == "nosniff";
}

}  // namespace

TEST_CASE("media: a file that could run in our origin is a download, whatever it is called") {
    for (const char* mime : {"text/html", "video/mp4,text/html", "text/plain,text/html",
                             "image/SVG+xml", "image/svg+xml", "application/xhtml+xml", "text/xml",
                             "text/javascript", "application/pdf", "text/css", "unheard/of", ""}) {
        CAPTURE(mime);
        HttpStage stage;
        stage.manifest->name = "a \"b\"\xC3\xA4.html";
        const WebAnswer answer = content_of(stage, mime);
        CHECK(answer.body == stage.content(false));
        CHECK(answer.headers.at("content-type") == "application/octet-stream");
        CHECK(is_sandbox(answer));
        CHECK(answer.headers.at("content-disposition") ==
              "attachment; filename*=UTF-8''a%20%22b%22%C3%A4.html");
        WebClient hls(stage.loop, stage.at);
        CHECK(hls.get(film_path(stage, "/hls/ID/index.m3u8")).status == 404);
    }
}

TEST_CASE("media: what is shown runs nothing, and a player alone keeps our origin") {
    for (const char* mime : {"image/png", "text/plain"}) {
        HttpStage stage;
        const WebAnswer answer = content_of(stage, mime);
        CHECK(answer.headers.at("content-type") == mime);
        CHECK(answer.headers.at("content-disposition").starts_with("inline;"));
        CHECK(is_sandbox(answer));
    }
    for (const char* mime : {"video/webm", "audio/mpeg"}) {
        HttpStage stage;
        const WebAnswer answer = content_of(stage, mime, "?download=1");
        CHECK(answer.headers.at("content-type") == mime);
        CHECK(answer.headers.at("content-disposition").starts_with("attachment;"));
        CHECK(is_player_sandbox(answer));
    }
}

TEST_CASE("media: every route that sends bytes of an asset says so, also of what is unchanged") {
    HttpStage stage;
    WebClient client(stage.loop, stage.at);
    begin_media(stage, client, "/api/v1/assets/ID/fragments/1.mp4");
    stage.give(stage.next<http_event::Call<ChunkQuestion>>());
    REQUIRE(stage.wait([&] { return client.answer().whole; }));
    CHECK(is_player_sandbox(client.answer()));
    WebClient other(stage.loop, stage.at);
    CHECK(is_player_sandbox(other.get(film_path(stage, "/hls/ID/init.mp4"))));
    for (const char* path : {"/content/ID", "/hls/ID/1.m4s", "/hls/ID/init.mp4",
                             "/api/v1/assets/ID/fragments/1.mp4"}) {
        CAPTURE(path);
        const WebAnswer same = other.get(film_path(stage, path), "If-None-Match: *\r\n");
        CHECK(same.status == 304);
        CHECK(is_player_sandbox(same));
    }
    HttpStage file;
    (void)content_of(file, "text/html");
    WebClient bin(file.loop, file.at);
    bin.request(film_path(file, "/api/v1/assets/ID/fragments/1.bin"));
    file.give(file.next<http_event::Call<ChunkQuestion>>());
    REQUIRE(file.wait([&] { return bin.answer().whole; }));
    CHECK(bin.answer().headers.at("content-type") == "application/octet-stream");
    CHECK(bin.answer().headers.at("content-disposition") == "attachment");
    CHECK(is_sandbox(bin.answer()));
}
