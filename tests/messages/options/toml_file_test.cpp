#include "messages/options/toml_file.hpp"

#include <cstdio>
#include <cstdlib>
#include <fstream>

#include <doctest/doctest.h>
#include <unistd.h>

using namespace fragcast;

namespace {

// Each as "name@LINE:COLUMN=value,value@LINE:COLUMN ", or the error's text; without the file's
// name.
std::string read(const std::string& text) {
    char path[] = "/tmp/fragcast-toml-XXXXXX";
    ::close(mkstemp(path));
    std::ofstream(path) << text;
    const auto settings = read_toml(path);
    std::remove(path);
    const auto placed = [&](const std::string& place) {
        CHECK(place.starts_with(std::string(path) + ":"));
        return place.substr(sizeof path);
    };
    if (!settings) return placed(settings.error().text);
    std::string out;
    for (const TomlSetting& one : *settings) {
        out += one.name + "@" + placed(one.key_place) + "=";
        for (const auto& value : one.values)
            out += (&value == one.values.data() ? "" : ",") + value;
        out += "@" + placed(one.value_place) + " ";
    }
    return out;
}

bool told(const std::string& text, const std::string& place) {
    return text.find(place) != std::string::npos;
}

}  // namespace

TEST_CASE("toml: settings come with their values as a flag would have them, and their places") {
    CHECK(read("").empty());
    CHECK(read("# only this\n").empty());
    CHECK(read("name = \"x\"") == "name@1:1=x@1:8 ");
    CHECK(read("\n  b = 'c:\\d'\n") == "b@2:3=c:\\d@2:7 ");
    CHECK(read("a = 12\nb = -3\nc = 1.5\nd = true\n") ==
          "a@1:1=12@1:5 b@2:1=-3@2:5 c@3:1=1.5@3:5 d@4:1=true@4:5 ");
    CHECK(read("a = [\"x\", \"y z\",\n 3]\n") == "a@1:1=x,y z,3@1:5 ");
    CHECK(read("a = []\n") == "a@1:1=@1:5 ");
    CHECK(read("[t]\nkey = 1\n") == "t.key@2:1=1@2:7 ");
    CHECK(read("a = \"\"\"\nx\ny\"\"\"\n") == "a@1:1=x\ny@1:5 ");
}

TEST_CASE("toml: what is wrong is told with line and column") {
    CHECK(told(read("a = 1\nb 2\n"), "2:3: "));
    CHECK(told(read("a = \"x\nb = 1\n"), "1:"));
    CHECK(told(read("a = 1\na = 2\n"), "2:5: "));
    CHECK(told(read("a = 99999999999999999999\n"), "1:"));
    CHECK(told(read("a = \"\xff\"\n"), "1:5: "));
    CHECK(read("a = 1\nday = 2026-01-01\n") ==
          "2:7: day: a text, a number, true or false is expected, or a list of these");
    CHECK(told(read("a = [[1]]\n"), "1:6: a: "));
    CHECK(told(read("a = [{b = 1}]\n"), "1:6: a: "));
}

TEST_CASE("toml: a file that is not there is no empty one") {
    const auto absent = read_toml("/no/such/file.toml");
    REQUIRE_FALSE(absent);
    CHECK(absent.error().text == "cannot read /no/such/file.toml: No such file or directory");
    CHECK_FALSE(read_toml("/"));
}

TEST_CASE("toml: a text is written so that it is read back") {
    for (const std::string text : {"", "plain", "a \"b\" \\c", "tab\tand\nline", "'q'", "\x01"}) {
        CAPTURE(text);
        CHECK(read("a = " + toml_string(text)) == "a@1:1=" + text + "@1:5 ");
    }
    CHECK(toml_string("a \"b\"") == "\"a \\\"b\\\"\"");
}
