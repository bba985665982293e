// Main thread. Where a looking verb gets its answer: from the bus, or, with --peer, from that
// peer's HTTP. Both give JSON in the fields of HTTP.md.
#pragma once

#include "messages/wire/limits.hpp"
#include "messages/wire/result.hpp"
#include "tools/http_client.hpp"
#include "tools/verb.hpp"

#include <string>
#include <utility>

#include <nlohmann/json_fwd.hpp>

namespace fragcast::tools {

// The same with --peer as the address of its page and the id of who it is: by the bus, where it is
// a name, an id or the beginning of one, of `digits` at least; by asking there, where it is an
// address. All that is asked and told with that is meant for this one: another peer at its address
// refuses it. Errors: ambiguous, unavailable.
Result<Common> at_peer(const Common& common, std::size_t digits = limits::kMinIdDigits);

// GET /api/v1/PATH of --peer.
Result<nlohmann::json> ask_peer(const Common& common, const std::string& path,
                                Answer kind = Answer::one);
// The first problem of what the user wrote as NAME|ID, in words; empty: there may be such a name.
std::string problem_of_name(const std::string& word);

// METHOD /api/v1/PATH of --peer, which must be given, with a JSON body or none: the status and the
// answer.
Result<std::pair<long, nlohmann::json>> tell_peer(const Common& common, const std::string& method,
                                                  const std::string& path,
                                                  const nlohmann::json& body);

// Who has it, by the bus or, with --peer, by that peer: `via` is empty, bus, friends or local, and
// asks for --peer. Errors: not_found, ambiguous, unavailable, invalid.
Result<nlohmann::json> locate(const Common& common, const std::string& what, std::int64_t fragment,
                              const std::string& via);

// The same answers from the bus's directory, as HTTP.md says for a bus.
Result<nlohmann::json> bus_assets(const Common& common);
Result<nlohmann::json> bus_peers(const Common& common);
Result<nlohmann::json> bus_directory(const Common& common);
Result<nlohmann::json> bus_locate(const Common& common, const std::string& what,
                                  std::int64_t fragment);
Result<nlohmann::json> bus_events(const Common& common, std::uint64_t from);
Result<nlohmann::json> bus_info(const Common& common);

}  // namespace fragcast::tools
