#include "tools/show.hpp"

#include "messages/wire/safe_text.hpp"

#include <nlohmann/json.hpp>

namespace fragcast::tools {

using nlohmann::json;

std::string text_of(const json& object, const char* field) {
    const auto found = object.find(field);
    if (found == object.end()) return "";
    return text_of(*found);
}

std::string text_of(const json& value) {
    if (value.is_string()) return safe_text(value.get_ref<const std::string&>());
    return safe_text(value.dump(-1, ' ', false, json::error_handler_t::replace));
}

std::uint64_t number_of(const json& object, const char* field) {
    const auto found = object.find(field);
    return found != object.end() && found->is_number_unsigned() ? found->get<std::uint64_t>() : 0;
}

bool flag_of(const json& object, const char* field) {
    const auto found = object.find(field);
    return found != object.end() && found->is_boolean() && found->get<bool>();
}

const json& list_of(const json& object, const char* field) {
    static const json empty = json::array();
    const auto found = object.find(field);
    return found != object.end() && found->is_array() ? *found : empty;
}

}  // namespace fragcast::tools
