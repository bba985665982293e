// Pure. Whom a question is put to: buses, friends, neighbours.
#include "messages/wire/limits.hpp"
#include "peer/swarm/buses/asks.hpp"

#include <algorithm>
#include <utility>

namespace fragcast {

namespace {

constexpr std::size_t kNeighboursAsked = 8;

}  // namespace

void Asks::wait(Ask& ask, Duration patience, Turn& turn) {
    ask.patience = turn.now + patience;
    turn.wake_by(std::min(ask.patience, ask.deadline));
}

void Asks::send(Ask& ask, LinkId link, Turn& turn) {
    ask.link = link;
    wait(ask, limits::kDirectoryAnswer, turn);
    turn.out.push_back(SendTo{link, ask.body});
}

// To all buses that are joined, for holders; else to one after the other.
Asks::End Asks::put(RequestId id, Ask& ask, Around& around, Turn& turn) {
    ++ask.tries;
    ask.buses.clear();
    ask.link = {};
    if (ask.friends)
        return put_to_friend(ask, around, turn) ? End{} : end(id, std::move(ask.best), turn);
    const bool to_all = std::holds_alternative<Locate>(ask.body);
    bool may_join = false;
    for (const Around::Bus& bus : around.buses()) {
        if (ask.only_bus && *ask.only_bus != bus.bus) continue;
        may_join = may_join || bus.joining;
        if (!bus.joined || (!to_all && (!ask.buses.empty() || ask.tried.contains(bus.bus))))
            continue;
        ask.buses.insert(bus.bus);
        ask.tried.insert(bus.bus);
        turn.out.push_back(SendToBus{bus.bus, ask.body});
    }
    if (ask.buses.empty() && (!may_join || ask.tries > 1))
        return end(id, std::move(ask.best), turn);
    wait(ask, limits::kDirectoryAnswer, turn);
    return {};
}

// Friends in their order; each may have to be dialled first. Then whoever else is linked.
bool Asks::put_to_friend(Ask& ask, Around& around, Turn& turn) {
    if (ask.only_link.value != 0) {
        if (ask.tries > 1 || !around.up(ask.only_link)) return false;
        send(ask, ask.only_link, turn);
        return true;
    }
    const std::vector<std::string>& friends = around.friends();
    while (ask.next_friend < friends.size())
        if (come_to_friend(ask, friends[ask.next_friend], around, turn)) return true;
    const std::size_t asked = ask.next_friend - friends.size();
    const std::vector<LinkId> others = around.others();
    if (asked >= std::min(others.size(), kNeighboursAsked)) return false;
    ++ask.next_friend;
    send(ask, others[asked], turn);
    return true;
}

// False: it cannot be reached, and the next one is to be tried.
bool Asks::come_to_friend(Ask& ask, const std::string& endpoint, Around& around, Turn& turn) {
    const Around::Way way = around.way_to(endpoint);
    if (way.up) {
        ask.dialling = false;
        ++ask.next_friend;
        send(ask, way.link, turn);
        return true;
    }
    const bool first_look = !ask.dialling;
    const bool coming = way.link.value != 0 || (first_look && around.dial(endpoint, turn));
    if (coming && first_look) ask.friend_until = turn.now + limits::kDirectoryAnswer;
    ask.dialling = coming && turn.now < ask.friend_until;
    if (ask.dialling)
        wait(ask, limits::kDialLook, turn);
    else
        ++ask.next_friend;
    return ask.dialling;
}

}  // namespace fragcast
