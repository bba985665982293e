// Loop thread.
//
// Between a node and its HTTP actor: requests of the one become facts of the other, what the node
// delivers goes back, and what people may see is handed over when they look.
#pragma once

#include "messages/zmq/loop.hpp"
#include "messages/zmq/outbox.hpp"
#include "peer/engine/node.hpp"
#include "peer/http/commands.hpp"
#include "peer/http/core_calls.hpp"
#include "peer/http/http_actor.hpp"
#include "peer/http/questions.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <utility>

namespace fragcast {

class HttpBridge {
public:
    // Starts the actor and waits until it serves or cannot.
    static Result<std::unique_ptr<HttpBridge>> start(zmq::context_t& context, Loop& loop,
                                                     HttpActorOptions options);
    ~HttpBridge();
    HttpBridge(const HttpBridge&) = delete;
    HttpBridge& operator=(const HttpBridge&) = delete;

    Endpoint endpoint() const { return endpoint_; }
    // Whom the node's store loads for. Once, for Node::start.
    std::optional<LoadersEnd> readers() { return std::exchange(loaders_, std::nullopt); }
    // The node must be started before the loop runs, and outlive the bridge.
    // `drain`: have the process hand over and end.
    void attach(Node& node, std::function<void()> drain);

    // To be called from the node's hooks.
    LoadFor who_reads(ReadId read);
    void on_reader_failure(const ForReader& who, const Error& error);
    void on_manifest(ReadId read, std::shared_ptr<const Manifest> manifest);
    void on_answer(ReadId read, Body body);
    void on_failure(ReadId read, const Error& error);
    void on_report(const Report& report);
    void on_store(const StoreEvent& event);

private:
    HttpBridge(Loop& loop, std::unique_ptr<HttpActor> actor, LoadersEnd loaders, Endpoint endpoint);
    void read_pipe();
    // Tells the HTTP thread.
    template <class Question>
    Then<Question> answer_to(CallId<Question> id);
    void take(const http_event::Serving&) {}
    void take(const http_event::Look& event);
    void take(const http_event::Call<ManifestQuestion>& call);
    void take(const http_event::Call<ChunkQuestion>& call);
    void take(const http_event::Call<LocateQuestion>& call);
    void take(const http_event::Call<DirectoryQuestion>& call);
    template <class Question>
    void take(const http_event::Call<Question>& call) {
        if constexpr (StoreTalk::kAnswers<Question>)
            node_->ask_store(call.question, answer_to(call.id));
        else
            commands_->ask(call.question, call.deadline, answer_to(call.id));
    }
    void take(const http_event::Cancel<ManifestQuestion>& event);
    void take(const http_event::Cancel<ChunkQuestion>& event);
    void take(const http_event::Playhead& event);
    void take(const http_event::ViewerGone& event);
    void take(const http_event::ViewerEntered& event);
    // After a turn in which the core was told something.
    void look();
    void show(bool awaited);

    Loop& loop_;
    std::unique_ptr<HttpActor> actor_;
    std::optional<LoadersEnd> loaders_;
    Endpoint endpoint_;
    Outbox<HttpCommand> out_;
    Node* node_ = nullptr;
    CoreCalls core_;
    std::map<CallId<ManifestQuestion>, ReadId> manifests_;  // asked of the core
    std::map<CallId<ChunkQuestion>, ReadId> chunks_;
    std::unique_ptr<Questions> questions_;
    std::unique_ptr<Commands> commands_;
    Loop::Handle reading_ = 0;
    std::uint64_t seen_facts_ = 0;
    std::uint64_t shown_facts_ = 0;
    bool awaited_ = false;  // somebody looks, and has seen all that there was
    PeerId self_;           // as HTTP was told
    std::uint64_t removals_ = 0;
    std::uint64_t events_ = 0;
    std::shared_ptr<int> alive_ = std::make_shared<int>();
};

}  // namespace fragcast
