#include "tools/get_watch.hpp"

namespace fragcast::tools {

bool GetWatch::look(Time now) {
    const bool all = all_here_();
    if (!all && view_ && now - looked_ < kLookEvery) return false;
    looked_ = now;
    view_ = make_view_();
    if (!view_ || !view_->manifest_here) return false;
    ended_ = all;
    return true;
}

}  // namespace fragcast::tools
