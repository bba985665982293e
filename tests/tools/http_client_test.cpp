#include "tools/http_client.hpp"

#include <doctest/doctest.h>

using namespace fragcast::tools;

TEST_CASE("http client: a name becomes part of a URL, whatever is in it") {
    CHECK(url_escape("") == "");
    CHECK(url_escape("film.mp4") == "film.mp4");
    CHECK(url_escape("aZ09-._~") == "aZ09-._~");
    CHECK(url_escape("a b&c=d?e#f%g") == "a%20b%26c%3Dd%3Fe%23f%25g");
    CHECK(url_escape("caf\xc3\xa9") == "caf%C3%A9");
    CHECK(url_escape(std::string("a\0b", 3)) == "a%00b");
}
