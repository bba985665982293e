// Main thread. Asks a bus's directory questions, one after the other.
#pragma once

#include "messages/wire/message.hpp"
#include "messages/wire/result.hpp"
#include "messages/zmq/link.hpp"

#include <string>
#include <vector>

#include <zmq.hpp>

namespace fragcast::tools {

class DirectoryClient {
public:
    // Resolves and connects; an absent bus shows at the first question. Errors: invalid,
    // unavailable.
    static Result<DirectoryClient> open(zmq::context_t& context, const std::string& bus,
                                        double timeout);

    // The answer to `question` (its request id is set here). Errors: unavailable when the bus does
    // not answer ("no bus at …"); what a Refused says.
    Result<Body> ask(Body question);

    // All pages.
    Result<std::vector<PeerRecord>> peers();
    Result<std::vector<AssetRecord>> assets();
    Result<std::vector<HoldingRecord>> holdings();
    // By full id, exact name, or the beginning of an id; while the bus settles, asks again until
    // the timeout. Errors: not_found, ambiguous (lists them).
    Result<Located> locate(const std::string& what, std::int64_t fragment);

    bool settling() const { return settling_; }

private:
    DirectoryClient(zmq::socket_t socket, std::string bus, double timeout);

    zmq::socket_t socket_;
    std::string bus_;
    Duration timeout_;
    Header header_;
    std::uint64_t next_request_ = 1;
    bool settling_ = false;
};

}  // namespace fragcast::tools
