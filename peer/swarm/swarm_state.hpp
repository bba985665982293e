// Loop thread. Pure. What a Swarm consists of; only swarm_*.cpp include this.
//
// The classes beside it each know one thing; here they meet. Every entry point of the swarm ends in
// settle(), which draws the conclusions: whom to dial, what to send, what to ask.
#pragma once

#include "peer/swarm/buses/asks.hpp"
#include "peer/swarm/buses/availability.hpp"
#include "peer/swarm/buses/bus_session.hpp"
#include "peer/swarm/buses/hearing.hpp"
#include "peer/swarm/chance.hpp"
#include "peer/swarm/copies/copies.hpp"
#include "peer/swarm/copies/eviction.hpp"
#include "peer/swarm/copies/farewell.hpp"
#include "peer/swarm/copies/keeper.hpp"
#include "peer/swarm/copies/offers.hpp"
#include "peer/swarm/copies/room.hpp"
#include "peer/swarm/fetch/assembly.hpp"
#include "peer/swarm/fetch/manifests.hpp"
#include "peer/swarm/fetch/order.hpp"
#include "peer/swarm/fetch/picker.hpp"
#include "peer/swarm/fetch/proofs.hpp"
#include "peer/swarm/fetch/requests.hpp"
#include "peer/swarm/fetch/timeline.hpp"
#include "peer/swarm/heard.hpp"
#include "peer/swarm/people/bars.hpp"
#include "peer/swarm/people/clocks.hpp"
#include "peer/swarm/people/neighbours.hpp"
#include "peer/swarm/serve/answers.hpp"
#include "peer/swarm/shown.hpp"
#include "peer/swarm/swarm.hpp"
#include "peer/swarm/swarm_parts.hpp"
#include "peer/swarm/turn.hpp"
#include "peer/swarm/viewers.hpp"
#include "peer/swarm/wants.hpp"

#include <deque>

namespace fragcast {

struct Swarm::State {
    State(SwarmOptions given, std::uint64_t seed_given);

    // --- swarm.cpp
    void take(Fact& fact, Turn& turn);
    void start(std::vector<StoredAsset> stored, Turn& turn);
    void leave(Turn& turn);
    void on_tick(Turn& turn);
    void on_identity(PeerRecord record, Bytes key, Turn& turn);
    void settle(Turn& turn);
    std::string name_of_peer(const PeerId& peer) const;
    // By anyone that is no guest, `but` this one.
    bool held_elsewhere(const AssetId& asset, const PeerId& but) const;
    std::string name_of_asset(const AssetId& asset) const;

    // --- swarm_links.cpp: neighbours come, speak and go
    void on_link_up(LinkId link, bool dialled, Turn& turn);
    void on_dial_failed(LinkId link, const Error& why, Turn& turn);
    void on_link_down(LinkId link, Turn& turn);
    void on_garbage(LinkId from, bool malformed, Turn& turn);
    void on_hello(Neighbour& n, const Hello& hello, const Header& header, Turn& turn);
    void say_hello(Neighbour& n, bool reply, Turn& turn);
    void greet(Neighbour& n, const StateDigest& root, Sequence sequence, Turn& turn);
    void hang_up(LinkId link, bool bye, Turn& turn);
    void drop_link(LinkId link, Turn& turn);
    void void_requests(LinkId link, Time now);
    void blame(LinkId link, std::int32_t points, const char* why, Turn& turn);
    void tick_links(Turn& turn);
    Neighbour* neighbour(LinkId link);
    const Neighbour* neighbour(LinkId link) const;
    Neighbour* link_of(const PeerId& peer);  // the one to ask on; nullptr: none up
    bool barred(const Neighbour& n, Time now) const;
    void connect(Turn& turn);                              // dial whom we need
    LinkId dial(const std::string& endpoint, Turn& turn);  // 0: may not
    // By a bus; none: another peer says it.
    void learn(const PeerRecord& record, std::optional<BusId> bus, Turn& turn);
    void learn(const Neighbour& n, Time now);  // by hello
    void take(KnownPeer& known, const PeerRecord& record, Word word, LinkId link);
    bool may_take(const KnownPeer& known, const PeerRecord& record, Word word, LinkId link,
                  Time now) const;
    bool answers_where_it_says(LinkId link, const PeerRecord& record) const;
    void unlink(const PeerId& peer, LinkId link, Turn& turn);
    // Of a life that no bus has heard of, though one is asked.
    bool unheard_of(const PeerId& peer, Epoch epoch, Turn& turn);
    bool too_far_ahead(Epoch epoch, Turn& turn);  // and counted
    void show_interest(const AssetId& asset, Turn& turn);
    void show_interest(Neighbour& n, const AssetId& asset, Turn& turn);
    void ask_all(const PeerId& peer, Turn& turn);
    void told_all(const PeerId& peer, bool news, Turn& turn);
    void forget_peer(const PeerId& peer, Turn& turn);

