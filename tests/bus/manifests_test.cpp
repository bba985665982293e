// Manifests at a bus: asked for, collected, proven, kept within bounds, and given out.
#include "bus/manifest_cache.hpp"
#include "messages/wire/manifest.hpp"
#include "tests/bus/talk.hpp"

#include <algorithm>

#include <doctest/doctest.h>

using namespace fragcast;
using namespace fragcast::test;

namespace {

struct Made {
    Bytes body;
    AssetRecord record;
};

// A file of so many fragments: each makes its manifest 38 bytes longer or so.
Made manifest(const std::string& name, std::uint32_t fragments = 3) {
    Manifest made;
    made.name = name;
    made.kind = AssetKind::file;
    made.mime = "application/octet-stream";
    made.source.name = name;
    made.source.size = 1000ULL * fragments;
    for (std::uint32_t i = 0; i < fragments; ++i) {
        FragmentInfo info;
        info.size = 1000;
        info.hash.bytes.fill(static_cast<std::uint8_t>(i));
        made.fragments.push_back(info);
    }
    auto body = encode_manifest(made);
    REQUIRE(body);
    const AssetId id = id_of_manifest(*body);
    return {*body, record_of(id, made)};
}

// All parts of a manifest, as a peer sends them.
std::vector<std::pair<ManifestPart, Bytes>> parts(const AssetId& id, const Bytes& body) {
    std::vector<std::pair<ManifestPart, Bytes>> out;
    for (std::size_t at = 0; at < body.size(); at += limits::kManifestPartBytes) {
        const std::size_t end = std::min<std::size_t>(body.size(), at + limits::kManifestPartBytes);
        out.emplace_back(ManifestPart{{}, id, body.size(), at},
                         Bytes(body.begin() + static_cast<std::ptrdiff_t>(at),
                               body.begin() + static_cast<std::ptrdiff_t>(end)));
    }
    return out;
}

Status give(ManifestCache& cache, const Made& made, Time now = {}) {
    cache.asked(made.record.id, "r", now);
    std::optional<Result<AssetRecord>> done;
    for (const auto& [part, bytes] : parts(made.record.id, made.body))
        done = cache.on_part("r", part, Payload(bytes), now);
    REQUIRE(done);
    if (!*done) return done->error();
    CHECK(**done == made.record);
    return Done{};
}

}  // namespace

TEST_CASE("a manifest of several parts is collected, proven, and given out in parts") {
    const Made large = manifest("large", 10000);
    REQUIRE(parts(large.record.id, large.body).size() > 1);
    ManifestCache cache;
    CHECK(give(cache, large));
    CHECK(cache.bytes() == large.body.size());
    Bytes read;
    while (read.size() < large.body.size()) {
        const auto part = cache.part(large.record.id, read.size());
        REQUIRE(part);
        CHECK(part->total == large.body.size());
        CHECK(part->bytes.size() <= limits::kManifestPartBytes);
        read.insert(read.end(), part->bytes.view().begin(), part->bytes.view().end());
    }
    CHECK(read == large.body);
    CHECK(cache.part(large.record.id, large.body.size()).error().kind == ErrorKind::invalid);
    CHECK(cache.part(asset(9, "").id, 0).error().kind == ErrorKind::not_found);
}

TEST_CASE("a manifest is kept only if it was asked of this peer, in order, and hashes to its id") {
    const Made good = manifest("good", 10000);
    const AssetId& id = good.record.id;
    const auto good_parts = parts(id, good.body);
    const auto after = [&](const auto& send) {
        ManifestCache cache;
        cache.asked(id, "r", Time{});
        const std::optional<Result<AssetRecord>> done = send(cache);
        REQUIRE(done);
        REQUIRE_FALSE(done->ok());
        CHECK(cache.record(id) == nullptr);
        CHECK(cache.bytes() == 0);
        return done->error().kind;
    };
    const auto on = [](ManifestCache& cache, ManifestPart part, Bytes bytes, const char* from) {
        return cache.on_part(from, part, Payload(std::move(bytes)), Time{});
    };
    CHECK(after([&](ManifestCache& cache) {
              return on(cache, good_parts[0].first, good_parts[0].second, "somebody else");
          }) == ErrorKind::refused);
    CHECK(after([&](ManifestCache& cache) {
              return on(cache, good_parts[1].first, good_parts[1].second, "r");
          }) == ErrorKind::invalid);
    CHECK(after([&](ManifestCache& cache) {
              return on(cache, {{}, id, good.body.size(), 0}, {1, 2, 3}, "r");
          }) == ErrorKind::invalid);
    CHECK(after([&](ManifestCache& cache) {
              return on(cache, {{}, id, limits::kMaxManifestBytes + 1, 0},
                        Bytes(limits::kManifestPartBytes), "r");
          }) == ErrorKind::invalid);
    CHECK(after([&](ManifestCache& cache) {
              return on(cache, {{}, id, 3, 0}, {1, 2, 3}, "r");
          }) == ErrorKind::invalid);
    CHECK(after([&](ManifestCache& cache) {
              return on(cache, {{}, id, ~0ULL, ~0ULL}, {1}, "r");
          }) == ErrorKind::invalid);
}

