#include "tests/sim/sim_trace.hpp"

#include "tests/sim/action_fields.hpp"

namespace fragcast::sim {
namespace {

// Whether who says it made the request's number; else it answers, with the other's.
bool asks(Kind kind) {
    switch (kind) {
        case Kind::welcome:
        case Kind::duplicate:
        case Kind::ack:
        case Kind::located:
        case Kind::peers:
        case Kind::assets:
        case Kind::manifest_part:
        case Kind::dumped:
        case Kind::stats:
        case Kind::events:
        case Kind::refused:
        case Kind::have:
        case Kind::proof_part:
        case Kind::data:
        case Kind::absent:
        case Kind::busy:
        case Kind::offer_answer:
            return false;
        default:
            return true;
    }
}

RequestId request_of(const Body& body) {
    return std::visit(
        [](const auto& one) {
            if constexpr (requires { one.request; })
                return one.request;
            else
                return RequestId{};
        },
        static_cast<const AnyBody&>(body));
}

}  // namespace

// Of one node: a link or bus among the fields says whose requests those after it are.
class SimTrace::Fields final : public FieldFold<Fields> {
public:
    Fields(Fold& fold, Node& node) : FieldFold(fold), node_(node), requests_(&node.local) {}

    // What is said by others: their questions are theirs.
    void heard() { speaks_ = false; }
    void body(Kind kind) { ours_ = asks(kind) == speaks_; }
    std::uint64_t number(LinkId link) {
        requests_ = &node_.by_link[link.value];
        return node_.links.of(link.value);
    }
    std::uint64_t number(BusId bus) {
        requests_ = &node_.by_bus[bus];
        return bus.value;
    }
    std::uint64_t number(RequestId request) {
        return (ours_ ? requests_->ours : requests_->theirs).of(request.value);
    }
    template <class T>
    void operator()(const T& value) {
        put(value);
    }
    using FieldFold::operator();

private:
    Node& node_;
    Requests* requests_;
    bool speaks_ = true;
    bool ours_ = false;
};

SimTrace::Fields SimTrace::begin(What what, NodeId node) {
    fold_.add(std::uint64_t{node.value} << 8 | static_cast<std::uint64_t>(what));
    return Fields(fold_, nodes_[node]);
}

void SimTrace::started(Time now, NodeId node, Epoch epoch) {
    nodes_[node] = {};
    Fields fields = begin(What::started, node);
    fields(now.time_since_epoch().count());
    fields(epoch);
}

void SimTrace::acted(Time now, NodeId node, const Actions& actions) {
    if (actions.empty()) return;
    Fields fields = begin(What::acted, node);
    fields(now.time_since_epoch().count());
    for (const Action& action : actions) {
        fold_.add(action.index());
        std::visit([&](const auto& one) { visit_action(one, fields); }, action);
    }
}

void SimTrace::stored(NodeId node, const ChunkRef& chunk, StoreVerdict verdict) {
    Fields fields = begin(What::stored, node);
    visit_ref(chunk, fields);
    fields(verdict);
}

void SimTrace::fragment_done(NodeId node, const FragmentRef& fragment) {
    Fields fields = begin(What::done, node);
    visit_ref(fragment, fields);
}

// --- messages ------------------------------------------------------------------------------------

void SimTrace::packet(Fields& fields, const Packet& packet) {
    fields(packet.message.header.sender);
    fields(packet.message.header.epoch);
    fields(packet.message.header.sequence);
    fields(packet.message.body);
    fields(packet.payload_bytes);
    fields(packet.good);
    if (packet.payload) fields(*packet.payload);
}

void SimTrace::sent(Time now, NodeId from, LinkId link, NodeId to, const Packet& message) {
    Fields fields = begin(What::sent, from);
    fields(now.time_since_epoch().count());
    fields(to);
    fields(link);
    packet(fields, message);
}

void SimTrace::heard(NodeId to, LinkId link, const Message& message) {
    Requests& requests = nodes_[to].by_link[link.value];
    const Kind kind = kind_of(message.body);
    // Another process than before, at the end of a link that told nothing.
    if (kind == Kind::hello) requests.theirs.forget();
    if (asks(kind)) requests.theirs.of(request_of(message.body).value);
}

void SimTrace::link_gone(NodeId node, LinkId link) {
    nodes_[node].by_link.erase(link.value);
}

void SimTrace::told_bus(Time now, NodeId from, BusId bus, const Packet& message) {
    Fields fields = begin(What::told_bus, from);
    fields(now.time_since_epoch().count());
    fields(bus);
    packet(fields, message);
}

void SimTrace::bus_answered(Time now, BusId bus, NodeId to, const Packet& message) {
    Fields fields = begin(What::bus_answered, to);
    fields(now.time_since_epoch().count());
    fields(bus);
    fields.heard();
    packet(fields, message);
}

void SimTrace::published(Time now, NodeId from, const Message& message) {
    Fields fields = begin(What::published, from);
    fields(now.time_since_epoch().count());
    fields(message.header.sender);
    fields(message.header.epoch);
    fields(message.header.sequence);
    fields(message.body);
}

void SimTrace::announced(NodeId to, const Message& message) {
    Fields fields = begin(What::announced, to);
    fields(message.header.sender);
    fields(message.header.sequence);
    fields(kind_of(message.body));
}

}  // namespace fragcast::sim
