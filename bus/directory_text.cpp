#include "bus/directory_text.hpp"

#include "bus/bus_json.hpp"
#include "messages/http/http_pieces.hpp"
#include "messages/http/records_json.hpp"

#include <nlohmann/json.hpp>

namespace fragcast {

std::optional<std::string> DirectoryText::next(Time now) {
    if (head_) return std::exchange(head_, std::nullopt);
    if (open_) {
        if (auto held = next_held()) return held;
        open_.reset();
        return "]}";
    }
    if (ended_) return std::nullopt;
    std::optional<std::string> text;
    const auto all = [](const auto&) { return true; };
    walk_.go(leases_.peers(), 1, all,
             [&](const Leases::Lease& lease) { text = begin_peer(lease, now); });
    if (text) return text;
    ended_ = true;
    return list_end(walk_.next());
}

std::string DirectoryText::begin_peer(const Leases::Lease& lease, Time now) {
    std::string text = std::exchange(first_, false) ? "" : ",";
    text += json_text(peer_json(lease, now));
    text.pop_back();  // its brace
    open_ = lease.peer.id;
    after_.reset();
    return text + R"(,"holds":[)";
}

std::optional<std::string> DirectoryText::next_held() {
    std::optional<std::string> text;
    const auto take = [&](const Holdings::One& one) {
        text = after_ ? "," : "";
        *text += json_text({{"asset", one.id().text()},
                            {"name", one.asset().record.name},
                            {"fragments", one.fragments().text()}});
        after_ = one.id();
        return false;
    };
    const Leases::Lease* lease = leases_.find(*open_);  // it may have left meanwhile
    if (lease != nullptr)
        after_ ? lease->holdings.each_above(AssetId(*after_), take) : lease->holdings.each(take);
    return text;
}

}  // namespace fragcast
