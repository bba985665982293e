// HTTP thread. What changes a peer's state (HTTP.md). The server has refused already whoever did
// not send the header that other sites cannot.
#include "messages/wire/limits.hpp"
#include "peer/http/json.hpp"
#include "peer/http/routes.hpp"

#include <utility>

#include <nlohmann/json.hpp>

namespace fragcast {

using nlohmann::json;

namespace {

Result<json> object_of(const HttpRequest& request) {
    json body = json::parse(request.body, nullptr, false);
    if (!body.is_object()) return fail(ErrorKind::invalid, "the body must be a JSON object");
    return body;
}

constexpr std::uint64_t kMostWaitMs =
    std::chrono::duration_cast<std::chrono::milliseconds>(limits::kHold).count();

// Absent: `most`, which is as long as a request is held.
Result<Duration> wait_of(const json& body) {
    const auto wait = body.find("wait_ms");
    if (wait == body.end()) return Duration(limits::kHold);
    if (!wait->is_number_unsigned() || wait->get<std::uint64_t>() > kMostWaitMs)
        return fail(ErrorKind::invalid,
                    "wait_ms is at most " + std::to_string(kMostWaitMs) + " (milliseconds)");
    return Duration(std::chrono::milliseconds(wait->get<std::uint64_t>()));
}

// Absent: 0, which begins one.
Result<std::uint64_t> job_of(const json& body) {
    const auto job = body.find("job");
    if (job == body.end()) return std::uint64_t{0};
    if (!job->is_number_unsigned() || job->get<std::uint64_t>() == 0)
        return fail(ErrorKind::invalid, "job is the number that an earlier answer gave");
    return job->get<std::uint64_t>();
}

Result<FetchCommand> fetch_command(const json& body) {
    FetchCommand command;
    const auto name = body.find("name");
    if (name == body.end() || !name->is_string() || name->get_ref<const std::string&>().empty() ||
        name->get_ref<const std::string&>().size() > limits::kMaxNameBytes)
        return fail(ErrorKind::invalid, "say what to fetch: {\"name\":\"NAME or ID\"}");
    command.name = *name;
    const auto wait = wait_of(body);
    if (!wait) return wait.error();
    command.wait = *wait;
    const auto fragments = body.find("fragments");
    if (fragments == body.end()) return command;
    const auto ranges = fragments->is_string()
                            ? RangeSet::parse(fragments->get<std::string>(), limits::kMaxFragments)
                            : std::nullopt;
    if (!ranges || ranges->empty())
        return fail(ErrorKind::invalid, "fragments are written as in \"0-3,7\"");
    command.fragments = *ranges;
    return command;
}

Result<RefreshCommand> refresh_command(const json& body) {
    const auto job = job_of(body);
    if (!job) return job.error();
    const auto wait = wait_of(body);
    if (!wait) return wait.error();
    return RefreshCommand{*job, *wait};
}

Result<VerifyCommand> verify_command(const json& body) {
    const auto job = job_of(body);
    if (!job) return job.error();
    const auto wait = wait_of(body);
    if (!wait) return wait.error();
    VerifyCommand command{{}, *job, *wait};
    const auto name = body.find("name");
    if (name == body.end()) return command;
    if (!name->is_string() || name->get_ref<const std::string&>().empty() ||
        name->get_ref<const std::string&>().size() > limits::kMaxNameBytes)
        return fail(ErrorKind::invalid,
                    "say what to verify: {\"name\":\"NAME or ID\"}, or nothing for all of it");
    command.name = *name;
    return command;
}

Result<std::optional<std::uint64_t>> rate_of(const json& body, const char* field) {
    const auto found = body.find(field);
    if (found == body.end()) return std::optional<std::uint64_t>();
    if (!found->is_number_unsigned() || found->get<std::uint64_t>() > limits::kMaxRate)
        return fail(ErrorKind::invalid,
                    std::string(field) + " is a number of bytes per second, 0 for no limit");
    return std::optional(found->get<std::uint64_t>());
}

Result<LimitsCommand> limits_command(const json& body) {
    const auto up = rate_of(body, "max_upload");
    if (!up) return up.error();
    const auto down = rate_of(body, "max_download");
    if (!down) return down.error();
    if (!*up && !*down)
        return fail(ErrorKind::invalid, "say what to change: max_upload, max_download");
    return LimitsCommand{*up, *down};
}

void fetch(RoutesContext& context, const HttpRequest& request, HttpReply reply) {
    const auto body = object_of(request);
    if (!body) return reply.send(problem(body.error()));
    auto command = fetch_command(*body);
    if (!command) return reply.send(problem(command.error()));
    will_hold(context, reply);
    HttpDesk& desk = context.desk;
    const std::string name = command->name;
    const auto call =
        desk.ask<FetchCommand>(std::move(*command), Loop::now() + limits::kHold,
                               [reply, name](const Result<FetchCommand::Answer>& answer) mutable {
                                   if (!answer) return reply.send(media_problem(answer.error()));
                                   if (const auto* several = std::get_if<Several>(&*answer))
                                       return reply.send(several_problem(name, several->assets));
                                   const auto& fetched = std::get<Fetched>(*answer);
                                   HttpResponse response = json_response(fetched_json(fetched));
                                   if (!fetched.done) response.status = 202;
                                   reply.send(std::move(response));
                               });
    reply.on_closed([&desk, call] { desk.cancel(call); });
}

// A job of the store's: 200 when it is done, 202 when the wait is over before.
template <class Command, class Job>
void run_job(RoutesContext& context, HttpReply reply, Command command, Job job) {
    will_hold(context, reply);
    HttpDesk& desk = context.desk;
    const auto call =
        desk.ask<Command>(std::move(command), Loop::now() + limits::kHold,
                          [reply, job](const Result<typename Command::Answer>& answer) mutable {
                              reply.send(answer ? job(*answer) : problem(answer.error()));
                          });
    reply.on_closed([&desk, call] { desk.cancel(call); });
}

HttpResponse job_response(const json& body, bool done) {
    HttpResponse response = json_response(body);
    if (!done) response.status = 202;
    return response;
}

// No body is an empty object.
Result<json> object_or_nothing(const HttpRequest& request) {
    return request.body.empty() ? Result<json>(json::object()) : object_of(request);
}

void refresh(RoutesContext& context, const HttpRequest& request, HttpReply reply) {
    const auto body = object_or_nothing(request);
    if (!body) return reply.send(problem(body.error()));
    const auto command = refresh_command(*body);
    if (!command) return reply.send(problem(command.error()));
    run_job(context, std::move(reply), *command,
            [](const Refreshed& job) { return job_response(refreshed_json(job), job.done); });
}

void verify(RoutesContext& context, const HttpRequest& request, HttpReply reply) {
    const auto body = object_or_nothing(request);
    if (!body) return reply.send(problem(body.error()));
    const auto command = verify_command(*body);
    if (!command) return reply.send(problem(command.error()));
    run_job(context, std::move(reply), *command,
            [name = command->name](const VerifyCommand::Answer& answer) {
                if (const auto* several = std::get_if<Several>(&answer))
                    return several_problem(name, several->assets);
                const auto& report = std::get<VerifyReport>(answer);
                return job_response(verified_json(report), report.done);
            });
}

void remove(RoutesContext& context, const HttpRequest& request, HttpReply reply) {
    const std::string& name = request.parts.at(0);
    if (name.size() > limits::kMaxNameBytes)
        return reply.send(problem(400, "no asset has a name that long"));
    context.desk.ask<RemoveCommand>(
        {name}, Loop::now() + limits::kHold,
        [reply, name](const Result<RemoveCommand::Answer>& answer) mutable {
            if (!answer) return reply.send(problem(answer.error()));
            if (const auto* several = std::get_if<Several>(&*answer))
                return reply.send(several_problem(name, several->assets));
            reply.send(json_response(removed_json(std::get<Removed>(*answer))));
        });
}

void set_limits(RoutesContext& context, const HttpRequest& request, HttpReply reply) {
    const auto body = object_of(request);
    if (!body) return reply.send(problem(body.error()));
    const auto command = limits_command(*body);
    if (!command) return reply.send(problem(command.error()));
    context.desk.ask<LimitsCommand>(
        *command, Loop::now() + limits::kHold, [reply](const Result<SpeedLimits>& limits) mutable {
            reply.send(limits ? json_response(limits_json(*limits)) : problem(limits.error()));
        });
}

void drain(RoutesContext& context, HttpReply reply) {
    context.desk.ask<DrainCommand>(
        {}, Loop::now() + limits::kHold, [reply](const Result<Leaving>& leaving) mutable {
            if (!leaving) return reply.send(problem(leaving.error()));
            HttpResponse response = json_response(leaving_json(*leaving));
            response.status = 202;
            reply.send(std::move(response));
        });
}

}  // namespace

void add_command_routes(RoutesContext& context) {
    HttpServer& server = context.server;
    server.route("POST", "/api/v1/fetch", [&context](const HttpRequest& request, HttpReply reply) {
        fetch(context, request, std::move(reply));
    });
    server.route("POST", "/api/v1/refresh",
                 [&context](const HttpRequest& request, HttpReply reply) {
                     refresh(context, request, std::move(reply));
                 });
    server.route("POST", "/api/v1/verify", [&context](const HttpRequest& request, HttpReply reply) {
        verify(context, request, std::move(reply));
    });
    server.route("DELETE", "/api/v1/assets/{}",
                 [&context](const HttpRequest& request, HttpReply reply) {
                     remove(context, request, std::move(reply));
                 });
    server.route("PUT", "/api/v1/limits", [&context](const HttpRequest& request, HttpReply reply) {
        set_limits(context, request, std::move(reply));
    });
    server.route("POST", "/api/v1/drain", [&context](const HttpRequest&, HttpReply reply) {
        drain(context, std::move(reply));
    });
}

}  // namespace fragcast
