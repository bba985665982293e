#include "peer/resolver.hpp"

#include <utility>
#include <vector>

#include <arpa/inet.h>
#include <netdb.h>
#include <sys/socket.h>

namespace fragcast {
namespace {

constexpr auto kPollEvery = std::chrono::milliseconds(10);

std::string literal_of(const addrinfo& found) {
    char text[INET6_ADDRSTRLEN] = {};
    const void* address =
        found.ai_family == AF_INET
            ? static_cast<const void*>(
                  &reinterpret_cast<const sockaddr_in*>(found.ai_addr)->sin_addr)
            : static_cast<const void*>(
                  &reinterpret_cast<const sockaddr_in6*>(found.ai_addr)->sin6_addr);
    inet_ntop(found.ai_family, address, text, sizeof text);
    return text;
}

std::optional<std::string> best_of(const addrinfo* list) {
    for (const int family : {AF_INET, AF_INET6})
        for (const addrinfo* at = list; at != nullptr; at = at->ai_next)
            if (at->ai_family == family) return literal_of(*at);
    return std::nullopt;
}

// What getaddrinfo_a works on. It writes here until it is done, however long that takes, so an
// abandoned one is let go only when it can be cancelled, and else left to it.
struct SystemLookup {
    std::string host;
    addrinfo hints{};
    gaicb request{};
    bool finished = false;

    explicit SystemLookup(std::string name) : host(std::move(name)) {
        hints.ai_socktype = SOCK_STREAM;
        request.ar_name = host.c_str();
        request.ar_request = &hints;
    }
    ~SystemLookup() {
        if (request.ar_result != nullptr) freeaddrinfo(request.ar_result);
    }
    SystemLookup(const SystemLookup&) = delete;
    SystemLookup& operator=(const SystemLookup&) = delete;

    std::optional<Result<std::string>> poll() {
        const int state = gai_error(&request);
        if (state == EAI_INPROGRESS) return std::nullopt;
        finished = true;
        const auto found = state == 0 ? best_of(request.ar_result) : std::nullopt;
        if (found) return Result<std::string>(*found);
        return Result<std::string>(fail(
            ErrorKind::not_found,
            "cannot resolve " + host + (state ? std::string(": ") + gai_strerror(state) : "")));
    }
};

void let_go(SystemLookup* lookup) {
    if (!lookup->finished && gai_cancel(&lookup->request) == EAI_NOTCANCELED) {
        static std::vector<SystemLookup*>* const left = new std::vector<SystemLookup*>;
        left->push_back(lookup);
        return;
    }
    delete lookup;
}

}  // namespace

Resolver::Begin Resolver::system_lookup() {
    return [](const std::string& host) -> Poll {
        std::shared_ptr<SystemLookup> lookup(new SystemLookup(host), let_go);
        gaicb* list[] = {&lookup->request};
        if (const int failed = getaddrinfo_a(GAI_NOWAIT, list, 1, nullptr); failed != 0) {
            lookup->finished = true;
            return [host, failed]() -> std::optional<Result<std::string>> {
                return Result<std::string>(
                    fail(ErrorKind::io, "cannot resolve " + host + ": " + gai_strerror(failed)));
            };
        }
        return [lookup] { return lookup->poll(); };
    };
}

Resolver::Resolver(Loop& loop, Duration limit, Begin begin)
    : loop_(loop), limit_(limit), begin_(std::move(begin)) {}

Resolver::~Resolver() {
    if (timer_ != 0) loop_.cancel(timer_);
}

void Resolver::resolve(const Endpoint& endpoint, Answer answer) {
    Poll poll;
    if (endpoint.literal())
        poll = [host = endpoint.host]() -> std::optional<Result<std::string>> {
            return Result<std::string>(host);
        };
    else if (lookups_.size() >= limits::kMaxLookups)
        poll = [host = endpoint.host]() -> std::optional<Result<std::string>> {
            return Result<std::string>(
                fail(ErrorKind::full, "cannot resolve " + host + ": too many names at once"));
        };
    else
        poll = begin_(endpoint.host);
    const Time now = Loop::now();
    lookups_[next_++] = {endpoint, std::move(poll), now + limit_, std::move(answer)};
    if (timer_ != 0) loop_.cancel(timer_);
    poll_later(now);
}

void Resolver::poll_later(Time when) {
    timer_ = loop_.at(when, [this] {
        timer_ = 0;
        poll_all();
    });
}

void Resolver::poll_all() {
    const Time now = Loop::now();
    std::vector<std::pair<Answer, Result<Endpoint>>> answers;
    for (auto at = lookups_.begin(); at != lookups_.end();) {
        auto& lookup = at->second;
        auto found = lookup.poll();
        if (!found && now >= lookup.give_up)
            found = Result<std::string>(fail(
                ErrorKind::timeout,
                "cannot resolve " + lookup.endpoint.host + ": no answer from the name servers"));
        if (!found) {
            ++at;
            continue;
        }
        Result<Endpoint> answer = *found ? Result<Endpoint>(Endpoint{**found, lookup.endpoint.port})
                                         : Result<Endpoint>(found->error());
        answers.emplace_back(std::move(lookup.answer), std::move(answer));
        at = lookups_.erase(at);
    }
    if (!lookups_.empty()) poll_later(now + kPollEvery);
    // Last: an answer may ask for more.
    for (auto& [answer, result] : answers)
        answer(std::move(result));
}

}  // namespace fragcast
