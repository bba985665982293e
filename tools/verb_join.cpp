// Main thread. `fragcast join DIR -o FILE`: the reverse of split, proving every hash.
#include "player/cut/cutter.hpp"
#include "tools/terminal.hpp"
#include "tools/verb.hpp"

namespace fragcast::tools {

namespace {

struct JoinOptions {
    std::string folder;
    std::string output;
    std::int64_t fragment = -1;
    bool force = false;
};

int run_join(const JoinOptions& options, const Common& common) {
    std::optional<FragmentIndex> only;
    if (options.fragment >= 0) only = FragmentIndex{static_cast<std::uint32_t>(options.fragment)};
    const auto joined = join_folder(options.folder, options.output, only, options.force);
    if (!joined)
        return complain(Error{joined.error().kind == ErrorKind::not_found
                                  ? ErrorKind::io  // of a file here, not of the swarm
                                  : joined.error().kind,
                              joined.error().text});
    if (!common.quiet) say("{}", options.output);
    return kOk;
}

}  // namespace

void add_join(CommandLine& line, const Common& common, Run& run) {
    auto options = std::make_shared<JoinOptions>();
    CommandLine verb = line.verb("join", "make one file of an asset's folder, proving every hash");
    verb.option("DIR", options->folder, "folder of the asset").required();
    verb.option("-o,--output", options->output, "file to write").required();
    verb.option("--fragment", options->fragment, "only this fragment, playable by itself")
        .not_negative();
    verb.flag("--force", options->force, "replace the file if it exists");
    verb.on_chosen(
        [options, &common, &run] { run = [=, &common] { return run_join(*options, common); }; });
}

}  // namespace fragcast::tools
