#include "http_stage.hpp"

#include "messages/wire/manifest.hpp"

#include <algorithm>

namespace fragcast::test {

HttpStage::HttpStage(std::vector<std::string> allowed_hosts, std::uint64_t max_upload_bytes,
                     MediaPatience patience) {
    HttpActorOptions options;
    options.listen = {{"127.0.0.1", 0}};
    options.allowed_hosts = std::move(allowed_hosts);
    options.incoming = incoming.path();
    options.max_upload_bytes = max_upload_bytes;
    options.patience = patience;
    auto [readers, far] = make_pipe<ReaderCommand, ReaderChunk>(context);
    options.readers = std::make_shared<ReadersEnd>(std::move(readers));
    loaders.emplace(std::move(far));
    actor = start_http_actor(context, std::move(options));
    REQUIRE(actor->started().ok());
    reading = loop.add(actor->pipe().socket(), [this] {
        while (auto event = actor->pipe().receive()) {
            const auto* look = std::get_if<http_event::Look>(&*event);
            if (look == nullptr) {
                events.push_back(std::move(*event));
            } else if (look->await) {
                awaited = true;
            } else {
                ++looks;
                tell_news(false);
            }
        }
    });
    at = next<http_event::Serving>().endpoint;

    film.bytes[0] = 0x3f;
    manifest = std::make_shared<Manifest>();
    manifest->name = "film";
    manifest->kind = AssetKind::video;
    manifest->mime = "video/mp4";
    manifest->media.emplace();
    manifest->media->init = {'i', 'n', 'i', 't'};
    manifest->media->codecs = "avc1.64001f";
    manifest->media->duration_us = 4'000'000;
    for (const std::uint64_t size : {std::uint64_t{limits::kChunkBytes} + 10, std::uint64_t{5}}) {
        FragmentInfo info;
        info.size = size;
        info.duration_us = 2'000'000;
        info.ranges = {{0, size, 2'000'000}};
        manifest->fragments.push_back(info);
    }
}

void HttpStage::show(std::shared_ptr<const Snapshot> snapshot) {
    if (snapshot->self.id != shown->self.id || snapshot->self.epoch != shown->self.epoch)
        tell(http_command::Self{snapshot->self});
    shown = std::move(snapshot);
    if (std::exchange(awaited, false)) tell_news(true);
}

void HttpStage::tell_news(bool was_awaited) {
    News news;
    news.overview = shown;
    std::map<AssetId, AssetPtr> now;
    for (const AssetPtr& asset : shown->assets)
        now[asset->asset.id] = asset;
    for (const auto& [id, asset] : now)
        if (told[id] != asset) news.changed.push_back(asset);
    for (const auto& [id, asset] : std::exchange(told, now))
        if (!now.contains(id)) news.gone.push_back(id);
    for (const PeerView& peer : shown->peers)
        if (PeerPtr& before = told_peers[peer.peer.id]; !before || *before != peer)
            news.changed_peers.push_back(before = std::make_shared<PeerView>(peer));
    std::erase_if(told_peers, [&](const auto& one) {
        const bool gone = std::ranges::none_of(
            shown->peers, [&](const PeerView& peer) { return peer.peer.id == one.first; });
        if (gone) news.gone_peers.push_back(one.first);
        return gone;
    });
    tell(http_command::Show{std::move(news), was_awaited});
}

void HttpStage::stop() {
    loop.remove(reading);
    actor.reset();
}

std::string HttpStage::fragment(std::uint32_t index) const {
    std::string bytes(manifest->fragments.at(index).size, ' ');
    for (std::size_t i = 0; i < bytes.size(); ++i)
        bytes[i] = static_cast<char>('a' + (i * 7 + i / 251 + index) % 26);
    return bytes;
}

std::string HttpStage::content(bool with_init) const {
    return (with_init ? "init" : "") + fragment(0) + fragment(1);
}

void HttpStage::give(const http_event::Call<ChunkQuestion>& read) {
    const std::string bytes =
        fragment(read.question.chunk.fragment.value)
            .substr(chunk_offset(read.question.chunk.chunk), limits::kChunkBytes);
    REQUIRE(loaders->send(ReaderChunk{{read.question.reader, read.id.value},
                                      Payload(Bytes(bytes.begin(), bytes.end()))}));
}

void HttpStage::give_manifest() {
    const auto asked = next<http_event::Call<ManifestQuestion>>();
    answer(asked, std::shared_ptr<const Manifest>(manifest));
}

}  // namespace fragcast::test
