#include "peer/swarm/copies/placement.hpp"

#include "messages/wire/limits.hpp"

#include <map>

#include <doctest/doctest.h>

using namespace fragcast;

namespace {

PeerRecord peer(std::uint8_t byte, std::uint32_t capacity = 1) {
    PeerRecord record;
    record.id.bytes.fill(byte);
    record.capacity = capacity;
    return record;
}

AssetId counting_asset() {
    AssetId asset;
    for (std::size_t i = 0; i < AssetId::kBytes; ++i)
        asset.bytes[i] = static_cast<std::uint8_t>(i);
    return asset;
}

}  // namespace

TEST_CASE("placement: the example of PROTOCOL.md") {
    const std::vector<PeerRecord> peers = {peer(0xa0), peer(0xa1), peer(0xa2), peer(0xa3, 4)};
    const auto order = placement_order({counting_asset(), FragmentIndex{0}}, peers);
    REQUIRE(order.size() == 4);
    CHECK(order[0] == peer(0xa2).id);
    CHECK(order[1] == peer(0xa3).id);
    CHECK(order[2] == peer(0xa1).id);
    CHECK(order[3] == peer(0xa0).id);
    CHECK(placement_distance(0xe4cc2982b30686b3) == 696095954);
    CHECK(placement_distance(0x8936e5b4cf116be4) == 3864231338);
    CHECK(placement_distance(0x19d8a56f06ea27b4) == 14208248189);
}

TEST_CASE("placement: the ends of the hash are in order") {
    CHECK(placement_distance(0) == placement_distance(1));
    CHECK(placement_distance(~std::uint64_t{0}) < placement_distance(1ULL << 63));
    CHECK(placement_distance(1ULL << 63) == (std::uint64_t{1} << 32));
}

TEST_CASE("placement: guests, leaving peers and those without capacity are never responsible") {
    auto guest = peer(1);
    guest.guest = true;
    auto leaving = peer(2);
    leaving.draining = true;
    CHECK(placement_order({counting_asset(), FragmentIndex{0}}, {guest, leaving, peer(3, 0)})
              .empty());
}

TEST_CASE("placement: of a capacity 1 TiB counts at most") {
    const FragmentRef fragment{counting_asset(), FragmentIndex{0}};
    const Place most = place_of(fragment, peer(0xa0).id, limits::kMaxCapacity);
    CHECK(place_of(fragment, peer(0xa0).id, limits::kMaxCapacity - 1).capacity ==
          limits::kMaxCapacity - 1);
    CHECK(most.capacity == limits::kMaxCapacity);
    CHECK(place_of(fragment, peer(0xa0).id, ~0U).capacity == limits::kMaxCapacity);
    // Who claims more than there can be gets no more than who has it.
    std::vector<PeerRecord> peers;
    for (std::uint8_t i = 1; i <= 10; ++i)
        peers.push_back(peer(i, i == 10 ? 1U << 31 : limits::kMaxCapacity));
    int claimed = 0;
    for (std::uint32_t f = 0; f < 1000; ++f)
        claimed += placement_order({counting_asset(), {f}}, peers).front() == peer(10).id;
    CHECK(claimed > 50);
    CHECK(claimed < 150);
}

TEST_CASE("placement: where there are fewer peers than copies, all are responsible") {
    CHECK(responsible_for({counting_asset(), FragmentIndex{7}}, 3, {peer(1), peer(2)}).size() == 2);
    CHECK(responsible_for({counting_asset(), FragmentIndex{7}}, 1, {peer(1), peer(2)}).size() == 1);
}

TEST_CASE("placement: a peer that goes moves only what was its own, and weight decides the share") {
    std::vector<PeerRecord> peers;
    for (std::uint8_t i = 1; i <= 10; ++i)
        peers.push_back(peer(i, i == 10 ? 3 : 1));
    std::map<PeerId, int> share;
    for (std::uint32_t f = 0; f < 3000; ++f) {
        const FragmentRef fragment{counting_asset(), FragmentIndex{f}};
        const auto before = placement_order(fragment, peers);
        ++share[before.front()];
        auto fewer = peers;
        fewer.erase(fewer.begin());
        auto expected = before;
        std::erase(expected, peers.front().id);
        CHECK(placement_order(fragment, fewer) == expected);
    }
    for (const auto& [id, count] : share) {
        CAPTURE(id.text());
        const int expected = id == peer(10).id ? 750 : 250;
        CHECK(count > expected * 3 / 4);
        CHECK(count < expected * 5 / 4);
    }
}