    // --- swarm_messages.cpp: one function for each kind
    void on_message(LinkId from, const Message& message, std::size_t bytes, Turn& turn);
    void hear(Neighbour& n, const Have& have, const Header& header, Turn& turn);
    void answered_all(Neighbour& n, const Have& have, const Header& header, Turn& turn);
    void hear(Neighbour& n, const AskHave& ask, Turn& turn);
    void hear(Neighbour& n, const Offer& offer, Turn& turn);
    void hear(Neighbour& n, const OfferAnswer& answer, Turn& turn);
    void hear(Neighbour& n, const Receipt& receipt, Turn& turn);
    void hear(Neighbour& n, const Bad& bad, Turn& turn);
    void hear(Neighbour& n, const Refused& refused, Turn& turn);
    void tell_more(Neighbour& n, Turn& turn);  // of an answer to ask_have of all
    Have have_of(const AssetId& asset) const;
    void push_partials(Turn& turn);
    void push_have(const AssetId& asset, const Have& have, Turn& turn);

    // --- swarm_serve.cpp: what others ask of us
    void serve(Neighbour& n, const Request& request, Turn& turn);
    void serve(Neighbour& n, const AskProof& ask, Turn& turn);
    void serve(Neighbour& n, const AskManifest& ask, Turn& turn);
    void serve(Neighbour& n, const Locate& ask, Turn& turn);
    void serve(Neighbour& n, const ListPeers& ask, Turn& turn);
    void serve(Neighbour& n, const ListAssets& ask, Turn& turn);
    void on_sent(const facts::Sent& sent, Turn& turn);
    RangeSet proven(const FragmentRef& fragment) const;

    // --- swarm_fetch.cpp: what we ask of others
    void plan(Turn& turn);
    void make_order(Time now);
    bool ask_proof(AssetState& asset, FragmentIndex fragment, Turn& turn);
    void ask(const Work& work, const Pick& pick, bool again, Turn& turn);
    void rescue(Turn& turn);
    void time_out(Turn& turn);
    bool steal(const Asked& asked, Turn& turn);
    void take_over(const Asked& asked, const RangeSet& chunks, Turn& turn);
    bool ask_twice(const Asked& asked, Turn& turn);
    void cancel(RequestId request, Turn& turn);
    void relieve(const Asked& asked, const RangeSet& chunks, Time now);
    void got(Neighbour& n, const Data& data, std::size_t bytes, Turn& turn);
    void got(Neighbour& n, const ProofPart& part, std::size_t bytes, Turn& turn);
    void got(Neighbour& n, const Absent& absent, Turn& turn);
    void got(Neighbour& n, const Busy& busy, Turn& turn);
    Assembly* assembly(const FragmentRef& fragment);
    const Assembly* assembly(const FragmentRef& fragment) const;
    Assembly& begin(AssetState& asset, FragmentIndex fragment);
    std::uint32_t length(const ChunkRef& chunk) const;
    struct LanePlan {
        Neighbour* n;
        std::uint32_t room;  // chunks
        bool calm;           // enough of it for what is not urgent
        Duration queue_time;
        Duration chunk_time;
    };
    std::vector<LanePlan> ready_lanes(Turn& turn);
    std::vector<Lane> lanes_for(const std::vector<LanePlan>& ready, const AssetState& asset,
                                FragmentIndex fragment, const RangeSet& free, bool urgent,
                                Turn& turn);