TEST_CASE("bytes that hash to their id and are no manifest are refused") {
    const Bytes nonsense(100, 0x55);
    Made made{nonsense, asset(0, "nonsense")};
    made.record.id = id_of_manifest(nonsense);
    ManifestCache cache;
    CHECK_FALSE(give(cache, made));
    CHECK(cache.bytes() == 0);
}

TEST_CASE("the cache is bounded: what was asked for longest ago goes") {
    const Made a = manifest("a"), b = manifest("b"), c = manifest("c");
    ManifestCache cache(a.body.size() + b.body.size());
    CHECK(give(cache, a));
    CHECK(give(cache, b));
    CHECK(cache.part(a.record.id, 0));
    CHECK(give(cache, c));
    CHECK(cache.record(a.record.id) != nullptr);
    CHECK(cache.record(b.record.id) == nullptr);
    CHECK(cache.record(c.record.id) != nullptr);
    CHECK(cache.bytes() == a.body.size() + c.body.size());
}

TEST_CASE("a bus keeps kMaxManifestCacheBytes of manifests, and then the oldest go") {
    ManifestCache cache;
    std::vector<AssetId> all;
    std::size_t bytes = 0, each = 0;
    while (bytes <= limits::kMaxManifestCacheBytes) {
        const Made made = manifest(std::to_string(1000 + all.size()), limits::kMaxFragments);
        REQUIRE(give(cache, made));
        all.push_back(made.record.id);
        each = made.body.size();
        bytes += each;
    }
    CHECK(cache.bytes() <= limits::kMaxManifestCacheBytes);
    CHECK(cache.bytes() > limits::kMaxManifestCacheBytes - each);
    CHECK(cache.record(all.front()) == nullptr);
    CHECK(cache.record(all[1]) != nullptr);
    CHECK(cache.record(all.back()) != nullptr);
}

TEST_CASE("so many manifests are under way at once, in all and of one connection") {
    ManifestCache cache;
    std::uint8_t next = 0;
    for (std::uint32_t i = 0; i < limits::kMaxManifestsComingOfOne; ++i) {
        CHECK(cache.may_ask(asset(++next, "").id, "one"));
        cache.asked(asset(next, "").id, "one", Time{});
    }
    CHECK_FALSE(cache.may_ask(asset(99, "").id, "one"));
    CHECK_FALSE(cache.may_ask(asset(next, "").id, "two"));
    while (next < limits::kMaxManifestsComing) {
        const Route route = "r" + std::to_string(++next);
        CHECK(cache.may_ask(asset(next, "").id, route));
        cache.asked(asset(next, "").id, route, Time{} + 1s);
    }
    CHECK_FALSE(cache.may_ask(asset(99, "").id, "two"));
    cache.expire(Time{} + limits::kManifestProgress);
    CHECK(cache.may_ask(asset(99, "").id, "two"));
}

TEST_CASE("connections that never send hold up the others' manifests for 5 s, and are not asked") {
    Talk talk;
    std::vector<Speaker> silent;
    std::uint8_t number = 100;
    for (std::uint8_t i = 1; i <= limits::kMaxManifestsComing / limits::kMaxManifestsComingOfOne;
         ++i) {
        silent.emplace_back(i);
        talk.join(silent.back(),
                  {entry(asset(++number, "a"), {{0, 1}}), entry(asset(++number, "b"), {{0, 1}}),
                   entry(asset(++number, "c"), {{0, 1}})});
        CHECK(talk.tell(silent.back(), Heartbeat{silent.back().root()}).size() == 2);
    }
    Speaker honest(50);
    const Made film = manifest("film");
    talk.join(honest, {entry(film.record, {{0, 1}})});
    CHECK(talk.tell(honest, Heartbeat{honest.root()}).size() == 1);
    talk.at(limits::kManifestProgress);
    for (const Speaker& one : silent)
        CHECK(talk.tell(one, Heartbeat{one.root()}).size() == 1);
    CHECK(talk.tell(honest, Heartbeat{honest.root()}).size() == 2);
    const ManifestPart part{{}, film.record.id, film.body.size(), 0};
    CHECK(talk.tell(honest, part, Payload(Bytes(film.body))).empty());
    CHECK(talk.session.leases().assets().at(film.record.id).proven);
}

