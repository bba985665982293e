// POST /api/v1/assets on a real HTTP thread, with the test in the loop's and the store's place.
#include "http_stage.hpp"
#include "peer/http/upload_pace.hpp"
#include "player/cut/cutter.hpp"

#include <fstream>

#include <nlohmann/json.hpp>

using namespace fragcast;
using namespace fragcast::test;
namespace fs = std::filesystem;

namespace {

constexpr const char* kMayChange = "X-Fragcast: 1\r\n";

std::string headers_for(std::uint64_t length) {
    return kMayChange + ("Content-Length: " + std::to_string(length)) + "\r\n";
}

std::string bytes_of(std::size_t size) {
    std::string bytes(size, ' ');
    for (std::size_t i = 0; i < size; ++i)
        bytes[i] = static_cast<char>('a' + (i * 11 + i / 257) % 26);
    return bytes;
}

bool nothing_left(HttpStage& stage) {
    return stage.wait([&] { return fs::is_empty(stage.incoming.path()); });
}

int status_of(HttpStage& stage, std::string_view target, const std::string& headers,
              std::string_view body = "") {
    WebClient client(stage.loop, stage.at);
    client.request(target, headers, "POST");
    client.send(body);
    CHECK(stage.wait([&] { return client.answer().whole || client.ended(); }));
    return client.answer().status;
}

}  // namespace

TEST_CASE("upload: a file is cut in incoming, adopted, answered, and nothing else is left") {
    HttpStage stage;
    const std::string bytes = bytes_of(3'000'000);
    WebClient client(stage.loop, stage.at);
    client.request("/api/v1/assets?name=words.txt&fragments=3&replicas=4",
                   headers_for(bytes.size()), "POST");
    client.send(bytes);
    const auto told = stage.next<http_event::Call<store_question::Adopt>>();
    const auto& adopt = told.question;
    CHECK(adopt.folder.parent_path() == stage.incoming.path());
    CHECK(fs::exists(adopt.folder / "002.bin"));
    // The body has been cut: it takes no more room.
    CHECK(std::distance(fs::recursive_directory_iterator(stage.incoming.path()), {}) <
          std::distance(fs::directory_iterator(adopt.folder), {}) + 3);

    // What the same file, under the same name, has by any other way.
    const TempFolder elsewhere;
    const fs::path file = elsewhere / "words.txt";
    std::ofstream(file) << bytes;
    CutOptions options;
    options.fragments = 3;
    options.replicas = 4;
    const auto same =
        cut_file(file, elsewhere / "same", options, [](const CutProgress&) { return true; });
    REQUIRE(same.ok());
    // It is answered as it is shown, which it is since the store has it.
    auto view = std::make_shared<AssetView>();
    view->asset.id = same->id;
    view->asset.name = "words.txt";
    auto shown = std::make_shared<Snapshot>();
    shown->assets.push_back(view);
    stage.show(shown);
    stage.answer(told, store_question::Adopted{});
    REQUIRE(stage.wait([&] { return client.answer().whole; }));
    const auto answer = client.answer();
    CHECK(answer.status == 201);
    CHECK(same->manifest.mime == "text/plain");
    CHECK(answer.headers.at("location") == "/api/v1/assets/" + same->id.text());
    const auto detail = nlohmann::json::parse(answer.body);
    CHECK(detail["name"] == "words.txt");
    CHECK(detail["notes"].empty());
    CHECK(nothing_left(stage));
}

TEST_CASE("upload: what is no upload is refused") {
    HttpStage stage;
    const std::string some = headers_for(4);
    CHECK(status_of(stage, "/api/v1/assets?name=a", "Content-Length: 4\r\n", "four") == 403);
    CHECK(status_of(stage, "/api/v1/assets", some, "four") == 400);
    CHECK(status_of(stage, "/api/v1/assets?name=a%0Ab", some, "four") == 400);
    CHECK(status_of(stage, "/api/v1/assets?name=..", some, "four") == 400);
    CHECK(status_of(stage, "/api/v1/assets?name=..%2F..%2Fx", some, "four") == 400);
    CHECK(status_of(stage, "/api/v1/assets?name=" + std::string(256, 'n'), some, "four") == 400);
    for (const char* bad : {"fragments=0", "fragments=16385", "fragments=x",
                            "fragments=", "replicas=0", "replicas=1001", "raw=2", "raw="})
        CHECK_MESSAGE(
            status_of(stage, std::string("/api/v1/assets?name=a&") + bad, some, "four") == 400,
            bad);
    CHECK(status_of(stage, "/api/v1/assets?name=a", kMayChange) == 411);
    CHECK(status_of(stage, "/api/v1/assets?name=a", headers_for(0)) == 422);
    CHECK(stage.count<http_event::Call<store_question::Adopt>>() == 0);
    CHECK(nothing_left(stage));
}

