// Main thread. The verbs that look: ls, peers, locate, directory, info. What the swarm knows, from
// the bus, or from --peer. Plain columns for people, JSON lines with --json.
#include "messages/wire/endpoint.hpp"
#include "messages/wire/holding.hpp"
#include "messages/wire/limits.hpp"
#include "tools/ask.hpp"
#include "tools/http_client.hpp"
#include "tools/show.hpp"
#include "tools/terminal.hpp"
#include "tools/verb.hpp"

#include <algorithm>
#include <map>
#include <memory>

#include <nlohmann/json.hpp>

namespace fragcast::tools {

using nlohmann::json;

namespace {

using Row = std::vector<std::string>;

// Columns as wide as their widest; the last one is left ragged.
void print_table(const std::vector<Row>& rows) {
    std::vector<std::size_t> widths;
    for (const Row& row : rows)
        for (std::size_t i = 0; i < row.size(); ++i) {
            if (widths.size() <= i) widths.push_back(0);
            widths[i] = std::max(widths[i], row[i].size());
        }
    for (const Row& row : rows) {
        std::string line;
        for (std::size_t i = 0; i < row.size(); ++i) {
            line += row[i];
            if (i + 1 < row.size()) line.append(widths[i] - row[i].size() + 2, ' ');
        }
        say("{}", line);
    }
}

void print_lines(const json& list) {
    for (const auto& object : list)
        say_json(object);
}

std::string length_of(const json& asset) {
    const auto duration = number_of(asset, "duration_us");
    return duration ? human_duration(duration) : "-";
}

void print_assets(const json& answer) {
    std::vector<Row> rows{{"NAME", "KIND", "LENGTH", "SIZE", "FRAGMENTS", "HERE", "ID"}};
    for (const auto& asset : list_of(answer, "assets"))
        rows.push_back({text_of(asset, "name"), text_of(asset, "kind"), length_of(asset),
                        human_bytes(number_of(asset, "size")), text_of(asset, "fragments"),
                        asset.contains("here") ? text_of(asset, "here") : "",
                        text_of(asset, "id").substr(0, 16)});
    print_table(rows);
}

std::string state_of(const json& peer) {
    if (flag_of(peer, "draining")) return "draining";
    return flag_of(peer, "guest") ? "guest" : "";
}

void print_peers(const json& answer) {
    std::vector<Row> rows{{"NAME", "ID", "PAGE", "EXCHANGE", ""}};
    for (const auto& peer : list_of(answer, "peers"))
        rows.push_back({text_of(peer, "name"), text_of(peer, "id").substr(0, 8),
                        text_of(peer, "http"), text_of(peer, "exchange"), state_of(peer)});
    std::sort(rows.begin() + 1, rows.end());  // by name, of one name by id
    print_table(rows);
}

void print_directory(const json& answer) {
    if (flag_of(answer, "settling"))
        say("the bus is settling: peers are still telling it what they have");
    for (const auto& peer : list_of(answer, "peers")) {
        const std::uint64_t entered = number_of(peer, "entered");
        say("{}  {}  {}{}", text_of(peer, "name"), text_of(peer, "id").substr(0, 8),
            text_of(peer, "http"),
            entered == 0 ? "" : ("  entered " + std::to_string(entered) + "x"));
        for (const auto& held : list_of(peer, "holds"))
            say("    {}  {}", text_of(held, "name"), text_of(held, "fragments"));
    }
}

// What one peer has alone, guests aside: an asset's row for each such peer.
json alone_of(const json& answer) {
    struct Holders {
        std::string name;
        RangeSet once, more;
        std::map<std::string, RangeSet> by;
    };
    std::map<std::string, Holders> assets;
    for (const auto& peer : list_of(answer, "peers")) {
        if (flag_of(peer, "guest")) continue;
        for (const auto& held : list_of(peer, "holds")) {
            const auto fragments =
                RangeSet::parse(text_of(held, "fragments"), limits::kMaxFragments);
            if (!fragments) continue;
            Holders& asset = assets[text_of(held, "asset")];
            asset.name = text_of(held, "name");
            asset.more.add(asset.once.common(*fragments));
            asset.once.add(*fragments);
            asset.by[text_of(peer, "name")].add(*fragments);
        }
    }
    json rows = json::array();
    for (const auto& [id, asset] : assets)
        for (const auto& [peer, fragments] : asset.by) {
            RangeSet alone = fragments;
            alone.remove(asset.more);
            if (!alone.empty())
                rows.push_back({{"asset", id},
                                {"name", asset.name},
                                {"fragments", alone.text()},
                                {"peer", peer}});
        }
    return rows;
}

void print_alone(const json& rows) {
    if (rows.empty()) say("nothing: each fragment is at two peers at least");
    for (const auto& row : rows)
        say("{}  {}  only at {}", text_of(row, "name"), text_of(row, "fragments"),
            text_of(row, "peer"));
}

void print_holders(const json& answer) {
    for (const auto& holder : list_of(answer, "holders")) {
        const auto peer = holder.find("peer");
        if (peer != holder.end())
            say("{}  {}  {}", text_of(*peer, "name"), text_of(holder, "fragments"),
                text_of(*peer, "http"));
    }
}

void print_info(const json& info) {
    for (const auto& [key, value] : info.items()) {
        if (value.is_object()) {
            for (const auto& [name, number] : value.items())
                say("{}.{}: {}", key, name, text_of(value, name.c_str()));
        } else if (value.is_array()) {
            for (const auto& item : value)
                say("{}: {}", key, text_of(item));
        } else {
            say("{}: {}", key, text_of(info, key.c_str()));
        }
    }
}

// One looking verb: from the bus by `ask_bus`, from a peer by its route.
struct Look {
    const char* name;
    const char* help;
    const char* route;
    Result<json> (*ask_bus)(const Common&);
    const char* list;  // what --json prints line by line; nullptr: the whole
    void (*print)(const json&);
};

constexpr Look kLooks[] = {
    {"ls", "the assets of the swarm", "assets", bus_assets, "assets", print_assets},
    {"peers", "the peers of the swarm, by name", "peers", bus_peers, "peers", print_peers},
    {"directory", "who holds what", "directory", bus_directory, "peers", print_directory},
    {"info", "how a bus or a peer fares", "info", bus_info, nullptr, print_info},
};

int run_look(const Look& look, const Common& common) {
    const auto answer =
        common.peer.empty()
            ? look.ask_bus(common)
            : ask_peer(common, look.route, look.list != nullptr ? Answer::list : Answer::one);
    if (!answer) return complain(answer.error());
    if (!common.json)
        look.print(*answer);
    else if (look.list != nullptr)
        print_lines(list_of(*answer, look.list));
    else
        say_json(*answer);
    return kOk;
}

int run_at_risk(const Common& common) {
    const auto answer =
        common.peer.empty() ? bus_directory(common) : ask_peer(common, "directory", Answer::list);
    if (!answer) return complain(answer.error());
    const json rows = alone_of(*answer);
    common.json ? print_lines(rows) : print_alone(rows);
    return kOk;
}

void add_look(const Look& look, CommandLine& line, const Common& common, Run& run) {
    line.verb(look.name, look.help).on_chosen([&look, &common, &run] {
        run = [&look, &common] { return run_look(look, common); };
    });
}

struct LocateOptions {
    std::string what;
    std::int64_t fragment = -1;
    std::string via;
};

int run_locate(const LocateOptions& options, const Common& common) {
    const auto answer = locate(common, options.what, options.fragment, options.via);
    if (!answer) return complain(answer.error());
    const json& holders = list_of(*answer, "holders");
    common.json ? print_lines(holders) : print_holders(*answer);
    if (!holders.empty()) return kOk;
    const auto asset = answer->find("asset");
    const std::uint64_t there = asset == answer->end() ? 0 : number_of(*asset, "fragments");
    if (there != 0 && options.fragment >= static_cast<std::int64_t>(there))
        return complain(fail(ErrorKind::not_found, "\"" + options.what + "\" has no fragment " +
                                                       std::to_string(options.fragment) +
                                                       ": its last is " +
                                                       std::to_string(there - 1)));
    return complain(
        fail(ErrorKind::not_found,
             "nobody has \"" + options.what + "\"" +
                 (options.fragment >= 0 ? " fragment " + std::to_string(options.fragment) : "")));
}

}  // namespace

void add_ls(CommandLine& line, const Common& common, Run& run) {
    add_look(kLooks[0], line, common, run);
}
void add_peers(CommandLine& line, const Common& common, Run& run) {
    add_look(kLooks[1], line, common, run);
}
void add_directory(CommandLine& line, const Common& common, Run& run) {
    const auto at_risk = std::make_shared<bool>(false);
    CommandLine verb = line.verb("directory", kLooks[2].help);
    verb.flag("--at-risk", *at_risk, "only what a single peer has");
    verb.on_chosen([at_risk, &common, &run] {
        run = [at_risk, &common] {
            return *at_risk ? run_at_risk(common) : run_look(kLooks[2], common);
        };
    });
}
void add_info(CommandLine& line, const Common& common, Run& run) {
    add_look(kLooks[3], line, common, run);
}

void add_locate(CommandLine& line, const Common& common, Run& run) {
    auto options = std::make_shared<LocateOptions>();
    CommandLine verb = line.verb("locate", "who has an asset, or one fragment of it");
    verb.option("NAME", options->what, "name, id or unique beginning of an id")
        .required()
        .checked(problem_of_name);
    verb.option("INDEX", options->fragment, "fragment").not_negative();
    verb.option("--via", options->via, "with --peer: ask its bus, its friends, or only itself")
        .one_of({"bus", "friends", "local"});
    verb.on_chosen(
        [options, &common, &run] { run = [=, &common] { return run_locate(*options, common); }; });
}

}  // namespace fragcast::tools
