// Loop thread (this class); each lookup runs in a thread of its own.
//
// Names to literal addresses. libzmq would resolve names in its I/O thread, where one hanging name
// server stops everything; here a lookup that hangs costs nothing but its own answer: after
// limits::kResolve it is given up, and neither the loop nor the end of the program waits for it.
// Its answer wakes the loop, which sleeps until then.
#pragma once

#include "messages/wire/endpoint.hpp"
#include "messages/wire/limits.hpp"
#include "messages/wire/result.hpp"
#include "messages/zmq/loop.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>

namespace fragcast {

class Resolver {
public:
    using Answer = std::function<void(Result<Endpoint>)>;
    // What a lookup found, as text: once at most, from any thread, also when nobody waits any more.
    using Found = std::function<void(Result<std::string>)>;
    // Begins one; must not wait. Another than the system's is for tests.
    using Begin = std::function<void(const std::string& host, Found found)>;

    explicit Resolver(Loop& loop, Duration limit = limits::kResolve, Begin begin = system_lookup());
    ~Resolver();
    Resolver(const Resolver&) = delete;
    Resolver& operator=(const Resolver&) = delete;

    // `answer` is called later, never from inside, also for what is literal already. IPv4 is
    // preferred where a name has both. Errors: not_found, timeout, full; none after destruction.
    void resolve(const Endpoint& endpoint, Answer answer);
    std::size_t under_way() const { return lookups_.size(); }

    static Begin system_lookup();

private:
    struct Lookup {
        Endpoint endpoint;
        Answer answer;
        Loop::Handle give_up;
    };
    struct Inbox;
    void read_inbox();
    void end(std::uint64_t number, Result<std::string> found);

    Loop& loop_;
    Duration limit_;
    Begin begin_;
    const std::shared_ptr<Inbox> inbox_;
    Loop::Handle reading_;
    std::map<std::uint64_t, Lookup> lookups_;
    std::uint64_t next_ = 1;
};

}  // namespace fragcast
