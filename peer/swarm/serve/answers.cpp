#include "peer/swarm/serve/answers.hpp"

#include "messages/wire/limits.hpp"
#include "messages/wire/manifest.hpp"

#include <algorithm>
#include <chrono>
#include <set>
#include <string>
#include <utility>

namespace fragcast {
namespace {

std::uint32_t in_milliseconds(Duration time) {
    return static_cast<std::uint32_t>(
        std::chrono::duration_cast<std::chrono::milliseconds>(time).count());
}

// As long as a full link is left alone at most: it may be one of many that never take anything.
constexpr Duration kLongestWait = limits::kSendAgain * 16;

Busy later(RequestId request) {
    return {request, in_milliseconds(limits::kBusyRetry), {}};
}

void say(LinkId link, std::vector<Body> all, Turn& turn) {
    for (Body& body : all)
        turn.out.push_back(SendTo{link, std::move(body)});
}

}  // namespace

// --- chunks --------------------------------------------------------------------------------------

// Everything once before anything twice; only where we are its one whole source. Takes from
// `chunks` what the asker should have from those that are returned.
std::vector<PeerRecord> Answers::leave_to_others(const Asker& asker, const Request& request,
                                                 const FragmentHere& here,
                                                 const Availability& others, const Find& find,
                                                 RangeSet& chunks, Time now) {
    std::vector<PeerRecord> named;
    if (!here.whole || chunks.empty()) return named;
    const FragmentRef fragment{request.asset, request.fragment};
    spread_.asked(fragment, here.chunks.end(), now);
    // Who insists has it from here when the others had time enough to pass it on; one more copy
    // of what is about to be sent would come later than a relayed one.
    const bool waits =
        request.deadline_ms > 0 && request.deadline_ms <= in_milliseconds(limits::kInsistAhead);
    const Duration grace =
        waits ? Duration(limits::kUrgentRelayGrace) : Duration(limits::kRelayGrace);
    RangeSet sent = request.insist
                        ? spread_.soon_with_others(fragment, chunks, asker.peer, waits, grace, now)
                        : spread_.with_others(fragment, chunks, asker.peer);
    // Who asks and does not take it keeps it from nobody.
    if (!sent.empty() && !full_.empty())
        sent.remove(spread_.kept_from_all(fragment, sent, who_is_full(), grace, now));
    const auto sole = [&others](const FragmentRef& one) { return others.holders(one, 1) == 0; };
    if (sent.empty() || !sole(fragment) || !spread_.unsent(request.asset, now, sole)) return named;
    for (const PeerId& peer : spread_.receivers(fragment, sent)) {
        const PeerRecord* record = find(peer);
        if (named.size() < limits::kMaxReferrals && record != nullptr && !record->exchange.empty())
            named.push_back(*record);
    }
    if (!named.empty()) chunks.remove(sent);
    return named;
}

Answered Answers::serve(const Asker& asker, const Request& request, const FragmentHere& here,
                        const Availability& others, const Find& find, Turn& turn) {
    const Key key{asker.link, request.request};
    if (request.chunks.empty() || request.chunks.size() > limits::kMaxChunksPerRequest ||
        tails_.contains(key)) {
        ++refused_;
        return Answered::nonsense;
    }
    RangeSet absent{request.chunks};
    absent.remove(here.chunks);
    const RangeSet asked = RangeSet{request.chunks}.common(here.chunks);
    RangeSet now = asked;
    Busy busy = later(request.request);
    busy.others = leave_to_others(asker, request, here, others, find, now, turn.now);

    const bool hurry = request.deadline_ms > 0;
    const Time needed = hurry ? turn.now + std::chrono::milliseconds(request.deadline_ms) : kNever;
    push_out(asker.link, static_cast<std::uint32_t>(now.count()), turn);
    const std::uint32_t room = uploads_.room(asker.link);
    std::uint32_t promised = 0;
    for (const Span& span : now.spans())
        for (std::uint32_t i = span.begin; i < span.end && promised < room; ++i, ++promised) {
            const ChunkRef chunk{request.asset, request.fragment, {i}};
            uploads_.add({asker.link, request.request, chunk, chunk_length(here.size, chunk.chunk),
                          needed, asker.peer});
            spread_.promised(chunk, asker.peer, hurry, turn.now);
        }
    std::vector<Body> tail;
    for (const Span& span : absent.spans())
        tail.push_back(Absent{request.request, request.asset, request.fragment, span});
    const bool all = promised == asked.count();
    if (!all) {
        ++busy_;
        tail.push_back(std::move(busy));
    }
    if (promised > 0)
        tails_.emplace(key, std::move(tail));
    else
        say(asker.link, std::move(tail), turn);
    return all ? Answered::all : Answered::busy;
}

// Who queues most is told that it is busy here for the last of it.
void Answers::push_out(LinkId for_whom, std::uint32_t chunks, Turn& turn) {
    for (const Serving& one : uploads_.make_room(for_whom, chunks)) {
        spread_.taken_back(one.chunk, one.peer);
        const Key key{one.link, one.request};
        const auto tail = tails_.find(key);
        if (tail == tails_.end()) continue;
        const auto is_busy = [](const Body& body) { return std::holds_alternative<Busy>(body); };
        if (std::ranges::none_of(tail->second, is_busy)) tail->second.push_back(later(one.request));
        end_if_over(key, turn);
    }
}

void Answers::take_back(const std::vector<Serving>& chunks) {
    for (const Serving& one : chunks)
        spread_.taken_back(one.chunk, one.peer);
}

void Answers::cancel(const Asker& asker, RequestId request) {
    take_back(uploads_.cancel(asker.link, request));
    tails_.erase({asker.link, request});
}

void Answers::forget(const Asker& asker) {
    const auto there = [&asker](const auto& row) { return row.first.first == asker.link; };
    take_back(uploads_.forget(asker.link));
    std::erase_if(tails_, there);
    std::erase_if(small_, there);
    full_.erase(asker.link);
}

// A chunk lost meanwhile comes back as absent.
void Answers::send_next(Turn& turn) {
    while (const auto next = uploads_.next(turn.now))
        turn.out.push_back(SendChunk{next->link, next->request, next->chunk});
    if (uploads_.queued() > 0) turn.wake_by(uploads_.next_time(turn.now));
}

void Answers::end_if_over(const Key& key, Turn& turn) {
    const auto found = tails_.find(key);
    if (found == tails_.end() || uploads_.has(key.first, key.second)) return;
    say(key.first, std::move(found->second), turn);
    tails_.erase(found);
}

std::optional<std::uint32_t> Answers::on_sent(const facts::Sent& sent, const PeerId* peer,
                                              Turn& turn) {
    if (!sent.chunk) {
        on_small_sent(sent, peer, turn);
        return std::nullopt;
    }
    const ChunkRef& chunk = *sent.chunk;
    const Key key{sent.link, sent.request};
    const auto load = uploads_.done(sent.link, sent.request, chunk);
    if (!load) return std::nullopt;
    if (peer == nullptr) {  // he may be there over another link
        spread_.taken_back(chunk, load->peer);
        return std::nullopt;
    }
    if (sent.verdict == SendVerdict::full && tails_.contains(key)) {
        uploads_.again(*load, was_full(sent.link, *peer, turn.now));
        return std::nullopt;
    }
    const bool went = sent.verdict == SendVerdict::sent;
    if (went) took(sent.link, turn);
    if (went)
        spread_.sent(chunk, *peer, turn.now);
    else
        spread_.taken_back(chunk, load->peer);
    if (sent.verdict == SendVerdict::absent)
        turn.out.push_back(SendTo{sent.link, Absent{sent.request,
                                                    chunk.asset,
                                                    chunk.fragment,
                                                    {chunk.chunk.value, chunk.chunk.value + 1}}});
    end_if_over(key, turn);
    if (!went) return std::nullopt;
    ++sent_;
    bytes_sent_ += load->bytes;
    return load->bytes;
}

// --- proofs and manifests ------------------------------------------------------------------------

Answered Answers::send_small(const Asker& asker, RequestId request, Action action, Turn& turn) {
    const Key key{asker.link, request};
    std::size_t count = 0;
    for (auto it = small_.lower_bound({asker.link, RequestId{0}});
         it != small_.end() && it->first.first == asker.link; ++it)
        ++count;
    if (count >= limits::kMaxSmallAnswers || small_.contains(key)) {
        ++busy_;
        turn.out.push_back(SendTo{asker.link, later(request)});
        return Answered::busy;
    }
    turn.out.push_back(action);
    small_.emplace(key, Small{std::move(action)});
    return Answered::all;
}

Answered Answers::serve(const Asker& asker, const AskProof& ask, bool here, Turn& turn) {
    if (here)
        return send_small(asker, ask.request,
                          SendProof{asker.link, ask.request, {ask.asset, ask.fragment}}, turn);
    turn.out.push_back(SendTo{asker.link, Absent{ask.request, ask.asset, ask.fragment, {}}});
    return Answered::all;
}

Answered Answers::serve(const Asker& asker, const AskManifest& ask, bool here, Turn& turn) {
    if (here)
        return send_small(asker, ask.request,
                          SendManifest{asker.link, ask.request, ask.asset, ask.offset}, turn);
    turn.out.push_back(SendTo{asker.link, Refused{ask.request, name_of(ErrorKind::not_found),
                                                  "no manifest of that asset here"}});
    return Answered::all;
}

void Answers::on_small_sent(const facts::Sent& sent, const PeerId* peer, Turn& turn) {
    const auto found = small_.find({sent.link, sent.request});
    if (found == small_.end()) return;
    if (sent.verdict == SendVerdict::full && peer != nullptr) {
        found->second.waits = true;
        turn.wake_by(was_full(sent.link, *peer, turn.now));
        return;
    }
    const Action action = std::move(found->second.action);
    small_.erase(found);
    took(sent.link, turn);
    if (sent.verdict != SendVerdict::absent || peer == nullptr) return;
    if (const auto* proof = std::get_if<SendProof>(&action))
        turn.out.push_back(SendTo{
            sent.link, Absent{sent.request, proof->fragment.asset, proof->fragment.index, {}}});
    else
        turn.out.push_back(SendTo{sent.link, Refused{sent.request, name_of(ErrorKind::not_found),
                                                     "the manifest is not here any more"}});
}

void Answers::leave_alone(Full& full, Time now) {
    full.wait = std::clamp<Duration>(full.wait * 2, limits::kSendAgain, kLongestWait);
    full.again = now + full.wait;
}

Time Answers::was_full(LinkId link, const PeerId& peer, Time now) {
    Full& full = full_[link];
    full.peer = peer;
    if (full.again <= now) leave_alone(full, now);
    return full.again;
}

std::set<PeerId> Answers::who_is_full() const {
    std::set<PeerId> out;
    for (const auto& [link, full] : full_)
        out.insert(full.peer);
    return out;
}

// It is not full (any more).
void Answers::took(LinkId link, Turn& turn) {
    if (full_.erase(link) == 0) return;
    for (auto it = first_waiting(link); it != small_.end() && it->first.first == link; ++it)
        if (std::exchange(it->second.waits, false)) turn.out.push_back(it->second.action);
}

std::map<Answers::Key, Answers::Small>::iterator Answers::first_waiting(LinkId link) {
    auto it = small_.lower_bound({link, RequestId{0}});
    while (it != small_.end() && it->first.first == link && !it->second.waits)
        ++it;
    return it;
}

void Answers::tick(Turn& turn) {
    for (auto& [link, full] : full_) {
        const auto next = first_waiting(link);
        if (next == small_.end() || next->first.first != link) continue;
        if (full.again > turn.now) {
            turn.wake_by(full.again);
            continue;
        }
        next->second.waits = false;
        turn.out.push_back(next->second.action);
        leave_alone(full, turn.now);
        turn.wake_by(full.again);
    }
}

// --- what is so ----------------------------------------------------------------------------------

const char* Answers::broken() const {
    if (uploads_.loading() > options_.upload_slots) return "more loads than upload slots";
    if (uploads_.queued() > limits::kUploadQueue + options_.upload_slots)
        return "the upload queue is too long";
    return spread_.broken();
}

}  // namespace fragcast
