// Loop thread. Pure.
//
// The chunks that are asked of neighbours: what is asked of whom (inflight.hpp), what of it came
// and lies at the store, how much more may be asked, and which requests are late. In all no more
// than limits::kMaxStoreQueue chunks at a time, no more per second than its user allows, and no
// more than limits::kMaxTwiceAskedBytes of what somebody else was asked for already.
#pragma once

#include "messages/wire/limits.hpp"
#include "peer/swarm/fetch/inflight.hpp"
#include "peer/swarm/options.hpp"
#include "peer/swarm/token_bucket.hpp"
#include "peer/swarm/turn.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <vector>

namespace fragcast {

class Requests {
public:
    // Bytes per second; 0: no limit.
    explicit Requests(const SwarmOptions& options) : download_(options.max_download) {}
    std::uint64_t rate() const { return download_.rate(); }
    void set_rate(std::uint64_t max_download, Time now) { download_.set_rate(max_download, now); }

    const Inflight& open() const { return open_; }

    // --- how much more may be asked
    // Chunks; 0: none. Wakes when the rate lets more through.
    std::uint64_t room(Turn& turn);
    bool rate_allows(Time now) { return download_.open(now); }
    bool held_back(Time now) const;  // by the rate
    bool may_ask_twice(std::uint32_t chunks) const;

    // --- they are made, and end
    // So many bytes.
    void ask(Asked asked, std::uint64_t bytes, Turn& turn);
    std::optional<Asked> drop(RequestId request) { return open_.drop(request); }
    void narrow(RequestId request, const RangeSet& keep) { open_.narrow(request, keep); }
    // Chunks came under that number: asked for, and the request waits for this one no more; asked
    // for once; or never.
    enum class Came { asked, given_up, unasked };
    Came came(LinkId from, RequestId request, const ChunkRef& chunk);
    // Busy came: what is open of it ends. None: nothing of that number is asked there.
    std::optional<Asked> refused(LinkId from, RequestId request);
    // It did not answer for long: what is asked there, which is to be dropped.
    std::vector<RequestId> timed_out(LinkId link);

    // --- what came goes to the store, which says what became of it; or it is here already.
    // Of so many bytes.
    void storing(const ChunkRef& chunk, std::uint64_t bytes);
    void spare(std::uint64_t bytes);
    void stored(const ChunkRef& chunk);
    std::size_t count_storing() const { return storing_.size(); }

    // --- late ones
    // Of who was asked, and who waits for it.
    struct About {
        bool gave = false;     // it sent something before
        Duration patience{};   // what it may take to
        bool awaited = false;  // a reader waits for these chunks
    };
    struct Late {
        std::vector<Asked> awaited;  // beyond what was expected and half of that again
        std::vector<Asked> calm;     // the same, and nobody waits
        std::vector<Asked> mute;     // of who never gave anything, beyond its patience
    };
    // Whether to look for late ones now, as often as is worth it; wakes when it is to be later.
    bool look_due(Turn& turn);
    Late late(const std::function<About(const Asked&)>& about, Time now) const;
    void looked(Turn& turn);

    // --- since the start
    std::uint64_t count_came() const { return came_; }  // chunks of the right length
    std::uint64_t bytes_came() const { return bytes_came_; }
    std::uint64_t count_spare() const { return spare_; }      // answers that were of no use
    std::uint64_t count_unasked() const { return unasked_; }  // chunks
    std::uint64_t count_timed_out() const { return timed_out_; }

    // For tests: the rule that does not hold; nullptr: all do.
    const char* broken() const;

private:
    std::uint64_t twice() const;  // bytes that are asked of a second neighbour

    Inflight open_;
    std::multiset<ChunkRef> storing_;
    TokenBucket download_;
    Time look_at_ = kNever;
    std::uint64_t came_ = 0;
    std::uint64_t bytes_came_ = 0;
    std::uint64_t spare_ = 0;
    std::uint64_t unasked_ = 0;
    std::uint64_t timed_out_ = 0;
};

}  // namespace fragcast
