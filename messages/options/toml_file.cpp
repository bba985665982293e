#include "messages/options/toml_file.hpp"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <sstream>
#include <utility>

#define TOML_EXCEPTIONS 0
#include <toml++/toml.h>

namespace fragcast {
namespace {

std::string place_of(const std::string& file, const toml::source_region& region) {
    return file + ":" + std::to_string(region.begin.line) + ":" +
           std::to_string(region.begin.column);
}

// Nothing for what no flag can say: dates, lists in lists, tables in lists.
std::optional<std::string> text_of_value(const toml::node& node) {
    if (const auto* text = node.as_string()) return text->get();
    if (!node.is_number() && !node.is_boolean()) return std::nullopt;
    std::ostringstream out;
    node.visit([&](const auto& value) { out << value; });
    return out.str();
}

class Reader {
public:
    explicit Reader(const std::string& file) : file_(file) {}

    Status read(const toml::table& table, const std::string& prefix) {
        for (const auto& [key, node] : table) {
            const std::string name = prefix + std::string(key.str());
            if (const toml::table* inner = node.as_table()) {
                if (Status status = read(*inner, name + "."); !status) return status;
                continue;
            }
            TomlSetting setting{
                name, {}, place_of(file_, key.source()), place_of(file_, node.source())};
            if (Status status = read(node, setting); !status) return status;
            out_.push_back(std::move(setting));
        }
        return Done{};
    }
    std::vector<TomlSetting> out() && { return std::move(out_); }

private:
    Status read(const toml::node& node, TomlSetting& setting) {
        const toml::array* list = node.as_array();
        if (list == nullptr) return add(node, setting);
        for (const toml::node& item : *list)
            if (Status status = add(item, setting); !status) return status;
        return Done{};
    }
    Status add(const toml::node& node, TomlSetting& setting) {
        auto text = text_of_value(node);
        if (!text)
            return fail(ErrorKind::invalid,
                        place_of(file_, node.source()) + ": " + setting.name +
                            ": a text, a number, true or false is expected, or a list of these");
        setting.values.push_back(std::move(*text));
        return Done{};
    }

    const std::string& file_;
    std::vector<TomlSetting> out_;
};

}  // namespace

Result<std::vector<TomlSetting>> read_toml(const std::string& file) {
    std::ifstream in(file);
    if (!in.is_open() || (in.peek(), in.bad()))  // a folder is opened, and not read
        return fail(ErrorKind::not_found, "cannot read " + file + ": " + std::strerror(errno));
    // Whole: toml++ seeks in what it reads, and a pipe has no places to go back to.
    const std::string text((std::istreambuf_iterator<char>(in)), {});
    const toml::parse_result parsed = toml::parse(text, file);
    if (!parsed)
        return fail(ErrorKind::invalid, place_of(file, parsed.error().source()) + ": " +
                                            std::string(parsed.error().description()));
    Reader reader(file);
    if (Status status = reader.read(parsed.table(), ""); !status) return status.error();
    return std::move(reader).out();
}

std::string toml_string(const std::string& text) {
    std::ostringstream out;
    const toml::value<std::string> value(text);
    out << toml::toml_formatter(value, toml::format_flags::none);
    return out.str();
}

}  // namespace fragcast