    // --- swarm_store.cpp: what the store says
    void on_chunk_stored(const ChunkRef& chunk, LinkId from, StoreVerdict verdict, Turn& turn);
    void on_proof_stored(const FragmentRef& fragment, LinkId from, StoreVerdict verdict,
                         const RangeSet& proven_now, Turn& turn);
    void on_manifest_stored(const AssetId& asset, LinkId from, StoreVerdict verdict,
                            std::shared_ptr<const Manifest> manifest, Turn& turn);
    void on_fragment_done(const FragmentRef& fragment, Turn& turn);
    void on_fragment_lost(const FragmentRef& fragment, Turn& turn);
    void on_fragment_damaged(const facts::FragmentDamaged& found, Turn& turn);
    void on_fragment_failed(const FragmentRef& fragment, const std::string& why, Turn& turn);
    void on_asset_added(StoredAsset stored, Turn& turn);
    void forget_unfinished(AssetState& asset, FragmentIndex fragment, Turn& turn);
    void not_here(const AssetId& id, const RangeSet& fragments, Turn& turn);
    void on_room(bool room, Turn& turn);
    void wrong(const FragmentRef& fragment, ChunkIndex chunk, LinkId from, Turn& turn);
    void bar_liar(LinkId link, Turn& turn);
    void forgive(Neighbour& n, const Have& have);
    void thank(AssetState& asset, FragmentIndex fragment, Turn& turn);
    void set_manifest(AssetState& asset, std::shared_ptr<const Manifest> manifest);
    void announce(AssetState& asset, const RangeSet& fragments, Turn& turn);

    // --- swarm_wants.cpp: what is wanted, and why
    AssetState& asset(const AssetId& id);
    AssetState* find_asset(const AssetId& id);
    const AssetState* find_asset(const AssetId& id) const;
    // `holder` has it; zero: nobody is known to. True: it is new.
    bool learn(const AssetRecord& record, const PeerId& holder, Time now);
    void review(const AssetId& id, Turn& turn);  // a want came or went
    bool wants(const AssetState& asset) const;
    RangeSet wanted_fragments(const AssetState& asset) const;  // not here
    void on_playhead(ViewerId viewer, const AssetId& id, FragmentIndex fragment,
                     std::uint64_t offset, Turn& turn);
    void on_viewer_gone(ViewerId viewer, Turn& turn);
    void on_read(ReadId read, ViewerId viewer, const ChunkRef& chunk, Time deadline, Turn& turn);
    void on_need_manifest(ReadId read, const AssetId& id, Time deadline, Turn& turn);
    void on_read_cancelled(ReadId read, Turn& turn);
    void fail_reads(const std::vector<ReadId>& reads, const Error& why, Turn& turn);
    void deliver(const ChunkRef& chunk, Turn& turn);
    void deliver_ready(const AssetState& asset, Turn& turn);
    void tick_viewers(Turn& turn);
    void fail_hopeless(const AssetState& asset, Turn& turn);
    void stop_fetching(AssetState& asset, Turn& turn);
    void drop_wants(AssetState& asset, Turn& turn);  // everybody's
    void want(ReadId who, const AssetId& id, const RangeSet& fragments, Turn& turn);
    void unwant(ReadId who, const AssetId& id, Turn& turn);
    void has_come(const AssetState& asset);

    // --- swarm_heard.cpp: what is known of assets because others named them
    // It is named. nullptr: it is not known, and nothing known may be forgotten for it.
    AssetState* hear_of(const AssetId& id, const PeerId& holder, Time now);
    bool make_room(Time now);  // for one more asset
    bool is_ours(const AssetState& asset) const;
    void heard_only(const AssetId& id, Time now);  // nobody here has to do with it any more
    void forget_asset(const AssetId& id);
    void tick_heard(Turn& turn);

