// The least that a verified transfer over ZeroMQ costs: ROUTER and DEALER, 256 KiB blocks, SHA-256
// and a write at the receiver, and nothing else. What `get` is measured against.
//
//   bare_transfer serve FILE            prints "ready tcp://127.0.0.1:PORT SIZE"
//   bare_transfer fetch ENDPOINT SIZE OUT  asks 16 blocks ahead, hashes, writes, ends
#include "messages/wire/hash.hpp"

#include <cstdio>
#include <cstring>
#include <string>
#include <vector>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zmq.hpp>

namespace {

constexpr std::size_t kBlock = 256 * 1024;
constexpr std::uint64_t kAhead = 16;

int serve(const char* path) {
    const int fd = ::open(path, O_RDONLY | O_CLOEXEC);
    struct stat facts {};
    if (fd < 0 || ::fstat(fd, &facts) != 0) return std::perror(path), 1;
    const auto size = static_cast<std::uint64_t>(facts.st_size);
    zmq::context_t context;
    zmq::socket_t router(context, zmq::socket_type::router);
    router.bind("tcp://127.0.0.1:*");
    std::printf("ready %s %llu\n", router.get(zmq::sockopt::last_endpoint).c_str(),
                static_cast<unsigned long long>(size));
    std::fflush(stdout);
    for (;;) {
        zmq::message_t who;
        zmq::message_t ask;
        if (!router.recv(who) || !router.recv(ask)) continue;
        std::uint64_t index = 0;
        std::memcpy(&index, ask.data(), sizeof(index));
        zmq::message_t answer(std::min<std::uint64_t>(kBlock, size - index * kBlock));
        if (::pread(fd, answer.data(), answer.size(), static_cast<off_t>(index * kBlock)) < 0)
            return 1;
        router.send(who, zmq::send_flags::sndmore);
        router.send(answer, zmq::send_flags::none);
    }
}

int fetch(const char* endpoint, std::uint64_t size, const char* out) {
    const int fd = ::open(out, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0) return std::perror(out), 1;
    zmq::context_t context;
    zmq::socket_t dealer(context, zmq::socket_type::dealer);
    dealer.connect(endpoint);
    const std::uint64_t blocks = (size + kBlock - 1) / kBlock;
    std::uint64_t asked = 0;
    fragcast::Sha256 hash;
    for (std::uint64_t got = 0; got < blocks; ++got) {
        for (; asked < blocks && asked < got + kAhead; ++asked)
            dealer.send(zmq::buffer(&asked, sizeof(asked)), zmq::send_flags::none);
        zmq::message_t block;
        if (!dealer.recv(block)) return 1;
        hash.update({block.data<std::uint8_t>(), block.size()});
        if (::pwrite(fd, block.data(), block.size(), static_cast<off_t>(got * kBlock)) < 0)
            return std::perror(out), 1;
    }
    return hash.finish().is_zero() ? 1 : 0;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc == 3 && std::strcmp(argv[1], "serve") == 0) return serve(argv[2]);
    if (argc == 5 && std::strcmp(argv[1], "fetch") == 0)
        return fetch(argv[2], std::stoull(argv[3]), argv[4]);
    std::fprintf(stderr, "usage: bare_transfer serve FILE | fetch ENDPOINT SIZE OUT\n");
    return 2;
}
