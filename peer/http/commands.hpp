// Loop thread. Value types, and the one who carries them out.
//
// What a user has this peer do (HTTP.md, "What changes state"). Each ends by one answer, at its
// deadline at the latest.
#pragma once

#include "messages/wire/holding.hpp"
#include "messages/wire/limits.hpp"
#include "messages/zmq/calls.hpp"
#include "peer/http/questions.hpp"
#include "peer/http/store_jobs.hpp"
#include "peer/swarm/views.hpp"

#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace fragcast {

struct Several {  // the name fits all of these
    std::vector<AssetRecord> assets;
};

struct Fetched {
    bool done = false;   // all that was asked for is here
    RangeSet fragments;  // asked for
    RangeSet before;     // of these, what was here when it was asked for
    std::shared_ptr<const AssetView> asset;
};
struct FetchCommand {
    using Answer = std::variant<Fetched, Several>;
    std::string name;               // or an id, or the beginning of one
    RangeSet fragments;             // empty: all
    Duration wait = limits::kHold;  // for its bytes, once it is known who has them
};

struct LimitsCommand {           // bytes per second, 0: none; what is absent stays
    using Answer = SpeedLimits;  // as they are from now on
    std::optional<std::uint64_t> max_upload;
    std::optional<std::uint64_t> max_download;
};

struct Leaving {
    FragmentSets at_risk;  // what nobody else has as the drain begins
    std::map<AssetId, std::string> names;
};
struct DrainCommand {
    using Answer = Leaving;
};

struct RefreshCommand {
    using Answer = Refreshed;
    std::uint64_t job = 0;          // one that is under way; 0: begin
    Duration wait = limits::kHold;  // for its end
};

struct VerifyCommand {
    using Answer = std::variant<VerifyReport, Several>;
    std::string name;  // or an id, or the beginning of one; empty: all
    std::uint64_t job = 0;
    Duration wait = limits::kHold;
};

struct Removed {
    AssetId asset;
    std::string name;
    std::uint64_t bytes = 0;  // that were here
};
struct RemoveCommand {
    using Answer = std::variant<Removed, Several>;
    std::string name;  // or an id, or kMinIdDigitsToTakeAway digits of one at least
};

class Commands {
public:
    // `drain` has the process hand over and end.
    Commands(Loop& loop, Node& node, CoreCalls& core, Questions& questions,
             std::function<void()> drain);
    ~Commands();
    Commands(const Commands&) = delete;
    Commands& operator=(const Commands&) = delete;

    // `then` is called once, perhaps from inside. Errors of a fetch: not_found (nobody has it),
    // refused (holders are known, and all failed), unavailable (a bus settles), invalid.
    void ask(const FetchCommand& command, Time deadline, Then<FetchCommand> then);
    void ask(const LimitsCommand& command, Time deadline, const Then<LimitsCommand>& then);
    void ask(const DrainCommand& command, Time deadline, const Then<DrainCommand>& then);
    void ask(const RefreshCommand& command, Time deadline, Then<RefreshCommand> then);
    void ask(const VerifyCommand& command, Time deadline, const Then<VerifyCommand>& then);
    void ask(const RemoveCommand& command, Time deadline, Then<RemoveCommand> then);

    void on_store(const StoreEvent& event);
    // The core was told something: what waits may be over.
    void look();

private:
    struct Fetch {
        FetchCommand command;
        Time deadline;
        Then<FetchCommand> then;
        AssetId asset;
        ReadId want;
        RangeSet before;  // what was here of them
    };
    using FetchPtr = std::shared_ptr<Fetch>;

    void located(const FetchPtr& fetch, const Located& located);
    void begin(const FetchPtr& fetch);
    void failed(const FetchPtr& fetch, const Error& error);
    bool look(Fetch& fetch, Time now);

    Loop& loop_;
    Node& node_;
    CoreCalls& core_;
    Questions& questions_;
    std::function<void()> drain_;
    std::list<FetchPtr> fetches_;  // whose fragments are being fetched
    StoreJobs jobs_;
    struct Removal {
        Removed what;
        Then<RemoveCommand> then;
    };
    std::list<Removal> removals_;
    Loop::Handle due_ = 0;  // the first deadline of a fetch
};

}  // namespace fragcast
