#include "tests/socket/real_peer.hpp"

#include "messages/wire/hash.hpp"
#include "player/cut/cutter.hpp"

#include <algorithm>
#include <fstream>
#include <random>

#include <doctest/doctest.h>

namespace fragcast::test {

RealPeer::RealPeer(Loop& loop, const std::filesystem::path& folder, PeerWishes wishes)
    : loop_(loop), folder_(folder) {
    EngineHooks hooks;
    hooks.on_store = [this](const StoreEvent& event) {
        if (on_store_) on_store_(event);
    };
    hooks.on_report = [this](const Report& report) { reports_.push_back(report); };
    node_ = std::make_unique<Node>(context_, loop, std::move(hooks));
    auto store = FragmentStore::open(real_files(), folder, wishes.name);
    if (!store) FAIL(store.error().text);
    incoming_ = (*store)->incoming();
    const auto bound = node_->listen({"127.0.0.1", 0}, "--listen");
    if (!bound) FAIL(bound.error().text);
    exchange_ = *bound;

    NodeOptions options;
    options.buses = std::move(wishes.buses);
    options.seed = 1;
    options.swarm.friends = std::move(wishes.friends);
    PeerRecord& self = options.swarm.self;
    const Identity& identity = (*store)->identity();
    self.id = identity.id;
    self.epoch = identity.epoch;
    self.name = wishes.name;
    self.exchange = wishes.tell_exchange.empty() ? exchange_.text() : wishes.tell_exchange;
    self.capacity = 0;  // nothing moves by itself here
    options.swarm.key = identity.public_key;
    auto assets = (*store)->assets();
    const auto started = node_->start(std::move(options), std::move(*store), std::move(assets));
    if (!started) FAIL(started.error().text);
}

RealPeer::~RealPeer() {
    node_.reset();
    int turns = 0;
    loop_.run_until([&] { return turns++ != 0; }, std::chrono::milliseconds(1));
}

std::size_t RealPeer::reports(const std::string& kind) const {
    return static_cast<std::size_t>(std::count_if(
        reports_.begin(), reports_.end(), [&](const Report& one) { return one.kind == kind; }));
}

AssetId RealPeer::add_file(const std::string& name, std::size_t bytes) {
    const auto input = folder_ / "input";
    std::mt19937_64 chance(bytes);
    std::vector<std::uint64_t> words(bytes / sizeof(std::uint64_t) + 1);
    std::generate(words.begin(), words.end(), chance);
    std::ofstream(input, std::ios::binary)
        .write(reinterpret_cast<const char*>(words.data()), static_cast<std::streamsize>(bytes));
    CutOptions options;
    options.name = name;
    const auto cut = cut_file(input, incoming_, options, [](const CutProgress&) { return true; });
    if (!cut) FAIL(cut.error().text);
    std::filesystem::remove(input);
    node_->ask_store<store_question::Adopt>({cut->folder},
                                            [](const auto& adopted) { CHECK(adopted); });
    return cut->id;
}

void RealPeer::fetch(const AssetId& asset) {
    node_->tell(facts::FetchAsked{asset, {}});
}

std::size_t RealPeer::whole_fragments(const AssetId& asset) const {
    return node_->swarm().holding(asset).fragments.count();
}

std::uint64_t RealPeer::proven_bytes(const AssetId& asset) const {
    const auto manifest = node_->swarm().manifest(asset);
    if (!manifest) return 0;
    const Holding holding = node_->swarm().holding(asset);
    std::uint64_t bytes = 0;
    for (std::uint32_t i = 0; i < manifest->fragments.size(); ++i)
        if (holding.fragments.contains(i)) bytes += manifest->fragments[i].size;
    for (const auto& [index, chunks] : holding.partial)
        bytes += chunks.count() * std::uint64_t{limits::kChunkBytes};
    return bytes;
}

bool RealPeer::has_all(const AssetId& asset) const {
    const auto manifest = node_->swarm().manifest(asset);
    return manifest && whole_fragments(asset) == manifest->fragments.size();
}

}  // namespace fragcast::test