    // --- swarm_find.cpp: manifests and holders
    void seek(Turn& turn);
    void seek_manifest(const AssetId& id, Turn& turn);
    std::vector<Manifests::Holder> manifest_holders(const AssetId& id, Time now);
    void got(const Manifests::From& from, const ManifestPart& part, std::size_t bytes, Turn& turn);
    void seek_holders(AssetState& asset, Turn& turn);
    bool lacks_holders(const AssetState& asset, Time now) const;
    void keep_friends(Turn& turn);
    void look_around(Turn& turn);
    void ask_around(LinkId link, Turn& turn);
    bool no_bus_answers() const;
    bool is_friend(const std::string& endpoint) const;

    // --- swarm_ask.cpp: what answers to our questions say
    struct AskAround final : Asks::Around {
        explicit AskAround(State& state) : s(state) {}
        std::vector<Bus> buses() const override;
        const std::vector<std::string>& friends() const override { return s.options_.friends; }
        Way way_to(const std::string& endpoint) const override;
        bool dial(const std::string& endpoint, Turn& turn) override;
        bool up(LinkId link) const override;
        std::vector<LinkId> others() const override;
        State& s;
    };
    void answered(RequestId id, const Body& body, const Asks::Source& from, Turn& turn);
    void take(const Located& located, const Asks::Source& from, Turn& turn);
    bool take(const Dumped& dumped, Time now);  // true: something in it was not known
    void conclude(Asks::End end, Turn& turn);
    void conclude(const Asks::Holders& found, Turn& turn);
    void conclude(const Asks::Everybody& all, Turn& turn);
    void conclude(const Asks::AllOf& told, Turn& turn);
    void tick_asks(Turn& turn);

    // --- swarm_bus.cpp: what buses and announcements say
    void on_bus_message(BusId bus, const Message& message, std::size_t bytes, Turn& turn);
    void on_bus_failed(BusId bus, const Error& why, Turn& turn);
    void on_announcement(BusId bus, const Message& message, Turn& turn);
    void after(BusSession& session, BusSession::Event event, Turn& turn);
    void changed(const AssetId& asset, Turn& turn);  // our book
    void heed(Availability::News news, const PeerId& peer, Turn& turn);
    void left_bus(const PeerId& peer, BusId bus, Turn& turn);
    void recount(Turn& turn);
    void hear_published(const AssetPublished& m, const Header& header, Turn& turn);
    bool any_bus_joined() const;
    void tick_buses(Turn& turn);

    // --- swarm_copies.cpp: what is kept for the swarm's sake
    bool holds_copies() const;                          // we do
    CopyFacts copy_facts(const KnownPeer& peer) const;  // barred: not looked at
    const std::vector<CopyMember>& members();
    std::uint32_t replicas(const AssetState& asset) const;
    std::uint32_t fragment_count(const AssetState& asset) const;
    CopyPicture picture(const AssetState& asset, Time now);
    Keeper::Sight sight() const;
    void tick_copies(Turn& turn);
    void review_copies(AssetState& asset, std::size_t& budget, Turn& turn);
    Keeper::Holds holds_of(const PeerId& peer) const;
    // A life of it begins of which nothing is known yet.
    void begins_anew(const PeerId& peer, Epoch epoch, Turn& turn);

    // --- swarm_room.cpp: the limit of the store
    void came(AssetState& asset, FragmentIndex fragment, bool fetched, Turn& turn);
    void restock(AssetState& asset);
    bool fits(const AssetState& asset, FragmentIndex fragment);
    bool could_hold(std::uint64_t bytes, Time now);
    std::vector<FragmentRef> evictable(bool copied, Time now);
    void tick_room(Turn& turn);
    void room_came();
    std::uint64_t drop_unfinished(std::uint64_t lacking, Turn& turn);  // what lacks still
    void begin_eviction(Turn& turn);
    void ask_witnesses(Turn& turn);
    void hear_witness(const Neighbour& n, const Have& have, Turn& turn);
    void end_eviction(Turn& turn);
    void keep_after_all(const Eviction::Outcome& outcome, Turn& turn);
    void spare(const AssetId& asset, Turn& turn);  // somebody here wants it again
    Neighbour* witness_link(const PeerId& peer);
    bool may_witness(const PeerId& peer, Time now) const;
    void pass_on(Turn& turn);

