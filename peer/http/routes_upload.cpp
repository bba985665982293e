// HTTP thread. POST /api/v1/assets: publishing a file.
#include "messages/wire/limits.hpp"
#include "messages/wire/manifest.hpp"
#include "messages/wire/whole_number.hpp"
#include "peer/http/routes.hpp"

#include <utility>

namespace fragcast {
namespace {

// The parameter as a number from 1 to `most`; nothing where it is absent.
Result<std::optional<std::uint32_t>> count_of(const HttpRequest& request, const std::string& name,
                                              std::uint32_t most) {
    const auto text = request.parameter(name);
    if (!text) return std::optional<std::uint32_t>();
    const auto value = whole_number<std::uint32_t>(*text);
    if (!value || *value < 1 || *value > most)
        return fail(ErrorKind::invalid, name + " must be from 1 to " + std::to_string(most));
    return value;
}

Result<CutOptions> cut_options(const HttpRequest& request, std::uint32_t default_replicas) {
    CutOptions options;
    options.name = request.parameter("name").value_or("");
    if (options.name.empty()) return fail(ErrorKind::invalid, "say what it is called: ?name=NAME");
    if (const Status good = check_name(options.name); !good) return good.error();
    options.file_name = options.name;
    const auto fragments = count_of(request, "fragments", limits::kMaxFragments);
    if (!fragments) return fragments.error();
    options.fragments = *fragments;
    const auto replicas = count_of(request, "replicas", limits::kMaxReplicas);
    if (!replicas) return replicas.error();
    options.replicas = replicas->value_or(default_replicas);
    const std::string raw = request.parameter("raw").value_or("0");
    if (raw != "0" && raw != "1") return fail(ErrorKind::invalid, "raw must be 0 or 1");
    options.raw = raw == "1";
    return options;
}

}  // namespace

void add_upload_routes(RoutesContext& context) {
    context.server.route_upload(
        "POST", "/api/v1/assets", [&context](const HttpRequest& request, HttpReply reply) {
            auto options = cut_options(request, context.replicas);
            if (options)
                return context.uploads.begin(request, std::move(*options), std::move(reply));
            reply.send(problem(options.error()));
            return HttpSink{};
        });
}

}  // namespace fragcast
