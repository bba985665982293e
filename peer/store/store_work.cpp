#include "peer/store/store_work.hpp"

#include "messages/wire/limits.hpp"

#include <algorithm>
#include <utility>

namespace fragcast {

namespace {

StoreVerdict verdict_of(const Error& error) {
    switch (error.kind) {
        case ErrorKind::invalid:
            return StoreVerdict::bad;
        case ErrorKind::full:
            return StoreVerdict::full;
        case ErrorKind::exists:
        case ErrorKind::not_found:
            return StoreVerdict::unwanted;
        default:
            return StoreVerdict::failed;
    }
}

}  // namespace

// --- what is asked of it -------------------------------------------------------------------------

template <>
Result<store_question::Adopted> StoreWork::answer(store_question::Adopt& question) {
    auto adopted = store_.adopt(question.folder);
    all_proven_ = false;  // what could not be synced is looked at again
    if (!adopted) return adopted.error();
    auto body = store_.manifest_body(adopted->id);
    return store_question::Adopted{std::move(*adopted), std::move(body)};
}

template <>
Result<store_question::Relisted> StoreWork::answer(store_question::Relist&) {
    auto found = store_.relist();
    all_proven_ = false;
    if (!found) return found.error();
    store_question::Relisted listed{std::move(*found), {}};
    for (const StoredAsset& asset : listed.found.assets)
        listed.bodies[asset.id] = store_.manifest_body(asset.id);
    return listed;
}

template <class Question>
void StoreWork::handle(store_command::Call<Question>& call) {
    tell_(store_event::Answer<Question>{call.id, answer(call.question)});
}

// --- doing ---------------------------------------------------------------------------------------

StoreWork::StoreWork(ChunkStore& store, Time now, const AssetId& slow_from, Tell tell)
    : store_(store),
      tell_(std::move(tell)),
      checks_(
          store, now, slow_from,
          [this](const FragmentRef& fragment, const CheckStep& step) {
              using How = store_event::FragmentLost::How;
              const bool bad = step.state == CheckStep::State::bad;
              tell_lost({fragment, step.why, bad ? How::damaged : How::unread});
          },
          [this](Verification so_far) { tell_(store_event::Verified{std::move(so_far)}); }),
      now_(now) {}

void StoreWork::add(StoreCommand command) {
    const bool load = std::holds_alternative<store_command::LoadChunk>(command) ||
                      std::holds_alternative<store_command::LoadProof>(command);
    (load ? loads_ : writes_).push_back(std::move(command));
}

bool StoreWork::may_add() const {
    return loads_.size() + writes_.size() < limits::kStoreBacklog;
}

// Some loads, one write; with nothing to do, a little is hashed. Who waits for that gets his share
// of a busy store as well.
void StoreWork::work(Time now) {
    now_ = now;
    if (!room_) probe_room(now);
    if (now >= unread_at_) read_again(now);
    if (loads_.empty() && writes_.empty()) return hash(limits::kProveChunks, now);
    if (++turns_ % limits::kTurnsPerCheck == 0 && (checks_.waiting() || !all_proven_)) hash(1, now);
    starved_ = false;
    for (int i = 0; i < limits::kLoadsPerWrite && !loads_.empty() && !starved_; ++i)
        std::visit([this](auto& load) { handle(load); }, loads_.front());
    if (writes_.empty()) return;
    StoreCommand command = std::move(writes_.front());
    writes_.pop_front();
    std::visit([this](auto& write) { handle(write); }, command);
}

Time StoreWork::work_at(Time now) const {
    if (!writes_.empty() || (!loads_.empty() && !starved_) || !all_proven_ || checks_.waiting())
        return now;
    Time next = unread_at_;
    if (!room_) next = std::min<Time>(next, now + limits::kRoomProbe);
    if (!loads_.empty()) return std::min<Time>(next, now + limits::kBufferWait);
    return std::min(next, std::max(checks_.slow_time(), now));
}

void StoreWork::hash(std::uint32_t chunks, Time now) {
    if (checks_.waiting() && (all_proven_ || ++hashes_ % 2 == 0)) return checks_.step(chunks);
    if (!all_proven_) return prove(chunks);
    if (now >= checks_.slow_time()) checks_.slow_step(now);
}

// As long as there is any.
void StoreWork::read_again(Time now) {
    unread_at_ = kNever;
    if (!store_.read_again()) return;
    all_proven_ = false;
    unread_at_ = now + limits::kUnreadAgain;
}

void StoreWork::prove(std::uint32_t chunks) {
    Proving found;
    all_proven_ = !store_.prove_some(found, chunks);
    if (!found.refused.empty()) look_again();
    for (const FragmentRef& fragment : found.counting)
        tell_done(fragment, Status(Done{}));
    for (auto& [fragment, why] : found.refused)
        tell_(store_event::FragmentRefused{fragment, std::move(why)});
}

void StoreWork::probe_room(Time now) {
    if (now - probed_ < limits::kRoomProbe) return;
    probed_ = now;
    if (!store_.has_room()) return;
    room_ = true;
    tell_(store_event::Room{true});
}

void StoreWork::note_full(StoreVerdict verdict) {
    if (verdict != StoreVerdict::full || !room_) return;
    room_ = false;
    probed_ = now_;
    tell_(store_event::Room{false});
}

void StoreWork::handle(store_command::Stop&) {}

void StoreWork::handle(store_command::KeepManifest& command) {
    auto kept = store_.keep_manifest(command.asset, std::move(command.body));
    const auto verdict = kept ? StoreVerdict::stored : verdict_of(kept.error());
    note_full(verdict);
    tell_(store_event::ManifestKept{command.asset, command.from, verdict, kept ? *kept : nullptr,
                                    kept ? store_.manifest_body(command.asset) : nullptr});
    all_proven_ = false;  // its folder may have been there
}

void StoreWork::handle(store_command::KeepProof& command) {
    const auto proven = store_.keep_proof(command.fragment, command.payload.view());
    const auto verdict = proven ? StoreVerdict::stored : verdict_of(proven.error());
    note_full(verdict);
    tell_(store_event::ProofKept{command.fragment, command.from, verdict,
                                 proven ? *proven : RangeSet{}});
    if (proven) finish_if_complete(command.fragment);
}

void StoreWork::handle(store_command::KeepChunk& command) {
    const bool had = store_.has(command.chunk.of());
    const auto done = store_.keep_chunk(command.chunk, command.payload.view());
    const auto verdict = done ? StoreVerdict::stored : verdict_of(done.error());
    note_full(verdict);
    tell_(store_event::ChunkKept{command.chunk, command.from, verdict});
    if (done)
        finish_if_complete(command.chunk.of());
    else
        tell_if_lost(had, command.chunk.of(), done.error());
}

// Inlined, g++ 12 thinks that a good status has an error which is not initialised.
[[gnu::noinline]] void StoreWork::tell_done(const FragmentRef& fragment, Status status) {
    tell_(store_event::FragmentDone{fragment, std::move(status)});
}

void StoreWork::finish_if_complete(const FragmentRef& fragment) {
    if (!store_.is_complete(fragment)) return;
    auto done = store_.finish_fragment(fragment);
    if (!done) {
        note_full(verdict_of(done.error()));
        all_proven_ = false;  // it may lie there under its name
    }
    tell_done(fragment, std::move(done));
}

void StoreWork::tell_if_lost(bool had, const FragmentRef& fragment, const Error& why) {
    if (!had || store_.has(fragment)) return;
    using How = store_event::FragmentLost::How;
    tell_lost({fragment, why.text, why.kind == ErrorKind::io ? How::unread : How::gone});
}

void StoreWork::tell_lost(store_event::FragmentLost lost) {
    if (lost.how == store_event::FragmentLost::How::unread) look_again();
    tell_(std::move(lost));
}

void StoreWork::look_again() {
    unread_at_ = std::min<Time>(unread_at_, now_ + limits::kUnreadAgain);
}

// A load stays at the front of its queue while no buffer is free for it. That a fragment was
// lost is told before the load that found out.
bool StoreWork::answerable(const Result<Payload>& result, bool had, const FragmentRef& fragment) {
    starved_ = !result && result.error().kind == ErrorKind::busy;
    if (!result && !starved_) tell_if_lost(had, fragment, result.error());
    return !starved_;
}

void StoreWork::handle(store_command::LoadChunk& command) {
    const bool had = store_.has(command.chunk.of());
    auto result = store_.load_chunk(command.chunk);
    if (!answerable(result, had, command.chunk.of())) return;
    tell_(store_event::ChunkLoaded{command.chunk, command.who, std::move(result)});
    loads_.pop_front();
}

void StoreWork::handle(store_command::LoadProof& command) {
    const bool had = store_.has(command.fragment);
    auto result = store_.load_proof(command.fragment);
    if (!answerable(result, had, command.fragment)) return;
    tell_(store_event::ProofLoaded{command.fragment, command.who, std::move(result)});
    loads_.pop_front();
}

void StoreWork::handle(store_command::DropFragment& command) {
    (void)store_.drop_fragment(command.fragment);
}
void StoreWork::handle(store_command::DropAsset& command) {
    store_event::AssetDropped event{command.asset, store_.drop_asset(command.asset), {}};
    if (!event.status) {
        event.still = store_.stored(command.asset);
        event.body = store_.manifest_body(command.asset);
    } else if (command.decline) {
        // Only now: on a full disk there was no room for it before.
        event.status = store_.decline(command.asset, true);
    }
    tell_(std::move(event));
}
void StoreWork::handle(store_command::Mark& command) {
    (void)store_.mark(command.asset, command.fragments, command.kept);
}
void StoreWork::handle(store_command::Decline& command) {
    (void)store_.decline(command.asset, command.declined);
}

void StoreWork::handle(store_command::Verify& command) {
    checks_.verify(command.cookie, command.asset);
}
void StoreWork::handle(store_command::Doubt& command) {
    checks_.doubt(command.chunk);
}

void StoreWork::handle(store_command::DrawKey&) {
    tell_(store_event::KeyDrawn{store_.draw_key()});
}

}  // namespace fragcast