TEST_CASE("upload: one that is too large, or has no room, is refused before its body or within") {
    HttpStage small({}, 100'000);
    CHECK(status_of(small, "/api/v1/assets?name=a", headers_for(100'001), bytes_of(100'001)) ==
          413);
    const std::string endless = "10000\r\n" + bytes_of(65536) + "\r\n";
    CHECK(status_of(small, "/api/v1/assets?name=a",
                    std::string(kMayChange) + "Transfer-Encoding: chunked\r\n",
                    endless + endless + endless + "0\r\n\r\n") == 413);
    CHECK(nothing_left(small));

    HttpStage stage({}, ~std::uint64_t{0});
    const std::uint64_t free = fs::space(stage.incoming.path()).available;
    WebClient client(stage.loop, stage.at);
    client.request("/api/v1/assets?name=a", headers_for(free), "POST");
    REQUIRE(stage.wait([&] { return client.answer().whole; }));
    CHECK(client.answer().status == 507);
    CHECK(client.answer().body.find("no room") != std::string::npos);
    CHECK(nothing_left(stage));
}

TEST_CASE("upload: few at a time, and who leaves makes room and leaves nothing") {
    HttpStage stage;
    std::vector<std::unique_ptr<WebClient>> clients;
    for (std::size_t i = 0; i < limits::kMaxUploads; ++i) {
        clients.push_back(
            std::make_unique<WebClient>(stage.loop, stage.at, i == 0 ? "127.0.0.2" : "127.0.0.1"));
        clients.back()->request("/api/v1/assets?name=a", headers_for(2'000'000), "POST");
        clients.back()->send(bytes_of(1'000'000));
    }
    REQUIRE(stage.wait([&] {
        return std::distance(fs::directory_iterator(stage.incoming.path()), {}) ==
               static_cast<std::ptrdiff_t>(limits::kMaxUploads);
    }));
    CHECK(status_of(stage, "/api/v1/assets?name=b", headers_for(4), "four") == 503);
    clients.pop_back();
    WebClient next(stage.loop, stage.at);
    REQUIRE(stage.wait(
        [&] { return status_of(stage, "/api/v1/assets?name=b", headers_for(0)) == 422; }));
    clients.clear();
    CHECK(nothing_left(stage));
    CHECK(stage.count<http_event::Call<store_question::Adopt>>() == 0);
}

TEST_CASE("upload: one client, however many it sends, leaves room for another") {
    HttpStage stage;
    std::vector<std::unique_ptr<WebClient>> clients;
    for (std::size_t i = 0; i < limits::kMaxUploadsOfOne; ++i) {
        clients.push_back(std::make_unique<WebClient>(stage.loop, stage.at));
        clients.back()->request("/api/v1/assets?name=a", headers_for(2'000'000), "POST");
        clients.back()->send(bytes_of(1'000'000));
    }
    REQUIRE(stage.wait([&] {
        return std::distance(fs::directory_iterator(stage.incoming.path()), {}) ==
               static_cast<std::ptrdiff_t>(limits::kMaxUploadsOfOne);
    }));
    CHECK(status_of(stage, "/api/v1/assets?name=b", headers_for(4), "four") == 503);
    WebClient other(stage.loop, stage.at, "127.0.0.2");
    other.request("/api/v1/assets?name=b", headers_for(0), "POST");
    REQUIRE(stage.wait([&] { return other.answer().whole; }));
    CHECK(other.answer().status == 422);  // it was looked at: an empty file
    clients.clear();
    CHECK(nothing_left(stage));
}

TEST_CASE("upload: who leaves after the body and before the answer takes it back") {
    HttpStage stage;
    auto client = std::make_unique<WebClient>(stage.loop, stage.at);
    const std::string bytes = bytes_of(64'000'000);
    client->request("/api/v1/assets?name=a&raw=1", headers_for(bytes.size()), "POST");
    client->send(bytes);
    client.reset();
    // It is broken off, or else cut so fast that the store was told already: then that one refuses.
    CHECK(stage.wait([&] {
        if (stage.count<http_event::Call<store_question::Adopt>>() > 0)
            stage.answer(stage.next<http_event::Call<store_question::Adopt>>(),
                         fail(ErrorKind::io, "too late"));
        return fs::is_empty(stage.incoming.path());
    }));
}

TEST_CASE("upload: the store's refusal is the answer, and nothing is left") {
    HttpStage stage;
    WebClient client(stage.loop, stage.at);
    client.request("/api/v1/assets?name=a", headers_for(4), "POST");
    client.send("four");
    const auto told = stage.next<http_event::Call<store_question::Adopt>>();
    stage.answer(told, fail(ErrorKind::full, "no room to keep it"));
    REQUIRE(stage.wait([&] { return client.answer().whole; }));
    CHECK(client.answer().status == 507);
    CHECK(nothing_left(stage));
}

TEST_CASE("upload: a peer that stops leaves nothing of one") {
    HttpStage stage;
    WebClient client(stage.loop, stage.at);
    client.request("/api/v1/assets?name=a", headers_for(2'000'000), "POST");
    client.send(bytes_of(1'000'000));
    REQUIRE(stage.wait([&] { return !fs::is_empty(stage.incoming.path()); }));
    stage.stop();
    CHECK(fs::is_empty(stage.incoming.path()));
}

TEST_CASE("upload pace: with so many pieces not on disk the client waits, until half of them are") {
    UploadPace pace;
    for (std::size_t read = 1; read < limits::kUploadPieces; ++read)
        REQUIRE(pace.read());
    CHECK_FALSE(pace.read());
    for (std::size_t left = limits::kUploadPieces - 1; left > limits::kUploadPieces / 2; --left)
        REQUIRE_FALSE(pace.taken());
    CHECK(pace.taken());
    CHECK_FALSE(pace.taken());  // it goes on already
    CHECK(pace.read());
}

TEST_CASE("upload pace: a disk that keeps up never has the client wait") {
    UploadPace pace;
    for (std::size_t i = 0; i < 3 * limits::kUploadPieces; ++i) {
        REQUIRE(pace.read());
        REQUIRE_FALSE(pace.taken());
    }
}
