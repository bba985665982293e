#include "messages/wire/codec.hpp"

#include "messages/wire/pack.hpp"

#include <cassert>

namespace fragcast {

namespace {

constexpr std::uint8_t kSignature[2] = {0xF7, 0xCA};

// Large enough for every list and nesting of ours and of later versions' trailing fields; what a
// frame can make us allocate before its fields are looked at follows from these.
msgpack::unpack_limit body_limit() {
    using namespace limits;
    return msgpack::unpack_limit(kMaxDigests, 64, kMaxBodyBytes, kMaxBodyBytes, kMaxTextBytes,
                                 kMaxBodyDepth);
}

void append_u64(Bytes& out, std::uint64_t value) {
    for (int shift = 56; shift >= 0; shift -= 8)
        out.push_back(static_cast<std::uint8_t>(value >> shift));
}

std::uint64_t read_u64(std::span<const std::uint8_t> in) {
    std::uint64_t value = 0;
    for (const std::uint8_t byte : in)
        value = value << 8 | byte;
    return value;
}

DecodeError refused(DecodeError::Why why, std::string text) {
    return DecodeError{why, std::move(text)};
}

template <class T>
std::size_t size_of(const T& record) {
    pack::SizeSink sink;
    pack::Writer writer(sink);
    writer.put(record);
    return sink.size;
}

}  // namespace

Bytes encode(const Message& message) {
    Bytes out;
    out.reserve(256);  // all but lists fit
    out.insert(out.end(), {kSignature[0], kSignature[1], kProtocolVersion,
                           static_cast<std::uint8_t>(kind_of(message.body))});
    const Header& header = message.header;
    out.insert(out.end(), header.sender.bytes.begin(), header.sender.bytes.end());
    append_u64(out, header.epoch.value);
    append_u64(out, header.sequence.value);
    assert(out.size() == kHeaderBytes);

    pack::BytesSink sink{out};
    pack::Writer writer(sink);
    std::visit([&](const auto& body) { writer.put(body); }, message.body);
    assert(writer.ok() && out.size() <= limits::kMaxBodyBytes);
    return out;
}

std::variant<Message, DecodeError> decode(std::span<const std::uint8_t> frame) {
    using Why = DecodeError::Why;
    if (frame.size() < 2 || frame[0] != kSignature[0] || frame[1] != kSignature[1])
        return refused(Why::foreign, "no message of fragcast");
    if (frame.size() < kHeaderBytes) return refused(Why::malformed, "the header is cut short");
    if (frame.size() > limits::kMaxBodyBytes)
        return refused(Why::malformed,
                       "a frame of " + std::to_string(frame.size()) + " bytes is too long");
    if (frame[2] != kProtocolVersion)
        return refused(Why::version, "version " + std::to_string(frame[2]) +
                                         " of the protocol; this program speaks version " +
                                         std::to_string(kProtocolVersion));
    const auto kind = static_cast<Kind>(frame[3]);
    auto body = empty_body(kind);
    if (!body) return refused(Why::unknown, "unknown kind " + std::to_string(frame[3]));

    const pack::Unpacked unpacked(frame.subspan(kHeaderBytes), body_limit());
    if (!unpacked.fault().empty())
        return refused(Why::malformed, name_of(kind) + (": the body " + unpacked.fault()));
    pack::Reader reader = unpacked.reader();
    std::visit([&](auto& fields) { fields.fields(fields, reader); }, *body);
    if (!reader.ok()) return refused(Why::malformed, name_of(kind) + (": " + reader.fault()));

    Message message{{}, std::move(*body)};
    std::copy_n(frame.begin() + 4, PeerId::kBytes, message.header.sender.bytes.begin());
    message.header.epoch.value = read_u64(frame.subspan(20, 8));
    message.header.sequence.value = read_u64(frame.subspan(28, 8));
    return message;
}

bool has_payload(Kind kind) {
    return kind == Kind::manifest_part || kind == Kind::proof_part || kind == Kind::data;
}

std::size_t packed_size(const PeerRecord& record) {
    return size_of(record);
}
std::size_t packed_size(const AssetRecord& record) {
    return size_of(record);
}
std::size_t packed_size(const EntryRecord& record) {
    return size_of(record);
}
std::size_t packed_size(const HolderRecord& record) {
    return size_of(record);
}
std::size_t packed_size(const HoldingRecord& record) {
    return size_of(record);
}
std::size_t packed_size(const PartialRecord& record) {
    return size_of(record);
}
std::size_t packed_size(const EventRecord& record) {
    return size_of(record);
}

}  // namespace fragcast
