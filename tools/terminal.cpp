#include "tools/terminal.hpp"

#include <cerrno>
#include <cstdio>
#include <cstring>

#include <fcntl.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

namespace fragcast::tools {
namespace {

int failed_with = 0;  // the first error of stdout

void keep_error(int error) {
    if (failed_with == 0) failed_with = error == 0 ? EIO : error;
}

}  // namespace

std::string filled(std::string_view format, std::span<const std::string> arguments) {
    std::string text;
    std::size_t next = 0;
    for (std::size_t at = 0; at < format.size(); ++at) {
        if (format.substr(at, 2) != "{}") {
            text += format[at];
            continue;
        }
        text += arguments[next++];
        ++at;
    }
    return text;
}

void put_out(std::string_view text) {
    if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size()) keep_error(errno);
}

void put_err(std::string_view text) {
    (void)std::fwrite(text.data(), 1, text.size(), stderr);
    (void)std::fflush(stderr);
}

void say_json(const nlohmann::json& line) {
    put_out(safe_json(line.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace)) + '\n');
}

void keep_standard_descriptors() {
    for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
        if (fcntl(fd, F_GETFD) < 0)
            (void)open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
}

Status all_said() {
    const int last = errno;  // of what CLI11's help went through
    if (std::fflush(stdout) != 0)
        keep_error(errno);
    else if (std::ferror(stdout) != 0)
        keep_error(last);
    if (failed_with == 0 || failed_with == EPIPE) return Done{};
    return fail(ErrorKind::io,
                std::string("what was asked for could not be written to the standard output: ") +
                    std::strerror(failed_with));
}

}  // namespace fragcast::tools
