// HTTP thread.
//
// The uploads under way (POST /api/v1/assets): each has an actor that writes and cuts it. A client
// is slowed down to what its actor takes; one that leaves before its answer takes its upload back,
// unless the store is adopting it already.
#pragma once

#include "messages/http/http_server.hpp"
#include "peer/http/http_desk.hpp"
#include "peer/http/upload_actor.hpp"
#include "peer/http/upload_pace.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include <nlohmann/json_fwd.hpp>

namespace fragcast {

class Uploads {
public:
    // context and desk must outlive it. `incoming`: of the store.
    Uploads(zmq::context_t& context, HttpDesk& desk, std::filesystem::path incoming,
            std::uint64_t max_bytes);
    // Breaks off what is under way and waits for it to be gone.
    ~Uploads();
    Uploads(const Uploads&) = delete;
    Uploads& operator=(const Uploads&) = delete;

    // Takes the body in, or refuses it: 411, 413, 503.
    HttpSink begin(const HttpRequest& request, CutOptions cut, HttpReply reply);
    std::size_t size() const { return uploads_.size(); }

private:
    struct Upload {
        std::string client;
        HttpReply reply;
        std::unique_ptr<UploadActor> actor;
        Loop::Handle reading = 0;
        std::uint64_t received = 0;
        UploadPace pace = {};
        bool adopting = false;  // by the store: to be waited for
        bool ending = false;
    };

    bool piece(std::uint64_t number, std::string_view bytes);
    void read(std::uint64_t number);
    void happened(std::uint64_t number, const upload_event::Taken&);
    void happened(std::uint64_t number, upload_event::Cut& event);
    void happened(std::uint64_t number, const upload_event::Failed& event);
    void happened(std::uint64_t number, const upload_event::Ended&);
    // As it is shown from now on.
    HttpResponse published(const CutReport& report) const;
    void adopted(std::uint64_t number, HttpResponse response);
    void end(std::uint64_t number);
    Upload* find(std::uint64_t number);

    zmq::context_t& context_;
    HttpDesk& desk_;
    const std::filesystem::path incoming_;
    const std::uint64_t max_bytes_;
    std::map<std::uint64_t, Upload> uploads_;
    std::uint64_t next_ = 1;
};

}  // namespace fragcast
