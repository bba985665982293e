#include "tools/store_job.hpp"

#include "tools/ask.hpp"
#include "tools/show.hpp"

#include <nlohmann/json.hpp>

namespace fragcast::tools {

using nlohmann::json;

namespace {
constexpr int kWaitMs = 1000;  // for each answer, so that progress is seen
}

Result<json> follow_job(const Common& common, const std::string& path, json body,
                        const std::function<void(const json&)>& show) {
    if (common.peer.empty())
        return fail(ErrorKind::invalid, "say which peer is to " + path + ": --peer NAME");
    // A name is looked up once.
    const auto it = at_peer(common);
    if (!it) return it.error();
    body["wait_ms"] = kWaitMs;
    std::uint64_t job = 0;
    while (!interrupted()) {
        auto answer = tell_peer(*it, "POST", path, body);
        if (!answer) return answer.error();
        show(answer->second);
        if (flag_of(answer->second, "done")) return std::move(answer->second);
        // Or it would be asked to begin anew, for ever.
        const std::uint64_t named = number_of(answer->second, "job");
        if (named == 0 || (job != 0 && named != job))
            return fail(ErrorKind::invalid, "what answers at " + it->peer +
                                                " is neither done nor goes on with it; is it a "
                                                "fragcast peer of this version?");
        body["job"] = job = named;
    }
    return fail(ErrorKind::interrupted, "the peer goes on with it");
}

}  // namespace fragcast::tools
