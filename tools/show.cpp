#include "tools/show.hpp"

#include <nlohmann/json.hpp>

namespace fragcast::tools {

using nlohmann::json;

std::string text_of(const json& object, const char* field) {
    const auto found = object.find(field);
    if (found == object.end()) return "";
    std::string text = found->is_string() ? found->get<std::string>() : found->dump();
    for (char& c : text)
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = '?';
    return text;
}

std::uint64_t number_of(const json& object, const char* field) {
    const auto found = object.find(field);
    return found != object.end() && found->is_number_unsigned() ? found->get<std::uint64_t>() : 0;
}

const json& list_of(const json& object, const char* field) {
    static const json empty = json::array();
    const auto found = object.find(field);
    return found != object.end() && found->is_array() ? *found : empty;
}

}  // namespace fragcast::tools
