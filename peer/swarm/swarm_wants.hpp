// Loop thread. Pure. What is wanted, and why: by viewers, by users, because it was offered.
#pragma once

#include "peer/swarm/core.hpp"

namespace fragcast {

// `holder` has it; zero: nobody is known to. True: it is new.
bool learn(Core& core, const AssetRecord& record, const PeerId& holder, Time now);
void set_manifest(Core& core, const KnownAsset& asset, std::shared_ptr<const Manifest> manifest);
// not here
RangeSet wanted_fragments(const Core& core, const KnownAsset& asset);
bool wants(const Core& core, const KnownAsset& asset);
// What follows from wants that came or went: everybody tells it to core.wants.changed() only.
void follow_wants(Core& core, Turn& turn);
// everybody's
void drop_wants(Core& core, const KnownAsset& asset);
void want(Core& core, ReadId who, const AssetId& id, const RangeSet& fragments, Turn& turn);
void unwant(Core& core, ReadId who, const AssetId& id);
void has_come(Core& core, const KnownAsset& asset);
void on_playhead(Core& core, const facts::PlayheadMoved& at, Turn& turn);
void on_viewer_gone(Core& core, ViewerId viewer, Turn& turn);
void on_viewer_entered(Core& core, Turn& turn);
void on_read(Core& core, const facts::ReadAsked& asked, Turn& turn);
void on_need_manifest(Core& core, const facts::ManifestAsked& asked, Turn& turn);
void on_read_cancelled(Core& core, ReadId read);
void fail_reads(Core& core, const std::vector<ReadId>& reads, const Error& why, Turn& turn);
void deliver(Core& core, const ChunkRef& chunk, Turn& turn);
void deliver_ready(Core& core, const KnownAsset& asset, Turn& turn);
void tick_viewers(Core& core, Turn& turn);
void fail_hopeless(Core& core, const KnownAsset& asset, Turn& turn);

}  // namespace fragcast
