// Any thread. Every bound of the system, in one place, with its unit in the name. Reaching one is
// a tested path with a clear answer (busy, refused, dropped and counted), never growth. PROTOCOL.md
// names those that others can see.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace fragcast::limits {

using namespace std::chrono_literals;

// --- what is published ---------------------------------------------------------------------------
inline constexpr std::uint32_t kChunkBytes = 256 * 1024;
inline constexpr std::uint64_t kMaxFragmentBytes = 1ULL << 30;
inline constexpr std::uint64_t kGoodFragmentBytes = 64ULL << 20;  // the cutter's default ceiling
inline constexpr std::uint64_t kMaxAssetBytes = 1ULL << 44;       // kMaxFragments of the largest
inline constexpr std::uint32_t kDefaultFragments = 10;
inline constexpr std::uint32_t kMaxFragments = 16384;
inline constexpr std::uint32_t kMaxKeyRangesPerAsset = 65536;
inline constexpr std::uint32_t kMaxChunksPerFragment = kMaxFragmentBytes / kChunkBytes;
inline constexpr std::size_t kMaxManifestBytes = 4 << 20;
inline constexpr std::uint32_t kManifestPartBytes = 256 * 1024;
inline constexpr std::size_t kMaxInitBytes = 256 << 10;
inline constexpr std::size_t kMaxNameBytes = 255;
inline constexpr std::size_t kMinIdDigits = 4;            // hex, of an id's beginning, to find by
inline constexpr std::size_t kMinIdDigitsToTakeAway = 8;  // and to remove by
inline constexpr std::size_t kMaxCandidatesSaid = 8;      // of those that a word fits, in one line
inline constexpr std::size_t kMaxTextBytes = 1024;        // any other text in a message
inline constexpr std::size_t kMaxTracks = 64;             // kept, and dropped
inline constexpr std::uint64_t kMaxDurationUs = 366ULL * 24 * 3600 * 1'000'000;  // of an asset
inline constexpr std::size_t kKeyBytes = 32;            // a public CURVE key
inline constexpr std::size_t kMaxSignatureBytes = 128;  // and of the publisher's key
inline constexpr std::uint32_t kMaxReplicas = 1000;
inline constexpr std::uint32_t kDefaultReplicas = 2;

// --- messages ------------------------------------------------------------------------------------
inline constexpr std::size_t kMaxBodyBytes = 1 << 20;    // header and body, one frame
inline constexpr std::size_t kMaxPageBytes = 768 << 10;  // records of one message; then `more`
inline constexpr std::size_t kMaxFrameBytes = 1 << 20;   // MAXMSGSIZE of every socket
inline constexpr std::size_t kMaxFrames = 4;             // in one message, routing id aside
inline constexpr std::size_t kMaxTopicBytes = 128;
inline constexpr std::uint32_t kMaxBodyDepth = 8;          // arrays within arrays
inline constexpr std::uint32_t kMaxEntries = 512;          // assets or peers in one message
inline constexpr std::uint32_t kMaxDigests = 16384;        // asset digests in one message
inline constexpr std::uint32_t kMaxPartials = 1024;        // unfinished fragments in one have
inline constexpr std::uint32_t kMaxReferrals = 8;          // neighbours named by busy
inline constexpr std::uint32_t kMaxChunksPerRequest = 64;  // 16 MiB asked at a time

