// Any thread. The door of toml++.
//
// A file of settings: `name = value`, where a value is a text, a number, true or false, or a list
// of these. All errors say FILE:LINE:COLUMN, as compilers do, so that editors find the place.
#pragma once

#include "messages/wire/result.hpp"

#include <string>
#include <vector>

namespace fragcast {

struct TomlSetting {
    std::string name;                 // of a key in a table "table.key"
    std::vector<std::string> values;  // as a flag would have them
    std::string key_place;            // FILE:LINE:COLUMN of the key
    std::string value_place;
};

// In the order of their names. Errors: not_found (the file cannot be read), invalid (no TOML; a
// value that no option can take, such as a date).
Result<std::vector<TomlSetting>> read_toml(const std::string& file);

// As a basic string of TOML, with its quotation marks.
std::string toml_string(const std::string& text);

}  // namespace fragcast
