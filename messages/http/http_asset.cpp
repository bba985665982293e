// messages_http, inside. Any thread.
#include "messages/http/http_asset.hpp"

#include "messages/http/http_text.hpp"
#include "messages/wire/hash.hpp"

#include <span>

namespace fragcast {
namespace {

const HttpAsset::Form* choose(const HttpAsset& asset, const HttpRequest& request) {
    const auto accepted = request.header("accept-encoding");
    if (asset.gzip.present && accepted && encoding_accepted(*accepted, "gzip")) return &asset.gzip;
    // Who says nothing takes anything, and likes the plain form better (curl).
    if (asset.plain.present && (!accepted || encoding_accepted(*accepted, "identity")))
        return &asset.plain;
    return asset.gzip.present && !accepted ? &asset.gzip : nullptr;
}

}  // namespace

void HttpAsset::add(std::string_view body, bool is_gzip) {
    const std::span bytes(reinterpret_cast<const std::uint8_t*>(body.data()), body.size());
    Form& form = is_gzip ? gzip : plain;
    form = {body, '"' + sha256(bytes).text().substr(0, 32) + '"', true};
}

HttpResponse serve_asset(const HttpAsset& asset, const HttpRequest& request) {
    const HttpAsset::Form* form = choose(asset, request);
    if (form == nullptr)
        return problem(406, "this file is kept compressed by gzip only; accept that encoding");
    HttpResponse response;
    response.headers["ETag"] = form->etag;
    response.headers["Cache-Control"] = "no-cache";  // keep it, but ask whether it changed
    if (asset.gzip.present) response.headers["Vary"] = "Accept-Encoding";
    if (auto same = not_modified(request, response)) return *same;
    response.type = asset.type;
    if (form == &asset.gzip) response.headers["Content-Encoding"] = "gzip";
    response.body = form->body;
    return response;
}

}  // namespace fragcast
