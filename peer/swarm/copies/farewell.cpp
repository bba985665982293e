#include "peer/swarm/copies/farewell.hpp"

#include "messages/wire/limits.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace fragcast {

bool Farewell::begin(Kind kind, Time deadline, Time now) {
    if (runs() && (kind_ == kind || kind == Kind::drain)) return false;
    *this = {};
    kind_ = kind;
    deadline_ = deadline;
    next_ = now;
    return true;
}

bool Farewell::look_due(Turn& turn) {
    if (!runs() || done_) return false;
    const bool due = turn.now >= next_;
    if (due) next_ = turn.now + kLookEvery;
    turn.wake_by(next_);
    return due;
}

// --- who takes it --------------------------------------------------------------------------------

bool Farewell::can_take(const PeerId& peer, const Reach& reach) {
    if (is_unable(peer)) return false;
    if (reach.linked) return true;
    if (reach.dialled >= limits::kTakerWait) unable(peer);
    return !reach.out && !is_unable(peer);
}

std::vector<PeerId> Farewell::needed(const std::vector<Taker>& takers) {
    std::vector<PeerId> out;
    for (const Taker& taker : takers)
        if (!taker.linked && !taker.dialling) out.push_back(taker.peer);
    return out;
}

Farewell::Company Farewell::company(const std::vector<Taker>& takers, bool must_be_linked) {
    const bool coming = std::any_of(takers.begin(), takers.end(), [&](const Taker& taker) {
        return must_be_linked && !taker.linked && taker.dialling;
    });
    if (coming) return Company::coming;
    return takers.empty() ? Company::none : Company::here;
}

// --- what is left --------------------------------------------------------------------------------

std::uint32_t Farewell::goal(std::uint32_t replicas, std::uint32_t staying) const {
    return stops() ? 1 : std::max(1U, std::min(replicas, staying));
}

void Farewell::set_left(std::map<AssetId, RangeSet> left, std::uint64_t bytes) {
    const std::uint64_t before = left_fragments_;
    left_ = std::move(left);
    left_bytes_ = bytes;
    left_fragments_ = 0;
    for (const auto& [id, fragments] : left_)
        left_fragments_ += fragments.count();
    handed_over_ += before - std::min(before, left_fragments_);
}

bool Farewell::over(Company company, Time now) const {
    return left_.empty() || company == Company::none || now >= deadline_;
}

std::map<PeerId, RangeSet> Farewell::offers(const AssetId& asset, const CopyPicture& picture,
                                            const PeerId& self, std::uint32_t replicas,
                                            const std::function<bool(const PeerId&)>& can_take,
                                            std::uint32_t& most) const {
    std::map<PeerId, RangeSet> out;
    const auto left = left_.find(asset);
    if (left == left_.end()) return out;
    const std::uint32_t goal = stops() ? 1 : replicas;
    for (const Span& span : left->second.spans())
        for (std::uint32_t i = span.begin; i < span.end && most > 0; ++i, --most) {
            std::uint32_t lacking = goal - std::min(goal, picture.copies(self, i));
            for (const PeerId& peer : picture.takers(i, std::numeric_limits<std::size_t>::max())) {
                if (lacking == 0) break;
                if (!can_take(peer)) continue;
                out[peer].add(i);
                --lacking;
            }
        }
    return out;
}

// --- the end -------------------------------------------------------------------------------------

void Farewell::end(bool alone, const Name& name, Turn& turn) {
    done_ = true;
    if (left_.empty()) {
        turn.report(Report::Level::info, "stopping.done",
                    stops() ? "nothing is lost with this peer"
                            : "all that was here has its copies elsewhere");
        return;
    }
    turn.report(alone ? Report::Level::info : Report::Level::warning, "stopping.at_risk",
                std::to_string(left_fragments_) +
                    (alone ? " fragments have no copy elsewhere, and nobody stays to take them: "
                           : " fragments lack copies at those who stay: ") +
                    left_text(name));
}

std::string Farewell::left_text(const Name& name) const {
    std::string text;
    for (const auto& [id, left] : left_) {
        if (text.size() > limits::kMaxTextBytes / 2) return text + ", …";
        text += (text.empty() ? "" : ", ") + name(id) + " " + left.text();
    }
    return text;
}

FarewellView Farewell::view(const Name& name) const {
    FarewellView out;
    if (!runs()) return out;
    out.state = stops() ? FarewellView::State::stopping : FarewellView::State::draining;
    out.done = done_;
    out.fragments_left = left_fragments_;
    out.bytes_left = left_bytes_;
    out.left = left_text(name);
    return out;
}

const char* Farewell::broken() const {
    if (!runs() && (done_ || !left_.empty() || !unable_.empty()))
        return "a farewell that does not run has come somewhere";
    std::uint64_t count = 0;
    for (const auto& [asset, fragments] : left_) {
        if (fragments.empty()) return "nothing is left of an asset that is left";
        count += fragments.count();
    }
    return count == left_fragments_ ? nullptr : "the count of what is left is wrong";
}

}  // namespace fragcast
