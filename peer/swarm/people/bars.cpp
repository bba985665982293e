#include "peer/swarm/people/bars.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace fragcast {

// Bounded: who makes up names for himself pushes out records of no bar, then the one that ends
// first.
template <class Map, class Key>
Bars::Record& Bars::record(Map& map, const Key& key, Time now) {
    const auto known = map.find(key);
    if (known != map.end()) return known->second;
    if (map.size() >= limits::kMaxBars) {
        std::erase_if(map, [now](const auto& entry) { return entry.second.until <= now; });
        if (map.size() >= limits::kMaxBars)
            map.erase(std::min_element(map.begin(), map.end(), [](const auto& a, const auto& b) {
                return a.second.until < b.second.until;
            }));
    }
    return map[key];
}

void Bars::raise(Record& record, Time now) {
    const Duration next = record.last.count() == 0 ? Duration(limits::kBar) : record.last * 2;
    record.last = std::min<Duration>(next, limits::kMaxBar);
    record.until = now + record.last;
    record.failed.clear();
}

bool Bars::judge(Record& record, Time now) {
    if (record.failed.size() + (record.last.count() > 0 ? 1 : 0) < 2) return false;
    const bool late =
        std::any_of(record.failed.begin(), record.failed.end(),
                    [now](const auto& one) { return now - one.second >= limits::kAmends; });
    if (late) raise(record, now);
    return late;
}

bool Bars::failed(const PeerId& peer, const std::string& endpoint, const FragmentRef& fragment,
                  Time now) {
    if (!peer.is_zero()) record(ids_, peer, now).failed.emplace(fragment, now);
    if (!endpoint.empty()) record(endpoints_, endpoint, now).failed.emplace(fragment, now);
    return guilty(peer, endpoint, now);
}

void Bars::forgive(const PeerId& peer, const std::string& endpoint, const FragmentRef& fragment) {
    if (const auto id = ids_.find(peer); id != ids_.end()) id->second.failed.erase(fragment);
    if (const auto dialled = endpoints_.find(endpoint); dialled != endpoints_.end())
        dialled->second.failed.erase(fragment);
}

bool Bars::guilty(const PeerId& peer, const std::string& endpoint, Time now) {
    const auto id = ids_.find(peer);
    const bool by_id = id != ids_.end() && judge(id->second, now);
    const auto dialled = endpoints_.find(endpoint);
    return (dialled != endpoints_.end() && judge(dialled->second, now)) || by_id;
}

void Bars::bar(const PeerId& peer, const std::string& endpoint, Time now) {
    if (!peer.is_zero()) raise(record(ids_, peer, now), now);
    if (!endpoint.empty()) raise(record(endpoints_, endpoint, now), now);
}

bool Bars::barred(const PeerId& peer, const std::string& endpoint, Time now) const {
    return endpoint.empty() ? barred_id(peer, now) : barred(endpoint, now);
}

Time Bars::until(const std::string& endpoint) const {
    const auto found = endpoints_.find(endpoint);
    return found == endpoints_.end() ? Time{Duration::min()} : found->second.until;
}

bool Bars::barred_id(const PeerId& peer, Time now) const {
    const auto found = ids_.find(peer);
    return found != ids_.end() && now < found->second.until;
}

std::set<PeerId> Bars::take_turned(Time now) {
    std::set<PeerId> barred;
    for (const auto& [id, record] : ids_)
        if (now < record.until) barred.insert(barred.end(), id);
    std::set<PeerId> turned;
    std::ranges::set_symmetric_difference(barred, told_barred_,
                                          std::inserter(turned, turned.end()));
    told_barred_ = std::move(barred);
    return turned;
}

template <class Map>
const char* Bars::broken(const Map& map) {
    if (map.size() > limits::kMaxBars) return "too many are barred";
    for (const auto& [key, record] : map) {
        if (record.last > limits::kMaxBar) return "a bar is too long";
        if ((record.last.count() == 0) != (record.until == Time{})) return "a bar has no end";
    }
    return nullptr;
}

const char* Bars::broken() const {
    if (ids_.contains({})) return "nobody is barred";
    if (endpoints_.contains({})) return "who dialled in is barred where he was not dialled";
    const char* by_id = broken(ids_);
    return by_id != nullptr ? by_id : broken(endpoints_);
}

}  // namespace fragcast
