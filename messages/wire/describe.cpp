// Any thread: pure. Messages as JSON, for people.
#include "messages/wire/codec.hpp"

#include <concepts>

#include <nlohmann/json.hpp>

namespace fragcast {

namespace {

using nlohmann::ordered_json;

constexpr std::size_t kShownItems = 16;  // of a list
constexpr std::size_t kShownBytes = 64;  // of a byte string
constexpr std::size_t kShownSpans = 32;  // of a set of ranges

std::string left_out(std::size_t count) {
    return "… " + std::to_string(count) + " more";
}

const char* text_of(Found found) {
    switch (found) {
        case Found::ok:
            return "ok";
        case Found::unknown:
            return "unknown";
        case Found::ambiguous:
            return "ambiguous";
        case Found::settling:
            return "settling";
    }
    return "?";
}

const char* text_of(OfferReason reason) {
    switch (reason) {
        case OfferReason::publish:
            return "publish";
        case OfferReason::handover:
            return "handover";
        case OfferReason::repair:
            return "repair";
    }
    return "?";
}

const char* text_of(AssetKind kind) {
    return name_of(kind);
}

// Fills one JSON object from the fields of one record.
class Describer {
public:
    ordered_json object = ordered_json::object();

    template <class T>
    void operator()(const char* name, const T& value, std::uint64_t = 0) {
        object[name] = shown(value);
    }

private:
    template <class T>
    requires(std::integral<T> || std::same_as<T, std::string>) static ordered_json
        shown(const T& value) {
        return value;
    }
    template <class T>
    requires std::is_enum_v<T>
    static ordered_json shown(T value) { return text_of(value); }
    template <class Tag, class Rep>
    static ordered_json shown(Number<Tag, Rep> number) {
        return number.value;
    }
    template <class Tag, std::size_t N>
    static ordered_json shown(const Id<Tag, N>& id) {
        return id.text();
    }
    static ordered_json shown(const Bytes& bytes) {
        const std::size_t size = std::min(bytes.size(), kShownBytes);
        std::string text = to_hex(bytes.data(), size);
        if (size < bytes.size()) text += left_out(bytes.size() - size);
        return text;
    }
    static ordered_json shown(const Span& span) {
        return span.empty() ? "-" : RangeSet{span}.text();
    }
    static ordered_json shown(const RangeSet& set) {
        if (set.spans().size() <= kShownSpans) return set.text();
        RangeSet first;
        for (std::size_t i = 0; i < kShownSpans; ++i)
            first.add(set.spans()[i]);
        return first.text() + ',' + left_out(set.spans().size() - kShownSpans);
    }
    template <class T>
    static ordered_json shown(const std::vector<T>& list) {
        ordered_json array = ordered_json::array();
        for (std::size_t i = 0; i < std::min(list.size(), kShownItems); ++i)
            array.push_back(shown(list[i]));
        if (list.size() > kShownItems) array.push_back(left_out(list.size() - kShownItems));
        return array;
    }
    template <class T>
    requires requires(const T& record, Describer& visit) { T::fields(record, visit); }
    static ordered_json shown(const T& record) {
        Describer inner;
        T::fields(record, inner);
        return std::move(inner.object);
    }
};

}  // namespace

std::string describe(const Message& message) {
    Describer line;
    line.object["kind"] = name_of(kind_of(message.body));
    line("sender", message.header.sender);
    line("epoch", message.header.epoch);
    line("sequence", message.header.sequence);
    std::visit([&](const auto& body) { body.fields(body, line); }, message.body);
    // A message made here may hold a text that is not UTF-8; a line about it must still come out.
    return line.object.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

}  // namespace fragcast
