#include "peer/http/http_bridge.hpp"

#include "messages/wire/limits.hpp"

#include <utility>

namespace fragcast {

Result<std::unique_ptr<HttpBridge>> HttpBridge::start(zmq::context_t& context, Loop& loop,
                                                      HttpActorOptions options) {
    auto [readers, loaders] = make_pipe<ReaderCommand, ReaderChunk>(context);
    options.readers = std::make_shared<ReadersEnd>(std::move(readers));
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
    return std::unique_ptr<HttpBridge>(
        new HttpBridge(loop, std::move(actor), std::move(loaders), *endpoint));
}

HttpBridge::HttpBridge(Loop& loop, std::unique_ptr<HttpActor> actor, LoadersEnd loaders,
                       Endpoint endpoint)
    : loop_(loop),
      actor_(std::move(actor)),
      loaders_(std::move(loaders)),
      endpoint_(std::move(endpoint)),
      out_(loop, way_into(actor_->pipe())),
      core_([this](Fact fact) { node_->tell(std::move(fact)); }) {}

HttpBridge::~HttpBridge() {
    if (reading_ != 0) loop_.remove(reading_);
}

void HttpBridge::attach(Node& node, std::function<void()> drain) {
    node_ = &node;
    questions_ = std::make_unique<Questions>(loop_, node, core_);
    commands_ = std::make_unique<Commands>(loop_, node, core_, *questions_, std::move(drain));
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

template <class Question>
Then<Question> HttpBridge::answer_to(CallId<Question> id) {
    return [this, id](Result<typename Question::Answer> answer) {
        out_.push(http_command::Answer<Question>{id, std::move(answer)});
    };
}

namespace {

// Reading takes no removal back, whoever reads: its user asks for that on purpose, by a fetch,
// which the page sends at a click.
Error removed_here() {
    return fail(ErrorKind::not_found,
                "it was removed from this peer by its user. Have it fetched again (fragcast fetch "
                "NAME --peer PEER), or play it on this peer's page");
}

}  // namespace

void HttpBridge::take(const http_event::Call<ManifestQuestion>& call) {
    const auto answer = answer_to(call.id);
    const AssetId& asset = call.question.asset;
    if (node_->swarm().declined(asset)) return answer(removed_here());
    manifests_[call.id] = {};
    const ReadId read =
        core_.manifest(asset, call.deadline,
                       [this, id = call.id, answer](Result<ManifestQuestion::Answer> manifest) {
                           manifests_.erase(id);
                           answer(std::move(manifest));
                       });
    if (const auto open = manifests_.find(call.id); open != manifests_.end()) open->second = read;
}

void HttpBridge::take(const http_event::Call<ChunkQuestion>& call) {
    const auto answer = answer_to(call.id);
    const ChunkQuestion& what = call.question;
    if (node_->swarm().declined(what.chunk.asset)) return answer(removed_here());
    chunks_[call.id] = {};
    const ReadId read =
        core_.chunk(what.viewer, what.chunk, call.deadline, {what.reader, call.id.value},
                    [this, id = call.id, answer](const Error& error) {
                        chunks_.erase(id);
                        answer(error);
                    });
    if (const auto open = chunks_.find(call.id); open != chunks_.end()) open->second = read;
}

void HttpBridge::take(const http_event::Call<LocateQuestion>& call) {
    questions_->ask(call.question, call.deadline, answer_to(call.id));
}

void HttpBridge::take(const http_event::Call<DirectoryQuestion>& call) {
    questions_->ask(call.question, call.deadline, answer_to(call.id));
}

void HttpBridge::take(const http_event::Cancel<ManifestQuestion>& event) {
    const auto open = manifests_.extract(event.id);
    if (!open.empty()) core_.cancel(open.mapped());
}

void HttpBridge::take(const http_event::Cancel<ChunkQuestion>& event) {
    const auto open = chunks_.extract(event.id);
    if (!open.empty()) core_.cancel(open.mapped());
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

LoadFor HttpBridge::who_reads(ReadId read) {
    const auto who = core_.hand_over(read);
    if (!who) return ForRead{read};
    chunks_.erase(CallId<ChunkQuestion>{who->call});
    return *who;
}

void HttpBridge::on_reader_failure(const ForReader& who, const Error& error) {
    answer_to(CallId<ChunkQuestion>{who.call})(error);
}

void HttpBridge::on_manifest(ReadId read, std::shared_ptr<const Manifest> manifest) {
    core_.on_manifest(read, std::move(manifest));
}

void HttpBridge::on_answer(ReadId read, Body body) {
    core_.on_answer(read, std::move(body));
}

void HttpBridge::on_failure(ReadId read, const Error& error) {
    core_.on_failure(read, error);
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
