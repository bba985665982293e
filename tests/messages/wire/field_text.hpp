// The fields of a record as PROTOCOL.md writes them: "`asset` id32 · `fragments` ranges ≤ 16384".
#pragma once

#include "messages/wire/message.hpp"

#include <concepts>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

namespace fragcast::testing {

class FieldText {
public:
    std::string text;

    template <class T>
    void operator()(const char* name, const T& value, std::uint64_t limit = kNone) {
        if (!text.empty()) text += " · ";
        text += '`' + std::string(name) + "` " + type(value) + bound(value, limit);
    }

private:
    static constexpr std::uint64_t kNone = std::numeric_limits<std::uint64_t>::max();

    template <class T>
    static std::string bound(const T&, std::uint64_t limit) {
        return limit == kNone ? "" : " ≤ " + std::to_string(limit);
    }
    template <class Tag, class Rep>
    static std::string bound(const Number<Tag, Rep>&, std::uint64_t limit) {
        return limit == kNone ? "" : " < " + std::to_string(limit);
    }

    static std::string type(bool) { return "bool"; }
    template <std::unsigned_integral T>
    static std::string type(T) {
        return 'u' + std::to_string(8 * sizeof(T));
    }
    static std::string type(std::int64_t) { return "i64"; }
    template <class Tag, class Rep>
    static std::string type(Number<Tag, Rep> number) {
        return type(number.value);
    }
    template <class Tag, std::size_t N>
    static std::string type(const Id<Tag, N>&) {
        return "id" + std::to_string(N);
    }
    static std::string type(const std::string&) { return "text"; }
    static std::string type(const Bytes&) { return "bytes"; }
    static std::string type(const Span&) { return "span"; }
    static std::string type(const RangeSet&) { return "ranges"; }
    static std::string type(AssetKind) { return "asset-kind"; }
    static std::string type(Found) { return "found"; }
    static std::string type(OfferReason) { return "reason"; }
    template <class T>
    static std::string type(const std::vector<T>&) {
        return "list of " + type(T{});
    }
    template <class T>
    static std::string type(const std::optional<T>&) {
        return type(T{}) + " or nil";
    }
    static std::string type(const PeerRecord&) { return "Peer"; }
    static std::string type(const AssetRecord&) { return "Asset"; }
    static std::string type(const EntryRecord&) { return "Entry"; }
    static std::string type(const HolderRecord&) { return "Holder"; }
    static std::string type(const HoldingRecord&) { return "Holding"; }
    static std::string type(const DigestRecord&) { return "AssetDigest"; }
    static std::string type(const PartialRecord&) { return "Partial"; }
    static std::string type(const CounterRecord&) { return "Counter"; }
    static std::string type(const EventRecord&) { return "Event"; }
    static std::string type(const KeyRange&) { return "KeyRange"; }
    static std::string type(const FragmentInfo&) { return "Fragment"; }
    static std::string type(const Track&) { return "Track"; }
    static std::string type(const Source&) { return "Source"; }
    static std::string type(const Media&) { return "Media"; }
};

template <class T>
std::string field_text(const T& record) {
    FieldText visit;
    T::fields(record, visit);
    return visit.text.empty() ? "–" : visit.text;
}

}  // namespace fragcast::testing
