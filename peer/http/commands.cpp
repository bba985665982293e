#include "peer/http/commands.hpp"

#include "messages/wire/limits.hpp"
#include "messages/wire/name_or_id.hpp"

#include <algorithm>
#include <utility>

namespace fragcast {

Commands::Commands(Loop& loop, Node& node, CoreCalls& core, Questions& questions,
                   std::function<void()> drain)
    : loop_(loop),
      node_(node),
      core_(core),
      questions_(questions),
      drain_(std::move(drain)),
      jobs_(loop, node) {}

Commands::~Commands() {
    if (due_ != 0) loop_.cancel(due_);
}

void Commands::ask(const LimitsCommand& command, Time, const Then<LimitsCommand>& then) {
    SpeedLimits limits = node_.swarm().speed_limits();
    limits.max_upload = command.max_upload.value_or(limits.max_upload);
    limits.max_download = command.max_download.value_or(limits.max_download);
    node_.tell(facts::LimitsSet{limits.max_upload, limits.max_download});
    then(limits);
}

void Commands::ask(const DrainCommand&, Time, const Then<DrainCommand>& then) {
    Leaving leaving{node_.swarm().at_risk(), {}};
    for (const auto& [asset, fragments] : leaving.at_risk)
        if (const auto manifest = node_.swarm().manifest(asset))
            leaving.names[asset] = manifest->name;
    then(std::move(leaving));
    drain_();
}

// --- what concerns the store ---------------------------------------------------------------------

void Commands::ask(const RefreshCommand& command, Time, Then<RefreshCommand> then) {
    jobs_.refresh(command.job, command.wait, std::move(then));
}

void Commands::ask(const VerifyCommand& command, Time, const Then<VerifyCommand>& then) {
    AssetId asset;
    if (!command.name.empty() && command.job == 0) {
        const auto known = node_.swarm().find(command.name);
        if (known.size() > 1) return then(VerifyCommand::Answer(Several{known}));
        if (known.empty() || !node_.swarm().manifest(known.front().id))
            return then(fail(ErrorKind::not_found, "nothing of \"" + command.name + "\" is here"));
        asset = known.front().id;
    }
    jobs_.verify(command.job, asset, command.wait, [then](Result<VerifyReport> result) {
        result ? then(VerifyCommand::Answer(std::move(*result))) : then(result.error());
    });
}

void Commands::ask(const RemoveCommand& command, Time, Then<RemoveCommand> then) {
    const auto known = node_.swarm().find(command.name);
    const auto meant = meant_by(command.name, known, limits::kMinIdDigitsToTakeAway);
    if (known.empty())
        return then(
            fail(ErrorKind::not_found, "this peer knows nothing of \"" + command.name + "\""));
    if (meant.empty()) return then(too_little_said(command.name, known));
    if (meant.size() > 1) return then(RemoveCommand::Answer(Several{meant}));
    const AssetRecord& asset = meant.front();
    const auto view = node_.swarm().asset_view(asset.id, Loop::now());
    removals_.push_back({{asset.id, asset.name, view ? view->bytes_here : 0}, std::move(then)});
    node_.tell(facts::RemoveAsked{asset.id});
}

void Commands::on_store(const StoreEvent& event) {
    jobs_.on_store(event);
    const auto* dropped = std::get_if<store_event::AssetDropped>(&event);
    if (dropped == nullptr) return;
    for (auto it = removals_.begin(); it != removals_.end();) {
        if (it->what.asset != dropped->asset) {
            ++it;
            continue;
        }
        const Removal done = std::move(*it);
        it = removals_.erase(it);
        if (dropped->status)
            done.then(RemoveCommand::Answer(done.what));
        else
            done.then(dropped->status.error());
    }
}

// --- fetch ---------------------------------------------------------------------------------------

void Commands::ask(const FetchCommand& command, Time deadline, Then<FetchCommand> then) {
    auto fetch = std::make_shared<Fetch>(Fetch{command, deadline, std::move(then), {}, {}, {}});
    questions_.ask(LocateQuestion{command.name, -1, Via::bus}, deadline,
                   [this, fetch](const Result<LocateAnswer>& answer) {
                       if (!answer) return fetch->then(answer.error());
                       located(fetch, answer->located);
                   });
}

void Commands::located(const FetchPtr& fetch, const Located& located) {
    const std::string& name = fetch->command.name;
    // What is here already needs nobody.
    const auto known = node_.swarm().find(name);
    const auto whole = std::find_if(known.begin(), known.end(), [&](const AssetRecord& one) {
        return node_.swarm().holding(one.id).fragments.count() == one.fragments;
    });
    if (located.found == Found::ambiguous)
        return fetch->then(FetchCommand::Answer(Several{located.assets}));
    if (located.found == Found::ok && !located.assets.empty())
        fetch->asset = located.assets.front().id;
    else if (whole != known.end())
        fetch->asset = whole->id;
    else if (located.found == Found::settling)
        return fetch->then(fail(ErrorKind::unavailable,
                                "the bus has just started and is still being told; ask again"));
    else
        return fetch->then(fail(ErrorKind::not_found, "nobody has \"" + name + "\""));
    core_.manifest(fetch->asset, fetch->deadline,
                   [this, fetch](const Result<std::shared_ptr<const Manifest>>& manifest) {
                       manifest ? begin(fetch) : failed(fetch, manifest.error());
                   });
}

void Commands::failed(const FetchPtr& fetch, const Error& error) {
    const bool failed = node_.swarm().outlook(fetch->asset, {}, Loop::now()) == Outlook::failed;
    fetch->then(failed ? fail(ErrorKind::refused,
                              "peers are known to have it, and none of them can be reached")
                       : error);
}

void Commands::begin(const FetchPtr& fetch) {
    const auto count =
        static_cast<std::uint32_t>(node_.swarm().manifest(fetch->asset)->fragments.size());
    RangeSet& wanted = fetch->command.fragments;
    if (wanted.empty()) wanted = RangeSet::up_to(count);
    RangeSet beyond = wanted;
    beyond.remove(RangeSet::up_to(count));
    if (!beyond.empty())
        return fetch->then(
            fail(ErrorKind::invalid,
                 "it has fragments 0-" + std::to_string(count - 1) + ", not " + beyond.text()));
    fetch->before = wanted.common(node_.swarm().holding(fetch->asset).fragments);
    fetch->deadline = std::min(fetch->deadline, Loop::now() + fetch->command.wait);
    fetch->want = core_.asker();
    fetches_.push_back(fetch);
    node_.tell(facts::FetchAsked{fetch->asset, wanted, fetch->want});
    look();
}

void Commands::look() {
    if (fetches_.empty()) return;
    if (due_ != 0) loop_.cancel(due_);
    due_ = 0;
    const Time now = Loop::now();
    Time next = kNever;
    const auto fetches = fetches_;
    for (const FetchPtr& fetch : fetches) {
        if (look(*fetch, now))
            fetches_.remove(fetch);
        else
            next = std::min(next, fetch->deadline);
    }
    if (next == kNever || due_ != 0) return;
    due_ = loop_.at(next, [this] {
        due_ = 0;
        look();
    });
}

// True: it is over.
bool Commands::look(Fetch& fetch, Time now) {
    Swarm& swarm = node_.swarm();
    const RangeSet& wanted = fetch.command.fragments;
    RangeSet lacking = wanted;
    lacking.remove(swarm.holding(fetch.asset).fragments);
    const Outlook outlook =
        lacking.empty() ? Outlook::coming : swarm.outlook(fetch.asset, lacking, now);
    if (!lacking.empty() && outlook == Outlook::coming && now < fetch.deadline) return false;
    // Who is told that it cannot be had does not want it to come later unasked; who is told that it
    // is coming does.
    if (!lacking.empty() && outlook == Outlook::coming)
        node_.tell(facts::FetchAsked{fetch.asset, wanted});
    if (!lacking.empty()) node_.tell(facts::FetchEnded{fetch.asset, fetch.want});
    if (outlook == Outlook::nobody)
        fetch.then(fail(ErrorKind::not_found, "nobody has fragments " + lacking.text()));
    else if (outlook == Outlook::failed)
        fetch.then(fail(ErrorKind::refused, "fragments " + lacking.text() +
                                                ": all who have them are barred or cannot be "
                                                "reached"));
    else
        fetch.then(FetchCommand::Answer(
            Fetched{lacking.empty(), wanted, fetch.before, swarm.asset_view(fetch.asset, now)}));
    return true;
}

}  // namespace fragcast