TEST_CASE("who let a manifest lapse is asked again after a minute; so many are remembered") {
    ManifestCache cache;
    Time now{};
    for (std::size_t i = 0; i <= limits::kMaxLapsed; ++i) {
        const Route route = "r" + std::to_string(i);
        REQUIRE(cache.may_ask(kFilm.id, route));
        cache.asked(kFilm.id, route, now);
        now += limits::kManifestProgress;
        cache.expire(now);
        CHECK_FALSE(cache.may_ask(kFilm.id, route));
        if (i == 0) continue;
        cache.expire(now += limits::kManifestAgain);
        CHECK(cache.may_ask(kFilm.id, route));
        now -= limits::kManifestAgain;
    }
}

TEST_CASE("a manifest that comes in drips is given up after a minute, and no part is late before") {
    const Made large = manifest("large", limits::kMaxFragments);
    const auto all = parts(large.record.id, large.body);
    REQUIRE(all.size() > 2);
    const Made other = manifest("other");
    ManifestCache cache;
    Time now{};
    cache.asked(large.record.id, "r", now);
    cache.asked(other.record.id, "r", now);
    for (std::size_t i = 0; i < 2; ++i) {
        now += limits::kManifestProgress - 1s;
        cache.expire(now);
        CHECK_FALSE(cache.on_part("r", all[i].first, Payload(Bytes(all[i].second)), now));
    }
    // One after the other: the second waits for the first, and is not late.
    CHECK_FALSE(cache.may_ask(other.record.id, "two"));
    now = Time{} + limits::kManifestWhole;
    cache.expire(now);
    CHECK(cache.may_ask(large.record.id, "two"));
    CHECK(cache.may_ask(other.record.id, "two"));
}

TEST_CASE("the directory asks for manifests, proves them, and answers with them") {
    Talk talk;
    Speaker peer(1), stranger(50);
    const Made film = manifest("film");
    AssetRecord lie = film.record;
    lie.name = "cat pictures";
    talk.join(peer, {entry(lie, {{0, 2}})});

    // What a join told is asked for after the next heartbeat, once.
    auto answers = talk.tell(peer, Heartbeat{peer.root()});
    REQUIRE(answers.size() == 2);
    CHECK(answers[1] == Body(Ack{RequestId{}, {film.record.id}}));
    CHECK(talk.tell(peer, Heartbeat{peer.root()}).size() == 1);
    CHECK(talk.ask<Refused>(stranger, AskManifest{RequestId{3}, film.record.id, 0}).reason ==
          "not_found");

    const ManifestPart part{{}, film.record.id, film.body.size(), 0};
    CHECK(talk.tell(peer, part, Payload(Bytes(film.body))).empty());
    CHECK(talk.session.leases().named("film") == std::vector{film.record.id});
    const auto answer = talk.ask<ManifestPart>(stranger, AskManifest{RequestId{4}, film.record.id});
    CHECK(answer == ManifestPart{RequestId{4}, film.record.id, film.body.size(), 0});
    CHECK(std::ranges::equal(talk.last_payload.view(), film.body));
    CHECK(talk.ask<Refused>(stranger, AskManifest{{}, film.record.id, 1 << 30}).reason ==
          "invalid");
    // Who comes later tells nothing new of it, and is not asked.
    Speaker second(2);
    talk.join(second, {entry(lie, {{0, 1}})});
    CHECK(talk.tell(second, Heartbeat{second.root()}).size() == 1);
    CHECK(talk.session.leases().assets().at(film.record.id).record == film.record);
    // All holders go and come again: the manifest is still known.
    talk.join(peer);
    talk.join(second);
    talk.join(second, {entry(lie, {{0, 1}})});
    CHECK(talk.session.leases().named("film") == std::vector{film.record.id});
}

TEST_CASE("an update's ack asks for what it told of") {
    Talk talk;
    Speaker peer(1);
    const Made film = manifest("film");
    talk.join(peer);
    const auto ack = talk.ask<Ack>(peer, Update{RequestId{2}, {entry(film.record, {{0, 1}})}});
    CHECK(ack == Ack{RequestId{2}, {film.record.id}});
}

TEST_CASE("a manifest that nobody asked for is garbage") {
    Talk talk;
    Speaker peer(1);
    talk.join(peer);
    CHECK(talk.tell(peer, ManifestPart{{}, asset(9, "").id, 1, 0}, Payload(Bytes{1})).empty());
    CHECK(talk.counter("garbage") == 1);
    CHECK(talk.logged.size() == 1);
}
