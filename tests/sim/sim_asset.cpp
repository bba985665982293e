#include "tests/sim/sim_asset.hpp"

#include "messages/wire/hash.hpp"

#include <stdexcept>

namespace fragcast::sim {

namespace {

constexpr std::uint32_t kKeySeconds = 2;

Digest digest_of_text(const std::string& text) {
    return sha256({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
}

SimAsset finish(Manifest manifest) {
    manifest.source = {manifest.name, manifest.size(), digest_of_text(manifest.name), {}, {}};
    Result<Bytes> body = encode_manifest(manifest);
    if (!body) throw std::logic_error("the simulator's manifest: " + body.error().text);
    SimAsset asset;
    asset.id = id_of_manifest(*body);
    asset.manifest = std::make_shared<const Manifest>(std::move(manifest));
    asset.body = std::make_shared<const Bytes>(std::move(*body));
    return asset;
}

FragmentInfo fragment(const std::string& name, std::uint32_t index, std::uint64_t size) {
    FragmentInfo info;
    info.size = size;
    info.hash = digest_of_text(name + "/" + std::to_string(index));
    return info;
}

}  // namespace

SimAsset make_file(const std::string& name, std::uint32_t fragments, std::uint64_t fragment_bytes,
                   std::uint32_t replicas) {
    Manifest manifest;
    manifest.name = name;
    manifest.kind = AssetKind::file;
    manifest.mime = "application/octet-stream";
    manifest.replicas = replicas;
    for (std::uint32_t i = 0; i < fragments; ++i)
        manifest.fragments.push_back(fragment(name, i, fragment_bytes));
    return finish(std::move(manifest));
}

SimAsset make_video(const std::string& name, std::uint32_t fragments, std::uint32_t seconds,
                    std::uint64_t bytes_per_second) {
    Manifest manifest;
    manifest.name = name;
    manifest.kind = AssetKind::video;
    manifest.mime = "video/mp4";
    for (std::uint32_t i = 0; i < fragments; ++i) {
        FragmentInfo info = fragment(name, i, seconds * bytes_per_second);
        info.duration_us = seconds * 1'000'000ULL;
        for (std::uint32_t second = 0; second < seconds; second += kKeySeconds) {
            const std::uint32_t long_for = std::min(kKeySeconds, seconds - second);
            info.ranges.push_back(
                {second * bytes_per_second, long_for * bytes_per_second, long_for * 1'000'000ULL});
        }
        manifest.fragments.push_back(std::move(info));
    }
    Media media;
    media.duration_us = fragments * seconds * 1'000'000ULL;
    media.codecs = "avc1.64001f";
    media.width = 1280;
    media.height = 720;
    media.bandwidth = bytes_per_second * 8;
    media.closed_gop = true;
    media.init = Bytes(800, 0x42);
    manifest.media = std::move(media);
    return finish(std::move(manifest));
}

}  // namespace fragcast::sim
