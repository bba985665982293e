#include "peer/swarm/copies/copies.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>

namespace fragcast {

CopyPicture::CopyPicture(const AssetId& asset, std::uint32_t fragments, std::uint32_t replicas,
                         const std::vector<CopyMember>& members, std::vector<CopyHolder> holders)
    : asset_(asset),
      fragments_(fragments),
      replicas_(replicas),
      members_(members),
      holders_(std::move(holders)) {
    std::sort(holders_.begin(), holders_.end(),
              [](const CopyHolder& a, const CopyHolder& b) { return a.peer < b.peer; });
}

bool CopyPicture::has_copy(const PeerId& peer, std::uint32_t fragment) const {
    const auto found = std::lower_bound(
        holders_.begin(), holders_.end(), peer,
        [](const CopyHolder& holder, const PeerId& id) { return holder.peer < id; });
    return found != holders_.end() && found->peer == peer &&
           found->kind == CopyHolder::Kind::copy && found->fragments->contains(fragment);
}

Place CopyPicture::place(const CopyMember& member, std::uint32_t fragment) const {
    return place_of({asset_, FragmentIndex{fragment}}, member.peer, member.capacity);
}

namespace {

struct Border {
    std::uint32_t at;
    CopyHolder::Kind kind;
    int step;
};

// Where what somebody else has begins and ends, in order.
std::vector<Border> borders_of(const std::vector<CopyHolder>& holders, std::uint32_t fragments,
                               const PeerId* but) {
    std::vector<Border> borders;
    for (const CopyHolder& holder : holders) {
        if (but != nullptr && holder.peer == *but) continue;
        for (const Span& span : holder.fragments->spans()) {
            if (span.begin >= fragments) break;
            borders.push_back({span.begin, holder.kind, 1});
            borders.push_back({std::min(span.end, fragments), holder.kind, -1});
        }
    }
    std::sort(borders.begin(), borders.end(),
              [](const Border& a, const Border& b) { return a.at < b.at; });
    return borders;
}

}  // namespace

// A sweep over the borders of all holdings.
std::vector<CopyPicture::Stretch> CopyPicture::stretches(const PeerId* but) const {
    std::array<int, 4> holders{};  // by kind
    const auto count = [&holders](CopyHolder::Kind kind) {
        return static_cast<std::uint32_t>(holders[static_cast<std::size_t>(kind)]);
    };
    std::vector<Stretch> out;
    std::uint32_t from = 0;
    const auto end_stretch = [&](std::uint32_t at) {
        if (at == from) return;
        const std::uint32_t live = count(CopyHolder::Kind::copy) + count(CopyHolder::Kind::outside);
        out.push_back({{from, at},
                       live,
                       count(CopyHolder::Kind::copy),
                       count(CopyHolder::Kind::away),
                       live + count(CopyHolder::Kind::away) + count(CopyHolder::Kind::passing)});
        from = at;
    };
    for (const Border& border : borders_of(holders_, fragments_, but)) {
        end_stretch(border.at);
        holders[static_cast<std::size_t>(border.kind)] += border.step;
    }
    end_stretch(fragments_);
    return out;
}

RangeSet CopyPicture::wanted(const PeerId& self, std::size_t& budget, bool& unfinished) const {
    RangeSet out;
    const auto us = std::find_if(members_.begin(), members_.end(),
                                 [&](const CopyMember& member) { return member.peer == self; });
    if (us == members_.end()) return out;
    for (const Stretch& stretch : stretches(nullptr)) {
        const std::uint32_t counted =
            stretch.live <= 1 ? stretch.copies : stretch.copies + stretch.away;
        if (stretch.all == 0 || counted >= replicas_) continue;
        const std::uint32_t lacking = replicas_ - counted;
        for (std::uint32_t i = stretch.span.begin; i < stretch.span.end; ++i) {
            if (has_copy(self, i)) continue;
            if (budget < members_.size()) {
                unfinished = true;
                return out;
            }
            budget -= members_.size();
            const Place ours = place(*us, i);
            std::uint32_t before = 0;
            for (const CopyMember& member : members_) {
                if (member.peer == self || has_copy(member.peer, i)) continue;
                if (place(member, i) < ours && ++before >= lacking) break;
            }
            if (before < lacking) out.add(i);
        }
    }
    return out;
}

RangeSet CopyPicture::short_of(const PeerId& self, const RangeSet& here, std::uint32_t goal) const {
    RangeSet out;
    for (const Stretch& stretch : stretches(&self))
        if (stretch.copies < goal) out.add(here.common(RangeSet{stretch.span}));
    return out;
}

RangeSet CopyPicture::at_risk(const PeerId& self, const RangeSet& here) const {
    RangeSet out;
    for (const Stretch& stretch : stretches(&self))
        if (stretch.live == 0) out.add(here.common(RangeSet{stretch.span}));
    return out;
}

std::uint32_t CopyPicture::copies(const PeerId& but, std::uint32_t fragment) const {
    return static_cast<std::uint32_t>(
        std::count_if(holders_.begin(), holders_.end(), [&](const CopyHolder& holder) {
            return holder.peer != but && holder.kind == CopyHolder::Kind::copy &&
                   holder.fragments->contains(fragment);
        }));
}

bool CopyPicture::responsible(const PeerId& self, std::uint32_t fragment) const {
    const auto us = std::find_if(members_.begin(), members_.end(),
                                 [&](const CopyMember& member) { return member.peer == self; });
    if (us == members_.end()) return false;
    const Place ours = place(*us, fragment);
    const auto before =
        std::count_if(members_.begin(), members_.end(),
                      [&](const CopyMember& member) { return place(member, fragment) < ours; });
    return static_cast<std::uint64_t>(before) < replicas_;
}

std::vector<PeerId> CopyPicture::takers(std::uint32_t fragment, std::size_t count) const {
    std::vector<Place> places;
    for (const CopyMember& member : members_)
        if (!has_copy(member.peer, fragment)) places.push_back(place(member, fragment));
    std::sort(places.begin(), places.end());
    if (places.size() > count) places.resize(count);
    std::vector<PeerId> out;
    out.reserve(places.size());
    for (const Place& one : places)
        out.push_back(one.peer);
    return out;
}

}  // namespace fragcast
