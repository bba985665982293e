#include "peer/links/resolver.hpp"

#include <atomic>
#include <mutex>
#include <system_error>
#include <thread>
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

// Shared by a lookup and its thread, which may outlive it and whoever asked.
struct SystemLookup {
    explicit SystemLookup(std::string name) : host(std::move(name)) {}

    const std::string host;
    std::mutex guard;
    std::optional<Result<std::string>> answer;
};

// Threads that hang in the C library, also of lookups given up long ago.
std::atomic<std::size_t> lookups_running{0};

Result<std::string> ask_system(const std::string& host) {
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* list = nullptr;
    const int failed = getaddrinfo(host.c_str(), nullptr, &hints, &list);
    const auto found = failed == 0 ? best_of(list) : std::nullopt;
    if (list != nullptr) freeaddrinfo(list);
    if (found) return *found;
    return fail(
        ErrorKind::not_found,
        "cannot resolve " + host + (failed != 0 ? std::string(": ") + gai_strerror(failed) : ""));
}

// Nobody waits for it, neither the loop nor the end of the program.
bool start_thread(const std::shared_ptr<SystemLookup>& lookup) {
    if (lookups_running.fetch_add(1) < limits::kMaxLookups) {
        try {
            std::thread([lookup] {
                auto answer = ask_system(lookup->host);
                {
                    const std::lock_guard<std::mutex> lock(lookup->guard);
                    lookup->answer = std::move(answer);
                }
                lookups_running.fetch_sub(1);
            }).detach();
            return true;
        } catch (const std::system_error&) {
        }
    }
    lookups_running.fetch_sub(1);
    return false;
}

}  // namespace

Resolver::Begin Resolver::system_lookup() {
    return [](const std::string& host) -> Poll {
        auto lookup = std::make_shared<SystemLookup>(host);
        if (!start_thread(lookup))
            return [host]() -> std::optional<Result<std::string>> {
                return Result<std::string>(
                    fail(ErrorKind::full, "cannot resolve " + host + ": too many names at once"));
            };
        return [lookup] {
            const std::lock_guard<std::mutex> lock(lookup->guard);
            return lookup->answer;
        };
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
