// What is written to stderr, as text and as JSON.
#include "messages/log/log.hpp"

#include "tests/support/said_on_stderr.hpp"

#include <algorithm>
#include <functional>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>
#include <spdlog/spdlog.h>

using namespace fragcast;
using nlohmann::json;

namespace {

// What is logged meanwhile, with a log of these options.
std::string written(const std::string& level, bool as_json, const std::function<void()>& write) {
    const auto before = spdlog::default_logger();
    std::string text = test::said_on_stderr([&] {
        set_up_log(level, as_json);
        write();
    });
    spdlog::set_default_logger(before);
    return text;
}

Report told(const std::string& text) {
    Report report;
    report.kind = "fragment.received";
    report.text = text;
    return report;
}

}  // namespace

TEST_CASE("log: as JSON, a line is an object with what it is about") {
    const std::string text = written("info", true, [] {
        Report report = told("a \"quoted\" line\nand one more \xff");
        log_report(report);
        report.level = Report::Level::warning;
        report.peer.bytes[0] = 1;
        report.asset.bytes[0] = 2;
        report.fragment = 0;
        log_report(report);
    });
    const std::size_t end = text.find('\n');
    REQUIRE(end != text.npos);
    const json first = json::parse(text.substr(0, end));
    CHECK(first["level"] == "info");
    CHECK(first["kind"] == "fragment.received");
    CHECK(first["text"] == "a \"quoted\" line\nand one more \uFFFD");
    const std::string time = first["time"];
    CHECK(time.size() == std::string("2026-01-02T03:04:05.678Z").size());
    CHECK(time.back() == 'Z');
    for (const char* absent : {"peer", "asset", "fragment"})
        CHECK_FALSE(first.contains(absent));

    const json second = json::parse(text.substr(end + 1));
    CHECK(second["level"] == "warning");
    CHECK(second["peer"] == "01" + std::string(30, '0'));
    CHECK(second["asset"] == "02" + std::string(62, '0'));
    CHECK(second["fragment"] == 0);
}

TEST_CASE("log: as text, what others wrote makes no lines and moves no cursor") {
    const std::string text = written("info", false, [] {
        log_report(told("one\n2026-01-01 error: forged\x1b[2J\x7f\u009b31m\u202e\u2028\xff"));
    });
    CHECK(text.find("info    fragment.received    one?2026-01-01 error: forged?[2J??31m???\n") !=
          std::string::npos);
    CHECK(text.find('\n') == text.size() - 1);
}

TEST_CASE("log: below its level nothing is written, and the level may change") {
    const auto levels = [](const std::string& at) {
        return written("warning", true, [&] {
            if (!at.empty()) set_log_level(at);
            for (const auto level : {Report::Level::debug, Report::Level::info,
                                     Report::Level::warning, Report::Level::error})
                log_line(level, "kind", std::to_string(static_cast<int>(level)));
        });
    };
    const auto lines = [](const std::string& text) {
        return std::count(text.begin(), text.end(), '\n');
    };
    CHECK(lines(levels("")) == 2);
    CHECK(lines(levels("error")) == 1);
    CHECK(lines(levels("debug")) == 4);
}