    // --- swarm_farewell.cpp: stopping and leaving
    void on_stop(Farewell::Kind kind, Time deadline, Turn& turn);
    void tick_farewell(Turn& turn);
    Farewell::Company look_for_company(Turn& turn);
    bool must_be_linked() const;
    void look_what_is_left(Turn& turn);
    void offer_last(Turn& turn);
    bool can_take(const PeerId& peer, Time now);
    bool counts(const KnownPeer& peer) const;  // as one that others see as well

    // --- swarm_publish.cpp
    void on_publish(const AssetId& id, std::vector<Offering> offerings, Turn& turn);
    void add_offering(const AssetId& id, Offering offering, OfferReason reason, Time now);
    void offer_to(Neighbour& n, Turn& turn);
    void offer_to_all(Turn& turn);
    void tick_publishing(Turn& turn);

    // --- swarm_remove.cpp: what its user takes away
    void on_remove(const AssetId& id, Turn& turn);
    void on_fragments_taken(const AssetId& id, const RangeSet& fragments, Turn& turn);
    void on_asset_taken(const AssetId& id, Turn& turn);
    void on_asset_dropped(const AssetId& id, Turn& turn);
    void forget_copy(AssetState& asset, const Error& why, Turn& turn);
    void decline(AssetState& asset, bool declined, Turn& turn);

    // --- swarm_outlook.cpp
    bool out_of_reach(const PeerId& id, Time now) const;
    Outlook outlook(const AssetState& asset, const RangeSet& lacking, Time now) const;

    // --- swarm_view.cpp
    std::vector<AssetRecord> find(const std::string& name_or_id) const;
    std::vector<HolderRecord> holders(const AssetId& id) const;
    std::vector<PeerRecord> known_peers() const;
    std::shared_ptr<const AssetView> view(AssetState& asset, Time now);
    FragmentView view(const AssetState& asset, FragmentIndex fragment, Time now) const;
    std::string waiting(const AssetState& asset, Time now) const;
    PeerView view(const KnownPeer& peer, Time now) const;
    FarewellView farewell_view() const;
    bool is_shown(const AssetState& asset, bool by_friends) const;
    void overview(Overview& out, Time now) const;
    News news(Time now);
    std::shared_ptr<const Snapshot> snapshot(Time now);
    void touch(const AssetId& id);

    // --- swarm_check.cpp
    void check(Time now) const;

    SwarmOptions options_;
    std::uint64_t seed_;
    std::uint64_t last_request_ = 0;
    BusSelf self_;  // record, key, book
    bool started_ = false;
    bool leaving_ = false;
    Time started_at_{};
    Time wake_ = kNever;
    CountersView counters_;
    FetchTimes fetch_times_;

    // others
    Clocks clocks_;
    Neighbours neighbours_;
    std::map<PeerId, KnownPeer> peers_;
    Bars bars_;
    Availability availability_;
    bool connect_due_ = false;
    Time friends_at_{};

    // buses
    std::vector<BusSession> buses_;
    Hearing hearing_;
    bool identity_asked_ = false;
    Asks asks_;
    AskAround around_{*this};

    // assets
    std::map<AssetId, AssetState> assets_;
    Heard heard_;  // those of them that are not ours
    Shown shown_;
    std::uint64_t removals_ = 0;  // manifests that were here and are no longer
    Wants wants_;
    Offers offers_;
    Viewers viewers_;

    // fetching
    Requests requests_;
    Order order_{seed_};
    Manifests manifests_;
    Proofs proofs_;
    std::set<FragmentRef> untold_;  // have chunks that neighbours were not told of

    // keeping
    Keeper keeper_;
    Room room_;
    Eviction eviction_;
    Farewell farewell_;

    // serving
    Answers answers_;
};

}  // namespace fragcast
