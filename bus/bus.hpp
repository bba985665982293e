// bus. Main thread: its loop's.
//
// The whole bus: directory, forwarder and HTTP, started in order and ended in reverse.
#pragma once

#include "bus/bus_options.hpp"
#include "bus/bus_routes.hpp"
#include "bus/bus_streams.hpp"
#include "bus/directory_server.hpp"
#include "bus/forwarder.hpp"
#include "messages/http/http_server.hpp"
#include "messages/wire/result.hpp"
#include "messages/zmq/loop.hpp"

#include <memory>
#include <optional>
#include <string>

#include <zmq.hpp>

namespace fragcast {

class Bus {
public:
    // Before any other thread is started, which inherits the mask of signals.
    explicit Bus(BusOptions options);
    ~Bus();
    Bus(const Bus&) = delete;
    Bus& operator=(const Bus&) = delete;

    // Binds everything. Errors say what to do.
    Status start();
    // What to say on standard output: a line for people, or `ready ` and JSON.
    std::string ready_text(bool for_people) const;
    // Until a stop signal; a second one ends the process at once.
    void run();

    const BusAddresses& addresses() const { return addresses_; }
    Loop& loop() { return loop_; }

private:
    Status listen();
    Status serve_http();
    void wake_for_http();

    const BusOptions options_;
    zmq::context_t context_;
    Loop loop_;
    zmq::socket_t router_;
    std::unique_ptr<Forwarder> forwarder_;
    std::optional<DirectoryServer> directory_;
    std::optional<BusStreams> streams_;
    BusAddresses addresses_;
    std::unique_ptr<HttpServer> http_;
    Loop::Handle http_timer_ = 0;
};

}  // namespace fragcast
