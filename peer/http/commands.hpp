// Loop thread. Value types, and the one who carries them out.
//
// What a user has this peer do (HTTP.md, "What changes state"). Each ends by one answer, at its
// deadline at the latest.
#pragma once

#include "messages/wire/holding.hpp"
#include "messages/wire/limits.hpp"
#include "peer/http/questions.hpp"
#include "peer/http/store_jobs.hpp"
#include "peer/swarm/views.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace fragcast {

struct FetchCommand {
    std::string name;               // or an id, or the beginning of one
    RangeSet fragments;             // empty: all
    Duration wait = limits::kHold;  // for its bytes, once it is known who has them
};
struct LimitsCommand {  // bytes per second, 0: none; what is absent stays
    std::optional<std::uint64_t> max_upload;
    std::optional<std::uint64_t> max_download;
};
struct DrainCommand {};
struct AdoptCommand {  // a folder in the store's incoming/
    std::filesystem::path folder;
};
struct RefreshCommand {
    std::uint64_t job = 0;          // one that is under way; 0: begin
    Duration wait = limits::kHold;  // for its end
};
struct VerifyCommand {
    std::string name;  // or an id, or the beginning of one; empty: all
    std::uint64_t job = 0;
    Duration wait = limits::kHold;
};
struct RemoveCommand {
    std::string name;  // or an id, or kMinIdDigitsToTakeAway digits of one at least
};
using Command = std::variant<FetchCommand, LimitsCommand, DrainCommand, AdoptCommand,
                             RefreshCommand, VerifyCommand, RemoveCommand>;

struct Fetched {
    bool done = false;   // all that was asked for is here
    RangeSet fragments;  // asked for
    RangeSet before;     // of these, what was here when it was asked for
    std::shared_ptr<const AssetView> asset;
};
struct Several {  // the name fits all of these
    std::vector<AssetRecord> assets;
};
struct Adopted {
    std::shared_ptr<const AssetView> asset;
};
struct Removed {
    AssetId asset;
    std::string name;
    std::uint64_t bytes = 0;  // that were here
};
struct Leaving {
    FragmentSets at_risk;  // what nobody else has as the drain begins
    std::map<AssetId, std::string> names;
};
using CommandAnswer =
    std::variant<Fetched, Several, Adopted, Done, Refreshed, VerifyReport, Removed, Leaving>;

class Commands {
public:
    using Answer = std::function<void(Result<CommandAnswer>)>;
    // `drain` has the process hand over and end.
    Commands(Loop& loop, Node& node, Questions& questions, std::function<void()> drain);
    ~Commands();
    Commands(const Commands&) = delete;
    Commands& operator=(const Commands&) = delete;

    // `answer` is called once, perhaps from inside. Errors of a fetch: not_found (nobody has it),
    // refused (holders are known, and all failed), unavailable (a bus settles), invalid.
    void carry_out(const Command& command, Time deadline, Answer answer);
    // Whether this manifest, or failure of one, was for a fetch of ours.
    bool on_manifest(ReadId read);
    bool on_failure(ReadId read, const Error& error);
    void on_adopted(std::uint64_t cookie, const Result<StoredAsset>& asset);
    void on_store(const StoreEvent& event);
    // The core was told something: what waits may be over.
    void look();

    // Our reads begin here, between those of the HTTP thread and those of Questions.
    static constexpr std::uint64_t kFirst = 1ULL << 61;

private:
    struct Fetch {
        FetchCommand command;
        Time deadline;
        Answer answer;
        AssetId asset;
        ReadId manifest;  // zero: it is here, and the fragments are being fetched
        ReadId want;      // then
        RangeSet before;  // what was here of them then
    };
    using FetchPtr = std::shared_ptr<Fetch>;

    void verify(const VerifyCommand& command, Answer answer);
    void remove(const RemoveCommand& command, Answer answer);
    void drain(const Answer& answer);
    void fetch(const FetchCommand& command, Time deadline, Answer answer);
    void located(const FetchPtr& fetch, const Located& located);
    void begin(const FetchPtr& fetch);
    bool look(Fetch& fetch, Time now);

    Loop& loop_;
    Node& node_;
    Questions& questions_;
    std::function<void()> drain_;
    std::list<FetchPtr> fetches_;
    std::map<std::uint64_t, Answer> adoptions_;  // by cookie
    StoreJobs jobs_;
    struct Removal {
        Removed what;
        Answer answer;
    };
    std::list<Removal> removals_;
    std::uint64_t next_ = kFirst;
    Loop::Handle due_ = 0;  // the first deadline of a fetch
    std::shared_ptr<int> alive_ = std::make_shared<int>();
};

}  // namespace fragcast
