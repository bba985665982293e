// Main thread. What verbs need to print answers in JSON to people.
#pragma once

#include <cstdint>
#include <string>

#include <nlohmann/json_fwd.hpp>

namespace fragcast::tools {

// What comes from outside may hold anything: printed only after this. Empty where it is absent.
std::string text_of(const nlohmann::json& object, const char* field);
std::string text_of(const nlohmann::json& value);
std::uint64_t number_of(const nlohmann::json& object, const char* field);        // else 0
bool flag_of(const nlohmann::json& object, const char* field);                   // else false
const nlohmann::json& list_of(const nlohmann::json& object, const char* field);  // else empty

}  // namespace fragcast::tools
