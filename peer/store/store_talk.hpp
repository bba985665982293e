// Any thread: value types. What a store is told to do and what it says of it; how both are paired,
// and in which order they are answered, is in store_actor.hpp.
#pragma once

#include "messages/wire/payload.hpp"
#include "messages/zmq/calls.hpp"
#include "peer/store/fragment_store.hpp"
#include "peer/store/reader_pipe.hpp"
#include "peer/store/store_checks.hpp"
#include "peer/swarm/facts.hpp"

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <variant>

namespace fragcast {

// Who asked for a load: comes back with it untouched.
struct ForLink {
    LinkId link;
    RequestId request;
};
struct ForRead {
    ReadId read;
};
using LoadFor = std::variant<ForLink, ForRead, ForReader>;

namespace store_command {
struct Stop {};
struct KeepManifest {
    AssetId asset;
    Bytes body;
    LinkId from;
};
struct KeepProof {
    FragmentRef fragment;
    Payload payload;
    LinkId from;
};
struct KeepChunk {
    ChunkRef chunk;
    Payload payload;
    LinkId from;
};
struct LoadChunk {
    ChunkRef chunk;
    LoadFor who;
};
struct LoadProof {
    FragmentRef fragment;
    ForLink who;
};
struct DropFragment {
    FragmentRef fragment;
};
struct DropAsset {
    AssetId asset;
    bool decline = false;  // and remember that its user does not want it
};
// Answered by KeyDrawn.
struct DrawKey {};
// Hashes what counts again, of one asset or (zero) of all; answered by Verified until it is done.
struct Verify {
    std::uint64_t cookie = 0;
    AssetId asset;
};
// A neighbour says that this chunk is wrong.
struct Doubt {
    ChunkRef chunk;
};
struct Mark {
    AssetId asset;
    RangeSet fragments;
    bool kept = true;
};
struct Decline {
    AssetId asset;
    bool declined = true;
};
template <class Question>
struct Call {
    CallId<Question> id;
    Question question;
};
}  // namespace store_command

namespace store_event {
struct ManifestKept {
    AssetId asset;
    LinkId from;
    StoreVerdict verdict = StoreVerdict::stored;
    std::shared_ptr<const Manifest> manifest;  // when stored
    std::shared_ptr<const Bytes> body;         // the same, encoded, to serve from memory
};
struct ProofKept {
    FragmentRef fragment;
    LinkId from;
    StoreVerdict verdict = StoreVerdict::stored;
    RangeSet proven;  // chunks that were on disk already, re-proven now
};
struct ChunkKept {
    ChunkRef chunk;
    LinkId from;
    StoreVerdict verdict = StoreVerdict::stored;
};
// All chunks of it are proven and it is durable under its final name; or that failed. Also of a
// fragment that lay in the store and is proven only now.
struct FragmentDone {
    FragmentRef fragment;
    Status status{Done{}};
};
struct ChunkLoaded {
    ChunkRef chunk;
    LoadFor who;
    Result<Payload> payload;
};
struct ProofLoaded {
    FragmentRef fragment;
    ForLink who;
    Result<Payload> payload;
};
// A fragment that the store believed in, whole or unfinished, is gone or broken on disk. Comes
// before the answer to the load that found out.
struct FragmentLost {
    enum class How {
        gone,     // somebody took it away
        damaged,  // looking at it again found out
        unread    // it lies there and cannot be read; read again every limits::kUnreadAgain
    };
    FragmentRef fragment;
    std::string why;
    How how = How::gone;
};
// A fragment's file that was found is not that fragment, or could not be read.
struct FragmentRefused {
    FragmentRef fragment;
    std::string why;
};
struct AssetDropped {
    AssetId asset;
    Status status{Done{}};
    std::optional<StoredAsset> still = std::nullopt;  // it could not be dropped
    std::shared_ptr<const Bytes> body = nullptr;      // of that
};
struct Verified {
    Verification now;
};
// There is no room (false), or there is again.
struct Room {
    bool room = true;
};
struct KeyDrawn {
    Result<Bytes> public_key;
};
// To a Call of this number.
template <class Question>
struct Answer {
    CallId<Question> id;
    Result<typename Question::Answer> answer;
};
}  // namespace store_event

// What is asked of the store and answered once. HTTP may ask as well as the loop: what it asks goes
// to the store as it is, and the answer comes back when the core knows it.
namespace store_question {
struct Adopted {
    StoredAsset asset;
    std::shared_ptr<const Bytes> body;
};
// A folder that the cutter made inside the store's incoming/ folder: becomes an asset by rename.
struct Adopt {
    using Answer = Adopted;
    std::filesystem::path folder;
};
struct Relisted {
    fragcast::Relisted found;
    std::map<AssetId, std::shared_ptr<const Bytes>> bodies;  // of found.assets
};
// Lists the folders again.
struct Relist {
    using Answer = Relisted;
};
}  // namespace store_question

namespace store_detail {
template <class... Questions>
struct Talk {
    using Command =
        std::variant<store_command::Stop, store_command::KeepManifest, store_command::KeepProof,
                     store_command::KeepChunk, store_command::LoadChunk, store_command::LoadProof,
                     store_command::DropFragment, store_command::DropAsset, store_command::DrawKey,
                     store_command::Verify, store_command::Doubt, store_command::Mark,
                     store_command::Decline, store_command::Call<Questions>...>;
    using Event =
        std::variant<store_event::ManifestKept, store_event::ProofKept, store_event::ChunkKept,
                     store_event::FragmentDone, store_event::ChunkLoaded, store_event::ProofLoaded,
                     store_event::FragmentLost, store_event::Room, store_event::KeyDrawn,
                     store_event::FragmentRefused, store_event::AssetDropped, store_event::Verified,
                     store_event::Answer<Questions>...>;
    using Callers = fragcast::Callers<Questions...>;
    template <class Question>
    static constexpr bool kAnswers = (std::is_same_v<Question, Questions> || ...);
    // A talk in which all this may be asked, and more.
    template <template <class...> class Other, class... More>
    using With = Other<Questions..., More...>;
};
}  // namespace store_detail
// All that may be asked.
using StoreTalk = store_detail::Talk<store_question::Adopt, store_question::Relist>;
using StoreCommand = StoreTalk::Command;
using StoreEvent = StoreTalk::Event;

// It would be missed, and is asked for again by nobody: never refused, however busy the store is.
inline bool is_for_good(const StoreCommand& command) {
    return std::holds_alternative<store_command::DropFragment>(command) ||
           std::holds_alternative<store_command::Mark>(command) ||
           std::holds_alternative<store_command::Decline>(command);
}

}  // namespace fragcast
