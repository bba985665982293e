// The limits of PROTOCOL.md, section 14, are those of messages/wire/limits.hpp.
#include "messages/wire/limits.hpp"
#include "tests/support/source_path.hpp"

#include <chrono>
#include <cstdint>
#include <fstream>
#include <map>
#include <string>

#include <doctest/doctest.h>

using namespace fragcast;

namespace {

template <class T>
std::uint64_t number(T value) {
    return static_cast<std::uint64_t>(value);
}
template <class Rep, class Period>
std::uint64_t number(std::chrono::duration<Rep, Period> time) {
    return static_cast<std::uint64_t>(
        std::chrono::duration_cast<std::chrono::milliseconds>(time).count());
}

std::map<std::string, std::uint64_t> limits_in_code() {
    using namespace limits;
#define LIMIT(name) \
    { #name, number(name) }
    return {
        LIMIT(kChunkBytes),
        LIMIT(kMaxFragmentBytes),
        LIMIT(kMaxAssetBytes),
        LIMIT(kMaxFragments),
        LIMIT(kMaxChunksPerFragment),
        LIMIT(kMaxKeyRangesPerAsset),
        LIMIT(kMaxManifestBytes),
        LIMIT(kManifestPartBytes),
        LIMIT(kMaxInitBytes),
        LIMIT(kMaxNameBytes),
        LIMIT(kMinIdDigits),
        LIMIT(kMinIdDigitsToTakeAway),
        LIMIT(kMaxTextBytes),
        LIMIT(kMaxTracks),
        LIMIT(kMaxDurationUs),
        LIMIT(kKeyBytes),
        LIMIT(kMaxSignatureBytes),
        LIMIT(kMaxReplicas),
        LIMIT(kMaxBodyBytes),
        LIMIT(kMaxPageBytes),
        LIMIT(kMaxFrameBytes),
        LIMIT(kMaxFrames),
        LIMIT(kMaxTopicBytes),
        LIMIT(kMaxBodyDepth),
        LIMIT(kMaxEntries),
        LIMIT(kMaxDigests),
        LIMIT(kMaxPartials),
        LIMIT(kMaxReferrals),
        LIMIT(kMaxChunksPerRequest),
        LIMIT(kSendQueueMessages),
        LIMIT(kMaxWaitingBytes),
        LIMIT(kMaxWaitingMessages),
        LIMIT(kMaxWaitingTotalBytes),
        LIMIT(kMaxUnsentSmallBytes),
        LIMIT(kMaxUnsentTotalBytes),
        LIMIT(kLinkOverflow),
        LIMIT(kLinkOverflowBytes),
        LIMIT(kLinkOverflowTotalBytes),
        LIMIT(kMaxUnsentBytes),
        LIMIT(kMaxUnsentPayloadBytes),
        LIMIT(kTakenAtLeast),
        LIMIT(kUntakenWanted),
        LIMIT(kUntakenLongest),
        LIMIT(kZmtpHeartbeat),
        LIMIT(kZmtpHeartbeatTimeout),
        LIMIT(kHandshake),
        LIMIT(kReconnectMin),
        LIMIT(kReconnectMax),
        LIMIT(kPingAfterSilence),
        LIMIT(kDeadAfterSilence),
        LIMIT(kIdleLink),
        LIMIT(kMaxDialled),
        LIMIT(kMaxNeighbours),
        LIMIT(kHelloWait),
        LIMIT(kLogInterval),
        LIMIT(kHeartbeat),
        LIMIT(kLease),
        LIMIT(kSettling),
        LIMIT(kDirectoryAnswer),
        LIMIT(kRetryMin),
        LIMIT(kRetryMax),
        LIMIT(kEventRing),
        LIMIT(kMaxEventsPerPage),
        LIMIT(kMaxBusPeers),
        LIMIT(kMaxToldBytes),
        LIMIT(kMaxToldMessages),
        LIMIT(kMaxToldTotalBytes),
        LIMIT(kMaxUnpulledFirstBytes),
        LIMIT(kMaxUnpulledMemory),
        LIMIT(kUnpulledMemoryOfEach),
        LIMIT(kGrownBytes),
        LIMIT(kMaxSubscriptionsUnreadBytes),
        LIMIT(kMaxUnpulledBytes),
        LIMIT(kMaxUnpulledTotalBytes),
        LIMIT(kMaxToldUnpulledBytes),
        LIMIT(kMaxToldUnpulledTotalBytes),
        LIMIT(kMaxIdsPerConnection),
        LIMIT(kManifestProgress),
        LIMIT(kManifestWhole),
        LIMIT(kManifestAgain),
        LIMIT(kMaxSubscriptionBytes),
        LIMIT(kMaxSubscriptions),
        LIMIT(kMaxSubscriptionsPerTurn),
        LIMIT(kMaxAnnouncementBytes),
        LIMIT(kMaxUntakenBytes),
        LIMIT(kMaxAssetsPerPeer),
        LIMIT(kMaxAssetsKnown),
        LIMIT(kMaxHoldingsTold),
        LIMIT(kSpansToldAsOne),
        LIMIT(kMaxClaimBytes),
        LIMIT(kAskAllMax),
        LIMIT(kCompareEvery),
        LIMIT(kFullAgain),
        LIMIT(kMaxKeptBytes),
        LIMIT(kMaxKeptBytesOfOne),
        LIMIT(kMaxOthersOrdered),
        LIMIT(kMinFragmentOnDisk),
        LIMIT(kMaxManifestCacheBytes),
        LIMIT(kMaxBuses),
        LIMIT(kPartialHaveChunks),
        LIMIT(kPartialHaveEvery),
        LIMIT(kUploadSlots),
        LIMIT(kUploadQueue),
        LIMIT(kUploadQueuePerNeighbour),
        LIMIT(kMinInFlightBytes),
        LIMIT(kStartInFlightBytes),
        LIMIT(kMaxInFlightBytes),
        LIMIT(kMaxInFlightTotalBytes),
        LIMIT(kRequestTimeout),
        LIMIT(kDoubtEvery),
        LIMIT(kOfferAnswer),
        LIMIT(kAmends),
        LIMIT(kMaxDialledPerAsset),
        LIMIT(kGivesNothing),
        LIMIT(kBar),
        LIMIT(kMaxBar),
        LIMIT(kStopTimeout),
        LIMIT(kDrainTimeout),
        LIMIT(kRepairAfter),
        LIMIT(kMaxCopiesWanted),
        LIMIT(kCopyWaits),
        LIMIT(kCopyLeast),
        LIMIT(kCopyRestMax),
        LIMIT(kMaxMissed),
        LIMIT(kMaxMissedBytes),
        LIMIT(kMaxCapacity),
        LIMIT(kMaxEpochAhead),
        LIMIT(kMaxReferred),
    };
#undef LIMIT
}

std::map<std::string, std::uint64_t> limits_in_document() {
    std::ifstream file(test::source_path("messages/PROTOCOL.md"));
    REQUIRE(file.good());
    std::map<std::string, std::uint64_t> out;
    for (std::string line; std::getline(file, line);) {
        if (!line.starts_with("| `k")) continue;
        const std::size_t end = line.find('`', 3);
        out[line.substr(3, end - 3)] = std::stoull(line.substr(line.find('|', end) + 1));
    }
    return out;
}

}  // namespace

TEST_CASE("every limit that others can see stands in PROTOCOL.md with its value") {
    const auto document = limits_in_document();
    for (const auto& limit : limits_in_code()) {
        CAPTURE(limit.first);
        REQUIRE(document.count(limit.first) == 1);
        CHECK(document.at(limit.first) == limit.second);
    }
    CHECK(document.size() == limits_in_code().size());
}
