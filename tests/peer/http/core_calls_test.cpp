#include "peer/http/core_calls.hpp"

#include <vector>

#include <doctest/doctest.h>

using namespace fragcast;

namespace {

// Asks one question of each kind, and keeps what comes.
struct Askers {
    std::vector<Fact> told;
    CoreCalls calls{[this](Fact fact) { told.push_back(std::move(fact)); }};
    std::string heard;
    ReadId manifest = calls.manifest({}, {}, [this](const auto& got) { hear('m', got.ok()); });
    ReadId chunk =
        calls.chunk({}, {}, {}, {ReaderId{5}, 17}, [this](const Error&) { hear('c', false); });
    ReadId question =
        calls.question(Locate{}, false, {}, [this](const auto& got) { hear('q', got.ok()); });

    void hear(char who, bool ok) { heard += {who, ok ? '+' : '-'}; }
};

}  // namespace

TEST_CASE("core calls: an answer is for who asked for its kind, once") {
    Askers askers;
    CHECK(std::holds_alternative<facts::ManifestAsked>(askers.told.at(0)));
    CHECK(std::holds_alternative<facts::ReadAsked>(askers.told.at(1)));
    CHECK(std::holds_alternative<facts::QuestionAsked>(askers.told.at(2)));
    // Of another kind than asked, and of nobody's: heard by none, and the right one still is.
    askers.calls.on_answer(askers.manifest, Located{});
    askers.calls.on_manifest(askers.chunk, nullptr);
    CHECK_FALSE(askers.calls.hand_over(askers.question));
    CHECK_FALSE(askers.calls.hand_over(askers.calls.asker()));
    CHECK(askers.heard.empty());
    for (int again = 0; again < 2; ++again) {
        askers.calls.on_manifest(askers.manifest, nullptr);
        const auto who = askers.calls.hand_over(askers.chunk);
        CHECK(who.has_value() == (again == 0));
        if (who) CHECK((who->reader == ReaderId{5} && who->call == 17));
        askers.calls.on_answer(askers.question, Located{});
    }
    CHECK(askers.heard == "m+q+");
    CHECK(askers.calls.size() == 0);
}

TEST_CASE("core calls: a failure is heard by whoever asked, and not by who cancelled") {
    Askers askers;
    askers.calls.cancel(askers.chunk);
    CHECK(std::get<facts::ReadCancelled>(askers.told.back()).read == askers.chunk);
    for (const ReadId read : {askers.manifest, askers.chunk, askers.question})
        askers.calls.on_failure(read, fail(ErrorKind::timeout, "late"));
    CHECK(askers.heard == "m-q-");
    askers.calls.cancel(askers.chunk);
    CHECK(askers.told.size() == 4);
    CHECK(askers.calls.size() == 0);
}

TEST_CASE("core calls: who hears may ask again from inside") {
    Askers askers;
    askers.calls.question(Locate{}, true, {}, [&](const Result<Body>& got) {
        askers.hear('1', got.ok());
        askers.calls.question(Locate{}, false, {},
                              [&](const Result<Body>& then) { askers.hear('2', then.ok()); });
    });
    const ReadId first = std::get<facts::QuestionAsked>(askers.told.back()).read;
    askers.calls.on_failure(first, fail(ErrorKind::unavailable, "nobody"));
    askers.calls.on_answer(std::get<facts::QuestionAsked>(askers.told.back()).read, Located{});
    CHECK(askers.heard == "1-2+");
}