// --- sockets -------------------------------------------------------------------------------------
inline constexpr int kSendQueueMessages = 1000;
// Received of one connection and not yet looked at; then it is cut. More than an honest neighbour
// can have on its way (kMaxInFlightBytes).
inline constexpr std::size_t kMaxWaitingBytes = 40 << 20;
inline constexpr std::size_t kMaxWaitingMessages = 10000;
inline constexpr std::size_t kMaxWaitingTotalBytes = 64 << 20;  // of all; then the greediest is
// What libzmq took in of one connection and its reader did not take from it: until its first
// message was whole; then; and of all, beyond which the greediest is cut.
inline constexpr std::size_t kMaxUnpulledFirstBytes = 64 << 10;
inline constexpr std::size_t kMaxUnpulledBytes = 40 << 20;
inline constexpr std::size_t kMaxUnpulledTotalBytes = 64 << 20;
// The same of all where messages are small, in bytes of memory. It holds while the process has
// grown by kGrownBytes; for what it grew beyond, so much less may be there.
inline constexpr std::uint64_t kMaxUnpulledMemory = 32 << 20;
inline constexpr std::uint64_t kUnpulledMemoryOfEach = 256 << 10;  // whatever it has grown by
inline constexpr std::uint64_t kGrownBytes = 16 << 20;
inline constexpr auto kGuardEvery = 50ms;
inline constexpr auto kGuardHurried = 5ms;                // while much is there
inline constexpr std::int64_t kHeartbeatBytes = 16;       // a second, of a connection: not counted
inline constexpr std::size_t kWaitingMessageBytes = 256;  // that a message costs besides its own
inline constexpr int kPullMessages = 4096;                // taken from libzmq in one turn
inline constexpr auto kReadTime = 10ms;                   // of one socket in one turn
inline constexpr auto kFloodedReadTime = 1ms;             // while more comes than one turn takes
inline constexpr int kPipeMessages = 1000;                // each direction between loop and actor
inline constexpr auto kZmtpHeartbeat = 2000ms;
inline constexpr auto kZmtpHeartbeatTimeout = 6000ms;
inline constexpr auto kHandshake = 5000ms;
inline constexpr auto kReconnectMin = 200ms;
inline constexpr auto kReconnectMax = 5000ms;
inline constexpr auto kPingAfterSilence = 3s;
inline constexpr auto kDeadAfterSilence = 10s;
inline constexpr auto kIdleLink = 60s;
inline constexpr std::uint32_t kMaxDialled = 64;       // neighbours that a peer dials
inline constexpr std::uint32_t kMaxNeighbours = 1024;  // that dialled in; then somebody gives way
inline constexpr auto kHelloWait = 10s;                // for a link's hello, whatever else it says
inline constexpr std::size_t kLinkOverflow = 1024;     // small messages waiting for a full link
inline constexpr std::size_t kLinkOverflowBytes = 512 << 10;  // of those; then it is cut
// Of those that wait for all links; then who has most of it is cut.
inline constexpr std::size_t kLinkOverflowTotalBytes = 16 << 20;
inline constexpr std::uint64_t kMaxUnsentBytes = 8 << 20;  // payload in libzmq's hands, per link …
// … and of all; of what is left of it, a link has no more than is left to others.
inline constexpr std::uint64_t kMaxUnsentPayloadBytes = 56 << 20;
// Who took less of what lies for it in this time is cut while others find no room …
inline constexpr auto kUntakenWanted = 4s;
inline constexpr auto kUntakenLongest = 60s;  // … and in this time whether they do or not
inline constexpr std::uint64_t kTakenAtLeast = 16 << 10;
inline constexpr auto kLookAtUntaken = 500ms;
// The same of answers and other messages without payload, of one connection; and of all, beyond
// which only those get something who have read all they got.
inline constexpr std::uint64_t kMaxUnsentSmallBytes = 1 << 20;
inline constexpr std::uint64_t kMaxUnsentTotalBytes = 48 << 20;
inline constexpr std::size_t kCountedFrameBytes = 256;  // shorter frames are not counted
inline constexpr auto kSendRetry = 5ms;                 // to a full link
inline constexpr auto kResolve = 5s;
inline constexpr std::size_t kMaxLookups = 64;  // names being resolved
inline constexpr auto kLogInterval = 10s;       // one line for each sender and kind of trouble

