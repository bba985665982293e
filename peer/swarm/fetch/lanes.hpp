// Loop thread. Pure.
//
// Whom chunks can be asked of now, and how many of each: the lanes that the picker deals to. Made
// for one plan: the neighbours must outlive it, and not change meanwhile but by what is dealt.
#pragma once

#include "peer/swarm/buses/availability.hpp"
#include "peer/swarm/fetch/picker.hpp"
#include "peer/swarm/people/neighbour.hpp"
#include "peer/swarm/turn.hpp"

#include <cstdint>
#include <vector>

namespace fragcast {

class Lanes {
public:
    static constexpr std::uint32_t kCalmRoom = 4;    // chunks: less is not worth a message
    static constexpr std::uint32_t kRescueRoom = 4;  // chunks, beyond the window of who gives

    // One that is up, and not barred. While it pauses it has no room: wakes when it has.
    void add(const Neighbour& n, Turn& turn);
    // What others keep from us is to be had of who gives, as soon as that may be: it has some room
    // beyond its window.
    void widen(Time now);

    bool empty() const { return ready_.empty(); }
    // Somebody takes more: of what is urgent any, else as much as is worth a message.
    bool any_room(bool urgent) const;
    // Those who claim some of `free`, chunks of this fragment, gave nothing wrong of it and did not
    // name others for it; who is passed over only for what nobody else has. Wakes when either ends.
    std::vector<Lane> of(const FragmentRef& fragment, const Availability::Claims& who,
                         const RangeSet& free, bool urgent, Turn& turn) const;
    // It was asked for these.
    void dealt(const Pick& pick);

private:
    struct Ready {
        const Neighbour* n = nullptr;
        std::uint32_t room = 0;  // chunks
        bool calm = false;       // enough of it for what is not urgent
        Duration queue_time{};
        Duration chunk_time{};
    };
    std::vector<Ready> ready_;
};

}  // namespace fragcast
