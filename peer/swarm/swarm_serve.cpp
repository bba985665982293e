// What others ask of us: chunks, proofs, manifests, and what we know.
#include "messages/wire/codec.hpp"
#include "peer/swarm/swarm_state.hpp"

#include <algorithm>
#include <utility>

namespace fragcast {

namespace {

std::uint32_t milliseconds(Duration time) {
    return static_cast<std::uint32_t>(
        std::chrono::duration_cast<std::chrono::milliseconds>(time).count());
}

constexpr std::int32_t kRequestNonsense = 10;

}  // namespace

RangeSet Swarm::State::proven(const FragmentRef& fragment) const {
    const AssetState* asset = find_asset(fragment.asset);
    if (asset == nullptr || !asset->manifest ||
        fragment.index.value >= asset->manifest->fragments.size())
        return {};
    if (self_.book.fragments(fragment.asset).contains(fragment.index.value))
        return RangeSet::up_to(chunk_count(asset->manifest->fragments[fragment.index.value].size));
    const auto found = asset->unfinished.find(fragment.index);
    return found == asset->unfinished.end() ? RangeSet{} : found->second.proven();
}

// --- chunks --------------------------------------------------------------------------------------

void Swarm::State::serve(Neighbour& n, const Request& request, Turn& turn) {
    const LinkId link = n.link();
    const FragmentRef fragment{request.asset, request.fragment};
    const auto key = std::make_pair(link, request.request);
    if (request.chunks.empty() || request.chunks.size() > limits::kMaxChunksPerRequest ||
        open_.contains(key)) {
        ++counters_.refused_messages;
        blame(link, kRequestNonsense, "it asks for what cannot be", turn);
        return;
    }
    n.use(turn.now);
    if (n.interests.size() < limits::kMaxInterests) n.interests.insert(request.asset);
    const RangeSet asked{request.chunks};
    const RangeSet here = asked.common(proven(fragment));
    RangeSet absent = asked;
    absent.remove(here);
    RangeSet serve = here;
    Busy busy{request.request, milliseconds(limits::kBusyRetry), {}};

    // Everything once before anything twice; only where we are its one whole source.
    const bool whole = self_.book.fragments(request.asset).contains(request.fragment.value);
    if (whole && !here.empty()) {
        const std::uint32_t chunks = proven(fragment).end();
        spread_.asked(fragment, chunks, turn.now);
        // Who insists has it from here when the others had time enough to pass it on; one more copy
        // of what is about to be sent would come later than a relayed one.
        const bool waits =
            request.deadline_ms > 0 && request.deadline_ms <= milliseconds(limits::kInsistAhead);
        const RangeSet sent =
            request.insist ? spread_.soon_with_others(fragment, here, n.peer().id, waits,
                                                      waits ? Duration(limits::kUrgentRelayGrace)
                                                            : Duration(limits::kRelayGrace),
                                                      turn.now)
                           : spread_.with_others(fragment, here, n.peer().id);
        const auto sole = [this](const FragmentRef& other) {
            return availability_.holders(other, 1) == 0;
        };
        if (!sent.empty() && sole(fragment) && spread_.unsent(request.asset, turn.now, sole)) {
            for (const PeerId& peer : spread_.receivers(fragment, sent)) {
                const auto known = peers_.find(peer);
                if (busy.others.size() < limits::kMaxReferrals && peer != n.peer().id &&
                    known != peers_.end() && !known->second.record.exchange.empty())
                    busy.others.push_back(known->second.record);
            }
            if (!busy.others.empty()) serve.remove(sent);
        }
    }

    const std::uint32_t room = uploads_.room(link);
    const Time needed = request.deadline_ms > 0
                            ? turn.now + std::chrono::milliseconds(request.deadline_ms)
                            : kNever;
    OpenRequest open;
    for (const Span& span : serve.spans())
        for (std::uint32_t chunk = span.begin; chunk < span.end && open.left < room; ++chunk) {
            const ChunkRef ref{request.asset, request.fragment, {chunk}};
            uploads_.add({link, request.request, ref, length(ref), needed});
            spread_.promised(ref, n.peer().id, request.deadline_ms > 0);
            ++open.left;
        }
    for (const Span& span : absent.spans())
        open.tail.push_back(Absent{request.request, request.asset, request.fragment, span});
    if (open.left < here.count()) {
        ++counters_.busy_sent;
        open.tail.push_back(std::move(busy));
    }
    if (open.left == 0) {
        for (Body& body : open.tail)
            turn.out.push_back(SendTo{link, std::move(body)});
        return;
    }
    open_.emplace(key, std::move(open));
}

// Loads as many as there are slots. A chunk lost meanwhile comes back as absent.
void Swarm::State::send_next(Turn& turn) {
    while (const auto next = uploads_.next(turn.now))
        turn.out.push_back(SendChunk{next->link, next->request, next->chunk});
    if (uploads_.queued() > 0) turn.wake_by(uploads_.next_time(turn.now));
}

// A chunk of this request is on its way or will not be.
void Swarm::State::end_serving(LinkId link, RequestId request, Turn& turn) {
    const auto found = open_.find({link, request});
    if (found == open_.end() || --found->second.left > 0) return;
    for (Body& body : found->second.tail)
        turn.out.push_back(SendTo{link, std::move(body)});
    open_.erase(found);
}

void Swarm::State::take_back(const std::vector<Serving>& chunks) {
    for (const Serving& one : chunks)
        if (const Neighbour* n = neighbour(one.link)) spread_.taken_back(one.chunk, n->peer().id);
}

void Swarm::State::cancel_serving(LinkId link, RequestId request) {
    take_back(uploads_.cancel(link, request));
    open_.erase({link, request});
}

void Swarm::State::on_sent(LinkId to, RequestId request, std::optional<ChunkRef> chunk,
                           SendVerdict verdict, Turn& turn) {
    if (!chunk) {
        const auto found = small_.find({to, request});
        if (found == small_.end()) return;
        if (verdict == SendVerdict::full) {
            found->second.again = turn.now + limits::kSendAgain;
            turn.wake_by(found->second.again);
            return;
        }
        const Action action = std::move(found->second.action);
        small_.erase(found);
        if (verdict != SendVerdict::absent || neighbour(to) == nullptr) return;
        if (const auto* proof = std::get_if<SendProof>(&action))
            turn.out.push_back(
                SendTo{to, Absent{request, proof->fragment.asset, proof->fragment.index, {}}});
        else
            turn.out.push_back(SendTo{to, Refused{request, name_of(ErrorKind::not_found),
                                                  "the manifest is not here any more"}});
        return;
    }
    const auto serving = uploads_.done(to, request, *chunk);
    if (!serving) return;
    Neighbour* n = neighbour(to);
    if (n == nullptr) return;
    switch (verdict) {
        case SendVerdict::sent: {
            n->use(turn.now);
            ++counters_.chunks_out;
            counters_.bytes_out += serving->bytes;
            peers_[n->peer().id].bytes_out += serving->bytes;
            spread_.sent(*chunk, n->peer().id, turn.now);
            if (publishing_.contains(chunk->asset))
                for (Publishing& publishing : assets_.at(chunk->asset).publishing)
                    if (publishing.view.to.id == n->peer().id)
                        publishing.view.bytes_sent += serving->bytes;
            break;
        }
        case SendVerdict::full:
            if (!open_.contains({to, request})) {  // cancelled
                spread_.taken_back(*chunk, n->peer().id);
                return;
            }
            uploads_.again(*serving, turn.now + limits::kSendAgain);
            return;
        case SendVerdict::unreachable:
            spread_.taken_back(*chunk, n->peer().id);
            break;
        case SendVerdict::absent:
            spread_.taken_back(*chunk, n->peer().id);
            turn.out.push_back(SendTo{to, Absent{request,
                                                 chunk->asset,
                                                 chunk->fragment,
                                                 {chunk->chunk.value, chunk->chunk.value + 1}}});
            break;
    }
    end_serving(to, request, turn);
}

// --- proofs and manifests ------------------------------------------------------------------------

void Swarm::State::send_small(LinkId link, RequestId request, Action action, Turn& turn) {
    const auto begin = small_.lower_bound({link, RequestId{0}});
    std::size_t count = 0;
    for (auto it = begin; it != small_.end() && it->first.first == link; ++it)
        ++count;
    if (count >= limits::kMaxSmallAnswers || small_.contains({link, request})) {
        ++counters_.busy_sent;
        turn.out.push_back(SendTo{link, Busy{request, milliseconds(limits::kBusyRetry), {}}});
        return;
    }
    turn.out.push_back(action);
    small_.emplace(std::make_pair(link, request), SmallAnswer{std::move(action), kNever});
}

void Swarm::State::serve(Neighbour& n, const AskProof& ask, Turn& turn) {
    n.use(turn.now);
    const FragmentRef fragment{ask.asset, ask.fragment};
    const Assembly* unfinished = assembly(fragment);
    const bool here = self_.book.fragments(ask.asset).contains(ask.fragment.value) ||
                      (unfinished != nullptr && unfinished->proof() == Assembly::Proof::here);
    if (here)
        send_small(n.link(), ask.request, SendProof{n.link(), ask.request, fragment}, turn);
    else
        turn.out.push_back(SendTo{n.link(), Absent{ask.request, ask.asset, ask.fragment, {}}});
}

void Swarm::State::serve(Neighbour& n, const AskManifest& ask, Turn& turn) {
    n.use(turn.now);
    const AssetState* asset = find_asset(ask.asset);
    if (asset != nullptr && asset->manifest)
        send_small(n.link(), ask.request,
                   SendManifest{n.link(), ask.request, ask.asset, ask.offset}, turn);
    else
        turn.out.push_back(SendTo{n.link(), Refused{ask.request, name_of(ErrorKind::not_found),
                                                    "no manifest of that asset here"}});
}

// --- what we know --------------------------------------------------------------------------------

void Swarm::State::serve(Neighbour& n, const Locate& ask, Turn& turn) {
    Located answer;
    answer.request = ask.request;
    answer.assets = find(ask.asset.is_zero() ? ask.name : ask.asset.text());
    if (answer.assets.size() > limits::kMaxEntries) answer.assets.resize(limits::kMaxEntries);
    answer.found = answer.assets.empty()       ? Found::unknown
                   : answer.assets.size() == 1 ? Found::ok
                                               : Found::ambiguous;
    if (answer.found == Found::ok) {
        std::size_t bytes = packed_size(answer.assets.front());
        for (HolderRecord& holder : holders(answer.assets.front().id)) {
            if (ask.fragment >= 0 &&
                !holder.fragments.contains(static_cast<std::uint32_t>(ask.fragment)))
                continue;
            bytes += packed_size(holder);
            if (answer.holders.size() >= limits::kMaxEntries || bytes > limits::kMaxPageBytes)
                break;
            answer.holders.push_back(std::move(holder));
        }
    }
    turn.out.push_back(SendTo{n.link(), std::move(answer)});
}

void Swarm::State::serve(Neighbour& n, const ListPeers& ask, Turn& turn) {
    Peers answer;
    answer.request = ask.request;
    std::size_t bytes = 0;
    for (PeerRecord& peer : known_peers()) {
        if (peer.id <= ask.after) continue;
        bytes += packed_size(peer);
        if (answer.peers.size() >= limits::kMaxEntries || bytes > limits::kMaxPageBytes) {
            answer.more = true;
            break;
        }
        answer.peers.push_back(std::move(peer));
    }
    turn.out.push_back(SendTo{n.link(), std::move(answer)});
}

void Swarm::State::serve(Neighbour& n, const ListAssets& ask, Turn& turn) {
    Assets answer;
    answer.request = ask.request;
    std::size_t bytes = 0;
    for (auto it = assets_.upper_bound(ask.after); it != assets_.end(); ++it) {
        if (!it->second.told) continue;
        bytes += packed_size(it->second.record);
        if (answer.assets.size() >= limits::kMaxEntries || bytes > limits::kMaxPageBytes) {
            answer.more = true;
            break;
        }
        answer.assets.push_back(it->second.record);
    }
    turn.out.push_back(SendTo{n.link(), std::move(answer)});
}

}  // namespace fragcast
