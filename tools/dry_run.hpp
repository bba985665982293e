// Any thread: pure. Who would send what, if an asset were fetched now.
#pragma once

#include "messages/wire/holding.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace fragcast::tools {

struct Sender {
    std::string peer;  // id
    std::string name;
    RangeSet has;
    RangeSet sends;
};

// Deals fragments [0, count) to those who have them: the rarest first, each to who has been dealt
// the least, as the picker does with holders of one speed. Of a fragment that nobody has nothing is
// dealt.
void deal_fragments(std::vector<Sender>& holders, std::uint32_t count);

}  // namespace fragcast::tools
