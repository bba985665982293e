#include "peer/http/questions.hpp"

#include <algorithm>
#include <utility>

namespace fragcast {
namespace {

Locate body_of(const LocateQuestion& question) {
    Locate body;
    body.fragment = question.fragment;
    if (const auto id = AssetId::parse(question.name))
        body.asset = *id;
    else
        body.name = question.name;
    return body;
}

}  // namespace

void Questions::ask(const Question& question, Time deadline, Answer answer) {
    Waiting waiting{question, deadline, std::move(answer), {}};
    if (const auto* locate = std::get_if<LocateQuestion>(&question)) {
        if (locate->via == Via::local) return end(waiting);
        waiting.friends = locate->via == Via::friends;
        return send(std::move(waiting), body_of(*locate));
    }
    waiting.so_far.source = "bus";
    send(std::move(waiting), ListPeers{});
}

void Questions::send(Waiting waiting, Body body) {
    const ReadId read{next_++};
    const bool friends = waiting.friends;
    const Time deadline = waiting.deadline;
    waiting_.emplace(read, std::move(waiting));
    node_.tell(facts::QuestionAsked{read, std::move(body), friends, deadline});
}

bool Questions::on_answer(ReadId read, const Body& body) {
    const auto found = waiting_.find(read);
    if (found == waiting_.end()) return false;
    Waiting waiting = std::move(found->second);
    waiting_.erase(found);
    if (const auto* locate = std::get_if<LocateQuestion>(&waiting.question)) {
        const auto* located = std::get_if<Located>(&body);
        // Friends that nobody told us to ask may know no more than we do.
        const bool fallback = waiting.friends && locate->via != Via::friends;
        if (located == nullptr || (fallback && located->found == Found::unknown))
            return end(waiting), true;
        waiting.answer(QuestionAnswer(LocateAnswer{waiting.friends ? "friends" : "bus", *located}));
        return true;
    }
    page(std::move(waiting), body);
    return true;
}

// First all peers, then all assets, then all holdings; each page says whether another follows.
void Questions::page(Waiting waiting, const Body& body) {
    DirectoryAnswer& all = waiting.so_far;
    if (const auto* peers = std::get_if<Peers>(&body)) {
        all.settling = peers->settling;
        all.peers.insert(all.peers.end(), peers->peers.begin(), peers->peers.end());
        if (peers->more && !peers->peers.empty())
            return send(std::move(waiting), ListPeers{{}, peers->peers.back().id});
        return send(std::move(waiting), ListAssets{});
    }
    if (const auto* assets = std::get_if<Assets>(&body)) {
        all.assets.insert(all.assets.end(), assets->assets.begin(), assets->assets.end());
        if (assets->more && !assets->assets.empty())
            return send(std::move(waiting), ListAssets{{}, assets->assets.back().id});
        return send(std::move(waiting), Dump{});
    }
    if (const auto* dumped = std::get_if<Dumped>(&body)) {
        const auto& page = dumped->holdings;
        all.holdings.insert(all.holdings.end(), page.begin(), page.end());
        if (dumped->more && !page.empty())
            return send(std::move(waiting), Dump{{}, {}, page.back().peer, page.back().asset});
        waiting.answer(QuestionAnswer(std::move(all)));
        return;
    }
    end(waiting);
}

bool Questions::on_failure(ReadId read, const Error& error) {
    const auto found = waiting_.find(read);
    if (found == waiting_.end()) return false;
    Waiting waiting = std::move(found->second);
    waiting_.erase(found);
    const auto* locate = std::get_if<LocateQuestion>(&waiting.question);
    if (locate != nullptr && locate->via == Via::friends) {
        waiting.answer(error);  // the user chose; what we know ourselves is `local`
    } else if (locate != nullptr && !waiting.friends && knows_nobody(*locate)) {
        waiting.friends = true;
        const Body body = body_of(*locate);
        send(std::move(waiting), body);
    } else {
        end(waiting);
    }
    return true;
}

bool Questions::knows_nobody(const LocateQuestion& question) const {
    const LocateAnswer here = locate_here(question);
    return here.located.found == Found::unknown ||
           (here.located.found == Found::ok && here.located.holders.empty());
}

// --- from our own knowledge ----------------------------------------------------------------------

void Questions::end(Waiting& waiting) {
    if (const auto* locate = std::get_if<LocateQuestion>(&waiting.question))
        waiting.answer(QuestionAnswer(locate_here(*locate)));
    else
        waiting.answer(QuestionAnswer(directory_here()));
}

LocateAnswer Questions::locate_here(const LocateQuestion& question) const {
    LocateAnswer answer{"peer", {}};
    answer.located.assets = node_.swarm().find(question.name);
    const std::size_t fit = answer.located.assets.size();
    answer.located.found = fit == 0 ? Found::unknown : fit == 1 ? Found::ok : Found::ambiguous;
    if (fit != 1) return answer;
    for (auto& holder : node_.swarm().holders(answer.located.assets.front().id)) {
        const bool fits = question.fragment < 0 ||
                          holder.fragments.contains(static_cast<std::uint32_t>(question.fragment));
        if (fits) answer.located.holders.push_back(std::move(holder));
    }
    return answer;
}

DirectoryAnswer Questions::directory_here() const {
    DirectoryAnswer answer;
    answer.source = "peer";
    answer.peers = node_.swarm().known_peers();
    const auto snapshot = node_.swarm().snapshot(Loop::now());
    for (const auto& view : snapshot->assets) {
        answer.assets.push_back(view->asset);
        for (auto& holder : node_.swarm().holders(view->asset.id))
            answer.holdings.push_back(
                {holder.peer.id, view->asset.id, std::move(holder.fragments)});
    }
    return answer;
}

}  // namespace fragcast
