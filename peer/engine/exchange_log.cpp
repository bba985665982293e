#include "peer/engine/exchange_log.hpp"

namespace fragcast {
namespace {

// Remembered for each neighbour; then a line may come again.
constexpr std::size_t kNoted = 256;

}  // namespace

std::optional<Report> ExchangeLog::heard(LinkId link, const Message& message) {
    if (const auto* hello = std::get_if<Hello>(&message.body)) {
        Neighbour& neighbour = neighbours_[link];
        neighbour.name = hello->self.name;
        neighbour.id = hello->self.id;
        return std::nullopt;
    }
    if (const auto* asked = std::get_if<Request>(&message.body))
        return request(link, *asked, false);
    return std::nullopt;
}

std::optional<Report> ExchangeLog::said(LinkId link, const Body& body) {
    const auto* asked = std::get_if<Request>(&body);
    if (asked == nullptr) return std::nullopt;
    return request(link, *asked, true);
}

std::optional<Report> ExchangeLog::request(LinkId link, const Request& request, bool ours) {
    const auto known = neighbours_.find(link);
    if (known == neighbours_.end()) return std::nullopt;
    Neighbour& who = known->second;
    const FragmentRef about{request.asset, request.fragment};
    if (who.noted.size() >= kNoted) who.noted.clear();
    if (!who.noted.emplace(about, ours).second) return std::nullopt;
    Report report;
    report.kind = "request";
    report.text = name_of_(about.asset) + " " + std::to_string(about.index.value) + ": " +
                  who.name + (ours ? " is asked for it" : " asks for it");
    report.peer = who.id;
    report.asset = about.asset;
    report.fragment = about.index.value;
    return report;
}

}  // namespace fragcast
