// messages_http. One thread: its owner's. Pure.
//
// Lists that are as long as there are peers and assets: made while they are sent, in pieces of
// limits::kListPieceBytes, so that an answer holds no more than that, however slowly it is read.
// All lists of a server together make limits::kListPiecesPerTurn pieces in a turn, one after the
// other, so that nobody's question keeps others waiting (HttpReply::send_text).
#pragma once

#include "messages/http/http_page.hpp"

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace fragcast {

// The next bit of a text; nothing at its end.
using TextSource = std::function<std::optional<std::string>()>;

class TextPieces {
public:
    explicit TextPieces(TextSource source) : source_(std::move(source)) {}
    // limits::kListPieceBytes or a little less, or one bit that is larger; empty: all was given.
    std::string next();

private:
    TextSource source_;
    std::string begun_;  // begins the next piece
    bool ended_ = false;
};

// Work that is done a few pieces a turn, in the order in which it was asked for.
class PieceQueue {
public:
    using Work = std::function<void()>;
    void add(Work work) { due_.push_back(std::move(work)); }
    void turn();
    bool empty() const { return due_.empty(); }

private:
    std::deque<Work> due_;
};

// How a list ends; `next` as PageWalk gives it.
inline std::string list_end(const std::string& next) {
    return R"(],"next":")" + next + "\"}";
}

// A list: `head`, its entries with commas between, its end. `entry` gives the next one's text, or
// nothing after the last; `next` is asked for after that.
TextSource list_text(std::string head, TextSource entry, std::function<std::string()> next);

// The list of the wanted entries of an ordered map by id, which outlives it, or a page of them. The
// map may change meanwhile.
template <class Map, class Wanted, class TextOf>
TextSource map_text(std::string head, const Map& by_id,
                    const ListPage<typename Map::key_type>& page, Wanted wanted, TextOf text_of) {
    const auto walk = std::make_shared<PageWalk<typename Map::key_type>>(page);
    return list_text(
        std::move(head),
        [&by_id, walk, wanted, text_of] {
            std::optional<std::string> text;
            if (!walk->ended())
                walk->go(by_id, 1, wanted, [&](const auto& entry) { text = text_of(entry); });
            return text;
        },
        [walk] { return walk->next(); });
}

}  // namespace fragcast
