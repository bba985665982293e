#include "peer/peer_program.hpp"

#include "messages/log/log.hpp"
#include "messages/wire/endpoint.hpp"
#include "messages/wire/hash.hpp"
#include "messages/wire/limits.hpp"
#include "messages/zmq/host_name.hpp"
#include "peer/swarm/copies/store_limit.hpp"

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <utility>

#include <nlohmann/json.hpp>
#include <sys/resource.h>

namespace fragcast {
namespace {

constexpr int kInterrupted = 130;
constexpr Duration kProgressEvery{1'000'000};
constexpr int kZmqSockets = 8192;  // three for each neighbour dialled; libzmq's own limit is 1,023

// A neighbour costs a few descriptors, and the usual soft limit is 1,024.
void raise_open_files() {
    rlimit limit{};
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
    limit.rlim_cur = limit.rlim_max;
    (void)setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace

PeerProgram::PeerProgram(PeerOptions options)
    : options_(std::move(options)), files_(real_files()), node_(context_, loop_, hooks()) {
    context_.set(zmq::ctxopt::max_sockets, kZmqSockets);
}

EngineHooks PeerProgram::hooks() {
    EngineHooks hooks;
    hooks.who_reads = [this](ReadId read) { return http_->who_reads(read); };
    hooks.on_reader_failure = [this](const ForReader& who, const Error& error) {
        http_->on_reader_failure(who, error);
    };
    hooks.on_manifest = [this](ReadId read, const AssetId&,
                               std::shared_ptr<const Manifest> manifest) {
        http_->on_manifest(read, std::move(manifest));
    };
    hooks.on_answer = [this](ReadId read, Body body) { http_->on_answer(read, std::move(body)); };
    hooks.on_failure = [this](ReadId read, const Error& error) { http_->on_failure(read, error); };
    hooks.on_store = [this](const StoreEvent& event) { http_->on_store(event); };
    hooks.on_report = [this](const Report& report) {
        log_report(report);
        if (http_) http_->on_report(report);
    };
    return hooks;
}

Status PeerProgram::start() {
    // First: the threads that follow inherit the signals' mask.
    std::signal(SIGPIPE, SIG_IGN);
    raise_open_files();
    loop_.on_stop_signal([this](int times) { stop(times); });

    if (auto found = resolve_names(); !found) return found;
    auto store = FragmentStore::open(files_, options_.store, options_.name);
    if (!store) return store.error();
    for (const std::string& note : (*store)->notes())
        log_line(Report::Level::warning, "store.note", note);
    const Identity identity = (*store)->identity();

    auto exchange = listen(identity.exchange_port);
    if (!exchange) return exchange.error();
    exchange_ = *exchange;
    auto http = serve_http(identity.http_port, (*store)->incoming());
    if (!http) return http.error();
    http_ = std::move(*http);
    if (auto kept = (*store)->remember_ports(http_->endpoint().port, exchange_.port); !kept)
        return kept;

    NodeOptions node = options_.node;
    node.swarm.self = record(identity);
    node.swarm.key = identity.public_key;
    node.swarm.declined = (*store)->declined();
    random_bytes({reinterpret_cast<std::uint8_t*>(&node.seed), sizeof node.seed});
    auto assets = (*store)->assets();
    node.swarm.max_store = store_limit(assets);
    node.swarm.self.capacity = options_.no_copies ? 0 : capacity_of(node.swarm.max_store);
    if (auto started =
            node_.start(std::move(node), std::move(*store), std::move(assets), http_->readers());
        !started)
        return started;
    http_->attach(node_, [this] { hand_over(true); });
    return Done{};
}

std::uint64_t PeerProgram::store_limit(const std::vector<StoredAsset>& assets) const {
    if (options_.max_store) return *options_.max_store;
    std::uint64_t here = 0;
    for (const StoredAsset& asset : assets)
        for (const Span& span : asset.holding.fragments.spans())
            for (std::uint32_t i = span.begin; i < span.end; ++i)
                here += asset.manifest->fragments[i].size;
    std::error_code error;
    const auto space = std::filesystem::space(options_.store, error);
    return store_limit_of(error ? 0 : space.available, here);
}

// Others dial only literal addresses that they are told, and sockets bind to nothing else.
Status PeerProgram::resolve_names() {
    const auto listen = resolve_now(options_.listen, "--listen");
    if (!listen) return listen.error();
    listen_ = *listen;
    if (options_.http) {
        const auto http = resolve_now(*options_.http, "--http");
        if (!http) return http.error();
        wanted_http_ = *http;
    }
    if (options_.advertise.empty()) return Done{};
    const auto advertise = resolve_now({options_.advertise, 0}, "--advertise");
    if (!advertise) return advertise.error();
    advertise_ = advertise->host;
    return Done{};
}

// A port that the user did not choose is the one of last time, if it is free, so that bookmarks and
// others' memories last.
Result<Endpoint> PeerProgram::listen(std::uint16_t remembered) {
    Endpoint wanted = listen_;
    if (wanted.port == 0 && remembered != 0) {
        wanted.port = remembered;
        if (auto bound = node_.listen(wanted, "--listen")) return bound;
        wanted.port = 0;
    }
    return node_.listen(wanted, "--listen");
}

Result<std::unique_ptr<HttpBridge>> PeerProgram::serve_http(std::uint16_t remembered,
                                                            std::filesystem::path incoming) {
    HttpActorOptions http;
    http.incoming = std::move(incoming);
    http.replicas = options_.replicas;
    http.advertise = options_.advertise;
    http.allowed_hosts = options_.allowed_hosts;
    if (wanted_http_) http.allowed_hosts.push_back(options_.http->host);
    if (wanted_http_ && wanted_http_->port != 0) {
        http.listen = {*wanted_http_};
    } else {
        const std::string host = wanted_http_ ? wanted_http_->host : "127.0.0.1";
        if (remembered != 0) http.listen.push_back({host, remembered});
        if (wanted_http_)
            http.listen.push_back(*wanted_http_);
        else
            for (std::uint16_t port = limits::kFirstHttpPort; port <= limits::kLastHttpPort; ++port)
                http.listen.push_back({host, port});
    }
    return HttpBridge::start(context_, loop_, std::move(http));
}

PeerRecord PeerProgram::record(const Identity& identity) const {
    PeerRecord self;
    self.id = identity.id;
    self.epoch = identity.epoch;
    self.name = options_.name;
    self.exchange =
        Endpoint{advertise_.empty() ? exchange_.host : advertise_, exchange_.port}.text();
    if (!http_->endpoint().loopback() || only_here()) self.http = page();
    return self;
}

std::string PeerProgram::page() const {
    return page_at(http_->endpoint(), options_.advertise);
}

// Nobody on another machine hears of us. To those a page on loopback would be one of their own
// machine's: another peer, which would do what was meant for us.
bool PeerProgram::only_here() const {
    const auto is_here = [](const std::string& text) {
        const auto endpoint = parse_endpoint(text, "--friend");
        return endpoint && endpoint->loopback();
    };
    return exchange_.loopback() &&
           std::all_of(options_.node.buses.begin(), options_.node.buses.end(),
                       [](const Endpoint& bus) { return bus.loopback(); }) &&
           std::all_of(options_.node.swarm.friends.begin(), options_.node.swarm.friends.end(),
                       is_here);
}

std::string PeerProgram::ready_text(bool for_people) const {
    const PeerRecord& self = node_.swarm().self();
    if (for_people) return self.name + " is up. Open " + page();
    const nlohmann::ordered_json ready{{"program", "fragcast-peer"},
                                       {"name", self.name},
                                       {"id", self.id.text()},
                                       {"exchange", self.exchange},
                                       {"http", page()}};
    return "ready " + ready.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

void PeerProgram::run() {
    loop_.run();
    Loop::give_back_stop_signals();
}

void PeerProgram::on_hangup(Reread reread) {
    loop_.on_hangup_signal([this, reread = std::move(reread)] {
        const auto wanted = reread();
        if (const auto* options = std::get_if<PeerOptions>(&wanted)) return take(*options);
        log_line(Report::Level::error, "config",
                 "not read again: " + std::get<OptionsExit>(wanted).text);
    });
}

void PeerProgram::take(const PeerOptions& wanted) {
    std::string later;
    for (const auto& name : needs_restart(options_, wanted))
        later += (later.empty() ? "" : ", ") + name;
    options_.node.swarm.max_upload = wanted.node.swarm.max_upload;
    options_.node.swarm.max_download = wanted.node.swarm.max_download;
    options_.node.swarm.friends = wanted.node.swarm.friends;
    options_.stop_timeout = wanted.stop_timeout;
    options_.log_level = wanted.log_level;
    set_log_level(options_.log_level);
    node_.set_friends(options_.node.swarm.friends);
    node_.tell(facts::LimitsSet{options_.node.swarm.max_upload, options_.node.swarm.max_download});
    log_line(Report::Level::info, "config",
             "read again: limits, friends and log level are as it says" +
                 (later.empty() ? "" : "; a restart is needed for " + later));
}

void PeerProgram::stop(int times) {
    // Everything acknowledged is on disk already: nothing is lost by not saying farewell.
    if (times > 1) std::_Exit(kInterrupted);
    hand_over(false);
}

void PeerProgram::hand_over(bool drain) {
    if (stopping_) return;
    log_line(Report::Level::info, drain ? "draining" : "stopping",
             drain ? "leaving for good: handing over what others lack"
                   : "handing over what only this peer has; a second signal ends at once");
    const Duration most = drain ? Duration(limits::kDrainTimeout) : Duration(options_.stop_timeout);
    node_.tell(facts::StopAsked{drain, Loop::now() + most});
    if (!std::exchange(handing_over_, true))
        loop_.after_each_turn([this] { look_after_hand_over(); });
}

void PeerProgram::look_after_hand_over() {
    if (stopping_) return;
    const FarewellView farewell = node_.swarm().farewell();
    const Time now = Loop::now();
    if (!farewell.done) {
        if (farewell.fragments_left == told_left_ || farewell.fragments_left == 0 ||
            now < tell_left_at_)
            return;
        told_left_ = farewell.fragments_left;
        tell_left_at_ = now + kProgressEvery;
        return log_line(Report::Level::info, "stopping",
                        std::to_string(farewell.fragments_left) + " fragments (" +
                            human_bytes(farewell.bytes_left) + ") to go");
    }
    // Who asked for the drain is to see how it ended.
    if (farewell.state == FarewellView::State::draining && shown_until_ == Time{}) {
        shown_until_ = now + limits::kDrainShown;
        loop_.at(shown_until_, [] {});
    }
    if (now >= shown_until_) leave();
}

void PeerProgram::leave() {
    stopping_ = true;
    node_.tell(facts::Leaving{});
    const Time last =
        Loop::now() + std::min<Duration>(options_.stop_timeout, limits::kDirectoryAnswer);
    loop_.after_each_turn([this, last] {
        if (node_.swarm().buses_joined() == 0 || Loop::now() >= last) loop_.stop();
    });
    loop_.at(last, [] {});
}

}  // namespace fragcast
