#include "tools/watch_format.hpp"

#include "messages/wire/codec.hpp"
#include "messages/wire/ids.hpp"

#include <algorithm>
#include <array>
#include <ctime>
#include <span>

#include <nlohmann/json.hpp>

namespace fragcast::tools {

using nlohmann::ordered_json;

namespace {

constexpr std::size_t kTopicColumn = 30;
constexpr std::size_t kSenderColumn = 16;
constexpr std::size_t kShortId = 8;

std::span<const std::uint8_t> bytes_of(const std::string& frame) {
    return {reinterpret_cast<const std::uint8_t*>(frame.data()), frame.size()};
}

std::string hex(const std::string& frame, std::size_t most) {
    return to_hex(bytes_of(frame).data(), std::min(frame.size(), most));
}

bool printable(const std::string& frame) {
    const auto graphic = [](char c) { return c >= 0x20 && c <= 0x7e; };
    return !frame.empty() && std::all_of(frame.begin(), frame.end(), graphic);
}

std::string shown(const std::string& frame) {
    if (printable(frame) && frame.size() <= 4 * kMaxShownBytes) return frame;
    std::string out = "x" + hex(frame, kMaxShownBytes);
    if (frame.size() > kMaxShownBytes) out += "… (" + std::to_string(frame.size()) + " bytes)";
    return out;
}

std::string padded(std::string text, std::size_t column) {
    if (text.size() < column) text.append(column - text.size(), ' ');
    return text;
}

std::string clock_text(std::uint64_t unix_ms) {
    const auto seconds = static_cast<std::time_t>(unix_ms / 1000);
    std::tm local{};
    localtime_r(&seconds, &local);
    std::array<char, 32> text{};
    std::strftime(text.data(), text.size(), "%H:%M:%S", &local);
    const std::string ms = std::to_string(unix_ms % 1000);
    return std::string(text.data()) + "." + std::string(3 - ms.size(), '0') + ms;
}

bool is_id(const std::string& text) {
    return (text.size() == 32 || text.size() == 64) &&
           text.find_first_not_of("0123456789abcdef") == std::string::npos;
}

// Ids are long; people compare their beginnings.
std::string short_topic(const std::string& topic) {
    const std::size_t end = topic.empty() ? 0 : topic.size() - 1;  // the dot at the end
    const std::size_t dot = topic.find_last_of('.', end == 0 ? 0 : end - 1);
    if (dot == std::string::npos || !is_id(topic.substr(dot + 1, end - dot - 1)))
        return shown(topic);
    return shown(topic.substr(0, dot + 1 + kShortId)) + "..";
}

class Line {
public:
    explicit Line(const PeerNames& names) : names_(names) {}

    // name=value …, in the order of PROTOCOL.md.
    std::string fields(const ordered_json& object) const {
        std::string out;
        for (const auto& [name, value] : object.items())
            out += (out.empty() ? "" : " ") + name + '=' + text(value);
        return out;
    }
    std::string id(const std::string& text) const {
        const std::string name = names_.of(text);
        return text.substr(0, kShortId) + (name.empty() ? "" : ' ' + word(name));
    }

private:
    // What needs no quotes goes without.
    static std::string word(const std::string& text) {
        const auto plain = [](char c) {
            return c > 0x20 && c < 0x7f && c != '"' && c != '{' && c != '}' && c != '\\';
        };
        if (!text.empty() && std::all_of(text.begin(), text.end(), plain)) return text;
        return ordered_json(text).dump(-1, ' ', true, ordered_json::error_handler_t::replace);
    }
    std::string text(const ordered_json& value) const {
        if (value.is_object()) return '{' + fields(value) + '}';
        if (value.is_array()) return '{' + list(value) + '}';
        if (!value.is_string()) return value.dump();
        const auto& string = value.get_ref<const std::string&>();
        return is_id(string) ? id(string) : word(string);
    }
    std::string list(const ordered_json& array) const {
        std::string out;
        for (const auto& one : array) {
            const bool counter =
                one.is_object() && one.size() == 2 && one.contains("name") && one.contains("value");
            out += (out.empty() ? "" : " ") +
                   (counter ? text(one["name"]) + '=' + text(one["value"]) : text(one));
        }
        return out;
    }

    const PeerNames& names_;
};

}  // namespace

std::optional<Message> ours(const std::vector<std::string>& frames) {
    if (frames.size() != 2) return std::nullopt;
    auto decoded = decode(bytes_of(frames[1]));
    if (auto* message = std::get_if<Message>(&decoded)) return std::move(*message);
    return std::nullopt;
}

void PeerNames::learn(const PeerRecord& peer) {
    if (names_.size() < kMaxNamesKnown) names_[peer.id.text()] = peer.name;
}

void PeerNames::learn(const Message& heard) {
    if (const auto* joined = std::get_if<PeerJoined>(&heard.body)) learn(joined->peer);
}

std::string PeerNames::of(const std::string& id) const {
    const auto known = names_.find(id);
    return known == names_.end() ? std::string() : known->second;
}

std::string format_line(const std::vector<std::string>& frames, std::uint64_t unix_ms,
                        const PeerNames& names) {
    std::string line = clock_text(unix_ms);
    const auto message = ours(frames);
    if (!message) {
        for (const auto& frame : frames)
            line += "  " + shown(frame);
        return line;
    }
    auto body = ordered_json::parse(describe(*message), nullptr, false);
    for (const char* field : {"kind", "sender", "epoch", "sequence"})
        body.erase(field);
    const Line text(names);
    return line + "  " + padded(short_topic(frames[0]), kTopicColumn) + "  " +
           padded(text.id(message->header.sender.text()), kSenderColumn) + "  " + text.fields(body);
}

std::string format_json(const std::vector<std::string>& frames, std::uint64_t unix_ms) {
    ordered_json line = {{"unix_ms", unix_ms}};
    if (const auto message = ours(frames)) {
        line["topic"] = frames[0];
        line["sender"] = message->header.sender.text();
        line["epoch"] = message->header.epoch.value;
        line["sequence"] = message->header.sequence.value;
        line["message"] = ordered_json::parse(describe(*message), nullptr, false);
    } else {
        if (!frames.empty() && printable(frames[0])) line["topic"] = frames[0];
        auto& list = line["frames"] = ordered_json::array();
        for (const auto& frame : frames)
            list.push_back(hex(frame, frame.size()));
    }
    return line.dump(-1, ' ', true, ordered_json::error_handler_t::replace);
}

std::string format_gap_line(const MissedChanges& gap, std::uint64_t unix_ms,
                            const PeerNames& names) {
    const std::uint64_t count = gap.last - gap.first + 1;
    return clock_text(unix_ms) + "  gap: " + std::to_string(count) +
           (count == 1 ? " announcement of " : " announcements of ") +
           Line(names).id(gap.sender.text()) + (count == 1 ? " is" : " are") + " missing (" +
           std::to_string(gap.first) +
           (count == 1 ? std::string() : " to " + std::to_string(gap.last)) + ")";
}

std::string format_gap_json(const MissedChanges& gap, std::uint64_t unix_ms) {
    const ordered_json line = {{"unix_ms", unix_ms},
                               {"gap",
                                {{"sender", gap.sender.text()},
                                 {"epoch", gap.epoch.value},
                                 {"first", gap.first},
                                 {"last", gap.last}}}};
    return line.dump();
}

}  // namespace fragcast::tools
