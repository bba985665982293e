// One thread. What is written to stderr while something is done.
#pragma once

#include <cstdio>
#include <functional>
#include <memory>
#include <string>

#include <doctest/doctest.h>
#include <unistd.h>

namespace fragcast::test {

inline std::string said_on_stderr(const std::function<void()>& done) {
    const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::tmpfile(), std::fclose);
    REQUIRE(file);
    const int kept = dup(STDERR_FILENO);
    dup2(fileno(file.get()), STDERR_FILENO);
    done();
    std::fflush(stderr);
    dup2(kept, STDERR_FILENO);
    close(kept);
    std::string text(1 << 16, '\0');
    std::rewind(file.get());
    text.resize(std::fread(text.data(), 1, text.size(), file.get()));
    return text;
}

}  // namespace fragcast::test