// --- directory -----------------------------------------------------------------------------------
inline constexpr auto kHeartbeat = 5s;
inline constexpr auto kLease = 15s;
inline constexpr auto kSettling = 6s;
inline constexpr auto kDirectoryAnswer = 2s;  // no reply after this: ask again
inline constexpr auto kRetryMin = 500ms;      // joining a bus that does not answer, doubling
inline constexpr auto kRetryMax = 4500ms;     // so that who comes back has all in a heartbeat
inline constexpr std::size_t kEventRing = 10000;
inline constexpr std::size_t kMaxEventsPerPage = 1000;
inline constexpr std::uint32_t kMaxBusPeers = 10000;
inline constexpr std::uint32_t kMaxAssetsPerPeer = 100000;
// Of memory, by what peers said of themselves and of what they hold: of one; of all, then who has
// most gives way.
inline constexpr std::uint64_t kMaxKeptBytesOfOne = 64ULL << 20;
inline constexpr std::uint64_t kMaxKeptBytes = 144ULL << 20;
inline constexpr auto kFullAgain = 30s;    // until a bus that had no room for more is told again
inline constexpr auto kCompareEvery = 1s;  // the root of a peer's heartbeat with what a bus keeps
inline constexpr std::size_t kMaxManifestCacheBytes = 64 << 20;
// As kMaxWaiting…, at each socket of a bus: a member tells it less than neighbours tell each other.
inline constexpr std::size_t kMaxToldBytes = 32 << 20;
inline constexpr std::size_t kMaxToldMessages = 2000;
inline constexpr std::size_t kMaxToldTotalBytes = 32 << 20;
inline constexpr std::size_t kMaxToldUnpulledBytes = 4 << 20;
inline constexpr std::size_t kMaxToldUnpulledTotalBytes = 16 << 20;
inline constexpr std::size_t kMaxSubscriptionsUnreadBytes = 128 << 10;  // the same, at XPUB
inline constexpr std::uint32_t kMaxIdsPerConnection = 4;      // peers joined over one connection
inline constexpr std::uint32_t kMaxManifestsComing = 8;       // asked for by a bus, not yet here
inline constexpr std::uint32_t kMaxManifestsComingOfOne = 2;  // of one connection
inline constexpr auto kManifestProgress = 5s;    // until the next part; then another is asked
inline constexpr auto kManifestWhole = 60s;      // until the last
inline constexpr auto kManifestAgain = 60s;      // until who let one lapse is asked for any
inline constexpr std::size_t kMaxLapsed = 1000;  // such connections remembered
inline constexpr std::size_t kMaxSubscriptionBytes = 256;  // MAXMSGSIZE of XPUB
inline constexpr std::size_t kMaxSubscriptions = 256;      // of one connection to XPUB
inline constexpr int kMaxSubscriptionsPerTurn = 1024;      // said by one connection; then it is cut
inline constexpr std::size_t kMaxAnnouncementBytes = 128 << 10;  // a frame, MAXMSGSIZE of XSUB
// Announcements that some subscriber has not taken; then the slowest is cut, until they fit.
inline constexpr std::uint64_t kMaxUntakenBytes = 32 << 20;
inline constexpr auto kCutSlowEvery = 20ms;
inline constexpr int kForwarderPipe = 64;                 // batches each way, bus only
inline constexpr std::size_t kMaxNotedBytes = 256 << 10;  // of one batch for the record
inline constexpr std::size_t kMaxComplaints = 1000;       // senders of garbage remembered
inline constexpr std::uint32_t kMaxBuses = 8;

// --- exchange ------------------------------------------------------------------------------------
inline constexpr std::uint32_t kPartialHaveChunks = 16;  // push progress every so many chunks …
inline constexpr auto kPartialHaveEvery = 20ms;          // … or so often
inline constexpr std::uint32_t kUploadSlots = 16;        // loads under way for all neighbours
inline constexpr std::uint32_t kUploadQueue = 4096;  // chunks waiting for a slot, all neighbours
inline constexpr std::uint32_t kUploadQueuePerNeighbour = 256;
inline constexpr std::uint64_t kMinInFlightBytes = 512ULL << 10;  // per neighbour
inline constexpr std::uint64_t kStartInFlightBytes = 2ULL << 20;  // until its rate is measured
inline constexpr std::uint64_t kMaxInFlightBytes = 32ULL << 20;   // per neighbour
// Of all, those that lie with the store included: three quarters of what may wait to be looked at,
// so that what we asked for ourselves cuts nobody off while the loop is late.
inline constexpr std::uint64_t kMaxInFlightTotalBytes = 48ULL << 20;
static_assert(kMaxInFlightTotalBytes <= kMaxWaitingTotalBytes / 4 * 3);
inline constexpr auto kRequestTimeout = 10s;  // a request without any answer
inline constexpr auto kDoubtEvery = 100ms;    // complaints of one neighbour that are looked into
inline constexpr auto kAmends = 2s;  // to take back a fragment that was bad, before it counts
inline constexpr auto kBar = 10min;  // first bar, doubling
inline constexpr auto kMaxBar = 24h;
inline constexpr std::uint32_t kMaxStoreQueue =
    kMaxInFlightTotalBytes / kChunkBytes;            // chunks handed to the store actor, unanswered
