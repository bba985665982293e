// Main thread. `fragcast put FILE`: publishes. Cuts into a temporary store, joins the swarm as a
// guest, offers the fragments, serves what the peers ask for, and returns when they hold it and the
// bus knows.
#include "messages/wire/endpoint.hpp"
#include "messages/wire/name_or_id.hpp"
#include "peer/store/fragment_store.hpp"
#include "player/cut/cutter.hpp"
#include "tools/cut_options.hpp"
#include "tools/deal.hpp"
#include "tools/guest.hpp"
#include "tools/progress.hpp"
#include "tools/temp_folder.hpp"
#include "tools/terminal.hpp"
#include "tools/verb.hpp"

#include <filesystem>

#include <nlohmann/json.hpp>

namespace fragcast::tools {

namespace {

constexpr auto kListed = std::chrono::seconds(2);

struct PutOptions {
    std::string file;
    std::vector<std::string> to;
    bool spread = false;
    CutOptions cut;
};

// What is offered, and how much of it has arrived, over all peers.
struct Totals {
    std::uint64_t offered = 0;
    std::uint64_t held = 0;
    bool all_held = true;
};

std::uint64_t bytes_of(const Manifest& manifest, const RangeSet& fragments) {
    std::uint64_t sum = 0;
    for (const Span& span : fragments.spans())
        for (std::uint32_t i = span.begin; i < span.end && i < manifest.fragments.size(); ++i)
            sum += manifest.fragments[i].size;
    return sum;
}

Totals totals_of(const Manifest& manifest, const std::vector<OfferingView>& offerings) {
    Totals totals;
    totals.all_held = !offerings.empty();
    for (const auto& offering : offerings) {
        const std::uint64_t offered = bytes_of(manifest, offering.offered);
        const RangeSet held = offering.held.common(offering.offered);
        totals.offered += offered;
        totals.held += std::min(offered, std::max(bytes_of(manifest, held), offering.bytes_sent));
        totals.all_held = totals.all_held && held == offering.offered;
    }
    return totals;
}

// The peers that may be given something: joined, no guests, not leaving; those of --to only.
Result<std::vector<PeerRecord>> receivers(const PutOptions& options, const Swarm& swarm) {
    std::vector<PeerRecord> all;
    for (const auto& peer : swarm.known_peers())
        if (!peer.guest && !peer.draining && !peer.exchange.empty() && peer.id != swarm.self().id)
            all.push_back(peer);
    if (options.to.empty()) {
        if (all.empty())
            return fail(ErrorKind::unavailable, "no peer to give it to; start one: fragcast-peer");
        if (options.spread && all.size() < 2)
            return fail(ErrorKind::unavailable,
                        "--spread needs at least two peers, and only one is there");
        return all;
    }
    std::vector<PeerRecord> chosen;
    for (const auto& wanted : options.to) {
        const auto fit = meant_by(wanted, all);
        if (fit.empty()) return fail(ErrorKind::unavailable, "no peer \"" + wanted + "\" is known");
        if (fit.size() > 1) return several_meant(wanted, fit);
        chosen.push_back(fit.front());
    }
    if (options.spread && chosen.size() < 2)
        return fail(ErrorKind::invalid, "--spread needs at least two peers; give --to twice");
    return chosen;
}

nlohmann::json summary_json(const CutReport& report, const Deal& deal) {
    nlohmann::json to = nlohmann::json::array();
    for (const auto& offering : deal.offerings())
        to.push_back({{"peer", offering.to.id.text()},
                      {"name", offering.to.name},
                      {"fragments", offering.fragments.text()}});
    nlohmann::json passed = nlohmann::json::array();
    for (const auto& one : deal.passed())
        passed.push_back({{"peer", one.peer.id.text()}, {"name", one.peer.name}, {"why", one.why}});
    return {{"id", report.id.text()},
            {"name", report.manifest.name},
            {"kind", name_of(report.manifest.kind)},
            {"size", report.manifest.size()},
            {"fragments", report.manifest.fragments.size()},
            {"notes", report.notes},
            {"to", std::move(to)},
            {"passed_over", std::move(passed)}};
}

void print_summary(const CutReport& report, const Deal& deal, const Common& common) {
    if (common.json) {
        say_json(summary_json(report, deal));
        return;
    }
    say("{}  {}  {}", report.manifest.name, describe_cut(report.manifest), report.id.text());
    if (common.quiet) return;
    for (const auto& line : report.notes)
        note("{}", line);
    for (const auto& one : deal.passed())
        note("{} was passed over: {}", one.peer.name, one.why);
    for (const auto& offering : deal.offerings())
        note("{} has {}", offering.to.name, offering.fragments.text());
}

Result<CutReport> cut(const PutOptions& options, const Common& common,
                      const std::filesystem::path& into) {
    Progress progress("cutting", common.quiet || common.json);
    auto report = cut_file(options.file, into, options.cut, [&](const CutProgress& p) {
        progress.show(p.done, p.total);
        return !interrupted();
    });
    return report;
}

// Until everybody has what it was dealt; whoever refuses or is silent is passed over.
Status give(Deal& deal, Guest& guest, const CutReport& report, const Common& common) {
    const Swarm& swarm = guest.node().swarm();
    const auto offer = [&] { guest.node().tell(facts::PublishAsked{report.id, deal.offerings()}); };
    offer();
    Progress progress("giving", common.quiet || common.json);
    Totals totals;
    Result<bool> anew = false;
    auto done = guest.wait(
        [&] {
            anew = deal.look(swarm.offerings(report.id), Loop::now());
            if (!anew) return true;
            if (*anew) offer();
            totals = totals_of(report.manifest, swarm.offerings(report.id));
            progress.show(totals.held, totals.offered);
            return totals.all_held;
        },
        [&] { return totals.held; }, [] { return "the peers to take it"; });
    progress.end();
    if (!anew) return anew.error();
    return done;
}

Result<Deal> publish(const PutOptions& options, Guest& guest, const CutReport& report,
                     const Common& common) {
    const Swarm& swarm = guest.node().swarm();
    const auto joined = guest.wait([&] { return swarm.buses_joined() > 0; }, [] { return 0; },
                                   [&] { return "the bus at " + common.bus; });
    if (!joined)
        return fail(ErrorKind::unavailable,
                    joined.error().kind == ErrorKind::interrupted
                        ? joined.error().text
                        : "no bus at " + common.bus +
                              ". Start one: fragcast-bus; without, add the file on a peer's page");
    // A bus that has just started learns of its peers within a heartbeat.
    Result<std::vector<PeerRecord>> to = receivers(options, swarm);
    const auto known =
        guest.wait([&] { return (to = receivers(options, swarm)).ok(); }, [] { return 0; },
                   [&] { return "peers" + (to ? "" : ": " + to.error().text); });
    if (!known && !to)
        return known.error().kind == ErrorKind::interrupted ? known.error() : to.error();
    Deal deal(report.id, report.manifest, *to,
              options.spread       ? Deal::How::spread
              : options.to.empty() ? Deal::How::copies
                                   : Deal::How::each);
    if (deal.offerings().empty())
        return fail(ErrorKind::unavailable,
                    "no peer here holds copies; name who is to have it: --to");
    if (const auto given = give(deal, guest, report, common); !given) return given.error();
    return deal;
}

Error through_no_peer(const Common& common) {
    return fail(ErrorKind::invalid,
                "put gives a file to peers of the bus at " + common.bus +
                    ", and goes through none of them: leave out --peer " + common.peer +
                    ", and say who is to have all of it by --to NAME. Without a "
                    "bus, add the file on a peer's page");
}

int run_put(const PutOptions& options, const Common& common) {
    if (common.peer_said) return complain(through_no_peer(common));
    const auto folder = TempFolder::make("fragcast-put");
    if (!folder) return complain(folder.error());

    auto store = FragmentStore::open(real_files(), folder->path() / "store", "put");
    if (!store) return complain(store.error());
    const auto report = cut(options, common, (*store)->incoming());
    if (!report)
        return complain(report.error().kind == ErrorKind::not_found
                            ? fail(ErrorKind::io, report.error().text)
                            : report.error());
    auto stored = (*store)->adopt(report->folder);
    if (!stored) return complain(stored.error());
    Guest guest(common, {});
    std::vector<StoredAsset> assets;
    assets.push_back(std::move(*stored));
    if (const auto started = guest.start(std::move(*store), std::move(assets)); !started)
        return complain(started.error());
    const auto deal = publish(options, guest, *report, common);
    // A bus that does not answer is passed over.
    if (deal) (void)guest.wait_until_listed(report->id, deal->offerings(), kListed);
    guest.leave();
    if (!deal) return complain(deal.error());
    print_summary(*report, *deal, common);
    return kOk;
}

}  // namespace

void add_put(CommandLine& line, const Common& common, Run& run) {
    auto options = std::make_shared<PutOptions>();
    CommandLine verb = line.verb("put", "publish a file");
    verb.option("FILE", options->file, "video or any other file").required();
    verb.option("--to", options->to, "give all of it to this peer: name or id (repeatable)")
        .repeated();
    verb.flag("--spread", options->spread, "deal the fragments out so that no peer has the whole");
    const CommandOption replicas = add_cut_options(verb, options->cut);
    verb.on_chosen([options, replicas, &common, &run] {
        // No peer is to have the whole: one copy, unless more are asked for.
        if (options->spread && !replicas.given()) options->cut.replicas = 1;
        run = [=, &common] { return run_put(*options, common); };
    });
}

}  // namespace fragcast::tools
