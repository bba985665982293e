// Loop thread. Pure. Questions to buses and friends, our own and our users': whom they can be put
// to, and what is made of the answers.
#pragma once

#include "peer/swarm/core.hpp"

#include <string>
#include <vector>

namespace fragcast {

// Whom questions can be put to, now: made where one is put, kept by nobody.
class AskAround final : public Asks::Around {
public:
    explicit AskAround(Core& core) : core_(core) {}
    std::vector<Bus> buses() const override;
    const std::vector<std::string>& friends() const override;
    Way way_to(const std::string& endpoint) const override;
    bool dial(const std::string& endpoint, Turn& turn) override;
    bool up(LinkId link) const override;
    std::vector<LinkId> others() const override;

private:
    Core& core_;
};

void answered(Core& core, RequestId id, const Body& body, const Asks::Source& from, Turn& turn);
// A user's.
void on_question(Core& core, facts::QuestionAsked asked, Turn& turn);
void tick_asks(Core& core, Turn& turn);

}  // namespace fragcast
