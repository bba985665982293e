// Who a peer is: the same after a restart, never older than others remember, never alike twice.
#include "peer/store/identity.hpp"

#include "messages/wire/hash.hpp"
#include "messages/wire/key.hpp"
#include "store_stage.hpp"

using namespace fragcast;
using namespace fragcast::test;

namespace {

const fs::path kKey = kStore / "peer.key";
const fs::path kEpoch = kStore / "epoch";
const fs::path kPorts = kStore / "ports";

}  // namespace

TEST_CASE("identity: made once, kept, and every start has a later epoch") {
    MemoryFiles files;
    Identity first = open_store(files)->identity();
    CHECK(first.public_key.size() == kKeyBytes);
    CHECK(first.id == peer_id_of(first.public_key));
    CHECK(must(key_pair_of(first.secret_key)).public_key == first.public_key);
    CHECK(first.http_port == 0);
    CHECK(first.exchange_port == 0);
    for (int i = 0; i < 3; ++i) {
        const Identity next = open_store(files)->identity();
        CHECK(next.id == first.id);
        CHECK(next.secret_key == first.secret_key);
        CHECK(next.epoch > first.epoch);
        first = next;
    }
    MemoryFiles other;
    CHECK_FALSE(open_store(other)->identity().id == first.id);
}

