#include "tools/dry_run.hpp"

#include <doctest/doctest.h>

namespace fragcast::tools {
namespace {

Sender holder_of(const char* ranges) {
    return {"", "", *RangeSet::parse(ranges, 100), {}};
}

TEST_CASE("dry run: fragments are dealt evenly, each to one that has it") {
    std::vector<Sender> holders = {holder_of("0-9"), holder_of("0-9")};
    deal_fragments(holders, 10);
    CHECK(holders[0].sends.count() == 5);
    CHECK(holders[1].sends.count() == 5);
    CHECK(holders[0].sends.common(holders[1].sends).empty());
}

TEST_CASE("dry run: who alone has something sends that, others the rest") {
    std::vector<Sender> holders = {holder_of("0-3"), holder_of("0-1")};
    deal_fragments(holders, 4);
    CHECK(holders[0].sends.text() == "2-3");
    CHECK(holders[1].sends.text() == "0-1");
}

TEST_CASE("dry run: nobody sends what nobody has, or what the asset has not") {
    std::vector<Sender> holders = {holder_of("0,2,7")};
    deal_fragments(holders, 4);
    CHECK(holders[0].sends.text() == "0,2");
    std::vector<Sender> none;
    deal_fragments(none, 4);
    CHECK(none.empty());
}

}  // namespace
}  // namespace fragcast::tools
