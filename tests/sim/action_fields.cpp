#include "tests/sim/action_fields.hpp"

#include <concepts>

namespace fragcast::sim {
namespace {

class FieldText {
public:
    explicit FieldText(std::string name) : text_(std::move(name)) {}
    const std::string& text() const { return text_; }

    template <class T>
    void operator()(const char* name, const T& value) {
        text_ += std::string(" ") + name + " " + written(value);
    }

private:
    static std::string written(std::integral auto value) { return std::to_string(value); }
    static std::string written(Report::Level value) {
        return std::to_string(static_cast<int>(value));
    }
    static std::string written(LinkId link) {
        return link.value < kFirstAccepted ? std::to_string(link.value)
                                           : "in" + std::to_string(link.value - kFirstAccepted);
    }
    template <class Tag, class Rep>
    static std::string written(Number<Tag, Rep> number) {
        return std::to_string(number.value);
    }
    template <class Tag, std::size_t N>
    static std::string written(const Id<Tag, N>& id) {
        return id.short_text();
    }
    static std::string written(const RangeSet& fragments) { return fragments.text(); }
    static std::string written(const std::string& text) { return text; }
    static std::string written(const Body& body) { return name_of(kind_of(body)); }
    static std::string written(const Error& error) { return error.text; }

    std::string text_;
};

}  // namespace

std::string describe(const Action& action) {
    FieldText text(kActionNames.at(action.index()));
    std::visit([&](const auto& one) { visit_action(one, text); }, action);
    return text.text();
}

}  // namespace fragcast::sim