inline constexpr std::size_t kStoreCommands = 4096;  // waiting at the loop for the store's pipe

// --- the swarm core ------------------------------------------------------------------------------
inline constexpr auto kUrgentAhead = 10s;                   // of a playhead: by deadline
inline constexpr auto kNearAhead = 60s;                     // then: in order; beyond: rarest first
inline constexpr std::uint64_t kNominalFileRate = 1 << 20;  // a file "plays" so many bytes a second
inline constexpr std::size_t kMaxOthersOrdered = 4096;      // fragments that no user here wishes
inline constexpr std::uint32_t kMaxProofsAsked = 16;        // of all neighbours
inline constexpr std::uint32_t kProofsAhead = 4;            // asked for before they are needed
inline constexpr std::size_t kMaxDroppedRequests = 1024;    // remembered: late data is no fault
inline constexpr std::uint64_t kMaxTwiceAskedBytes = 4ULL << 20;  // asked of a second neighbour
inline constexpr std::uint32_t kMaxDialledPerAsset = 24;
inline constexpr auto kGivesNothing = 10s;           // then one of those does not count
inline constexpr std::size_t kMaxDialsKnown = 4096;  // endpoints that failed
inline constexpr auto kMaxDialWait = 30s;            // before such a one is tried again
inline constexpr std::size_t kMaxBars = 4096;
inline constexpr std::size_t kMaxInterests = 1024;  // assets that one neighbour is told of
inline constexpr std::size_t kMaxReads = 4096;      // waiting for a chunk or manifest
inline constexpr std::size_t kMaxAsks = 1024;       // questions under way
inline constexpr std::size_t kMaxAssetsKnown = 200000;
inline constexpr std::size_t kMaxHoldingsTold = 500000;    // of all peers, in one answer's pages
inline constexpr std::size_t kSpansToldAsOne = 64;         // of a holding: count there as one more
inline constexpr std::uint64_t kMaxClaimBytes = 80 << 20;  // of what others say that they have
inline constexpr std::uint32_t kHavesPerTurn = 200;        // of an answer to ask_have of all
inline constexpr auto kHavesEvery = 10ms;
inline constexpr std::size_t kMaxSmallAnswers = 64;  // proofs and manifest parts, per neighbour
inline constexpr auto kBusyRetry = 500ms;            // what busy tells
inline constexpr auto kSendAgain = 10ms;             // to a link that was full
inline constexpr auto kInsistAfter = 3s;             // when those named by busy do not deliver
inline constexpr auto kInsistAhead = 2s;             // of the time when a viewer needs it
inline constexpr auto kRelayGrace = 10s;             // for them to pass on what they were sent
inline constexpr auto kUrgentRelayGrace = 1s;        // to somebody who waits
inline constexpr auto kLocateMin = 1s;               // between two questions for holders, doubling
inline constexpr auto kLocateMax = 30s;
inline constexpr auto kAskAllMax = 1min;      // the same of one whose answers never fit its beacons
inline constexpr auto kDiskPause = 5s;        // after the disk failed
inline constexpr auto kHeartbeatMin = 100ms;  // whatever a bus wishes
inline constexpr auto kDialLook = 50ms;       // how often a question looks whether its friend is up
inline constexpr auto kFriendsEvery = 15s;    // while no bus answers
inline constexpr auto kReferralKept = 30s;    // a neighbour named by busy, without claims
inline constexpr std::size_t kMaxReferred = 64;             // such neighbours of one asset
inline constexpr std::uint64_t kMaxEpochAhead = 86'400;     // seconds, of the later of two clocks
inline constexpr std::size_t kMaxManifestsBegun = 64;       // of several parts, not all here yet
inline constexpr std::size_t kMaxManifestsBegunByOne = 16;  // on one link
inline constexpr std::uint64_t kMaxManifestBytesBegun = 32ULL << 20;   // of all of them
inline constexpr std::uint64_t kMaxManifestBytesBegunByOne = 8 << 20;  // on one link
inline constexpr auto kHearsayKept = 5min;   // an asset that nobody is known to have any more
inline constexpr auto kFirstAnswer = 100ms;  // beyond two round trips, of who answered nothing yet
inline constexpr auto kPassedOverMin = 2s;   // who let that pass is asked less, doubling …
inline constexpr auto kPassedOverMax = 30s;  // … to this

