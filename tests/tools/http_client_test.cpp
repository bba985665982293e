#include "tools/http_client.hpp"

#include "messages/wire/limits.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

using namespace fragcast;
using namespace fragcast::tools;

TEST_CASE("http client: a name becomes part of a URL, whatever is in it") {
    CHECK(url_escape("") == "");
    CHECK(url_escape("film.mp4") == "film.mp4");
    CHECK(url_escape("aZ09-._~") == "aZ09-._~");
    CHECK(url_escape("a b&c=d?e#f%g") == "a%20b%26c%3Dd%3Fe%23f%25g");
    CHECK(url_escape("caf\xc3\xa9") == "caf%C3%A9");
    CHECK(url_escape(std::string("a\0b", 3)) == "a%00b");
}

namespace {

std::string repeated(const std::string& text, std::size_t times) {
    std::string all;
    for (std::size_t i = 0; i < times; ++i)
        all += text;
    return all;
}

std::string nested(std::size_t depth) {
    return std::string(depth, '[') + std::string(depth, ']');
}

}  // namespace

TEST_CASE("http client: an answer is JSON, no deeper than kMaxAnswerDepth") {
    REQUIRE(read_json("{\"a\":[1,2]}"));
    CHECK((*read_json("{\"a\":[1,2]}"))["a"][1] == 2);
    CHECK(read_json(nested(limits::kMaxAnswerDepth)));
    CHECK_FALSE(read_json(nested(limits::kMaxAnswerDepth + 1)));
    // One beside the other is no deeper.
    CHECK(read_json("[" + repeated("[{}],", 2 * limits::kMaxAnswerDepth) + "0]"));
    CHECK(read_json("\xff").error().kind == ErrorKind::invalid);
    for (const char* none : {"", "{", "no", "[1,]"})
        CHECK(read_json(none).error().text.find("no JSON") != std::string::npos);
}

TEST_CASE("http client: what is JSON and no object is no answer of ours") {
    CHECK(read_object("{}"));
    for (const char* other : {"[]", "null", "\"x\"", "5"})
        CHECK(read_object(other).error().text.find("none of ours") != std::string::npos);
    CHECK(read_object("no").error().text.find("no JSON") != std::string::npos);
}

TEST_CASE("http client: an answer holds kMaxAnswerValues, and a list kMaxListAnswerValues") {
    const auto list = [](std::size_t values) {  // the list itself is one of them
        return "[" + repeated("0,", values - 2) + "0]";
    };
    CHECK(read_json(list(limits::kMaxAnswerValues)));
    CHECK_FALSE(read_json(list(limits::kMaxAnswerValues + 1)));
    CHECK(read_json(list(limits::kMaxAnswerValues + 1), Answer::list));
    const auto names = [](std::size_t count) {
        return "{" + repeated("\"a\":0,", count - 1) + "\"a\":0}";
    };
    CHECK(read_json(names(limits::kMaxAnswerValues / 2 - 1)));
    CHECK_FALSE(read_json(names(limits::kMaxAnswerValues / 2)));  // a name is one of them, too
    CHECK_FALSE(read_json(list(limits::kMaxListAnswerValues + 1), Answer::list));
}

TEST_CASE("http client: an answer has kMaxAnswerBytes and kAnswerTime, a list as much more time") {
    CHECK(limits_of(Answer::one).bytes == limits::kMaxAnswerBytes);
    CHECK(limits_of(Answer::one).time == limits::kAnswerTime);
    CHECK(limits_of(Answer::list).bytes == limits::kMaxListAnswerBytes);
    CHECK(limits_of(Answer::list).time / limits_of(Answer::one).time ==
          limits::kMaxListAnswerBytes / limits::kMaxAnswerBytes);
}