TEST_CASE("identity: an epoch file that is lost, damaged or old does not take us back") {
    MemoryFiles files;
    files.set_seconds(1'800'000'000);
    const Bytes old = [&] {
        open_store(files);
        return files.get(kEpoch);
    }();
    Epoch newest;
    for (int i = 0; i < 10; ++i)
        newest = open_store(files)->identity().epoch;
    files.set_seconds(1'800'000'060);
    SUBCASE("lost") {
        files.erase(kEpoch);
    }
    SUBCASE("damaged") {
        files.flip_byte(kEpoch, 14);
    }
    SUBCASE("from a backup") {
        files.put(kEpoch, old);
    }
    CHECK(open_store(files)->identity().epoch > newest);
}

TEST_CASE("identity: an epoch goes on from the stored one when the clock is behind") {
    MemoryFiles files;
    files.set_seconds(1'800'000'000);
    const Epoch before = open_store(files)->identity().epoch;
    files.set_seconds(1'000'000'000);
    CHECK(open_store(files)->identity().epoch.value == before.value + 1);
}

TEST_CASE("identity: the epoch is on disk before anybody is told") {
    for (const auto unsynced : {Unsynced::lost, Unsynced::mixed}) {
        MemoryFiles files;
        files.set_seconds(1000);
        const Epoch told = open_store(files)->identity().epoch;
        files.crash(unsynced, 1);
        files.set_seconds(0);
        CHECK(open_store(files)->identity().epoch > told);
    }
}

TEST_CASE("identity: a damaged key stops the start, which says what to do") {
    MemoryFiles files;
    const PeerId id = open_store(files)->identity().id;
    SUBCASE("a bit") {
        files.flip_byte(kKey, 30);
    }
    SUBCASE("cut short") {
        files.truncate(kKey, 20);
    }
    SUBCASE("halves that are no pair") {
        Bytes payload(2 * kKeyBytes, 7);
        must(write_durably(files, kKey, payload, Files::Access::secret));
    }
    const Bytes before = files.get(kKey);
    const auto opened = FragmentStore::open(files, kStore, "peer1");
    CHECK(fault_of(opened) == ErrorKind::invalid);
    CHECK(text_of(opened).find("/store/peer.key is damaged. It says who this peer is; move it "
                               "away") == 0);
    CHECK(files.get(kKey) == before);
    files.erase(kKey);
    CHECK_FALSE(open_store(files)->identity().id == id);
}

TEST_CASE("identity: ports are remembered, and forgotten when their file is damaged") {
    MemoryFiles files;
    must(open_store(files)->remember_ports(8001, 40000));
    CHECK(open_store(files)->identity().http_port == 8001);
    CHECK(open_store(files)->identity().exchange_port == 40000);
    files.flip_byte(kPorts, 13);
    CHECK(open_store(files)->identity().http_port == 0);
    CHECK(open_store(files)->identity().exchange_port == 0);
}

TEST_CASE("identity: a copied store draws a new key, and its fragments stay") {
    MemoryFiles files;
    const auto asset = make_store_asset("film", {1000});
    must(fetch(*open_store(files), asset, 0));
    const auto copy = files.copy();
    auto original = open_store(files);
    auto copied = open_store(*copy);
    REQUIRE(original->identity().id == copied->identity().id);
    SUBCASE("for good") {
        const Bytes drawn = must(copied->draw_key());
        CHECK(drawn == copied->identity().public_key);
        const PeerId id = copied->identity().id;
        CHECK(id == peer_id_of(drawn));
        CHECK_FALSE(id == original->identity().id);
        CHECK(counts(*copied, asset.id) == "0");
        copied.reset();
        copied = open_store(*copy);
        CHECK(copied->identity().id == id);
        CHECK(counts(*copied, asset.id) == "0");
    }
    SUBCASE("or not at all") {
        copy->set_fault([](Op op, const fs::path&) {
            return op == Op::sync ? std::optional(ErrorKind::io) : std::nullopt;
        });
        CHECK(fault_of(copied->draw_key()) == ErrorKind::io);
        CHECK(copied->identity().id == original->identity().id);
        copied.reset();
        copy->set_fault(nullptr);
        CHECK(open_store(*copy)->identity().id == original->identity().id);
    }
}

TEST_CASE("identity: a store in use says by whom; it is free when its peer is gone") {
    MemoryFiles files;
    auto store = open_store(files);
    const auto second = FragmentStore::open(files, kStore, "peer2");
    CHECK(fault_of(second) == ErrorKind::busy);
    CHECK(text_of(second) == "store /store is in use by process 4711 (peer1)");
    store.reset();
    store = open_store(files);
}

TEST_CASE("identity: on a full disk a peer starts again, later than it ever was") {
    MemoryFiles files;
    files.set_seconds(1'800'000'000);
    const Epoch before = open_store(files)->identity().epoch;
    const auto full = [](Op now, const fs::path& path) {
        const bool makes = path.extension() == ".tmp" && now == Op::write;
        return makes ? std::optional(ErrorKind::full) : std::nullopt;
    };
    files.set_fault(full);
    files.set_seconds(1'800'000'060);
    Epoch told;
    {
        auto store = open_store(files);
        told = store->identity().epoch;
        CHECK(told > before);
        CHECK(store->remember_ports(8001, 5560).ok());
        CHECK(store->identity().http_port == 8001);
    }
    files.set_seconds(1'800'000'070);
    CHECK(open_store(files)->identity().epoch > told);
    // Nothing but the stored one says what comes after it: then it must be stored.
    files.set_seconds(1'000'000'000);
    CHECK(fault_of(FragmentStore::open(files, kStore, "peer1")) == ErrorKind::full);
    files.set_fault(nullptr);
    CHECK(open_store(files)->identity().epoch > before);
}

TEST_CASE("identity: a store that cannot be written says so") {
    for (const Op op : {Op::make_folder, Op::lock, Op::write, Op::rename, Op::list}) {
        MemoryFiles files;
        files.set_fault([op](Op now, const fs::path&) {
            return now == op ? std::optional(ErrorKind::io) : std::nullopt;
        });
        const auto opened = FragmentStore::open(files, kStore, "peer1");
        CHECK(fault_of(opened) == ErrorKind::io);
        CHECK(text_of(opened).find("store /store is not writable (") == 0);
        CHECK(text_of(opened).find("--store DIR") != std::string::npos);
        files.set_fault(nullptr);
        open_store(files);
    }
}
