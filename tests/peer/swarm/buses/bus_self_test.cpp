#include "peer/swarm/buses/bus_self.hpp"

#include "tests/support/pictures.hpp"

#include <doctest/doctest.h>

using namespace fragcast;
namespace pic = fragcast::pictures;

namespace {

PeerRecord self_called(char id) {
    PeerRecord record;
    record.id = pic::peer(id);
    return record;
}

}  // namespace

TEST_CASE("bus self: another id comes with its key, and who takes nothing more does not begin to") {
    BusSelf self(self_called('a'), {1});
    self.become(self_called('b'), {2});
    CHECK(self.record().id == pic::peer('b'));
    CHECK(self.key() == Bytes{2});
    CHECK_FALSE(self.record().draining);
    self.drain();
    CHECK(self.record().draining);
    self.become(self_called('c'), {3});
    CHECK(self.record().id == pic::peer('c'));
    CHECK(self.record().draining);
}
