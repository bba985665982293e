// Loop thread. Pure.
//
// One link: whether it lives, who is at its other end, how fast it is, how much is asked there
// (PROTOCOL.md, "A link"). Decides on hellos, pings and silence; says so, and sends nothing itself.
#pragma once

#include "messages/wire/exchange.hpp"
#include "messages/wire/limits.hpp"
#include "messages/wire/records.hpp"
#include "peer/swarm/actions.hpp"
#include "peer/swarm/people/rate_meter.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace fragcast {

class Neighbour {
public:
    enum class State {
        dialling,  // we dialled: no answer yet
        greeting,  // the other's hello is due
        up
    };
    enum class Duty { none, hello, ping, dead };

    Neighbour(LinkId link, bool dialled, std::string endpoint, Time now, std::string from = {})
        : link_(link),
          dialled_(dialled),
          state_(dialled ? State::dialling : State::greeting),
          endpoint_(std::move(endpoint)),
          from_(std::move(from)),
          begun_(now),
          heard_(now),
          used_(now) {}

    LinkId link() const { return link_; }
    bool dialled() const { return dialled_; }
    State state() const { return state_; }
    bool up() const { return state_ == State::up; }
    const std::string& endpoint() const { return endpoint_; }  // that we dialled; else empty
    const std::string& from() const { return from_; }          // facts::LinkUp, of who dialled in
    const PeerRecord& peer() const { return peer_; }
    Time up_since() const { return up_since_; }

    // --- life. Connected; its silence counts from now, and the wait for its hello: until that came
    // the link ends after limits::kHelloWait, whatever else is heard.
    void on_connected(Time now);
    void on_heard(Time now) { heard_ = now; }
    // Whether a message with this sender is heard: its hello came, and it is still the same
    // process.
    bool knows(const PeerId& sender, Epoch epoch) const {
        return up() && sender == peer_.id && epoch == peer_.epoch;
    }
    // True: the other end is new to this link (or began anew): what was asked there is void, and it
    // knows nothing of what was said before. What it gave wrong stays.
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
    // It was asked for something, and gave none of it for so long. What we did not want after all
    // it need not give.
    Duration gives_nothing_for(Time now) const {
        return now - std::min({chunk_since_, other_since_, now});
    }
    void ask_other(Time now) { other_since_ = std::min(other_since_, now); }  // proof, manifest
    void gave_other() {
        other_since_ = kNever;
        doubted_ = false;
    }
    // It dialled in and gives nothing: it may be somebody else who says that he is that peer.
    // Until it gives something its peer is asked on another link, and dialled for one.
    void doubt(Time now) {
        doubted_ =
            doubted_ || (!dialled_ && !gave_ && gives_nothing_for(now) >= limits::kGivesNothing);
    }
    bool doubted() const { return doubted_; }
    void excuse() { chunk_since_ = kNever; }
    void pause_until(Time until) { paused_until_ = std::max(paused_until_, until); }
    Time paused_until() const { return paused_until_; }

    // --- conduct
    // What it did is held against the endpoint that we dialled, and the id that answered there; of
    // who dialled in, against that id from that address alone: in whose name he speaks he need not
    // be. As Bars has it; the id is zero where it is not to blame elsewhere.
    std::string place(const PeerId& id) const {
        return dialled_ || from_.empty() ? endpoint_ : from_ + " " + id.text();
    }
    std::string place() const { return place(peer_.id); }
    PeerId culprit() const { return dialled_ || from_.empty() ? peer_.id : PeerId{}; }
    // Points off for what it should not have done; back on by good chunks. True: that is enough.
    bool blame(std::int32_t points);
    void praise() { standing_ = std::min(standing_ + 1, kBestStanding); }
    std::int32_t standing() const { return standing_; }

    // --- what is not asked there. Busy, it named others who have these: left to them for `pause`,
    // longer each time where it is not urgent.
    void defer(const FragmentRef& fragment, const RangeSet& chunks, Duration pause, bool urgent,
               Time now);
    struct Deferred {
        const RangeSet& chunks;
        Time until;
    };
    // What is left to others now.
    std::optional<Deferred> deferred(const FragmentRef& fragment, Time now) const;
    // Some of these were left to others, who had their time to deliver since (PROTOCOL.md,
    // "insist"); less of it where a viewer needs them `soon`.
    bool insists(const FragmentRef& fragment, const RangeSet& chunks, bool soon, Time now) const;
    // It gave us a wrong chunk of this: nothing more of it from there.
    void gave_wrong(const FragmentRef& fragment) { wrong_.insert(fragment); }
    bool trusted_with(const FragmentRef& fragment) const { return !wrong_.contains(fragment); }
    // It says what it has of an asset. What it gave wrong and does not claim any more it took back:
    // returned, and forgotten here.
    std::vector<FragmentRef> takes_back(const Have& have);
    // Whether it took them back is looked at then.
    void judge_at(Time when) { judged_at_ = when; }
    bool judgement_due(Time now);  // true: once
    Time judged_at() const { return judged_at_; }
    // All of it is here: nothing of it is asked anywhere.
    void done_with(const FragmentRef& fragment);
    // Its complaint is looked into: one in limits::kDoubtEvery. True: noted as done.
    bool may_complain(Time now);
    // Anybody may announce in its name that it wants something; it is told of one in
    // limits::kHavesEvery what we have. True: noted as done.
    bool may_want_aloud(Time now);

    // --- who tells whom of what
    // It wants to hear what we have of these: limits::kMaxInterests of them.
    void interested(const AssetId& asset);
    bool is_interested(const AssetId& asset) const { return interests_.contains(asset); }
    // We want to hear what it has. True: it was not told yet.
    bool tell_interest(const AssetId& asset) { return told_interest_.insert(asset).second; }
    void forget_interest(const AssetId& asset) { told_interest_.erase(asset); }
    // Our answer to ask_have of all, asset by asset in the order of their ids; another such
    // question begins it anew.
    void begin_telling(RequestId request) { telling_ = Telling{request, {}}; }
    bool telling() const { return telling_.has_value(); }
    RequestId telling_request() const { return telling_->request; }
    const std::optional<AssetId>& told_up_to() const { return telling_->up_to; }  // none: begin
    void told(const AssetId& asset) { telling_->up_to = asset; }
    void end_telling() { telling_.reset(); }

    // For the swarm's sizes.
    std::size_t count_deferred() const { return deferred_.size(); }
    std::size_t count_interests() const { return interests_.size() + told_interest_.size(); }
    std::size_t count_wrong() const { return wrong_.size(); }

private:
    static constexpr std::int32_t kBestStanding = 100;

    LinkId link_;
    bool dialled_;
    State state_;
    std::string endpoint_;
    std::string from_;
    Time begun_;
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
    Time chunk_since_ = kNever;  // asked, and none came
    bool doubted_ = false;
    Time other_since_ = kNever;  // likewise a proof, or a part of a manifest
    std::int32_t standing_ = 0;

    struct Deferral {
        RangeSet chunks;
        Time until;
        Time since;  // first told to look elsewhere
        std::uint32_t times = 0;
    };
    struct Telling {
        RequestId request;
        std::optional<AssetId> up_to;
    };
    std::map<FragmentRef, Deferral> deferred_;
    std::set<FragmentRef> wrong_;
    Time judged_at_ = kNever;
    Time complained_{Duration::min()};
    Time wanted_aloud_{Duration::min()};
    std::set<AssetId> told_interest_;
    std::set<AssetId> interests_;
    std::optional<Telling> telling_;

    void measure(Duration sample);
};

}  // namespace fragcast
