// Loop thread. Pure. Somebody else has our id, as a bus says: we draw another, once, whatever else
// buses say before it is drawn.
#pragma once

#include <utility>

namespace fragcast {

class Namesake {
public:
    // True: another id is to be drawn.
    bool met() { return !std::exchange(drawing_, true); }
    void renamed() { drawing_ = false; }

private:
    bool drawing_ = false;
};

}  // namespace fragcast
