#include "peer/http/commands.hpp"

#include "messages/wire/limits.hpp"
#include "messages/wire/name_or_id.hpp"

#include <algorithm>
#include <utility>

namespace fragcast {

Commands::Commands(Loop& loop, Node& node, Questions& questions, std::function<void()> drain)
    : loop_(loop),
      node_(node),
      questions_(questions),
      drain_(std::move(drain)),
      jobs_(loop, node) {}

Commands::~Commands() {
    if (due_ != 0) loop_.cancel(due_);
}

void Commands::carry_out(const Command& command, Time deadline, Answer answer) {
    if (const auto* wanted = std::get_if<FetchCommand>(&command))
        return fetch(*wanted, deadline, std::move(answer));
    if (const auto* limits = std::get_if<LimitsCommand>(&command)) {
        const SpeedLimits so_far = node_.swarm().speed_limits();
        node_.tell(facts::LimitsSet{limits->max_upload.value_or(so_far.max_upload),
                                    limits->max_download.value_or(so_far.max_download)});
        return answer(CommandAnswer(Done{}));
    }
    if (const auto* found = std::get_if<AdoptCommand>(&command)) {
        const std::uint64_t cookie = next_++;
        adoptions_.emplace(cookie, std::move(answer));
        return node_.adopt(found->folder, cookie);
    }
    if (const auto* refresh = std::get_if<RefreshCommand>(&command))
        return jobs_.refresh(refresh->job, refresh->wait, [answer](Result<Refreshed> result) {
            result ? answer(CommandAnswer(std::move(*result))) : answer(result.error());
        });
    if (const auto* wanted = std::get_if<VerifyCommand>(&command))
        return verify(*wanted, std::move(answer));
    if (const auto* unwanted = std::get_if<RemoveCommand>(&command))
        return remove(*unwanted, std::move(answer));
    drain(answer);
}

void Commands::on_adopted(std::uint64_t cookie, const Result<StoredAsset>& asset) {
    const auto adoption = adoptions_.extract(cookie);
    if (adoption.empty()) return;
    if (!asset) return adoption.mapped()(asset.error());
    adoption.mapped()(CommandAnswer(Adopted{node_.swarm().asset_view(asset->id, Loop::now())}));
}

// --- what concerns the store ---------------------------------------------------------------------

void Commands::verify(const VerifyCommand& command, Answer answer) {
    AssetId asset;
    if (!command.name.empty() && command.job == 0) {
        const auto known = node_.swarm().find(command.name);
        if (known.size() > 1) return answer(CommandAnswer(Several{known}));
        if (known.empty() || !node_.swarm().manifest(known.front().id))
            return answer(
                fail(ErrorKind::not_found, "nothing of \"" + command.name + "\" is here"));
        asset = known.front().id;
    }
    jobs_.verify(command.job, asset, command.wait, [answer](Result<VerifyReport> result) {
        result ? answer(CommandAnswer(std::move(*result))) : answer(result.error());
    });
}

void Commands::remove(const RemoveCommand& command, Answer answer) {
    const auto known = node_.swarm().find(command.name);
    const auto meant = meant_by(command.name, known, limits::kMinIdDigitsToTakeAway);
    if (known.empty())
        return answer(
            fail(ErrorKind::not_found, "this peer knows nothing of \"" + command.name + "\""));
    if (meant.empty()) return answer(too_little_said(command.name, known));
    if (meant.size() > 1) return answer(CommandAnswer(Several{meant}));
    const AssetRecord& asset = meant.front();
    const auto view = node_.swarm().asset_view(asset.id, Loop::now());
    removals_.push_back({{asset.id, asset.name, view ? view->bytes_here : 0}, std::move(answer)});
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
            done.answer(CommandAnswer(done.what));
        else
            done.answer(dropped->status.error());
    }
}

