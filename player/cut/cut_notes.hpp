// Any thread: pure. What a cut tells people (CutReport::notes).
#pragma once

#include "messages/wire/manifest.hpp"
#include "player/cut/cut_plan.hpp"

#include <string>
#include <vector>

namespace fragcast {

// What was kept and left out, why fragments are fewer, more or of unequal length, and that a
// browser may not play it (`rare`).
std::vector<std::string> video_notes(const Manifest& manifest, const FragmentWish& wish, bool rare);

}  // namespace fragcast
