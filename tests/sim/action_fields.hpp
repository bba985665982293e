// Any thread. Every action's name and fields, listed once: for the digest of traces, and as a line
// for people.
#pragma once

#include "peer/swarm/actions.hpp"

#include <array>
#include <string>

namespace fragcast::sim {

inline constexpr std::array<const char*, 25> kActionNames = {
    "send",          "send to bus",     "publish",     "send chunk",  "send proof",
    "send manifest", "manifest to bus", "dial",        "hang up",     "connect bus",
    "forwarder",     "new identity",    "store chunk", "store proof", "manifest part",
    "drop fragment", "drop asset",      "mark",        "decline",     "doubt chunk",
    "deliver chunk", "manifest",        "answer",      "failure",     "report"};
static_assert(kActionNames.size() == std::variant_size_v<Action>);

template <class V>
void visit_ref(const FragmentRef& ref, V& visit) {
    visit("asset", ref.asset);
    visit("fragment", ref.index);
}
template <class V>
void visit_ref(const ChunkRef& ref, V& visit) {
    visit_ref(ref.of(), visit);
    visit("chunk", ref.chunk);
}

template <class V>
void visit_action(const SendTo& action, V& visit) {
    visit("link", action.link);
    visit("body", action.body);
}
template <class V>
void visit_action(const SendToBus& action, V& visit) {
    visit("bus", action.bus);
    visit("body", action.body);
}
template <class V>
void visit_action(const Publish& action, V& visit) {
    visit("sequence", action.sequence);
    visit("body", action.body);
}
template <class V>
void visit_action(const SendChunk& action, V& visit) {
    visit("link", action.link);
    visit("request", action.request);
    visit_ref(action.chunk, visit);
}
template <class V>
void visit_action(const SendProof& action, V& visit) {
    visit("link", action.link);
    visit("request", action.request);
    visit_ref(action.fragment, visit);
}
template <class V>
void visit_action(const SendManifest& action, V& visit) {
    visit("link", action.link);
    visit("request", action.request);
    visit("asset", action.asset);
    visit("offset", action.offset);
}
template <class V>
void visit_action(const SendManifestToBus& action, V& visit) {
    visit("bus", action.bus);
    visit("asset", action.asset);
}
template <class V>
void visit_action(const Dial& action, V& visit) {
    visit("link", action.link);
    visit("endpoint", action.endpoint);
}
template <class V>
void visit_action(const HangUp& action, V& visit) {
    visit("link", action.link);
}
template <class V>
void visit_action(const ConnectBus& action, V& visit) {
    visit("bus", action.bus);
}
template <class V>
void visit_action(const ConnectForwarder& action, V& visit) {
    visit("bus", action.bus);
    visit("in_port", action.in_port);
    visit("out_port", action.out_port);
}
template <class V>
void visit_action(const NewIdentity&, V&) {}
template <class V>
void visit_action(const StoreChunk& action, V& visit) {
    visit("link", action.from);
    visit_ref(action.chunk, visit);
}
template <class V>
void visit_action(const StoreProof& action, V& visit) {
    visit("link", action.from);
    visit_ref(action.fragment, visit);
}
template <class V>
void visit_action(const KeepManifestPart& action, V& visit) {
    visit("link", action.from);
    visit("asset", action.asset);
    visit("offset", action.offset);
    visit("total", action.total);
}
template <class V>
void visit_action(const DropFragment& action, V& visit) {
    visit_ref(action.fragment, visit);
}
template <class V>
void visit_action(const DropAsset& action, V& visit) {
    visit("asset", action.asset);
    visit("decline", action.decline);
}
template <class V>
void visit_action(const Mark& action, V& visit) {
    visit("asset", action.asset);
    visit("fragments", action.fragments);
    visit("kept", action.kept);
}
template <class V>
void visit_action(const Decline& action, V& visit) {
    visit("asset", action.asset);
    visit("declined", action.declined);
}
template <class V>
void visit_action(const DoubtChunk& action, V& visit) {
    visit_ref(action.chunk, visit);
}
template <class V>
void visit_action(const DeliverChunk& action, V& visit) {
    visit("read", action.read);
    visit_ref(action.chunk, visit);
}
template <class V>
void visit_action(const DeliverManifest& action, V& visit) {  // the id says what is in it
    visit("read", action.read);
    visit("asset", action.asset);
    visit("here", action.manifest != nullptr);
}
template <class V>
void visit_action(const DeliverAnswer& action, V& visit) {
    visit("read", action.read);
    visit("body", action.body);
}
template <class V>
void visit_action(const DeliverFailure& action, V& visit) {
    visit("read", action.read);
    visit("error", action.error);
}
template <class V>
void visit_action(const Report& action, V& visit) {
    visit("level", action.level);
    visit("kind", action.kind);
    visit("text", action.text);
    visit("peer", action.peer);
    visit("asset", action.asset);
    visit("fragment", action.fragment);
}

// "dial link 3 endpoint tcp://10.0.0.2:40000"; of a body the kind only.
std::string describe(const Action& action);

}  // namespace fragcast::sim