void Commands::drain(const Answer& answer) {
    Leaving leaving{node_.swarm().at_risk(), {}};
    for (const auto& [asset, fragments] : leaving.at_risk)
        if (const auto manifest = node_.swarm().manifest(asset))
            leaving.names[asset] = manifest->name;
    answer(CommandAnswer(std::move(leaving)));
    drain_();
}

// --- fetch ---------------------------------------------------------------------------------------

void Commands::fetch(const FetchCommand& command, Time deadline, Answer answer) {
    auto fetch =
        std::make_shared<Fetch>(Fetch{command, deadline, std::move(answer), {}, {}, {}, {}});
    questions_.ask(LocateQuestion{command.name, -1, Via::bus}, deadline,
                   [this, fetch, alive = std::weak_ptr<int>(alive_)](
                       const Result<QuestionAnswer>& answer_of_swarm) {
                       if (alive.expired()) return;
                       if (!answer_of_swarm) return fetch->answer(answer_of_swarm.error());
                       located(fetch, std::get<LocateAnswer>(*answer_of_swarm).located);
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
        return fetch->answer(CommandAnswer(Several{located.assets}));
    if (located.found == Found::ok && !located.assets.empty())
        fetch->asset = located.assets.front().id;
    else if (whole != known.end())
        fetch->asset = whole->id;
    else if (located.found == Found::settling)
        return fetch->answer(fail(ErrorKind::unavailable,
                                  "the bus has just started and is still being told; ask again"));
    else
        return fetch->answer(fail(ErrorKind::not_found, "nobody has \"" + name + "\""));
    fetch->manifest = ReadId{next_++};
    fetches_.push_back(fetch);
    node_.tell(facts::ManifestAsked{fetch->manifest, fetch->asset, fetch->deadline});
}

bool Commands::on_manifest(ReadId read) {
    for (const FetchPtr& fetch : fetches_)
        if (fetch->manifest == read) {
            fetch->manifest = {};
            begin(FetchPtr(fetch));
            return true;
        }
    return false;
}

bool Commands::on_failure(ReadId read, const Error& error) {
    const auto found = std::find_if(fetches_.begin(), fetches_.end(), [&](const FetchPtr& one) {
        return one->manifest.value != 0 && one->manifest == read;
    });
    if (found == fetches_.end()) return false;
    const FetchPtr fetch = *found;
    fetches_.erase(found);
    const bool failed = node_.swarm().outlook(fetch->asset, {}, Loop::now()) == Outlook::failed;
    fetch->answer(failed ? fail(ErrorKind::refused,
                                "peers are known to have it, and none of them can be reached")
                         : error);
    return true;
}

void Commands::begin(const FetchPtr& fetch) {
    const auto count =
        static_cast<std::uint32_t>(node_.swarm().manifest(fetch->asset)->fragments.size());
    RangeSet& wanted = fetch->command.fragments;
    if (wanted.empty()) wanted = RangeSet::up_to(count);
    RangeSet beyond = wanted;
    beyond.remove(RangeSet::up_to(count));
    if (!beyond.empty()) {
        fetches_.remove(fetch);
        return fetch->answer(
            fail(ErrorKind::invalid,
                 "it has fragments 0-" + std::to_string(count - 1) + ", not " + beyond.text()));
    }
    fetch->before = wanted.common(node_.swarm().holding(fetch->asset).fragments);
    fetch->deadline = std::min(fetch->deadline, Loop::now() + fetch->command.wait);
    fetch->want = ReadId{next_++};
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
        if (fetch->manifest.value != 0) continue;  // the core says when it has it, or cannot
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
        fetch.answer(fail(ErrorKind::not_found, "nobody has fragments " + lacking.text()));
    else if (outlook == Outlook::failed)
        fetch.answer(fail(ErrorKind::refused, "fragments " + lacking.text() +
                                                  ": all who have them are barred or cannot be "
                                                  "reached"));
    else
        fetch.answer(CommandAnswer(
            Fetched{lacking.empty(), wanted, fetch.before, swarm.asset_view(fetch.asset, now)}));
    return true;
}

}  // namespace fragcast
