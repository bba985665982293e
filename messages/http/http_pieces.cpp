#include "messages/http/http_pieces.hpp"

#include "messages/wire/limits.hpp"

#include <utility>

namespace fragcast {

std::string TextPieces::next() {
    std::string piece = std::exchange(begun_, {});
    while (!ended_) {
        auto bit = source_();
        if (!bit) {
            ended_ = true;
        } else if (piece.empty() || piece.size() + bit->size() <= limits::kListPieceBytes) {
            piece += *bit;
        } else {
            begun_ = std::move(*bit);
            break;
        }
    }
    return piece;
}

void PieceQueue::turn() {
    for (int left = limits::kListPiecesPerTurn; left > 0 && !due_.empty(); --left) {
        const Work work = std::move(due_.front());
        due_.pop_front();
        work();
    }
}

TextSource list_text(std::string head, TextSource entry, std::function<std::string()> next) {
    return [bit = std::optional(std::move(head)), entry = std::move(entry), next = std::move(next),
            first = true, ended = false]() mutable {
        if (bit || ended) return std::exchange(bit, std::nullopt);
        bit = entry();
        ended = !bit;
        if (ended) return std::optional(list_end(next()));
        if (!std::exchange(first, false)) bit->insert(bit->begin(), ',');
        return std::exchange(bit, std::nullopt);
    };
}

}  // namespace fragcast
