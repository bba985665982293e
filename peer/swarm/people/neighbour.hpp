// Loop thread. Pure.
//
// One link: whether it lives, who is at its other end, how fast it is, how much is asked there
// (PROTOCOL.md, "A link"). Decides on hellos, pings and silence; says so, and sends nothing itself.
#pragma once

#include "messages/wire/limits.hpp"
#include "messages/wire/records.hpp"
#include "peer/swarm/actions.hpp"
#include "peer/swarm/people/rate_meter.hpp"

#include <map>
#include <optional>
#include <set>
#include <string>

namespace fragcast {

class Neighbour {
public:
    enum class State {
        dialling,  // we dialled: no answer yet
        greeting,  // the other's hello is due
        up
    };
    enum class Duty { none, hello, ping, dead };

    Neighbour(LinkId link, bool dialled, std::string endpoint, Time now)
        : link_(link),
          dialled_(dialled),
          state_(dialled ? State::dialling : State::greeting),
          endpoint_(std::move(endpoint)),
          heard_(now),
          used_(now) {}

    LinkId link() const { return link_; }
    bool dialled() const { return dialled_; }
    State state() const { return state_; }
    bool up() const { return state_ == State::up; }
    const std::string& endpoint() const { return endpoint_; }  // that we dialled; else empty
    const PeerRecord& peer() const { return peer_; }
    Time up_since() const { return up_since_; }

    // --- life. Connected; its silence counts from now.
    void on_connected(Time now);
    void on_heard(Time now) { heard_ = now; }
    // Whether a message with this sender is heard: its hello came, and it is still the same
    // process.
    bool knows(const PeerId& sender, Epoch epoch) const {
        return up() && sender == peer_.id && epoch == peer_.epoch;
    }
    // True: the other end is new to this link (or began anew): what was asked there is void.
    bool on_hello(const PeerRecord& peer, bool reply, Time now);
    void on_pong(Time now);
    // What its silence calls for; noted as done.
    Duty duty(Time now);
    Time next_duty() const;
    void hello_sent(Time now);
    bool may_send_hello(Time now) const;  // strangers get one a second at most
    // Asked or served there: it is no idle link.
    void use(Time now) { used_ = now; }
    Time used() const { return used_; }

    // --- flow
    void asked(std::uint64_t bytes, Time now);
    void answered(std::uint64_t bytes, Time now);  // they came
    void relieved(std::uint64_t bytes, Time now);  // they will not come
    std::uint64_t outstanding() const { return outstanding_; }
    // How much may be asked at once: rate × (round trip + what the other end may queue).
    std::uint64_t window() const;
    std::uint64_t rate() const { return meter_.rate(); }
    Duration rtt() const { return rtt_; }
    // When what is asked there, and `more` bytes, will have come.
    Duration queue_time(std::uint64_t more) const;
    Time last_data() const { return last_data_; }
    void stall(Time now) { meter_.stall(now); }
    // Whether it answers what it is asked: until its first chunk came, it is asked for little at
    // once; until anything did, others are asked as well when its answer is due. Who let that pass
    // is passed over for a while where others can be asked, longer each time.
    bool gave() const { return gave_; }
    bool spoke() const { return spoke_; }
    void heard_answer();  // of whatever kind
    Duration patience() const;
    void pass_over(Time now);
    bool passed_over(Time now) const { return now < passed_until_; }
    Time passed_until() const { return passed_until_; }
    void pause_until(Time until) { paused_until_ = std::max(paused_until_, until); }
    Time paused_until() const { return paused_until_; }

    // --- conduct
    // Points off for what it should not have done; back on by good chunks. True: that is enough.
    bool blame(std::int32_t points);
    void praise() { standing_ = std::min(standing_ + 1, kBestStanding); }
    std::int32_t standing() const { return standing_; }

    // --- what belongs to the link; kept here so that it goes with it
    struct Deferral {
        RangeSet chunks;
        Time until;
        Time since;  // first told to look elsewhere
        std::uint32_t times = 0;
    };
    std::map<FragmentRef, Deferral> deferred;  // busy: have others, for now
    std::set<FragmentRef> refused;             // gave us a wrong chunk of these
    Time judged_at = kNever;                   // whether it took them back
    Time doubted_at{Duration::min()};          // its last complaint that was looked into
    std::set<AssetId> told_interest;           // we asked have of these
    std::set<AssetId> interests;               // it asked have of these
    std::optional<AssetId> telling;            // our answer to ask_have of all: got this far
    RequestId telling_request;
    bool telling_begun = false;

private:
    static constexpr std::int32_t kBestStanding = 100;

    LinkId link_;
    bool dialled_;
    State state_;
    std::string endpoint_;
    PeerRecord peer_;
    Time up_since_{};
    Time heard_;
    Time used_;
    Time hello_sent_{};
    bool hello_out_ = false;
    Time pinged_{};
    bool ping_out_ = false;
    Duration rtt_{0};
    bool rtt_known_ = false;
    RateMeter meter_;
    std::uint64_t outstanding_ = 0;
    Time last_data_{};
    Time paused_until_{};
    bool gave_ = false;
    bool spoke_ = false;
    Time passed_until_{};
    Duration passed_for_{};
    std::int32_t standing_ = 0;

    void measure(Duration sample);
};

}  // namespace fragcast
