// bus_core: pure. One thread: its owner's.
//
// The directory: what peers and tools say to it, and what it answers (PROTOCOL.md, section 9 and
// table 13.2). It is told the time, and returns what is to be done as actions; the bus performs
// them on sockets, the simulator on its network. Everything that it knows is soft: killed and made
// anew, it is whole again within a heartbeat, and until then says that it is settling.
#pragma once

#include "bus/event_ring.hpp"
#include "bus/forward_counts.hpp"
#include "bus/leases.hpp"
#include "bus/manifest_cache.hpp"
#include "messages/wire/codec.hpp"
#include "messages/wire/payload.hpp"
#include "messages/wire/report.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace fragcast {

struct DirectorySend {  // to one connection; if it is gone or full, dropped and counted
    Route to;
    Message message;
    Payload payload;
};
struct DirectoryPublish {  // an announcement of the bus itself, under topic_of()
    Message message;
};
// Report goes to the log.
using DirectoryAction = std::variant<DirectorySend, DirectoryPublish, Report>;
using DirectoryActions = std::vector<DirectoryAction>;

struct DirectoryOptions {
    PeerId id;    // of this bus: random
    Epoch epoch;  // of this bus: its start in Unix milliseconds
    std::uint16_t in_port = 0;
    std::uint16_t out_port = 0;
};

class DirectorySession {
public:
    DirectorySession(DirectoryOptions options, Time start);

    // --- facts -----------------------------------------------------------------------------------
    // `address`: of the other end of that connection, whatever its port; where all have one, "".
    void on_message(const Route& from, const Message& message, const Payload& payload, Time now,
                    DirectoryActions& out, const std::string& address = {});
    // What came in and could not be read.
    void on_garbage(const Route& from, const DecodeError& why, Time now, DirectoryActions& out);
    // What the forwarder forwards, for the record of activity; never a source of who has what.
    void on_announcement(const Message& announcement, Time now);
    void on_forwarded(const ForwardCounts& counts, Time now, DirectoryActions& out);
    // An action that came to nothing.
    void on_unsent() { ++counters_.unsent; }
    // Leases that run out, the bus's own announcements. Due at next_tick().
    void on_tick(Time now, DirectoryActions& out);
    Time next_tick() const;

    // --- to read ---------------------------------------------------------------------------------
    bool settling(Time now) const;
    std::uint64_t uptime_ms(Time now) const;
    const Leases& leases() const { return leases_; }
    const EventRing& events() const { return events_; }
    std::vector<CounterRecord> counters() const;  // by the names of PROTOCOL.md, 9.5
    const DirectoryOptions& options() const { return options_; }
    // As the message Locate: for HTTP.
    Located locate(const Locate& question, const PeerId& asker, Time now) const;

private:
    struct Incoming {
        const Route& from;
        const Header& header;
        const Payload& payload;
        Time now;
        DirectoryActions& out;
        const std::string& address;
    };
    struct Counters {
        std::uint64_t messages_in = 0, messages_out = 0, announcements = 0, garbage = 0, joins = 0,
                      leaves = 0, lapses = 0, duplicates = 0, unsent = 0, unrecorded = 0;
    };
    struct Conversation {
        std::optional<AssetId> digests_up_to;  // compared so far, while more of them come
        AssetId asked_up_to;                   // of manifests
        std::optional<Time> compared;          // its root with ours
        bool in_sync = false;                  // then
    };

    // directory_session.cpp: who is here and what they hold
    void handle(const Incoming& in, const Join& join);
    void handle(const Incoming& in, const Update& update);
    void handle(const Incoming& in, const Heartbeat& heartbeat);
    void handle(const Incoming& in, const Digests& digests);
    void handle(const Incoming& in, const ManifestPart& part);
    void handle(const Incoming& in, const Leave& leave);
    // directory_questions.cpp
    void handle(const Incoming& in, const Locate& question);
    void handle(const Incoming& in, const ListPeers& question);
    void handle(const Incoming& in, const ListAssets& question);
    void handle(const Incoming& in, const AskManifest& question);
    void handle(const Incoming& in, const Dump& question);
    void handle(const Incoming& in, const AskStats& question);
    void handle(const Incoming& in, const AskEvents& question);
    // What no directory is told.
    template <class Other>
    void handle(const Incoming& in, const Other&) {
        misplaced(in);
    }
    void misplaced(const Incoming& in);

    bool ahead(Epoch epoch, Time now) const;
    // Whether it may be right at all.
    Status check(const Incoming& in, const Join& join) const;
    enum class Entry { fresh, again, closed };
    Entry judge(const Incoming& in, const Join& join);
    Status find_room(const Incoming& in);  // for one more
    bool make_room(const Incoming& in);
    Status take(const PeerId& peer, const std::vector<EntryRecord>& entries);
    void welcome(const Incoming& in, RequestId request);
    bool in_sync(const Leases::Lease& lease, const StateDigest& root, Time now);
    std::vector<AssetId> wanted_manifests(const Leases::Lease& lease, Time now);
    void expire(Time now, DirectoryActions& out);
    void answer(const Incoming& in, Body body, Payload payload = {}, Sequence sequence = {});
    void refuse(const Incoming& in, RequestId request, const Error& why);
    void publish(Body body, DirectoryActions& out);
    void complain(const Route& about, const std::string& text, Time now, DirectoryActions& out);
    void record(std::string kind, const PeerId& peer, const AssetId& asset, std::string text,
                Time now);
    std::string name_of_peer(const PeerId& peer) const;
    std::string name_of_asset(const AssetId& asset) const;

    DirectoryOptions options_;
    Time start_;
    Time next_stats_;
    Leases leases_;
    ManifestCache manifests_;
    EventRing events_;
    Counters counters_;
    std::map<PeerId, Conversation> conversations_;  // of peers that are here
    std::map<Route, Time> complained_;              // bounded; see complain()
};

}  // namespace fragcast
