// Main thread. `fragcast get NAME|ID`: fetches as a guest, from all holders at once, proves every
// chunk, writes the file under a temporary name and renames it when whole.
#include "messages/wire/endpoint.hpp"
#include "messages/wire/limits.hpp"
#include "peer/store/output_store.hpp"
#include "tools/ask.hpp"
#include "tools/dry_run.hpp"
#include "tools/get_watch.hpp"
#include "tools/guest.hpp"
#include "tools/progress.hpp"
#include "tools/show.hpp"
#include "tools/terminal.hpp"
#include "tools/verb.hpp"

#include <algorithm>
#include <filesystem>
#include <map>

#include <nlohmann/json.hpp>

namespace fragcast::tools {

namespace {

struct GetOptions {
    std::string what;
    std::string output;
    bool force = false;
    std::string via;
    bool dry_run = false;
};

struct Found {
    AssetId id;
    std::string name;
    std::uint64_t size = 0;
    std::uint32_t fragments = 0;
    std::vector<Sender> holders;
};

// Only a name that can do no harm names a file by itself: no folder, no dot or dash in front.
Result<std::filesystem::path> output_path(const GetOptions& options, const Found& asset) {
    if (!options.output.empty()) return std::filesystem::path(options.output);
    const std::string& name = asset.name;
    const bool harmless = !name.empty() && name[0] != '.' && name[0] != '-' &&
                          check_name(name).ok() && name.find('\\') == std::string::npos;
    if (!harmless)
        return fail(ErrorKind::refused,
                    "the asset's name is not safe as a file's; name one: -o FILE");
    return std::filesystem::path(name);
}

Result<Found> find_asset(const GetOptions& options, const Common& common) {
    const auto answer = locate(common, options.what, -1, options.via);
    if (!answer) return answer.error();
    const auto asset = answer->find("asset");
    const auto id = asset == answer->end() ? std::nullopt : AssetId::parse(text_of(*asset, "id"));
    if (!id)
        return fail(ErrorKind::invalid,
                    "the answer names no asset; is it of a fragcast peer or bus?");
    Found found{*id,
                text_of(*asset, "name"),
                number_of(*asset, "size"),
                static_cast<std::uint32_t>(
                    std::min<std::uint64_t>(number_of(*asset, "fragments"), limits::kMaxFragments)),
                {}};
    for (const auto& holder : list_of(*answer, "holders")) {
        const auto peer = holder.find("peer");
        const auto has = RangeSet::parse(text_of(holder, "fragments"), limits::kMaxFragments);
        if (peer != holder.end() && has)
            found.holders.push_back({text_of(*peer, "id"), text_of(*peer, "name"), *has, {}});
    }
    return found;
}

// What --peer P stands for: a guest of P, which fetches what it lacks and passes it on as it comes.
Result<std::string> fetch_through(const Found& asset, const Common& common) {
    const auto it = at_peer(common);
    if (!it) return it.error();
    const auto info = ask_peer(*it, "info");
    if (!info) return info.error();
    const std::string exchange = text_of(*info, "exchange");
    if (exchange.empty()) return fail(ErrorKind::unavailable, common.peer + " tells no exchange");
    const auto told = tell_peer(*it, "POST", "fetch", {{"name", asset.id.text()}, {"wait_ms", 0}});
    if (!told) return told.error();
    return exchange;
}

int run_dry(Found asset, const std::filesystem::path& path, const Common& common) {
    deal_fragments(asset.holders, asset.fragments);
    RangeSet missing = RangeSet::up_to(asset.fragments);
    nlohmann::json from = nlohmann::json::array();
    for (const Sender& sender : asset.holders) {
        missing.remove(sender.has);
        from.push_back({{"peer", sender.peer},
                        {"name", sender.name},
                        {"fragments", sender.sends.text()},
                        {"has", sender.has.text()}});
    }
    if (common.json) {
        say_json(nlohmann::json{{"id", asset.id.text()},
                                {"name", asset.name},
                                {"file", path.string()},
                                {"size", asset.size},
                                {"fragments", asset.fragments},
                                {"missing", missing.text()},
                                {"from", from}});
    } else {
        say("{}: {} fragments, {}, to {}; a dry run: nothing is fetched", asset.name,
            asset.fragments, human_bytes(asset.size), path.string());
        for (const Sender& sender : asset.holders)
            say("{} would send {} (has {})", sender.name,
                sender.sends.empty() ? "nothing" : sender.sends.text(), sender.has.text());
    }
    if (missing.empty()) return kOk;
    return complain(fail(ErrorKind::not_found, "nobody has fragments " + missing.text()));
}

// Who sent how much, the most first.
std::vector<ProvenanceView> senders_of(const AssetView& view) {
    std::map<PeerId, ProvenanceView> by_peer;
    for (const auto& fragment : view.fragments)
        for (const auto& from : fragment.from) {
            auto& sum = by_peer[from.peer];
            sum.peer = from.peer;
            sum.name = from.name;
            sum.bytes += from.bytes;
        }
    std::vector<ProvenanceView> out;
    for (auto& [id, sum] : by_peer)
        out.push_back(std::move(sum));
    std::stable_sort(out.begin(), out.end(),
                     [](const auto& a, const auto& b) { return a.bytes > b.bytes; });
    return out;
}

std::string senders_text(const std::vector<ProvenanceView>& senders) {
    std::string text;
    for (const auto& sender : senders)
        text +=
            (text.empty() ? "from " : ", ") + sender.name + " (" + human_bytes(sender.bytes) + ")";
    return text;
}

struct Fetched {
    std::vector<ProvenanceView> senders;
    Duration took{};
};

void print_summary(const std::filesystem::path& path, const Found& asset, const Fetched& fetched,
                   const Common& common) {
    const auto us = static_cast<std::uint64_t>(std::max<Duration::rep>(fetched.took.count(), 1));
    if (common.json) {
        nlohmann::json from = nlohmann::json::array();
        for (const auto& sender : fetched.senders)
            from.push_back(
                {{"peer", sender.peer.text()}, {"name", sender.name}, {"bytes", sender.bytes}});
        say_json(nlohmann::json{{"id", asset.id.text()},
                                {"name", asset.name},
                                {"file", path.string()},
                                {"size", asset.size},
                                {"duration_ms", us / 1000},
                                {"from", from}});
        return;
    }
    say("{}", path.string());
    if (common.quiet) return;
    const auto rate =
        static_cast<std::uint64_t>(static_cast<double>(asset.size) / static_cast<double>(us) * 1e6);
    note("{} in {} ({}/s), {}", human_bytes(asset.size), human_duration(us), human_bytes(rate),
         senders_text(fetched.senders));
}

// Until the file is whole, and every chunk of it proven: who sent it. `failed`: it could not be
// made, and why.
Result<std::vector<ProvenanceView>> await_file(Guest& guest, const GetOptions& options,
                                               const Found& asset, const std::string& failed,
                                               const Common& common) {
    Swarm& swarm = guest.node().swarm();
    Progress progress("getting", common.quiet || common.json);
    std::uint64_t here = 0;
    GetWatch watch(
        [&] {
            const auto manifest = swarm.manifest(asset.id);
            return manifest &&
                   swarm.holding(asset.id).fragments.count() == manifest->fragments.size();
        },
        [&] { return swarm.asset_view(asset.id, Loop::now()); });
    const auto& view = watch.view();
    const auto done = guest.wait(
        [&] {
            if (!failed.empty()) return true;
            if (!watch.look(Loop::now())) return false;
            here = view->bytes_here;
            progress.show(here, std::max<std::uint64_t>(asset.size, 1),
                          senders_text(senders_of(*view)));
            return watch.ended();
        },
        [&] { return here; },
        [&] {
            return "\"" + options.what + "\"" +
                   (view && !view->waiting.empty() ? ": " + view->waiting : "");
        });
    progress.end();
    if (!done) return done.error();
    if (!failed.empty()) return fail(ErrorKind::io, failed);
    return senders_of(*view);
}

Result<Fetched> fetch_file(const GetOptions& options, const Found& asset,
                           std::unique_ptr<OutputStore> file, const Common& common) {
    const Time began = Loop::now();
    // The file could not be made: its place was taken meanwhile, or the disk failed.
    std::string failed;
    EngineHooks hooks;
    hooks.on_unfinished = [&failed](const FragmentRef&, const Error& why) { failed = why.text; };
    Guest guest(common, std::move(hooks));
    std::string through;
    if (!common.peer.empty()) {
        auto exchange = fetch_through(asset, common);
        if (!exchange) return exchange.error();
        through = std::move(*exchange);
    }
    if (const auto started = guest.start(std::move(file), {}, through); !started)
        return started.error();
    guest.node().tell(facts::FetchAsked{asset.id, {}});
    auto senders = await_file(guest, options, asset, failed, common);
    const Duration took = Loop::now() - began;
    guest.leave();
    if (!senders) return senders.error();
    return Fetched{std::move(*senders), took};
}

int run_get(const GetOptions& options, const Common& common) {
    const auto asset = find_asset(options, common);
    if (!asset) return complain(asset.error());
    const auto path = output_path(options, *asset);
    if (!path) return complain(path.error());

    if (options.dry_run && std::filesystem::exists(*path) && !options.force)
        return complain(fail(ErrorKind::exists, path->string() +
                                                    " exists; replace it with --force, "
                                                    "or name another: -o FILE"));
    if (options.dry_run) return run_dry(*asset, *path, common);

    auto file = OutputStore::open(real_files(), *path, asset->id, options.force);
    if (!file) return complain(file.error());
    const auto fetched = fetch_file(options, *asset, std::move(*file), common);
    if (!fetched) return complain(fetched.error());
    print_summary(*path, *asset, *fetched, common);
    return kOk;
}

}  // namespace

void add_get(CommandLine& line, const Common& common, Run& run) {
    auto options = std::make_shared<GetOptions>();
    CommandLine verb = line.verb("get", "fetch an asset to a file");
    verb.option("NAME", options->what, "name, id or unique beginning of an id")
        .required()
        .checked(problem_of_name);
    verb.option("-o,--output", options->output, "file to write (the asset's name)");
    verb.flag("--force", options->force, "replace the file if it exists");
    verb.option("--via", options->via,
                "with --peer: have it found by that peer's bus, its friends, or itself")
        .one_of({"bus", "friends", "local"});
    verb.flag("--dry-run", options->dry_run, "say who would send what, and fetch nothing");
    verb.on_chosen(
        [options, &common, &run] { run = [=, &common] { return run_get(*options, common); }; });
}

}  // namespace fragcast::tools
