#include "tools/directory_client.hpp"

#include "messages/wire/hash.hpp"
#include "messages/wire/name_or_id.hpp"
#include "messages/zmq/host_name.hpp"
#include "messages/zmq/loop.hpp"
#include "peer/swarm/buses/question.hpp"

namespace fragcast::tools {

DirectoryClient::DirectoryClient(zmq::socket_t socket, std::string bus, double timeout)
    : socket_(std::move(socket)),
      bus_(std::move(bus)),
      timeout_(static_cast<Duration::rep>(timeout * 1e6)) {
    random_bytes(header_.sender.bytes);
    header_.epoch.value = 1;
}

Result<DirectoryClient> DirectoryClient::open(zmq::context_t& context, const std::string& bus,
                                              double timeout) {
    const auto wanted = parse_endpoint(bus, "--bus");
    if (!wanted) return wanted.error();
    const auto literal = resolve_now(*wanted, "--bus");
    if (!literal) return literal.error();
    auto socket = make_socket(context, zmq::socket_type::dealer);
    if (!socket) return socket.error();
    if (const auto connected = connect_socket(*socket, *literal); !connected)
        return connected.error();
    return DirectoryClient(std::move(*socket), bus, timeout);
}

// Every question and every answer has a `request` field, or it is none.
static RequestId* request_of(Body& body) {
    return std::visit(
        [](auto& message) -> RequestId* {
            if constexpr (requires { message.request; })
                return &message.request;
            else
                return nullptr;
        },
        body);
}

Result<Body> DirectoryClient::ask(Body question) {
    const RequestId request{next_request_++};
    *request_of(question) = request;
    if (send_message(socket_, Message{header_, std::move(question)}) != SendResult::sent)
        return fail(ErrorKind::unavailable, "no bus at " + bus_);
    const Time deadline = Loop::now() + timeout_;
    for (;;) {
        // A bus that says other things without an end is none.
        while (Loop::now() < deadline) {
            auto received = receive_message(socket_);
            if (!received) break;
            auto* good = std::get_if<Received>(&*received);
            if (good == nullptr) continue;
            const RequestId* answered = request_of(good->message.body);
            if (answered == nullptr || *answered != request) continue;
            if (const auto* refused = std::get_if<Refused>(&good->message.body))
                return fail(
                    refused->reason == "not_found" ? ErrorKind::not_found : ErrorKind::refused,
                    refused->text);
            return std::move(good->message.body);
        }
        const auto left =
            std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Loop::now());
        if (left.count() <= 0)
            return fail(ErrorKind::unavailable,
                        "no bus at " + bus_ +
                            ". Start one (fragcast-bus), or name it: --bus tcp://HOST:PORT");
        zmq::pollitem_t item{socket_.handle(), 0, ZMQ_POLLIN, 0};
        zmq::poll(&item, 1, left);
    }
}

// Asks page after page until there is no more. `Page` has the list `member`, `settling` and `more`.
template <class Page, class Ask, class Advance, class Record>
static Status collect(DirectoryClient& client, bool& settling, Ask ask,
                      std::vector<Record> Page::*member, Advance advance,
                      std::vector<Record>& out) {
    for (;;) {
        const auto answer = client.ask(ask);
        if (!answer) return answer.error();
        const auto* page = std::get_if<Page>(&*answer);
        if (page == nullptr)
            return fail(ErrorKind::invalid, "the bus gave another answer than was asked for");
        settling = page->settling;
        const auto& list = page->*member;
        out.insert(out.end(), list.begin(), list.end());
        if (!page->more || list.empty()) return Done{};
        const Ask before = ask;
        advance(ask, list.back());
        if (!moves_on(before, ask) || out.size() > most_of(ask))
            return fail(ErrorKind::invalid, "what the bus lists does not end");
    }
}

Result<std::vector<PeerRecord>> DirectoryClient::peers() {
    std::vector<PeerRecord> out;
    const auto done = collect(
        *this, settling_, ListPeers{}, &Peers::peers,
        [](ListPeers& ask, const PeerRecord& last) { ask.after = last.id; }, out);
    if (!done) return done.error();
    return out;
}

Result<std::vector<AssetRecord>> DirectoryClient::assets() {
    std::vector<AssetRecord> out;
    const auto done = collect(
        *this, settling_, ListAssets{}, &Assets::assets,
        [](ListAssets& ask, const AssetRecord& last) { ask.after = last.id; }, out);
    if (!done) return done.error();
    return out;
}

Result<std::vector<HoldingRecord>> DirectoryClient::holdings() {
    std::vector<HoldingRecord> out;
    const auto advance = [](Dump& ask, const HoldingRecord& last) {
        ask.after_peer = last.peer;
        ask.after_asset = last.asset;
    };
    const auto done = collect(*this, settling_, Dump{}, &Dumped::holdings, advance, out);
    if (!done) return done.error();
    return out;
}

Result<Located> DirectoryClient::locate(const std::string& what, std::int64_t fragment) {
    Locate question;
    question.fragment = fragment;
    if (const auto id = AssetId::parse(what))
        question.asset = *id;
    else
        question.name = what;
    const Time deadline = Loop::now() + timeout_;
    for (;;) {
        auto answer = ask(question);
        if (!answer) return answer.error();
        auto* located = std::get_if<Located>(&*answer);
        if (located == nullptr)
            return fail(ErrorKind::invalid, "the bus gave another answer than was asked for");
        switch (located->found) {
            case Found::ok:
                return std::move(*located);
            case Found::unknown:
                return fail(ErrorKind::not_found, "nobody has \"" + what + "\"");
            case Found::ambiguous:
                return several_meant(what, located->assets);
            case Found::settling:
                break;
        }
        // The bus has just started: peers tell it what they have within a heartbeat. Ask once more
        // when something may have changed.
        if (Loop::now() > deadline)
            return fail(
                ErrorKind::unavailable,
                "the bus is settling: peers are still telling it what they have. Ask for \"" +
                    what + "\" again in a few seconds");
        zmq::pollitem_t item{socket_.handle(), 0, ZMQ_POLLIN, 0};
        zmq::poll(&item, 1, std::chrono::milliseconds(250));
    }
}

}  // namespace fragcast::tools
