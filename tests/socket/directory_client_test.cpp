// What a tool asks of a bus, and of one that answers without an end.
#include "tools/directory_client.hpp"

#include "tests/socket/running_bus.hpp"

#include <atomic>
#include <functional>
#include <thread>

#include <doctest/doctest.h>

using namespace fragcast;
using namespace fragcast::test;
using tools::DirectoryClient;

namespace {

// A bus in a thread of its own that answers each page that is asked for with this one.
class PagingBus {
public:
    using Answer = std::function<Body(const Body&)>;
    explicit PagingBus(Answer answer)
        : socket_(socket_of(context_, zmq::socket_type::router)), at_(bound(socket_)) {
        thread_ = std::thread([this, answer = std::move(answer)] {
            while (!over_) {
                zmq::pollitem_t item{socket_.handle(), 0, ZMQ_POLLIN, 0};
                zmq::poll(&item, 1, std::chrono::milliseconds(10));
                auto received = receive_message(socket_);
                const auto* asked = received ? std::get_if<Received>(&*received) : nullptr;
                if (asked == nullptr) continue;
                const Message reply{{peer_id(1), Epoch{1}, Sequence{}},
                                    answer(asked->message.body)};
                (void)send_message(socket_, reply, {}, &asked->from);
            }
        });
    }
    ~PagingBus() {
        over_ = true;
        thread_.join();
    }
    Result<std::vector<PeerRecord>> peers() {
        zmq::context_t context;
        auto client = DirectoryClient::open(context, at_.text(), 20);
        REQUIRE(client);
        return client->peers();
    }

private:
    zmq::context_t context_;
    zmq::socket_t socket_;
    Endpoint at_;
    std::atomic<bool> over_ = false;
    std::thread thread_;
};

Peers page_from(const Body& question, std::uint32_t first, std::size_t many) {
    Peers page;
    page.request = std::get<ListPeers>(question).request;
    page.more = true;
    for (std::size_t n = 0; n < many; ++n) {
        PeerRecord peer;
        const std::uint32_t number = first + static_cast<std::uint32_t>(n) + 1;
        for (std::size_t byte = 0; byte < 4; ++byte)
            peer.id.bytes[byte] = static_cast<std::uint8_t>(number >> (24 - 8 * byte));
        page.peers.push_back(peer);
    }
    return page;
}

}  // namespace

TEST_CASE("directory client: pages are walked to their end") {
    int pages = 0;
    PagingBus bus([&pages](const Body& question) {
        const std::uint32_t first = 10 * static_cast<std::uint32_t>(pages);
        Peers page = page_from(question, first, 10);
        page.more = ++pages < 3;
        return page;
    });
    const auto peers = bus.peers();
    REQUIRE(peers);
    CHECK(peers->size() == 30);
}

TEST_CASE("directory client: a page that does not go beyond the one before ends the asking") {
    std::atomic<int> pages = 0;
    PagingBus bus([&pages](const Body& question) {
        ++pages;
        return page_from(question, 0, 10);
    });
    const auto peers = bus.peers();
    REQUIRE_FALSE(peers);
    CHECK(peers.error().kind == ErrorKind::invalid);
    CHECK(pages == 2);
}

TEST_CASE("directory client: pages of more than there can be end the asking") {
    std::atomic<std::uint32_t> pages = 0;
    PagingBus bus([&pages](const Body& question) {
        return page_from(question, limits::kMaxEntries * pages++, limits::kMaxEntries);
    });
    const auto peers = bus.peers();
    REQUIRE_FALSE(peers);
    CHECK(peers.error().text == "what the bus lists does not end");
    CHECK(pages == limits::kMaxBusPeers / limits::kMaxEntries + 1);
}
