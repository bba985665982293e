// Main thread, which is the loop's.
//
// fragcast-peer: a node with a store of its own, a page, and a life from `ready` to farewell.
#pragma once

#include "messages/files/files.hpp"
#include "messages/zmq/loop.hpp"
#include "peer/engine/node.hpp"
#include "peer/http/http_bridge.hpp"
#include "peer/peer_options.hpp"
#include "peer/store/fragment_store.hpp"

#include <functional>
#include <memory>
#include <string>
#include <variant>

#include <zmq.hpp>

namespace fragcast {

class PeerProgram {
public:
    explicit PeerProgram(PeerOptions options);

    // Everything is bound, locked and told; or what is wrong and what to do.
    Status start();
    // How to read the options once more, on SIGHUP: what may change at once does, and what waits
    // for a restart is named. Call before start(), whose threads inherit the mask of signals.
    using Reread = std::function<std::variant<PeerOptions, OptionsExit>()>;
    void on_hangup(Reread reread);
    // For scripts `ready {…}`, for people a sentence.
    std::string ready_text(bool for_people) const;
    // Until SIGTERM or SIGINT and the farewell; a second signal ends the process at once.
    void run();

private:
    EngineHooks hooks();
    Result<Endpoint> listen(std::uint16_t remembered);
    Result<std::unique_ptr<HttpBridge>> serve_http(std::uint16_t remembered,
                                                   std::filesystem::path incoming);
    Status resolve_names();
    PeerRecord record(const Identity& identity) const;
    std::string page() const;  // its address
    bool only_here() const;
    std::uint64_t store_limit(const std::vector<StoredAsset>& assets) const;
    void stop(int times);
    void hand_over(bool drain);
    void look_after_hand_over();
    void leave();
    void take(const PeerOptions& wanted);

    PeerOptions options_;
    // What the options' names stand for, looked up once.
    Endpoint listen_;
    std::optional<Endpoint> wanted_http_;
    std::string advertise_;
    Files& files_;
    zmq::context_t context_;
    Loop loop_;
    Node node_;
    std::unique_ptr<HttpBridge> http_;
    Endpoint exchange_;
    bool handing_over_ = false;
    std::uint64_t told_left_ = 0;  // fragments, in the log
    Time tell_left_at_{};
    Time shown_until_{};
    bool stopping_ = false;
};

}  // namespace fragcast
