#include "tests/support/source_path.hpp"

namespace fragcast::test {

std::string source_path(const char* within) {
    return std::string(FRAGCAST_SOURCE_DIR) + '/' + within;
}

}  // namespace fragcast::test
