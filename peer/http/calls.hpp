// Any thread: value types. What HTTP asks of the loop for who watches.
#pragma once

#include "messages/wire/ids.hpp"
#include "messages/wire/manifest.hpp"
#include "messages/wire/payload.hpp"
#include "messages/zmq/calls.hpp"
#include "peer/store/reader_pipe.hpp"
#include "peer/swarm/actions.hpp"

#include <memory>

namespace fragcast {

struct ManifestQuestion {
    using Answer = std::shared_ptr<const Manifest>;
    AssetId asset;
};
struct ChunkQuestion {
    using Answer = Payload;
    ViewerId viewer;
    ReaderId reader;  // open: the chunk comes from the store
    ChunkRef chunk;
};

}  // namespace fragcast
