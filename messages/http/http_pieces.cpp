#include "messages/http/http_pieces.hpp"

#include "messages/wire/limits.hpp"

#include <utility>

namespace fragcast {

ListPieces::ListPieces(std::string head, Entry entry, std::function<std::string()> tail)
    : text_(std::move(head)), entry_(std::move(entry)), tail_(std::move(tail)) {}

std::string ListPieces::next() {
    std::string piece = std::exchange(text_, {});
    while (!ended_) {
        const auto entry = entry_();
        if (!entry) {
            ended_ = true;
            piece += tail_();
            break;
        }
        const std::size_t before = piece.size();
        if (!std::exchange(first_, false)) piece += ',';
        piece += *entry;
        if (piece.size() <= limits::kHttpPieceBytes || before == 0) continue;
        text_ = piece.substr(before);
        piece.resize(before);
        break;
    }
    return piece;
}

void send_pieces(const HttpReply& reply, std::function<std::string()> next) {
    HttpReply stream = reply;
    stream.stream(
        {}, std::nullopt,
        [stream, next = std::move(next)]() mutable {
            const std::string piece = next();
            if (piece.empty()) return stream.finish();
            stream.write(Payload(Bytes(piece.begin(), piece.end())));
        },
        [] {});
}

}  // namespace fragcast
