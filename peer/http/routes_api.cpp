// HTTP thread. What there is, and who has it.
#include "messages/http/records_json.hpp"
#include "messages/wire/limits.hpp"
#include "messages/wire/whole_number.hpp"
#include "peer/http/json.hpp"
#include "peer/http/routes.hpp"

#include <utility>

#include <nlohmann/json.hpp>

namespace fragcast {

using nlohmann::json;

namespace {

Result<LocateQuestion> locate_question(const HttpRequest& request) {
    LocateQuestion question;
    question.name = request.parameter("name").value_or("");
    if (question.name.empty() || question.name.size() > limits::kMaxNameBytes)
        return fail(ErrorKind::invalid, "say what to locate: ?name=NAME or ?name=ID");
    if (const auto text = request.parameter("fragment")) {
        const auto fragment = whole_number<std::uint32_t>(*text);
        if (!fragment || *fragment >= limits::kMaxFragments)
            return fail(ErrorKind::invalid, "fragment must be an index, from 0 up");
        question.fragment = *fragment;
    }
    const std::string via = request.parameter("via").value_or("bus");
    if (via == "friends")
        question.via = Via::friends;
    else if (via == "local")
        question.via = Via::local;
    else if (via != "bus")
        return fail(ErrorKind::invalid, "via must be bus, friends or local");
    return question;
}

HttpResponse located_response(const std::string& name, const LocateAnswer& answer,
                              const HttpDesk& desk) {
    switch (answer.located.found) {
        case Found::ok:
            return json_response(locate_json(answer, desk.peers(), desk.assets()));
        case Found::ambiguous:
            return several_problem(name, answer.located.assets);
        case Found::settling:
            return problem(503, "the bus has just started and is still being told; ask again");
        case Found::unknown:
            break;
    }
    return problem(404, "nobody has \"" + name + "\"");
}

void locate(const RoutesContext& context, const HttpRequest& request, HttpReply reply) {
    const auto question = locate_question(request);
    if (!question) return reply.send(problem(question.error()));
    will_hold(context, reply);
    HttpDesk& desk = context.desk;
    const auto read = desk.ask<LocateQuestion>(
        *question, Loop::now() + limits::kHold,
        [&desk, reply, name = question->name](const Result<LocateAnswer>& answer) mutable {
            if (!answer) return reply.send(problem(answer.error()));
            desk.look([&desk, reply, name, answer = *answer]() mutable {
                reply.send(located_response(name, answer, desk));
            });
        });
    reply.on_closed([&desk, read] { desk.cancel(read); });
}

// The detail as it is seen; an asset that nobody tells of by the time that its manifest comes is
// not, and is shown without what only the core knows.
void asset_detail(RoutesContext& context, const AssetId& id, HttpReply reply) {
    HttpDesk& desk = context.desk;
    with_manifest(context, id, reply, [&desk, id, reply](const HttpDesk::ManifestPtr& manifest) {
        desk.look([&desk, id, reply, manifest]() mutable {
            AssetView fresh;
            fresh.asset = record_of(id, *manifest);
            fresh.manifest_here = true;
            fresh.mime = manifest->mime;
            const auto view = desk.assets().find(id);
            reply.send(json_response(asset_detail_json(view ? *view : fresh, manifest.get())));
        });
    });
}

}  // namespace

HttpResponse json_response(const json& body) {
    HttpResponse response;
    response.body = json_text(body);
    return response;
}

void look_route(RoutesContext& context, std::string_view pattern, Sight answer) {
    context.server.route(
        "GET", pattern,
        [&desk = context.desk, answer = std::move(answer)](const HttpRequest& request,
                                                           HttpReply reply) {
            desk.look([answer, request, reply]() mutable { reply.send(answer(request)); });
        });
}

void will_hold(const RoutesContext& context, const HttpReply& reply) {
    context.server.make_room_to_hold(reply, limits::kMaxHeldRequests);
}

std::optional<AssetId> asset_of(const std::string& text, HttpReply& reply) {
    const auto id = AssetId::parse(text);
    if (!id) reply.send(problem(400, "an asset's id is 64 hex digits"));
    return id;
}

void with_manifest(RoutesContext& context, const AssetId& asset, HttpReply reply,
                   std::function<void(HttpDesk::ManifestPtr)> then) {
    will_hold(context, reply);
    HttpDesk& desk = context.desk;
    const auto read = desk.manifest(
        asset, Loop::now() + limits::kHold,
        [reply, then = std::move(then)](Result<HttpDesk::ManifestPtr> manifest) mutable {
            if (!manifest) return reply.send(media_problem(manifest.error()));
            then(std::move(*manifest));
        });
    if (read.value != 0) reply.on_closed([&desk, read] { desk.cancel(read); });
}

HttpResponse media_problem(const Error& error) {
    if (error.kind == ErrorKind::refused) return problem(502, error.text);
    return problem(error);
}

void add_api_routes(RoutesContext& context) {
    HttpServer& server = context.server;
    HttpDesk& desk = context.desk;
    look_route(context, "/api/v1/info", [&desk](const HttpRequest&) {
        return json_response(info_json(desk.overview(), desk.page()));
    });
    server.route("GET", "/api/v1/assets/{}",
                 [&context](const HttpRequest& request, HttpReply reply) {
                     if (const auto id = asset_of(request.parts.at(0), reply))
                         asset_detail(context, *id, reply);
                 });
    server.route("GET", "/api/v1/locate", [&context](const HttpRequest& request, HttpReply reply) {
        locate(context, request, std::move(reply));
    });
}

}  // namespace fragcast
