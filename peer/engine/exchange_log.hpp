// Loop thread. Pure.
//
// What people want to read of the exchange: who asks whom for which fragment. A fragment is asked
// for in many requests; the first one to or from a neighbour makes the line.
#pragma once

#include "messages/wire/message.hpp"
#include "peer/swarm/actions.hpp"

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>

namespace fragcast {

class ExchangeLog {
public:
    // How people call an asset; asked only for what becomes a line.
    using NameOf = std::function<std::string(const AssetId&)>;

    explicit ExchangeLog(NameOf name_of) : name_of_(std::move(name_of)) {}

    // Before the core hears it, or after the core said it.
    std::optional<Report> heard(LinkId link, const Message& message);
    std::optional<Report> said(LinkId link, const Body& body);
    void forget(LinkId link) { neighbours_.erase(link); }

private:
    struct Neighbour {
        std::string name;
        PeerId id;
        std::set<std::pair<FragmentRef, bool>> noted;  // and whether it was we who asked
    };
    std::optional<Report> request(LinkId link, const Request& request, bool ours);

    NameOf name_of_;
    std::map<LinkId, Neighbour> neighbours_;  // that said Hello and are linked
};

}  // namespace fragcast
