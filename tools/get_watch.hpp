// Main thread. Pure: time is an argument.
//
// How far a get is. A view of very many fragments is dear: it is made as often as people can read
// it, not for every chunk that comes.
#pragma once

#include "messages/wire/ids.hpp"
#include "peer/swarm/views.hpp"

#include <functional>
#include <memory>
#include <utility>

namespace fragcast::tools {

class GetWatch {
public:
    static constexpr Duration kLookEvery{100'000};

    // `all_here`: cheap, asked at every look; `make_view`: dear. Nothing: the asset is not known.
    using MakeView = std::function<std::shared_ptr<const AssetView>()>;
    GetWatch(std::function<bool()> all_here, MakeView make_view)
        : all_here_(std::move(all_here)), make_view_(std::move(make_view)) {}

    // Something may have come. True: there is a new view, and it has the manifest.
    bool look(Time now);
    // As of the last look: all of it was here, and the view says so.
    bool ended() const { return ended_; }
    // The last one; nullptr: none yet.
    const std::shared_ptr<const AssetView>& view() const { return view_; }

private:
    std::function<bool()> all_here_;
    MakeView make_view_;
    std::shared_ptr<const AssetView> view_;
    Time looked_{};
    bool ended_ = false;
};

}  // namespace fragcast::tools
