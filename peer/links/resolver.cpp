#include "peer/links/resolver.hpp"

#include <atomic>
#include <cerrno>
#include <mutex>
#include <optional>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include <arpa/inet.h>
#include <netdb.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

namespace fragcast {
namespace {

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

Error too_many(const std::string& host) {
    return fail(ErrorKind::full, "cannot resolve " + host + ": too many names at once");
}

// Nobody waits for it, neither the loop nor the end of the program.
bool start_thread(const std::string& host, const Resolver::Found& found) {
    if (lookups_running.fetch_add(1) < limits::kMaxLookups) {
        try {
            std::thread([host, found] {
                found(ask_system(host));
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

// Where lookups leave what they found, and ring. Their threads may outlive the resolver.
struct Resolver::Inbox {
    Inbox() : bell(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
        if (bell < 0) throw std::system_error(errno, std::generic_category(), "eventfd");
    }
    ~Inbox() { ::close(bell); }
    Inbox(const Inbox&) = delete;
    Inbox& operator=(const Inbox&) = delete;

    void put(std::uint64_t number, Result<std::string> found) {
        const std::lock_guard<std::mutex> lock(guard);
        unread.emplace_back(number, std::move(found));
        (void)eventfd_write(bell, 1);
    }
    std::vector<std::pair<std::uint64_t, Result<std::string>>> take() {
        const std::lock_guard<std::mutex> lock(guard);
        eventfd_t rings = 0;
        (void)eventfd_read(bell, &rings);
        return std::exchange(unread, {});
    }

    const int bell;
    std::mutex guard;
    std::vector<std::pair<std::uint64_t, Result<std::string>>> unread;
};

Resolver::Begin Resolver::system_lookup() {
    return [](const std::string& host, const Found& found) {
        if (!start_thread(host, found)) found(too_many(host));
    };
}

Resolver::Resolver(Loop& loop, Duration limit, Begin begin)
    : loop_(loop),
      limit_(limit),
      begin_(std::move(begin)),
      inbox_(std::make_shared<Inbox>()),
      reading_(loop.add_fd(inbox_->bell, [this] { read_inbox(); })) {}

Resolver::~Resolver() {
    loop_.remove(reading_);
    for (const auto& [number, lookup] : lookups_)
        loop_.cancel(lookup.give_up);
}

void Resolver::resolve(const Endpoint& endpoint, Answer answer) {
    const std::uint64_t number = next_++;
    const bool room = lookups_.size() < limits::kMaxLookups;
    const Loop::Handle give_up =
        loop_.at(Loop::now() + limit_, [this, number, host = endpoint.host] {
            end(number, fail(ErrorKind::timeout,
                             "cannot resolve " + host + ": no answer from the name servers"));
        });
    lookups_[number] = {endpoint, std::move(answer), give_up};
    const Found found = [inbox = inbox_, number](Result<std::string> text) {
        inbox->put(number, std::move(text));
    };
    if (endpoint.literal())
        found(endpoint.host);
    else if (!room)
        found(too_many(endpoint.host));
    else
        begin_(endpoint.host, found);
}

void Resolver::read_inbox() {
    for (auto& [number, found] : inbox_->take())
        end(number, std::move(found));
}

// An answer may ask for more, so it is called last.
void Resolver::end(std::uint64_t number, Result<std::string> found) {
    const auto at = lookups_.find(number);
    if (at == lookups_.end()) return;  // given up
    const Lookup lookup = std::move(at->second);
    lookups_.erase(at);
    loop_.cancel(lookup.give_up);
    lookup.answer(found ? Result<Endpoint>(Endpoint{*found, lookup.endpoint.port})
                        : Result<Endpoint>(found.error()));
}

}  // namespace fragcast
