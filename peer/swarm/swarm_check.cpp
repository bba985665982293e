// What must always hold, checked in every build: the simulator and the tests call it.
#include "peer/swarm/swarm_state.hpp"

#include <stdexcept>

namespace fragcast {

namespace {

void require(bool holds, const char* what) {
    if (!holds) throw std::logic_error(std::string("swarm: ") + what);
}

}  // namespace

void Swarm::State::check(Time now) const {
    // What is asked: of links that are up, never twice of one, never of three, never what is here.
    std::map<LinkId, std::uint64_t> outstanding;
    std::uint64_t asked_chunks = 0;
    for (const auto& [request, asked] : requests_.open().all()) {
        const Neighbour* n = neighbour(asked.link);
        require(n != nullptr && n->up(), "something is asked on a link that is not up");
        require(!asked.open.empty(), "a request waits for nothing");
        require(asked.sent <= now && asked.expected >= asked.sent, "a request has no time");
        const Assembly* unfinished = assembly(asked.fragment);
        require(unfinished != nullptr, "chunks are asked of a fragment that is not unfinished");
        require(asked.open.end() <= unfinished->chunks(), "chunks beyond the end are asked");
        for (const Span& span : asked.open.spans())
            for (std::uint32_t i = span.begin; i < span.end; ++i) {
                const ChunkRef chunk{asked.fragment.asset, asked.fragment.index, {i}};
                outstanding[asked.link] += length(chunk);
                ++asked_chunks;
                require(requests_.open().count(chunk) <= 2, "a chunk is asked of three");
            }
        for (const RequestId other : requests_.open().of_fragment(asked.fragment)) {
            if (other == request) continue;
            const Asked& second = *requests_.open().find(other);
            require(second.link != asked.link || second.open.common(asked.open).empty(),
                    "a chunk is asked twice of one neighbour");
        }
    }
    require(asked_chunks == requests_.open().chunks(), "the count of open chunks is wrong");
    std::uint64_t total = 0;
    for (const Neighbour& n : neighbours_.each()) {
        require(n.outstanding() == outstanding[n.link()], "a link's outstanding bytes are wrong");
        require(n.outstanding() <= limits::kMaxInFlightBytes, "too much is asked of one neighbour");
        total += n.outstanding();
    }
    require(total <= limits::kMaxInFlightTotalBytes, "too much is asked in all");
    // What is unfinished is not whole; what is wanted has a reason.
    for (const auto& [id, asset] : assets_) {
        for (const auto& [index, unfinished] : asset.unfinished) {
            require(!self_.book.fragments(id).contains(index.value),
                    "a fragment is whole and unfinished");
            require(unfinished.proven().common(unfinished.in_store()).empty(),
                    "a proven chunk lies with the store");
            require(unfinished.proven().end() <= unfinished.chunks(), "chunks beyond the end");
            require(proofs_.find({id, index}) == nullptr ||
                        unfinished.proof() == Assembly::Proof::missing,
                    "a proof is asked for that is here");
        }
        require(wants_.contains(id) == (!leaving_ && wants(asset)), "wants are not up to date");
    }
    for (const AssetId& id : manifests_.asked())
        require(wants_.contains(id), "a manifest is asked for that is not wanted");
    std::uint64_t stock = 0;
    std::uint64_t at_risk = 0;
    for (const auto& [id, asset] : assets_) {
        stock += room_.stock(id);
        at_risk += keeper_.at_risk(id).count();
    }
    require(stock == room_.stock() && at_risk == keeper_.count_at_risk(),
            "the sums over assets are wrong");
    require(proofs_.size() <= limits::kMaxProofsAsked, "too many proofs are asked for");
    // Whom we know.
    for (const auto& [id, peer] : peers_)
        for (const LinkId link : peer.links) {
            const Neighbour* n = neighbour(link);
            require(n != nullptr && n->up() && n->peer().id == id, "a peer's link is not its own");
        }
    // What was shown looks as it did, or was touched since.
    if (const bool by_friends = no_bus_answers();
        started_ && !leaving_ && by_friends == shown_.by_friends())
        for (const auto& [id, asset] : assets_)
            require(shown_.touched(id) || shown_.contains(id) == is_shown(asset, by_friends),
                    "an asset came into view or left it, and was not touched");
    // Readers wait for what is not here.
    for (const auto& [id, asset] : assets_)
        for (const ChunkRef& chunk : viewers_.awaited(id))
            require(!proven(chunk.of()).contains(chunk.chunk.value),
                    "a reader waits for what is here");
    for (const char* broken :
         {neighbours_.broken(), wants_.broken(), viewers_.broken(), asks_.broken(),
          answers_.broken(), manifests_.broken(), requests_.broken()})
        require(broken == nullptr, broken);
}

}  // namespace fragcast
