// Any thread. Where the sources of this build lie, for tests that read documents and samples.
#pragma once

#include <string>

namespace fragcast::test {

// "messages/PROTOCOL.md" with the folder of this checkout before it.
std::string source_path(const char* within);

}  // namespace fragcast::test
