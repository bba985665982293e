#include "tools/watch_format.hpp"

#include "messages/codec.hpp"
#include "messages/ids.hpp"

#include <array>
#include <ctime>
#include <optional>
#include <span>

#include <nlohmann/json.hpp>

namespace fragcast::tools {

using nlohmann::json;

namespace {

std::span<const std::uint8_t> bytes_of(const std::string& frame) {
    return {reinterpret_cast<const std::uint8_t*>(frame.data()), frame.size()};
}

// A message of ours: topic and message frame.
std::optional<Message> ours(const std::vector<std::string>& frames) {
    if (frames.size() != 2) return std::nullopt;
    auto decoded = decode(bytes_of(frames[1]));
    if (auto* message = std::get_if<Message>(&decoded)) return std::move(*message);
    return std::nullopt;
}

bool printable(const std::string& frame) {
    for (const char c : frame)
        if (c < 0x20 || c > 0x7e) return false;
    return !frame.empty();
}

std::string shown(const std::string& frame) {
    if (printable(frame) && frame.size() <= 4 * kMaxShownBytes) return frame;
    const std::size_t size = std::min(frame.size(), kMaxShownBytes);
    std::string out = "x" + to_hex(bytes_of(frame).data(), size);
    if (size < frame.size()) out += "… (" + std::to_string(frame.size()) + " bytes)";
    return out;
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

// Ids in topics are long; people compare their beginnings.
std::string short_topic(const std::string& topic) {
    const auto last = topic.find_last_of('.', topic.size() - 2);
    if (topic.size() < 34 || last == std::string::npos || topic.size() - last < 34)
        return shown(topic);
    return shown(topic.substr(0, last + 9) + "..");
}

}  // namespace

std::string format_line(const std::vector<std::string>& frames, std::uint64_t unix_ms) {
    std::string line = clock_text(unix_ms);
    if (const auto message = ours(frames)) {
        auto body = json::parse(describe(*message), nullptr, false);
        if (body.is_object())
            for (const char* field : {"kind", "sender", "epoch", "sequence"})
                body.erase(field);
        return line + "  " + short_topic(frames[0]) + "  " + message->header.sender.short_text() +
               "  " +
               (body.is_object() ? body.dump(-1, ' ', true, json::error_handler_t::replace)
                                 : describe(*message));
    }
    for (const auto& frame : frames)
        line += "  " + shown(frame);
    return line;
}

std::string format_json(const std::vector<std::string>& frames, std::uint64_t unix_ms) {
    json line = {{"unix_ms", unix_ms}};
    if (const auto message = ours(frames)) {
        line["topic"] = frames[0];
        line["sender"] = message->header.sender.text();
        line["epoch"] = message->header.epoch.value;
        line["sequence"] = message->header.sequence.value;
        line["message"] = json::parse(describe(*message), nullptr, false);
    } else {
        json list = json::array();
        for (const auto& frame : frames)
            list.push_back(to_hex(bytes_of(frame).data(), frame.size()));
        if (!frames.empty() && printable(frames[0])) line["topic"] = frames[0];
        line["frames"] = std::move(list);
    }
    return line.dump(-1, ' ', true, json::error_handler_t::replace);
}

}  // namespace fragcast::tools
