#include "tools/guest.hpp"

#include "messages/wire/hash.hpp"
#include "messages/wire/key.hpp"

#include <unistd.h>

namespace fragcast::tools {

Guest::Guest(const Common& common, EngineHooks hooks) : common_(common) {
    auto on_report = std::move(hooks.on_report);
    hooks.on_report = [this, on_report](const Report& report) {
        if (report.level >= Report::Level::warning) last_warning_ = report.text;
        if (on_report) on_report(report);
    };
    node_ = std::make_unique<Node>(context_, loop_, std::move(hooks));
}

Status Guest::start(std::unique_ptr<ChunkStore> store, std::vector<StoredAsset> stored,
                    const std::string& friend_exchange) {
    auto key = make_key_pair();
    if (!key) return key.error();
    NodeOptions options;
    if (friend_exchange.empty()) {
        const auto bus = parse_endpoint(common_.bus, "--bus");
        if (!bus) return bus.error();
        options.buses = {*bus};
    } else {
        options.swarm.friends = {friend_exchange};
    }
    options.swarm.key = key->public_key;
    PeerRecord& self = options.swarm.self;
    self.id = peer_id_of(key->public_key);
    self.epoch.value = 1;
    self.name = "guest-" + std::to_string(getpid());
    self.capacity = 0;
    self.guest = true;
    random_bytes({reinterpret_cast<std::uint8_t*>(&options.seed), sizeof(options.seed)});
    return node_->start(std::move(options), std::move(store), std::move(stored));
}

Status Guest::wait(const std::function<bool()>& done,
                   const std::function<std::uint64_t()>& progress, const std::string& waiting_for) {
    const Duration patience(static_cast<Duration::rep>(common_.timeout * 1e6));
    Time last = Loop::now();
    std::uint64_t before = progress();
    while (!done()) {
        // Short turns: the signal handler only sets a flag.
        loop_.run_until(done, std::chrono::milliseconds(100));
        if (interrupted()) return fail(ErrorKind::interrupted, "interrupted");
        const std::uint64_t now = progress();
        if (now != before) last = Loop::now();
        before = now;
        if (Loop::now() - last > patience)
            return fail(ErrorKind::timeout,
                        "no progress for " + std::to_string(static_cast<int>(common_.timeout)) +
                            " s while waiting for " + waiting_for +
                            (last_warning_.empty() ? "" : " (" + last_warning_ + ")"));
    }
    return Done{};
}

void Guest::leave() {
    node_->tell(facts::Leaving{});
    // What was just sent leaves with linger 0 only if the loop still turns once.
    loop_.run_until([] { return false; }, std::chrono::milliseconds(50));
}

}  // namespace fragcast::tools
