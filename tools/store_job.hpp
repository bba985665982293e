// Main thread. refresh and verify: a peer's job that may take longer than it holds a request.
#pragma once

#include "messages/wire/result.hpp"
#include "tools/verb.hpp"

#include <functional>
#include <string>

#include <nlohmann/json_fwd.hpp>

namespace fragcast::tools {

// POST /api/v1/PATH of --peer, again until it is done; `show` is given each answer. The last one.
// Errors: as of tell_peer; interrupted.
Result<nlohmann::json> follow_job(const Common& common, const std::string& path,
                                  nlohmann::json body,
                                  const std::function<void(const nlohmann::json&)>& show);

}  // namespace fragcast::tools
