// The fuzzers' corpus as a plain test: seeds, and every input that once found something.
#include "tests/fuzz/targets.hpp"
#include "tests/support/source_path.hpp"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include <doctest/doctest.h>

using namespace fragcast;

TEST_CASE("every input of the fuzzers' corpus is survived, whole and cut at every place") {
    const std::pair<const char*, void (*)(fuzz::Input)> targets[] = {{"decode", fuzz::decode},
                                                                     {"manifest", fuzz::manifest},
                                                                     {"envelope", fuzz::envelope},
                                                                     {"text", fuzz::text}};
    for (const auto& target : targets) {
        int inputs = 0;
        const std::string folder =
            test::source_path("tests/fuzz/corpus/") + std::string(target.first);
        for (const auto& entry : std::filesystem::directory_iterator(folder)) {
            std::ifstream file(entry.path(), std::ios::binary);
            const std::vector<std::uint8_t> input{std::istreambuf_iterator<char>(file), {}};
            for (std::size_t size = 0; size <= input.size(); ++size)
                target.second(fuzz::Input(input).first(size));
            ++inputs;
        }
        CAPTURE(target.first);
        CHECK(inputs >= 5);
    }
}
