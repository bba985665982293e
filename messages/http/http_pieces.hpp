// messages_http. The server's thread.
//
// A body that is made while it is sent: what one client costs is a piece of it, however long it is
// and however slowly the client takes it.
#pragma once

#include "messages/http/http_server.hpp"

#include <functional>
#include <optional>
#include <string>

namespace fragcast {

// The text of a list: HEAD, its entries with commas between, TAIL.
class ListPieces {
public:
    // `entry` gives the next one's text, or nothing at the end; `tail` is asked for after that.
    using Entry = std::function<std::optional<std::string>()>;
    ListPieces(std::string head, Entry entry, std::function<std::string()> tail);

    // limits::kHttpPieceBytes or a little less, or one entry that is larger; empty: all was given.
    std::string next();

private:
    std::string text_;  // begins the next piece
    Entry entry_;
    std::function<std::string()> tail_;
    bool first_ = true;
    bool ended_ = false;
};

// Answers with 200 and these pieces, as JSON; an empty piece ends it.
void send_pieces(const HttpReply& reply, std::function<std::string()> next);

}  // namespace fragcast
