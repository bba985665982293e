// Loop thread. Pure.
//
// The questions that are under way, our users' and our own: whom each was put to, who still owes an
// answer, whom it is put to next, and how it ends (PROTOCOL.md, "Questions"). A row goes by a final
// answer, when there is nobody left to ask, at its deadline, when its asker goes, or when we stop.
// At most limits::kMaxAsks; an answer counts only from whom it was asked of, and once. Pages end
// where one does not go beyond the one before, or more was told than there may be.
#pragma once

#include "messages/wire/message.hpp"
#include "peer/swarm/turn.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

namespace fragcast {

class Asks {
public:
    // Who could be asked now, as the caller knows it. Looked at whenever a question is put.
    class Around {
    public:
        struct Bus {
            BusId bus;
            bool joined = false;   // it is asked
            bool joining = false;  // worth waiting for
        };
        struct Way {
            LinkId link{};    // 0: there is none
            bool up = false;  // else it is being dialled
        };
        virtual ~Around() = default;
        virtual std::vector<Bus> buses() const = 0;                      // in their order
        virtual const std::vector<std::string>& friends() const = 0;     // endpoints in their order
        virtual Way way_to(const std::string& endpoint) const = 0;       // a friend's
        virtual bool dial(const std::string& endpoint, Turn& turn) = 0;  // false: it may not be
        virtual bool up(LinkId link) const = 0;
        virtual std::vector<LinkId> others() const = 0;  // up; no guests, no friends; by link
    };
    // Who says it: a bus, or a neighbour.
    struct Source {
        std::optional<BusId> bus{};
        LinkId link{};  // 0: a bus says it
    };

    // --- questions; at once put to whom it may be. Beyond the limit our own are not asked.
    // A user's. He is delivered the answer, or the failure. `friends`: they and neighbours are
    // asked, no bus.
    void ask(ReadId read, Body question, bool friends, Time deadline, Around& around, Turn& turn);
    // For holders: of all buses, or of one friend after the other.
    void locate(const AssetId& asset, bool friends, Around& around, Turn& turn);
    // For what everybody has, of one bus; for what one peer has, of any.
    void dump(BusId bus, Around& around, Turn& turn);
    void dump(const PeerId& peer, Around& around, Turn& turn);
    // For lists, page after page, of one bus or one neighbour: of peers and assets, or assets only.
    void list_all(const Source& of, Around& around, Turn& turn);
    void list_assets(const Source& of, Around& around, Turn& turn);
    // For all that a bus names, to see who is not among them.
    void recount(BusId bus, Around& around, Turn& turn);

    // --- what came of our own, for the caller to draw the conclusions
    struct Holders {  // nobody who answered was settling
        AssetId asset;
        Located located;  // of the answers the one that says most
    };
    struct Everybody {  // whom a bus names, all of them
        BusId bus;
        Time since{};  // asked then
        std::set<PeerId> listed;
    };
    struct AllOf {  // everything was told, of one peer (or of all: zero), by who was not settling
        PeerId peer;
        std::map<PeerId, std::set<AssetId>> named;
        bool news = false;
    };
    using End = std::variant<std::monostate, Holders, Everybody, AllOf>;

    // --- answers, in two steps: between them the caller takes to heart what the answer says.
    enum class Belief {
        unasked,  // by who says it; nothing follows
        wrong,    // of another asset than the one that was asked about: refused, counted
        users,    // question was it
        ours
    };
    Belief hear(RequestId id, const Body& answer, const Source& from);
    // Of what hear() believed. `news`: something in it was not known.
    End go_on(RequestId id, const Body& answer, const Source& from, bool news, Around& around,
              Turn& turn);

    // --- time: who is late, and says by turn.wake_by() when it is due again; then one by one
    std::vector<RequestId> late(Turn& turn) const;
    End on_late(RequestId id, Around& around, Turn& turn);

    // --- ends
    void withdraw(ReadId read);  // the user's question, if there is one; he is told nothing
    void stop(Turn& turn);       // for good: users are told

    bool locating(const AssetId& asset) const;
    bool dumping(const PeerId& peer) const;  // zero: everybody
    std::size_t size() const { return asks_.size(); }
    std::uint64_t count_refused() const { return refused_; }  // answers that were wrong
    // What does not hold of the rows, as it always must; nullptr: all of it does.
    const char* broken() const;

private:
    enum class Why { user, locate, dump, peers, assets };
    struct Ask {
        Why why = Why::user;
        ReadId read;
        Body body;
        bool friends = false;
        Time deadline{};        // then the best answer so far, or a failure
        Time patience{};        // of the ones asked now
        std::set<BusId> buses;  // asked, not answered
        LinkId link{};          // asked, not answered; 0: none
        std::optional<BusId> only_bus;
        LinkId only_link{};  // 0: any
        std::set<BusId> tried;
        std::size_t next_friend = 0;
        bool dialling = false;  // that friend
        Time friend_until{};    // and then the next
        std::uint32_t tries = 0;
        bool settling = false;                      // somebody was: unknown counts for nothing
        std::optional<Body> best;                   // unknown, said by somebody
        AssetId asset;                              // locate
        PeerId peer;                                // dump: of one
        std::map<PeerId, std::set<AssetId>> named;  // dump: so far
        bool news = false;                          // dump: something in it was not known
        std::size_t told = 0;                       // entries of its pages so far
        std::optional<Time> recount;                // peers: since when
        std::set<PeerId> listed;                    // peers of a recount: so far
    };
    static Ask ours(Why why, Body body, Time now);
    static void aim(Ask& ask, const Source& of);
    void begin(Ask ask, Around& around, Turn& turn);
    End put(RequestId id, Ask& ask, Around& around, Turn& turn);
    bool put_to_friend(Ask& ask, Around& around, Turn& turn);
    bool come_to_friend(Ask& ask, const std::string& endpoint, Around& around, Turn& turn);
    static void send(Ask& ask, LinkId link, Turn& turn);
    static void wait(Ask& ask, Duration patience, Turn& turn);
    End located(RequestId id, Ask& ask, const Body& answer, Around& around, Turn& turn);
    static std::optional<Body> next_page(Ask& ask, const Body& answer, bool news);
    static std::optional<Body> page_after(Ask& ask, const Body& answer, bool news);
    void turn_page(RequestId id, Ask& ask, Body body, const Source& of, Around& around, Turn& turn);
    End end(RequestId id, std::optional<Body> answer, Turn& turn);
    void deliver(const Ask& ask, std::optional<Body> answer, Turn& turn) const;

    std::map<RequestId, Ask> asks_;
    std::uint64_t refused_ = 0;
    bool stopped_ = false;
};

}  // namespace fragcast
