// Loop thread. Pure.
//
// What others asked of us and have not got yet: chunks, proofs, manifest parts (PROTOCOL.md,
// "Fetch" and "Relay"). A row for each request for chunks, from when something of it is promised
// until its last chunk went or will not go: then what was not here (absent), and what was not
// promised (busy), is said. A row for each proof and manifest part that is on its way, at most
// kMaxSmallAnswers for a neighbour. Which chunk goes when is decided by UploadSlots, which of them
// a source leaves to others by Spread; both live here.
//
// Links and who is at their other end are the caller's: an answer to a link that is down is not to
// be asked for, and what is said of a link is said with who is there now.
#pragma once

#include "peer/swarm/buses/availability.hpp"
#include "peer/swarm/facts.hpp"
#include "peer/swarm/options.hpp"
#include "peer/swarm/serve/spread.hpp"
#include "peer/swarm/serve/upload_slots.hpp"
#include "peer/swarm/turn.hpp"

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

namespace fragcast {

struct Asker {
    LinkId link;
    PeerId peer;
};

// What is here of one fragment.
struct FragmentHere {
    RangeSet chunks;  // proven; of a whole one all
    bool whole = false;
    std::uint64_t size = 0;  // bytes; 0: nothing is here
};

enum class Answered {
    nonsense,  // no request: its asker is to blame, and nothing was said
    all,       // what is here of it is promised or sent
    busy       // not all of it: busy is said, or will be when what is promised went
};

class Answers {
public:
    // Where somebody is found whom busy names; nullptr: nowhere.
    using Find = std::function<const PeerRecord*(const PeerId&)>;

    // `options` outlives it.
    explicit Answers(const SwarmOptions& options)
        : options_(options), uploads_(options.upload_slots, options.max_upload) {}
    explicit Answers(SwarmOptions&&) = delete;

    std::uint64_t rate() const { return uploads_.rate(); }
    void set_rate(std::uint64_t bytes_per_second, Time now) {
        uploads_.set_rate(bytes_per_second, now);
    }

    // --- what is asked
    Answered serve(const Asker& asker, const Request& request, const FragmentHere& here,
                   const Availability& others, const Find& find, Turn& turn);
    Answered serve(const Asker& asker, const AskProof& ask, bool here, Turn& turn);
    Answered serve(const Asker& asker, const AskManifest& ask, bool here, Turn& turn);
    // What is queued of this request is not sent any more, and nothing more is said to it.
    void cancel(const Asker& asker, RequestId request);

    // --- what became of it
    // The answer to SendChunk, SendProof, SendManifest. `peer`: who is at the other end; nullptr:
    // the link is gone. Returned: how many bytes of a chunk went there.
    std::optional<std::uint32_t> on_sent(const facts::Sent& sent, const PeerId* peer, Turn& turn);
    // As many chunks are loaded as there are slots for.
    void send_next(Turn& turn);
    // What a full link did not take goes out again.
    void tick(Turn& turn);

    // --- what is forgotten
    // The link ended, or somebody else is at its other end: nothing more is sent there.
    void forget(const Asker& asker);
    // No link to it is left: what it was sent went to nobody.
    void forget(const PeerId& peer) { spread_.forget(peer); }
    // It is not whole here any more.
    void forget(const FragmentRef& fragment) { spread_.forget(fragment); }

    // --- what is so
    std::size_t requests() const { return tails_.size(); }  // for chunks, under way
    std::size_t small() const { return small_.size(); }     // proofs and manifest parts, likewise
    std::size_t chunks() const { return uploads_.queued() + uploads_.loading(); }
    std::size_t sheets() const { return spread_.size(); }  // fragments whose spread is known
    // --- since the start
    std::uint64_t count_sent() const { return sent_; }  // chunks
    std::uint64_t bytes_sent() const { return bytes_sent_; }
    std::uint64_t count_busy() const { return busy_; }        // questions answered so
    std::uint64_t count_refused() const { return refused_; }  // that were nonsense
    // nullptr: all holds that must; else what does not.
    const char* broken() const;

private:
    using Key = std::pair<LinkId, RequestId>;
    struct Small {
        Action action;
        bool waits = false;  // for its link, which was full
    };
    // A link that was full: tried again then, with one of what waits for it, and later each time.
    struct Full {
        PeerId peer{};
        Time again{};
        Duration wait{};
    };

    std::vector<PeerRecord> leave_to_others(const Asker& asker, const Request& request,
                                            const FragmentHere& here, const Availability& others,
                                            const Find& find, RangeSet& chunks, Time now);
    Answered send_small(const Asker& asker, RequestId request, Action action, Turn& turn);
    void on_small_sent(const facts::Sent& sent, const PeerId* peer, Turn& turn);
    static void leave_alone(Full& full, Time now);
    Time was_full(LinkId link, const PeerId& peer, Time now);
    std::set<PeerId> who_is_full() const;  // over any link
    void took(LinkId link, Turn& turn);
    std::map<Key, Small>::iterator first_waiting(LinkId link);
    void push_out(LinkId for_whom, std::uint32_t chunks, Turn& turn);
    void take_back(const std::vector<Serving>& chunks);
    void end_if_over(const Key& key, Turn& turn);

    const SwarmOptions& options_;
    UploadSlots uploads_;
    Spread spread_;
    std::map<Key, std::vector<Body>> tails_;  // what is said when no chunk of the request is left
    std::map<Key, Small> small_;
    std::map<LinkId, Full> full_;
    std::uint64_t sent_ = 0;
    std::uint64_t bytes_sent_ = 0;
    std::uint64_t busy_ = 0;
    std::uint64_t refused_ = 0;
};

}  // namespace fragcast
