#include "peer/http/http_bridge.hpp"

#include "messages/wire/limits.hpp"

#include <utility>

namespace fragcast {

Result<std::unique_ptr<HttpBridge>> HttpBridge::start(zmq::context_t& context, Loop& loop,
                                                      HttpActorOptions options) {
    auto actor = start_http_actor(context, std::move(options));
    if (!actor->started()) return actor->started().error();
    std::optional<Endpoint> endpoint;
    const auto handle = loop.add(actor->pipe().socket(), [&] {
        if (auto event = actor->pipe().receive())
            if (const auto* serving = std::get_if<http_event::Serving>(&*event))
                endpoint = serving->endpoint;
    });
    loop.run_until([&] { return endpoint.has_value(); }, std::chrono::seconds(10));
    loop.remove(handle);
    if (!endpoint) return fail(ErrorKind::timeout, "the HTTP thread does not answer");
    return std::unique_ptr<HttpBridge>(new HttpBridge(loop, std::move(actor), *endpoint));
}

HttpBridge::HttpBridge(Loop& loop, std::unique_ptr<HttpActor> actor, Endpoint endpoint)
    : loop_(loop),
      actor_(std::move(actor)),
      endpoint_(std::move(endpoint)),
      out_(loop, [this](HttpCommand& command) { return actor_->pipe().send(command); }) {}

HttpBridge::~HttpBridge() {
    if (reading_ != 0) loop_.remove(reading_);
}

void HttpBridge::attach(Node& node, std::function<void()> drain) {
    node_ = &node;
    questions_ = std::make_unique<Questions>(node);
    commands_ = std::make_unique<Commands>(loop_, node, *questions_, std::move(drain));
    reading_ = loop_.add(actor_->pipe().socket(), [this] { read_pipe(); });
    loop_.after_each_turn([this, alive = std::weak_ptr<int>(alive_)] {
        if (!alive.expired() && node_->facts() != seen_facts_) look();
    });
    look();
}

void HttpBridge::read_pipe() {
    for (int reads = 0; reads < kReadsPerTurn; ++reads) {
        auto event = actor_->pipe().receive();
        if (!event) return;
        std::visit([this](const auto& one) { take(one); }, *event);
    }
}

// --- what HTTP asks for --------------------------------------------------------------------------

// Reading takes no removal back, whoever reads: its user asks for that on purpose, by a fetch,
// which the page sends at a click.
bool HttpBridge::is_removed(ReadId read, const AssetId& asset) {
    if (!node_->swarm().declined(asset)) return false;
    out_.push(http_command::Failed{
        read,
        fail(ErrorKind::not_found,
             "it was removed from this peer by its user. Have it fetched again (fragcast fetch "
             "NAME --peer PEER), or play it on this peer's page")});
    return true;
}

void HttpBridge::take(const http_event::NeedManifest& event) {
    if (is_removed(event.read, event.asset)) return;
    node_->tell(facts::ManifestAsked{event.read, event.asset, event.deadline});
}

void HttpBridge::take(const http_event::Read& event) {
    if (is_removed(event.read, event.chunk.asset)) return;
    node_->tell(facts::ReadAsked{event.read, event.viewer, event.chunk, event.deadline});
}

void HttpBridge::take(const http_event::Ask& event) {
    const ReadId read = event.read;
    questions_->ask(event.question, event.deadline, [this, read](Result<QuestionAnswer> answer) {
        if (answer)
            out_.push(http_command::Answered{read, std::move(*answer)});
        else
            out_.push(http_command::Failed{read, answer.error()});
    });
}

void HttpBridge::take(const http_event::Tell& event) {
    const ReadId read = event.read;
    commands_->carry_out(event.command, event.deadline, [this, read](Result<CommandAnswer> answer) {
        if (answer)
            out_.push(http_command::CarriedOut{read, std::move(*answer)});
        else
            out_.push(http_command::Failed{read, answer.error()});
    });
}

// A question goes on to its end, soon; nobody hears it. So does a command.
void HttpBridge::take(const http_event::Cancel& event) {
    node_->tell(facts::ReadCancelled{event.read});
}

void HttpBridge::take(const http_event::Playhead& event) {
    if (node_->swarm().declined(event.asset)) return;
    node_->tell(facts::PlayheadMoved{event.viewer, event.asset, event.fragment, event.offset});
}

void HttpBridge::take(const http_event::ViewerGone& event) {
    node_->tell(facts::ViewerGone{event.viewer});
}

void HttpBridge::take(const http_event::ViewerEntered&) {
    node_->tell(facts::ViewerEntered{});
}

// --- what the node has to say --------------------------------------------------------------------

void HttpBridge::on_chunk(ReadId read, Payload payload) {
    out_.push(http_command::Chunk{read, std::move(payload)});
}

void HttpBridge::on_manifest(ReadId read, std::shared_ptr<const Manifest> manifest) {
    if (commands_ && commands_->on_manifest(read)) return;
    out_.push(http_command::ManifestHere{read, std::move(manifest)});
}

void HttpBridge::on_answer(ReadId read, const Body& body) {
    if (questions_) (void)questions_->on_answer(read, body);
}

void HttpBridge::on_failure(ReadId read, const Error& error) {
    if (questions_ && questions_->on_failure(read, error)) return;
    if (commands_ && commands_->on_failure(read, error)) return;
    out_.push(http_command::Failed{read, error});
}

void HttpBridge::on_adopted(std::uint64_t cookie, const Result<StoredAsset>& asset) {
    if (commands_) commands_->on_adopted(cookie, asset);
}

void HttpBridge::on_store(const StoreEvent& event) {
    if (commands_) commands_->on_store(event);
}

void HttpBridge::on_report(const Report& report) {
    // Requests are for the log: the page shows what came of them.
    if (report.level == Report::Level::debug || report.kind == "request") return;
    // One that finds the pipe full is lost, and its number shows that.
    (void)out_.offer(
        http_command::Happened{EventView{++events_, Loop::unix_ms(), report.kind, report.text,
                                         report.peer, report.asset, report.fragment}});
}

// --- what people see -----------------------------------------------------------------------------

void HttpBridge::take(const http_event::Look& event) {
    if (!event.await || node_->facts() != shown_facts_) return show(event.await);
    awaited_ = true;
}

void HttpBridge::look() {
    seen_facts_ = node_->facts();
    const Swarm& swarm = std::as_const(*node_).swarm();
    if (swarm.self().id != self_) out_.push(http_command::Self{swarm.self()});
    self_ = swarm.self().id;
    if (swarm.removals() != removals_) out_.push(http_command::Removed{});
    removals_ = swarm.removals();
    commands_->look();
    if (awaited_) show(true);
}

void HttpBridge::show(bool awaited) {
    shown_facts_ = node_->facts();
    if (awaited) awaited_ = false;
    out_.push(http_command::Show{node_->swarm().news(Loop::now()), awaited});
}

}  // namespace fragcast
