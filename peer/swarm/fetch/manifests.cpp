#include "peer/swarm/fetch/manifests.hpp"

#include "messages/wire/limits.hpp"

#include <algorithm>
#include <iterator>
#include <tuple>

namespace fragcast {

namespace {

constexpr std::uint32_t kPassedThenBus = 2;  // holders that do not answer, and then a bus is asked

// May be asked again; wakes when it may.
template <class Id>
bool left_alone(const std::map<Id, Time>& failed, const Id& who, Turn& turn) {
    const auto it = failed.find(who);
    if (it == failed.end() || it->second <= turn.now) return false;
    turn.wake_by(it->second);
    return true;
}

}  // namespace

// --- whom to ask ---------------------------------------------------------------------------------

std::optional<Manifests::Choice> Manifests::choose(const std::vector<Holder>& holders,
                                                   const std::optional<BusId>& bus,
                                                   std::uint32_t passed, Time now) {
    const auto rank = [now](const Holder& one) {
        return std::make_tuple(now < one.passed_until, !one.spoke, one.passed_until);
    };
    const auto found =
        std::min_element(holders.begin(), holders.end(),
                         [&](const Holder& a, const Holder& b) { return rank(a) < rank(b); });
    const Holder* best = found == holders.end() ? nullptr : &*found;
    const bool over = best != nullptr && now < best->passed_until;
    if (best != nullptr && bus && (over || (!best->spoke && passed >= kPassedThenBus)))
        best = nullptr;
    if (best == nullptr && !bus) return std::nullopt;
    if (best == nullptr) return Choice{{{}, *bus}, {}, limits::kDirectoryAnswer};
    const bool others = !best->spoke && !over;
    return Choice{
        {best->link, {}}, best->peer, others ? best->patience : Duration(limits::kDirectoryAnswer)};
}

std::optional<Manifests::From> Manifests::seek(const AssetId& asset,
                                               const std::vector<Holder>& holders,
                                               const std::vector<BusId>& joined, Turn& turn) {
    if (!idle(asset)) return std::nullopt;
    static const Row kNone;
    const auto known = rows_.find(asset);
    const Row& before = known == rows_.end() ? kNone : known->second;
    const auto bus = std::find_if(joined.begin(), joined.end(), [&](const BusId& one) {
        return !left_alone(before.bus_failed, one, turn);
    });
    std::vector<Holder> may;
    std::copy_if(holders.begin(), holders.end(), std::back_inserter(may),
                 [&](const Holder& one) { return !left_alone(before.failed, one.peer, turn); });
    const auto choice = choose(may, bus == joined.end() ? std::nullopt : std::optional(*bus),
                               before.passed, turn.now);
    if (!choice) return std::nullopt;
    Row& row = rows_[asset];
    row.state = State::asking;
    row.from = choice->from;
    row.peer = choice->peer;
    row.offset = row.total = 0;
    ask(asset, row, choice->patience, turn);
    return row.from;
}

// From its offset on.
void Manifests::ask(const AssetId& asset, Row& row, Duration patience, Turn& turn) {
    row.request = turn.next_request();
    row.sent = turn.now;
    row.due = turn.now + patience;
    const AskManifest ask{row.request, asset, row.offset};
    if (row.from.link.value == 0)
        turn.out.push_back(SendToBus{row.from.bus, ask});
    else
        turn.out.push_back(SendTo{row.from.link, ask});
    turn.wake_by(row.due);
}

bool Manifests::idle(const AssetId& asset) const {
    const auto known = rows_.find(asset);
    return known == rows_.end() || known->second.state == State::idle;
}

// --- answers -------------------------------------------------------------------------------------

Manifests::Rows::iterator Manifests::find_asked(const From& from, RequestId request) {
    return std::find_if(rows_.begin(), rows_.end(), [&](const auto& entry) {
        const Row& row = entry.second;
        return row.state == State::asking && row.request == request && row.from == from;
    });
}

Manifests::Heard Manifests::got(const From& from, const ManifestPart& part, std::size_t bytes,
                                Turn& turn) {
    const auto asked = find_asked(from, part.request);
    if (asked == rows_.end() || asked->first != part.asset) {
        ++spare_;
        return Heard::unasked;
    }
    Row& row = asked->second;
    const bool sound =
        part.offset == row.offset && part.total > row.offset &&
        part.total <= limits::kMaxManifestBytes && (row.total == 0 || part.total == row.total) &&
        bytes == std::min<std::uint64_t>(limits::kManifestPartBytes, part.total - part.offset);
    if (!sound) {
        ++refused_;
        fail(row, row.peer, limits::kBar, turn);
        return Heard::nonsense;
    }
    turn.out.push_back(KeepManifestPart{part.asset, part.offset, part.total, from.link});
    row.total = part.total;
    row.offset += bytes;
    if (row.offset < row.total) {
        ask(part.asset, row, limits::kDirectoryAnswer, turn);
    } else {
        row.passed = 0;
        row.state = State::storing;
    }
    return Heard::part;
}

bool Manifests::refused(const From& from, RequestId request, Duration pause, Turn& turn) {
    const auto asked = find_asked(from, request);
    if (asked == rows_.end()) return false;
    fail(asked->second, asked->second.peer, pause, turn);
    return true;
}

// --- the other ways out --------------------------------------------------------------------------

// The source is left alone for a while; another is asked at once.
void Manifests::fail(Row& row, const PeerId& who, Duration pause, Turn& turn) {
    row.state = State::idle;
    if (row.from.link.value == 0)
        row.bus_failed[row.from.bus] = turn.now + std::min<Duration>(pause, limits::kLocateMin);
    else if (!who.is_zero())
        row.failed[who] = turn.now + pause;
    turn.wake_by(turn.now);
}

std::optional<Manifests::Late> Manifests::late(const AssetId& asset, Turn& turn) {
    const auto known = rows_.find(asset);
    if (known == rows_.end() || known->second.state != State::asking) return std::nullopt;
    Row& row = known->second;
    if (turn.now < row.due) {
        turn.wake_by(row.due);
        return std::nullopt;
    }
    // Others could be asked besides: it was waited for no longer than its first answer takes.
    const bool passed = row.due < row.sent + limits::kDirectoryAnswer;
    if (passed) ++row.passed;
    ++timed_out_;
    fail(row, row.peer, passed ? Duration{} : Duration(limits::kRequestTimeout), turn);
    return Late{row.from.link, passed};
}

void Manifests::link_gone(LinkId link) {
    for (auto& [id, row] : rows_)
        if (row.state == State::asking && row.from.link == link) row.state = State::idle;
    std::erase_if(rows_, [](const auto& entry) { return entry.second.empty(); });
}

void Manifests::stop(const AssetId& asset) {
    const auto known = rows_.find(asset);
    if (known == rows_.end()) return;
    Row& row = known->second;
    row.failed.clear();
    row.bus_failed.clear();
    if (row.state == State::asking) row.state = State::idle;
    if (row.empty()) rows_.erase(known);
}

bool Manifests::waits_for(const AssetId& asset, LinkId link) const {
    const auto known = rows_.find(asset);
    return known != rows_.end() && known->second.state != State::idle &&
           known->second.from.link == link;
}

void Manifests::not_stored(const AssetId& asset, const PeerId& who, Duration pause, Turn& turn) {
    const auto known = rows_.find(asset);
    if (known == rows_.end()) return;
    fail(known->second, who, pause, turn);
    if (known->second.empty()) rows_.erase(known);
}

// --- what there is -------------------------------------------------------------------------------

std::set<AssetId> Manifests::asked() const {
    std::set<AssetId> out;
    for (const auto& [id, row] : rows_)
        if (row.state == State::asking) out.insert(id);
    return out;
}

std::size_t Manifests::count_failed() const {
    std::size_t out = 0;
    for (const auto& [id, row] : rows_)
        out += row.failed.size();
    return out;
}

const char* Manifests::broken() const {
    std::set<RequestId> requests;
    for (const auto& [id, row] : rows_) {
        if (row.empty()) return "a manifest's row says nothing";
        if (row.state == State::storing && (row.total == 0 || row.offset != row.total))
            return "a manifest lies with the store that is not whole";
        if (row.state != State::asking) continue;
        if (row.due < row.sent) return "a manifest was late before it was asked for";
        if (row.total != 0 && row.offset >= row.total) return "bytes beyond its end are asked for";
        if (row.peer.is_zero() != (row.from.link.value == 0))
            return "a manifest is asked of nobody, or of two";
        if (!requests.insert(row.request).second) return "two manifests under one number";
    }
    return nullptr;
}

}  // namespace fragcast
