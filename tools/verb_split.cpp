// Main thread. `fragcast split FILE -o DIR`: cuts offline, exactly as a peer stores it.
#include "messages/wire/endpoint.hpp"
#include "player/cut/cutter.hpp"
#include "tools/cut_options.hpp"
#include "tools/progress.hpp"
#include "tools/terminal.hpp"
#include "tools/verb.hpp"

#include <nlohmann/json.hpp>

namespace fragcast::tools {

namespace {

struct SplitOptions {
    std::string file;
    std::string into;
    CutOptions cut;
};

void print_json(const CutReport& report) {
    nlohmann::json line = {{"id", report.id.text()},
                           {"name", report.manifest.name},
                           {"kind", name_of(report.manifest.kind)},
                           {"size", report.manifest.size()},
                           {"fragments", report.manifest.fragments.size()},
                           {"folder", report.folder.string()},
                           {"notes", report.notes}};
    say_json(line);
}

void print_people(const CutReport& report) {
    say("{}", report.folder.string());
    say("id: {}", report.id.text());
    say("{}", describe_cut(report.manifest));
    for (const auto& note : report.notes)
        say("{}", note);
}

int run_split(const SplitOptions& options, const Common& common) {
    Progress progress("cutting", common.quiet || common.json);
    const auto report =
        cut_file(options.file, options.into, options.cut, [&](const CutProgress& p) {
            progress.show(p.done, p.total);
            return !interrupted();
        });
    progress.end();
    if (!report)  // a file that is not there is no asset that nobody has
        return complain(
            Error{report.error().kind == ErrorKind::not_found ? ErrorKind::io : report.error().kind,
                  report.error().text});
    common.json ? print_json(*report) : print_people(*report);
    return kOk;
}

}  // namespace

void add_split(CommandLine& line, const Common& common, Run& run) {
    auto options = std::make_shared<SplitOptions>();
    CommandLine verb = line.verb("split", "cut a file into fragments, offline");
    verb.option("FILE", options->file, "video or any other file").required();
    verb.option("-o,--output", options->into, "folder to make the asset's folder in").required();
    add_cut_options(verb, options->cut);
    verb.on_chosen(
        [options, &common, &run] { run = [=, &common] { return run_split(*options, common); }; });
}

}  // namespace fragcast::tools
