// Lines to a pipe that nobody reads: bounded, the oldest go, and each that comes is whole.
#include "tools/outlet.hpp"

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <sstream>
#include <vector>

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

using namespace fragcast::tools;

namespace {

struct Pipe {
    int ends[2] = {-1, -1};
    Pipe() {
        std::signal(SIGPIPE, SIG_IGN);
        REQUIRE(pipe(ends) == 0);
        fcntl(ends[0], F_SETFL, O_NONBLOCK);
    }
    ~Pipe() {
        stop_reading();
        close(ends[1]);
    }
    void stop_reading() {
        if (ends[0] >= 0) close(ends[0]);
        ends[0] = -1;
    }
    std::string take() {
        std::string some(1 << 16, '\0');
        const ssize_t got = read(ends[0], some.data(), some.size());
        some.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
        return some;
    }
};

std::string line_of(int number) {
    return std::to_string(number) + std::string(1000, ' ') + ".\n";
}

std::vector<int> numbers_in(const std::string& text) {
    std::vector<int> numbers;
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
        const int number = std::atoi(line.c_str());
        CHECK(line + "\n" == line_of(number));
        numbers.push_back(number);
    }
    return numbers;
}

}  // namespace

TEST_CASE("outlet: what is not read is bounded, the oldest lines go, and none is torn") {
    Pipe pipe;
    Outlet outlet(pipe.ends[1], 100'000);
    const int many = 1000;
    for (int number = 0; number < many; ++number) {
        outlet.add(line_of(number));
        REQUIRE(outlet.flush());  // never waits
        CHECK(outlet.bytes() <= 100'000);
    }
    CHECK(outlet.dropped() > 800);  // a pipe takes 64 KiB, we keep 100 kB
    CHECK((fcntl(pipe.ends[1], F_GETFL) & O_NONBLOCK) == 0);
    std::string text;
    while (!outlet.empty()) {
        text += pipe.take();
        REQUIRE(outlet.flush());
    }
    for (std::string more; !(more = pipe.take()).empty();)
        text += more;
    const std::vector<int> numbers = numbers_in(text);
    CHECK(numbers.size() == many - outlet.dropped());
    CHECK(numbers.front() == 0);
    CHECK(numbers.back() == many - 1);
    for (std::size_t at = 1; at < numbers.size(); ++at)
        CHECK(numbers[at - 1] < numbers[at]);
}

TEST_CASE("outlet: a line that is larger than all that is kept comes alone") {
    Pipe pipe;
    Outlet outlet(pipe.ends[1], 10);
    for (const char* line : {"first line that is long\n", "second line that is long\n"})
        outlet.add(line);
    CHECK(outlet.dropped() == 1);
    CHECK(outlet.flush());
    CHECK(pipe.take() == "second line that is long\n");
}

TEST_CASE("outlet: who does not read is waited for only so long, who went is learnt of") {
    Pipe pipe;
    Outlet outlet(pipe.ends[1]);
    for (int number = 0; number < 200; ++number)
        outlet.add(line_of(number));
    CHECK(outlet.finish(1));
    CHECK_FALSE(outlet.empty());
    pipe.stop_reading();
    CHECK_FALSE(outlet.flush());
    CHECK_FALSE(outlet.finish(1));
}

TEST_CASE("outlet: a file has it all, a socket is not waited for") {
    const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::tmpfile(), std::fclose);
    REQUIRE(file);
    Outlet to_file(fileno(file.get()));
    to_file.add("one\n");
    to_file.add("two\n");
    CHECK(to_file.flush());
    CHECK(to_file.empty());
    CHECK(lseek(fileno(file.get()), 0, SEEK_CUR) == 8);

    int ends[2];
    REQUIRE(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
    Outlet to_socket(ends[0], 1000);
    for (int number = 0; number < 2000; ++number) {
        to_socket.add(line_of(number));
        REQUIRE(to_socket.flush());
    }
    CHECK(to_socket.dropped() > 0);
    close(ends[1]);
    CHECK_FALSE(to_socket.flush());
    close(ends[0]);
}
