#include "peer/http/uploads.hpp"

#include "messages/http/http_fair.hpp"
#include "messages/http/records_json.hpp"
#include "messages/wire/endpoint.hpp"
#include "messages/wire/whole_number.hpp"
#include "peer/http/json.hpp"

#include <algorithm>
#include <limits>
#include <string_view>
#include <utility>

#include <nlohmann/json.hpp>

namespace fragcast {
namespace {

// Nothing where it is sent in chunks; what is no number is more than may be.
std::optional<std::uint64_t> length_of(const HttpRequest& request) {
    const auto text = request.header("content-length");
    if (!text) return std::nullopt;
    return whole_number<std::uint64_t>(*text).value_or(std::numeric_limits<std::uint64_t>::max());
}

HttpResponse too_large(std::uint64_t most) {
    return problem(413, "a file may have at most " + human_bytes(most) + " here");
}

HttpResponse failure(const Error& error) {
    return error.kind == ErrorKind::invalid ? problem(422, error.text) : problem(error);
}

}  // namespace

Uploads::Uploads(zmq::context_t& context, HttpDesk& desk, std::filesystem::path incoming,
                 std::uint64_t max_bytes)
    : context_(context), desk_(desk), incoming_(std::move(incoming)), max_bytes_(max_bytes) {}

Uploads::~Uploads() {
    for (auto& [number, upload] : uploads_)
        desk_.loop().remove(upload.reading);
}

Uploads::Upload* Uploads::find(std::uint64_t number) {
    const auto found = uploads_.find(number);
    return found == uploads_.end() ? nullptr : &found->second;
}

HttpSink Uploads::begin(const HttpRequest& request, CutOptions cut, HttpReply reply) {
    const auto length = length_of(request);
    const auto refuse = [&](HttpResponse why) {
        reply.send(std::move(why));
        return HttpSink{};
    };
    if (!length && !request.header("transfer-encoding"))
        return refuse(problem(411, "say how long the file is, or send it chunked"));
    if (length && *length > max_bytes_) return refuse(too_large(max_bytes_));
    if (uploads_.size() >= limits::kMaxUploads)
        return refuse(problem(503, std::to_string(limits::kMaxUploads) +
                                       " files are being published here already; try again when "
                                       "one is done"));
    const auto of_one = std::count_if(uploads_.begin(), uploads_.end(), [&](const auto& one) {
        return same_client(one.second.client, request.client);
    });
    if (static_cast<std::size_t>(of_one) >= limits::kMaxUploadsOfOne)
        return refuse(problem(503, std::to_string(limits::kMaxUploadsOfOne) +
                                       " files of yours are being published here already; try "
                                       "again when one is done"));
    if (const auto room = check_room_to_cut(real_files(), incoming_, 0, length); !room)
        return refuse(failure(room.error()));
    const std::uint64_t number = next_++;
    auto actor =
        start_upload_actor(context_, real_files(), {incoming_, number, std::move(cut), length});
    const auto handle = desk_.loop().add(actor->pipe().socket(), [this, number] { read(number); });
    uploads_.emplace(number, Upload{request.client, reply, std::move(actor), handle});
    reply.on_closed([this, number] { end(number); });
    return {[this, number](std::string_view bytes) { return piece(number, bytes); },
            [this, number] {
                if (Upload* upload = find(number))
                    (void)upload->actor->pipe().send(upload_command::Whole{});
            }};
}

bool Uploads::piece(std::uint64_t number, std::string_view bytes) {
    Upload* upload = find(number);
    if (upload == nullptr || upload->ending) return true;  // it is answered: the rest is drained
    upload->received += bytes.size();
    if (upload->received > max_bytes_) {
        upload->reply.send(too_large(max_bytes_));
        end(number);
        return true;
    }
    (void)upload->actor->pipe().send(upload_command::Piece{std::string(bytes)});
    return upload->pace.read();
}

void Uploads::read(std::uint64_t number) {
    for (int reads = 0; reads < kReadsPerTurn; ++reads) {
        Upload* upload = find(number);
        if (upload == nullptr) return;
        auto event = upload->actor->pipe().receive();
        if (!event) return;
        std::visit([&](auto& one) { happened(number, one); }, *event);
    }
}

void Uploads::happened(std::uint64_t number, const upload_event::Taken&) {
    Upload& upload = *find(number);
    if (upload.pace.taken()) upload.reply.more();
}

void Uploads::happened(std::uint64_t number, upload_event::Cut& event) {
    Upload& upload = *find(number);
    if (upload.ending) return;
    upload.adopting = true;
    const auto folder = event.report.folder;
    desk_.ask<store_question::Adopt>(
        {folder}, Loop::now() + limits::kHold,
        [this, number,
         report = std::move(event.report)](const Result<store_question::Adopted>& answer) {
            if (!answer) return adopted(number, failure(answer.error()));
            desk_.look([this, number, report] { adopted(number, published(report)); });
        });
}

HttpResponse Uploads::published(const CutReport& report) const {
    const AssetPtr view = desk_.assets().find(report.id);
    if (!view)
        return failure(fail(ErrorKind::not_found, "it was published, and removed again since"));
    nlohmann::json body = asset_detail_json(*view, &report.manifest);
    body["notes"] = report.notes;
    HttpResponse response;
    response.status = 201;
    response.body = json_text(body);
    response.headers["Location"] = "/api/v1/assets/" + report.id.text();
    return response;
}

void Uploads::adopted(std::uint64_t number, HttpResponse response) {
    Upload* upload = find(number);
    if (upload == nullptr) return;
    upload->adopting = false;
    upload->reply.send(std::move(response));
    end(number);
}

void Uploads::happened(std::uint64_t number, const upload_event::Failed& event) {
    find(number)->reply.send(failure(event.error));
    end(number);
}

void Uploads::happened(std::uint64_t number, const upload_event::Ended&) {
    const auto found = uploads_.find(number);
    desk_.loop().remove(found->second.reading);
    // Out of the map first: the reply's end may call us.
    const Upload gone = std::move(found->second);
    uploads_.erase(found);
}

void Uploads::end(std::uint64_t number) {
    Upload* upload = find(number);
    if (upload == nullptr || upload->ending || upload->adopting) return;
    upload->ending = true;
    (void)upload->actor->pipe().send(upload_command::Stop{});
}

}  // namespace fragcast
