#include "peer/swarm/people/neighbours.hpp"

#include "messages/wire/limits.hpp"
#include "messages/wire/vicinity.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

namespace fragcast {

namespace {

// A link that did not last this long did not work.
constexpr Duration kLasted{10'000'000};

}  // namespace

// --- which there are -----------------------------------------------------------------------------

Neighbour* Neighbours::find(LinkId link) {
    const auto found = links_.find(link);
    return found == links_.end() ? nullptr : &found->second;
}

const Neighbour* Neighbours::find(LinkId link) const {
    const auto found = links_.find(link);
    return found == links_.end() ? nullptr : &found->second;
}

Neighbour* Neighbours::to_ask_on(const std::set<LinkId>& links) {
    const auto rank = [](const Neighbour& n) { return std::pair(n.doubted(), n.up_since()); };
    Neighbour* first = nullptr;
    for (const LinkId link : links)
        if (Neighbour* n = find(link);
            n != nullptr && (first == nullptr || rank(*n) < rank(*first)))
            first = n;
    return first;
}

bool Neighbours::any_up() const {
    return std::ranges::any_of(each(), [](const Neighbour& n) { return n.up(); });
}

std::size_t Neighbours::count_dialling() const {
    return static_cast<std::size_t>(
        std::ranges::count_if(each(), [](const Neighbour& n) { return n.dialled() && !n.up(); }));
}

const Neighbour* Neighbours::at_end_of(const std::string& endpoint) const {
    for (const auto& [link, n] : links_)
        if (n.endpoint() == endpoint || (n.up() && n.peer().exchange == endpoint)) return &n;
    return nullptr;
}

std::vector<LinkId> Neighbours::members() const {
    std::vector<LinkId> out;
    for (const auto& [link, n] : links_)
        if (n.up() && !n.peer().guest) out.push_back(link);
    return out;
}

std::optional<PeerId> Neighbours::who(LinkId link) const {
    if (const Neighbour* n = find(link)) return n->peer().id;
    const auto former = former_.find(link);
    if (former == former_.end()) return {};
    return former->second;
}

// --- they come and go ----------------------------------------------------------------------------

LinkId Neighbours::dial(const std::string& endpoint, Turn& turn) {
    if (dialled_ >= limits::kMaxDialled || !dials_.may(endpoint, turn.now)) return {};
    const LinkId link{++last_dialled_};
    const auto added = links_.emplace(link, Neighbour(link, true, endpoint, turn.now));
    ++dialled_;
    turn.out.push_back(Dial{link, endpoint});
    turn.wake_by(added.first->second.next_duty());
    return link;
}

std::optional<LinkId> Neighbours::gives_way(const std::string& from) const {
    if (accepted() < limits::kMaxNeighbours) return std::nullopt;
    // Links have their numbers in the order in which they came.
    for (const auto& [link, n] : links_)
        if (!n.dialled() && !n.up()) return link;
    std::map<std::string_view, std::size_t> crowds;
    for (const auto& [link, n] : links_)
        if (!n.dialled()) ++crowds[n.from()];
    auto most =
        std::ranges::max_element(crowds, {}, [](const auto& crowd) { return crowd.second; });
    if (most->second <= 1) return gives_way_widely(from);
    if (const auto own = crowds.find(from); own != crowds.end() && own->second == most->second)
        most = own;
    std::optional<LinkId> out;
    for (const auto& [link, n] : links_)
        if (!n.dialled() && n.from() == most->first && (!out || n.used() < links_.at(*out).used()))
            out = link;
    return out;
}

// Whoever has more addresses than can be counted has them side by side.
std::optional<LinkId> Neighbours::gives_way_widely(std::string own) const {
    std::map<LinkId, std::string> where;
    for (const auto& [link, n] : links_)
        if (!n.dialled()) where[link] = n.from();
    for (std::size_t i = 0; i < kVicinities; ++i) {
        own = vicinity_of(own);
        std::map<std::string_view, std::size_t> crowds{{own, 1}};  // the newcomer counts
        for (auto& [link, from] : where) {
            from = vicinity_of(from);
            ++crowds[from];
        }
        const auto most =
            std::ranges::max_element(crowds, {}, [](const auto& crowd) { return crowd.second; });
        if (most->second <= crowds[own]) continue;
        std::optional<LinkId> out;
        for (const auto& [link, from] : where)
            if (from == most->first && (!out || links_.at(link).used() < links_.at(*out).used()))
                out = link;
        return out;
    }
    return std::nullopt;
}

bool Neighbours::accept(LinkId link, const std::string& from, Turn& turn) {
    if (accepted() >= limits::kMaxNeighbours) {
        ++refused_;
        return false;
    }
    const auto added = links_.emplace(link, Neighbour(link, false, {}, turn.now, from));
    turn.wake_by(added.first->second.next_duty());
    return true;
}

std::optional<Neighbours::Ended> Neighbours::end(LinkId link, Time now) {
    const Neighbour* n = find(link);
    if (n == nullptr) return {};
    if (n->dialled()) {
        --dialled_;
        if (!n->up() || now - n->up_since() < kLasted)
            dials_.failed(n->endpoint(), now);
        else
            dials_.worked(n->endpoint());
    }
    const Ended ended{n->peer().id, n->up()};
    links_.erase(link);
    if (ended.was_up) former_[link] = ended.peer;
    if (former_.size() > limits::kMaxStoreQueue) former_.erase(former_.begin());
    return ended;
}

const char* Neighbours::broken() const {
    std::uint32_t dialled = 0;
    for (const auto& [link, n] : links_) {
        if (n.link() != link) return "a link has the number of another";
        if (n.dialled()) ++dialled;
    }
    if (dialled != dialled_ || dialled > limits::kMaxDialled) return "too many are dialled";
    if (accepted() > limits::kMaxNeighbours) return "too many dialled in";
    if (former_.size() > limits::kMaxStoreQueue) return "too many former links";
    return dials_.broken();
}

}  // namespace fragcast
