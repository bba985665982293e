#include "tools/guest.hpp"

#include "messages/wire/hash.hpp"
#include "messages/wire/key.hpp"
#include "tools/terminal.hpp"

#include <algorithm>

#include <unistd.h>

namespace fragcast::tools {

namespace {

// How long until something is tried again changes with every look: that alone is no news.
void say_why(const std::string& why, std::string& said) {
    const std::string news = why.substr(0, why.find(';'));
    if (news == said) return;
    said = news;
    if (isatty(STDERR_FILENO) == 1) draw("\r\033[K");
    note("waiting for {}", why);
}

bool lists_all(const Located& located, const std::vector<Offering>& offerings) {
    return std::all_of(offerings.begin(), offerings.end(), [&](const Offering& offering) {
        return std::any_of(
            located.holders.begin(), located.holders.end(), [&](const HolderRecord& holder) {
                return holder.peer.id == offering.to.id &&
                       holder.fragments.common(offering.fragments) == offering.fragments;
            });
    });
}

}  // namespace

Guest::Guest(const Common& common, EngineHooks hooks) : common_(common) {
    auto on_report = std::move(hooks.on_report);
    hooks.on_report = [this, on_report](const Report& report) {
        if (report.level >= Report::Level::warning) last_warning_ = report.text;
        if (on_report) on_report(report);
    };
    hooks.on_answer = [this](ReadId read, Body body) { answer_.emplace(read, std::move(body)); };
    hooks.on_failure = [this](ReadId read, const Error& error) { answer_.emplace(read, error); };
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
                   const std::function<std::uint64_t()>& progress,
                   const std::function<std::string()>& waiting_for) {
    const Duration patience(static_cast<Duration::rep>(common_.timeout * 1e6));
    Time last = Loop::now();
    std::uint64_t before = progress();
    std::string said;
    while (!done()) {
        // Short turns: the signal handler only sets a flag.
        loop_.run_until(done, std::chrono::milliseconds(100));
        if (interrupted()) return fail(ErrorKind::interrupted, "interrupted");
        const std::uint64_t now = progress();
        if (now != before) last = Loop::now();
        before = now;
        if (Loop::now() - last < kMoment) continue;
        const std::string why = waiting_for();
        if (Loop::now() - last > patience)
            return fail(ErrorKind::timeout,
                        "no progress for " + std::to_string(static_cast<int>(common_.timeout)) +
                            " s while waiting for " + why +
                            (last_warning_.empty() ? "" : " (" + last_warning_ + ")"));
        say_why(why, said);
    }
    return Done{};
}

Result<Body> Guest::ask_bus(Body question, Duration most) {
    const ReadId read{++last_asked_};
    node_->tell(facts::QuestionAsked{read, std::move(question), false, Loop::now() + most});
    const auto answered = [&] { return (answer_ && answer_->first == read) || interrupted(); };
    loop_.run_until(answered, most);
    if (answer_ && answer_->first == read) return std::move(answer_->second);
    return fail(ErrorKind::timeout, "the bus at " + common_.bus + " does not answer");
}

bool Guest::wait_until_listed(const AssetId& asset, const std::vector<Offering>& offerings,
                              Duration most) {
    const Time deadline = Loop::now() + most;
    while (Loop::now() < deadline && !interrupted()) {
        Locate question;
        question.asset = asset;
        const auto answer = ask_bus(std::move(question), deadline - Loop::now());
        const auto* located = answer ? std::get_if<Located>(&*answer) : nullptr;
        if (located == nullptr) return false;
        if (lists_all(*located, offerings)) return true;
        loop_.run_until(interrupted, kAskAgain);
    }
    return false;
}

void Guest::leave() {
    node_->tell(facts::Leaving{});
    // What was just sent leaves with linger 0 only if the loop still turns once.
    loop_.run_until([] { return false; }, std::chrono::milliseconds(50));
}

}  // namespace fragcast::tools
