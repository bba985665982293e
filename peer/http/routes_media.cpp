// HTTP thread. Playlists, and the bytes of assets.
#include "messages/wire/hash.hpp"
#include "messages/wire/limits.hpp"
#include "messages/wire/whole_number.hpp"
#include "peer/http/media_extent.hpp"
#include "peer/http/routes.hpp"
#include "player/cut/mime.hpp"
#include "player/play/file_name.hpp"
#include "player/play/playlist.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace fragcast {
namespace {

constexpr const char* kVideo = "video/mp4";
constexpr const char* kForever = "public, max-age=31536000, immutable";
// Bytes of a stranger, opened by themselves, have no origin and run nothing. A player has ours,
// since it loads the same once more, and runs nothing either.
constexpr const char* kSandbox =
    "sandbox; default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";
constexpr const char* kPlayerSandbox =
    "sandbox allow-same-origin; default-src 'none'; media-src 'self'; frame-ancestors 'none'; "
    "base-uri 'none'; form-action 'none'";

bool is_viewer_text(const std::string& text) {
    return !text.empty() && text.size() <= 32 &&
           std::all_of(text.begin(), text.end(), [](unsigned char c) {
               return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
           });
}

// The connection's number, or ?v=; nothing, and answered, when that is malformed.
std::optional<Viewer> viewer_of(const HttpRequest& request, HttpReply& reply) {
    const auto said = request.parameter("v");
    if (said && !is_viewer_text(*said)) {
        reply.send(problem(400, "v must be 1 to 32 letters and digits"));
        return std::nullopt;
    }
    const std::string text = said ? "v" + *said : "c" + std::to_string(request.connection);
    const Digest digest = sha256({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
    Viewer viewer{{}, !said.has_value()};
    std::memcpy(&viewer.id.value, digest.bytes.data(), sizeof viewer.id.value);
    viewer.id.value |= 1;  // never zero, which is nobody
    return viewer;
}

// "7.m4s" with ".m4s": 7.
std::optional<std::uint32_t> index_of(const std::string& text, std::string_view ending) {
    if (!text.ends_with(ending)) return std::nullopt;
    return whole_number<std::uint32_t>(
        std::string_view(text).substr(0, text.size() - ending.size()));
}

// A name as RFC 6266 wants it: percent-encoded UTF-8.
std::string disposition(const std::string& name, bool show) {
    static const char* const digits = "0123456789ABCDEF";
    std::string out = show ? "inline; filename*=UTF-8''" : "attachment; filename*=UTF-8''";
    for (const unsigned char c : name) {
        const bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
                           (c >= 'A' && c <= 'Z') || c == '.' || c == '-' || c == '_';
        if (plain)
            out += static_cast<char>(c);
        else
            (out += '%') += {digits[c >> 4], digits[c & 15]};
    }
    return out;
}

struct Resource {
    MediaExtent extent;
    std::string etag;
    ShownType shown;
    std::string disposition;  // or empty
};

// Of every answer with bytes of an asset.
std::map<std::string, std::string> asset_headers(const ShownType& shown, const std::string& etag) {
    return {
        {"ETag", etag},
        {"Cache-Control", kForever},
        {"Content-Security-Policy", shown.as == ShownType::As::player ? kPlayerSandbox : kSandbox}};
}

void serve(RoutesContext& context, const HttpRequest& request, const Viewer& viewer,
           const AssetId& asset, HttpDesk::ManifestPtr manifest, const Resource& resource,
           HttpReply reply, Time since) {
    HttpResponse kept;
    kept.headers = asset_headers(resource.shown, resource.etag);
    if (auto same = not_modified(request, kept)) return reply.send(std::move(*same));
    const std::uint64_t size = size_of(*manifest, resource.extent);
    const auto span = parse_range(request, size, resource.etag);
    if (!span) return reply.send(range_problem(span.error(), size));
    HttpResponse head = range_head(*span, size, resource.shown.type);
    head.headers.merge(kept.headers);
    if (!resource.disposition.empty()) head.headers["Content-Disposition"] = resource.disposition;
    if (span->size() == 0) return reply.send(std::move(head));
    MediaStream::start(
        context.desk, context.playheads, context.crowd, viewer,
        {asset, std::move(manifest), resource.extent, *span, std::move(head), context.patience},
        std::move(reply), since);
}

// A media route: `choose` says what is asked for, or answers.
using Choose = std::function<std::optional<Resource>(const HttpRequest&, const AssetId&,
                                                     const Manifest&, HttpReply&)>;
void media_route(RoutesContext& context, std::string_view pattern, Choose choose) {
    context.server.route(
        "GET", pattern,
        [&context, choose = std::move(choose)](const HttpRequest& request, HttpReply reply) {
            const auto asset = asset_of(request.parts.at(0), reply);
            if (!asset) return;
            const auto viewer = viewer_of(request, reply);
            if (!viewer) return;
            const Time since = Loop::now();
            with_manifest(context, *asset, reply,
                          [&context, choose, request, reply, asset = *asset, viewer = *viewer,
                           since](HttpDesk::ManifestPtr manifest) mutable {
                              if (const auto resource = choose(request, asset, *manifest, reply))
                                  serve(context, request, viewer, asset, std::move(manifest),
                                        *resource, std::move(reply), since);
                          });
        });
}

std::optional<Resource> content(const HttpRequest& request, const AssetId& asset,
                                const Manifest& manifest, HttpReply& reply) {
    const auto download = request.parameter("download");
    if (download && *download != "1") {
        reply.send(problem(400, "download must be 1, or be left out"));
        return std::nullopt;
    }
    const ShownType shown = shown_type(manifest.media ? kVideo : manifest.mime);
    const bool show = shown.as != ShownType::As::nothing && !download;
    return Resource{MediaExtent::whole(manifest), '"' + asset.text() + '"', shown,
                    disposition(file_name_of(manifest), show)};
}

// I.mp4 of a video, I.bin of a file.
std::optional<Resource> fragment_alone(const HttpRequest& request, const AssetId& asset,
                                       const Manifest& manifest, HttpReply& reply) {
    const bool video = manifest.media.has_value();
    const auto index = index_of(request.parts.at(1), video ? ".mp4" : ".bin");
    if (!index || *index >= manifest.fragments.size()) {
        reply.send(problem(404, "no such fragment; this asset has " +
                                    std::to_string(manifest.fragments.size()) + ", as 0" +
                                    (video ? ".mp4" : ".bin") + " and so on"));
        return std::nullopt;
    }
    return Resource{MediaExtent::fragment({*index}, video),
                    '"' + asset.text() + "-f" + std::to_string(*index) + '"',
                    video ? shown_type(kVideo) : ShownType{}, video ? "" : "attachment"};
}

std::optional<Resource> hls_fragment(const HttpRequest& request, const AssetId& asset,
                                     const Manifest& manifest, HttpReply& reply) {
    const auto index = index_of(request.parts.at(1), ".m4s");
    if (!manifest.media || !index || *index >= manifest.fragments.size()) {
        reply.send(problem(404, manifest.media
                                    ? "no such fragment"
                                    : "this asset is a file, no video: see /content/ID"));
        return std::nullopt;
    }
    return Resource{MediaExtent::fragment({*index}, false),
                    '"' + asset.text() + "-s" + std::to_string(*index) + '"', shown_type(kVideo),
                    ""};
}

// Playlists and the init segment are known from the manifest alone.
void hls_text_route(RoutesContext& context, std::string_view pattern,
                    std::function<HttpResponse(const Manifest&, const std::string&)> make) {
    context.server.route(
        "GET", pattern,
        [&context, make = std::move(make)](const HttpRequest& request, HttpReply reply) {
            const auto asset = asset_of(request.parts.at(0), reply);
            if (!asset || !viewer_of(request, reply)) return;
            with_manifest(context, *asset, reply,
                          [make, reply, request](const HttpDesk::ManifestPtr& manifest) mutable {
                              if (!manifest->media)
                                  return reply.send(problem(
                                      404, "this asset is a file, no video: see /content/ID"));
                              HttpResponse whole =
                                  make(*manifest, request.parameter("v").value_or(""));
                              const auto same = not_modified(request, whole);
                              reply.send(same ? *same : std::move(whole));
                          });
        });
}

HttpResponse playlist(std::string text) {
    HttpResponse response;
    response.type = "application/vnd.apple.mpegurl";
    response.body = std::move(text);
    return response;
}

}  // namespace

void add_media_routes(RoutesContext& context) {
    hls_text_route(context, "/hls/{}/index.m3u8",
                   [](const Manifest& manifest, const std::string& viewer) {
                       return playlist(multivariant_playlist(manifest, viewer));
                   });
    hls_text_route(context, "/hls/{}/media.m3u8",
                   [](const Manifest& manifest, const std::string& viewer) {
                       return playlist(media_playlist(manifest, viewer));
                   });
    hls_text_route(context, "/hls/{}/init.mp4", [](const Manifest& manifest, const std::string&) {
        HttpResponse response;
        const Bytes& init = manifest.media->init;
        response.type = kVideo;
        response.body.assign(init.begin(), init.end());
        response.headers = asset_headers(shown_type(kVideo), '"' + sha256(init).text() + '"');
        return response;
    });
    media_route(context, "/hls/{}/{}", hls_fragment);
    media_route(context, "/content/{}", content);
    media_route(context, "/api/v1/assets/{}/fragments/{}", fragment_alone);
}

}  // namespace fragcast