// --- store (peer/store/STORE.md) ----------------------------------------------------------------
inline constexpr std::uint64_t kMinFragmentOnDisk = 12288;  // bytes that one counts for at least
inline constexpr std::size_t kOpenFragments = 128;    // descriptors kept open, least recent first
inline constexpr std::size_t kReadBuffers = 512;      // of a chunk each, loaded and not yet sent
inline constexpr std::size_t kSpareReadBuffers = 16;  // kept for the next loads
inline constexpr auto kBufferWait = 2ms;              // until one may be free again
inline constexpr std::uint64_t kWritebackBytes = 8ULL << 20;  // of one fragment, then on to disk
inline constexpr std::uint64_t kRoomAgainBytes = 8ULL << 20;  // free, after the disk was full
inline constexpr auto kUnreadAgain = 30s;                     // what could not be read is tried
inline constexpr auto kRoomProbe = 1s;                        // while it is full
inline constexpr int kLoadsPerWrite = 4;                      // while both wait for the store
inline constexpr std::size_t kStoreBacklog = 1024;            // commands read and not yet done
inline constexpr std::uint32_t kProveChunks = 16;             // hashed at a time in the background
inline constexpr std::size_t kMaxRecordBytes = 1 << 20;       // peer.key, epoch, ports …
inline constexpr int kMaxFolderDepth = 8;                     // what is removed with all in it
inline constexpr auto kUnfinishedKept = 24h;                  // since it was last written to
inline constexpr int kTurnsPerCheck = 16;             // a busy store hashes a chunk in so many
inline constexpr auto kSlowCheckAfter = 5s;           // of the start
inline constexpr std::uint32_t kSlowCheckChunks = 4;  // hashed again while nobody waits …
inline constexpr auto kSlowCheckEvery = 250ms;        // … so often: 4 MiB a second
inline constexpr auto kSlowCheckRound = 24h;          // from one beginning to the next
inline constexpr std::size_t kMaxVerifications = 8;   // under way at a time
inline constexpr std::size_t kMaxDoubts = 64;       // complaints of neighbours, not looked into yet
inline constexpr std::size_t kMaxDeclined = 16384;  // assets; then the oldest is forgotten

// --- viewers and HTTP ----------------------------------------------------------------------------
inline constexpr auto kHold = 25s;         // until a media request's first chunk
inline constexpr auto kStreamStall = 25s;  // without progress, then closed
inline constexpr auto kPlayhead = 60s;     // a viewer's, after its last request
inline constexpr std::uint32_t kMaxViewers = 256;
inline constexpr std::uint32_t kMaxHeldRequests = 512;
inline constexpr std::uint32_t kMaxEventStreams = 64;
inline constexpr std::size_t kEventStreamBacklog = 256;  // events, then: resync
inline constexpr std::size_t kMaxUnsaid = 1000;  // assets, or peers; to one stream, then: all again
inline constexpr std::uint32_t kHttpConnections = 1000;
inline constexpr std::uint32_t kHttpConnectionsBeyond = 64;  // until those cut for them are closed
inline constexpr auto kHttpIdle = 30s;
inline constexpr auto kHttpRequest = 60s;  // from its first byte, or the last answer, to its end
inline constexpr std::size_t kHttpHeaderBytes = 16 << 10;
inline constexpr std::size_t kHttpBodyBytes = 64 << 10;          // of a request read whole
inline constexpr std::uint64_t kHttpDrainBytes = 16ULL << 20;    // of a refused body, then cut
inline constexpr std::uint64_t kMaxRate = 1ULL << 40;            // bytes per second, of a limit
inline constexpr std::uint64_t kHttpStreamBytes = 64ULL << 20;   // written and unsent, per stream
inline constexpr std::uint64_t kHttpUnsentBytes = 192ULL << 20;  // of all; then the largest goes
inline constexpr std::size_t kListPieceBytes = 32 << 10;         // of a list, made while it is sent
inline constexpr int kListPiecesPerTurn = 4;                     // of all lists of a server
inline constexpr std::size_t kEventPieceBytes = 1 << 20;       // of assets, or peers, in one event
inline constexpr std::size_t kMaxAnswerBytes = 16 << 20;       // of JSON that a tool reads …
inline constexpr std::size_t kMaxListAnswerBytes = 128 << 20;  // … of a list
inline constexpr std::size_t kMaxAnswerDepth = 32;             // of objects and lists in it
inline constexpr std::size_t kMaxAnswerValues = 1 << 20;       // values in it …
inline constexpr std::size_t kMaxListAnswerValues = 4 << 20;   // … in a list
inline constexpr auto kAnswerTime = 20s;       // beyond --timeout, for all of an answer that comes
inline constexpr std::size_t kMaxUploads = 4;  // received or cut at a time
inline constexpr std::size_t kMaxUploadsOfOne = 3;              // of one client (an address)
inline constexpr std::uint64_t kMaxUploadBytes = 256ULL << 30;  // of one
inline constexpr std::size_t kUploadPieces = 64;  // read and not yet on disk, of one; then it waits
inline constexpr std::uint16_t kFirstHttpPort = 8001;
inline constexpr std::uint16_t kLastHttpPort = 8100;
inline constexpr auto kEventComment = 10s;  // keeps an idle event stream open

