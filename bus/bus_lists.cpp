#include "bus/bus_lists.hpp"

#include "bus/bus_json.hpp"
#include "messages/wire/limits.hpp"

#include <nlohmann/json.hpp>

namespace fragcast {

std::string DirectoryPieces::next(Time now) {
    if (ended_) return {};
    std::string text = std::exchange(head_, {});
    const auto all = [](const auto&) { return true; };
    while (text.size() < limits::kListPieceBytes && !ended_) {
        if (open_) {
            go_on(*open_, text);
            continue;
        }
        walk_.go(leases_.peers(), 1, all,
                 [&](const Leases::Lease& lease) { begin_peer(lease, now, text); });
        if (open_ || !walk_.ended()) continue;
        text += R"(],"next":")" + walk_.next() + "\"}";
        ended_ = true;
    }
    return text;
}

void DirectoryPieces::begin_peer(const Leases::Lease& lease, Time now, std::string& text) {
    if (!std::exchange(first_, false)) text += ',';
    text += text_of_json(peer_json(lease, now));
    text.pop_back();  // its brace
    text += R"(,"holds":[)";
    open_ = lease.peer.id;
    after_.reset();
}

void DirectoryPieces::go_on(const PeerId& peer, std::string& text) {
    bool whole = true;
    const auto add = [&](const Holdings::One& one) {
        whole = text.size() < limits::kListPieceBytes;
        if (!whole) return false;
        if (after_) text += ',';
        text += text_of_json({{"asset", one.id().text()},
                              {"name", one.asset().record.name},
                              {"fragments", one.fragments().text()}});
        after_ = one.id();
        return true;
    };
    const Leases::Lease* lease = leases_.find(peer);  // it may have left meanwhile
    if (lease != nullptr)
        after_ ? lease->holdings.each_above(AssetId(*after_), add) : lease->holdings.each(add);
    if (!whole) return;
    text += "]}";
    open_.reset();
}

void PieceQueue::turn() {
    for (int left = limits::kListPiecesPerTurn; left > 0 && !due_.empty(); --left) {
        const Work work = std::move(due_.front());
        due_.pop_front();
        work();
    }
}

void BusLists::send(const HttpReply& reply, std::function<std::string()> next) {
    const auto list = std::make_shared<List>(List{reply, std::move(next)});
    HttpReply stream = reply;
    stream.stream(
        {}, std::nullopt, [this, list] { ask(list); }, [list] { list->over = true; });
}

// As soon as the client took the piece before.
void BusLists::ask(const std::shared_ptr<List>& list) {
    queue_.add([list] {
        if (list->over) return;
        const std::string piece = list->next();
        if (piece.empty()) return list->reply.finish();
        list->reply.write(Payload(Bytes(piece.begin(), piece.end())));
    });
    if (turn_ == 0) turn_ = loop_.at(Loop::now(), [this] { turn(); });
}

void BusLists::turn() {
    queue_.turn();
    turn_ = queue_.empty() ? 0 : loop_.at(Loop::now(), [this] { turn(); });
}

}  // namespace fragcast