inline constexpr auto kNewsEvery = 250ms;             // at most, to event streams
inline constexpr std::size_t kRecentEvents = 1000;    // kept for the page and the API
inline constexpr std::size_t kMaxListPage = 1000;     // entries of a list asked for by pages
inline constexpr std::size_t kManifestsForHttp = 64;  // kept decoded by the HTTP actor
inline constexpr std::size_t kReadAhead = 4;          // chunks asked for beyond what is being sent
inline constexpr std::uint32_t kReaderCredit =
    kReadAhead + 2;                                 // and what is being sent, and one on its way
inline constexpr std::size_t kUntakenChunks = 256;  // of kReadBuffers: loaded for slow viewers
// The others are enough for links that take nothing.
static_assert(kMaxUnsentPayloadBytes / kChunkBytes + kUploadSlots + kUntakenChunks <= kReadBuffers);
inline constexpr auto kUntakenFor = 250ms;          // by the slowest; then it is cut
inline constexpr int kReadRetries = 3;              // of a chunk that the disk failed to give
inline constexpr std::size_t kMaxJobs = 16;         // refresh and verify: under way or just ended
inline constexpr auto kJobKept = 10min;             // for who asks how it ended
inline constexpr std::size_t kMaxBadListed = 1000;  // fragments in one answer; all are counted

// --- cutting -------------------------------------------------------------------------------------
inline constexpr auto kMinKeyRange = 1s;   // shorter ones are joined with the next
inline constexpr auto kMaxKeyRange = 30s;  // longer: the video goes as a file
inline constexpr std::uint64_t kMaxKeyRangeBytes = 64ULL << 20;  // larger: the same
inline constexpr std::uint64_t kMaxHeldBytes = 16ULL << 20;      // of packets that wait for the cut

// --- stopping ------------------------------------------------------------------------------------
inline constexpr auto kStopTimeout = 8s;
inline constexpr auto kFarewell = 250ms;  // for what was sent before a socket closes
inline constexpr auto kDrainTimeout = 60s;
inline constexpr auto kDrainShown = 500ms;  // how it ended, to who asked for it
inline constexpr auto kRepairAfter = 120s;
inline constexpr std::size_t kMaxMissed = 1024;  // peers that are gone and expected back …
inline constexpr std::uint64_t kMaxMissedBytes = 32 << 20;  // … and what is kept of all
inline constexpr std::size_t kPlacementsPerLook = 20000;    // places computed in one turn: 5 ms
inline constexpr std::uint64_t kMaxCopiesWanted = 256;      // fragments, for the swarm's sake
inline constexpr auto kCopyWaits = 30s;  // for one who gives less than that, while others wait …
inline constexpr std::uint64_t kCopyLeast = 1 << 20;
inline constexpr auto kCopyRestMax = 10min;          // … then it rests, doubling to this
inline constexpr std::uint32_t kMaxCapacity = 1024;  // GiB that count in placement: 1 TiB
inline constexpr auto kAtRiskTold = 10s;             // alone for so long: the holder is told
inline constexpr auto kRepairOffered = 2min;         // what is offered of our own accord; then anew
inline constexpr auto kTakerWait = 1500ms;           // for a link to who should take copies
inline constexpr auto kOfferAnswer = 5s;             // then made again; by put, to another peer
inline constexpr auto kWitnessWait = 5s;             // for answers before an eviction

}  // namespace fragcast::limits
